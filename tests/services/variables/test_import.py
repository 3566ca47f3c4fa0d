"""Taking a file in: nothing is kept before the table was seen, and then never a value."""

import json
import re

import pytest
from django.contrib.auth.models import Group
from django.core import signing

from prism.core.audit_entry import AuditEntry
from services.catalog.models import ChangeSet, Variable
from services.variables.doors import NotFromRailway, from_process, from_railway
from services.variables.models import ObservedEnvironment, ObservedVariable
from services.variables.observing import PRESERVED
from tests.make import make_user, make_variable
from tests.services.catalog.page_tests import signed_in, text_of
from tests.services.variables.making import CANARY, make_api, make_environments

pytestmark = pytest.mark.django_db
FILE = f"""\
DATABASE_URL='${{{{Postgres.DATABASE_URL}}}}'
STRIPE_SECRET_KEY={CANARY}
LOG_LEVEL=info
HTTP_PORT=8080
SITE=https://example.com
TOKEN_LIKE={CANARY}
EMPTY=
"""


@pytest.fixture
def api():
    make_environments("prod", "dev")
    return make_api(railway_service="Shop API")


def sent(client, text, **over):
    fields = {"service": "api", "environment": "prod", "door": "env-file", "text": text, **over}
    return client.post("/variables/import/", fields)


def signed_of(page_text):
    return re.search(r'name="signed" value="([^"]+)"', page_text).group(1)


def ticked(page_text):
    """Give the form as the page offers it."""
    names = re.findall(r'type="checkbox" name="(define-\w+|secret-\w+)"[^>]*checked', page_text)
    return {"signed": signed_of(page_text)} | dict.fromkeys(names, "on")


def test_a_table_is_shown_first_and_nothing_is_kept(api):
    make_variable(api, "LOG_LEVEL", allowed_values=["debug", "info"])
    make_variable(api, "ALSO_NEEDED")

    page_text = text_of(sent(signed_in(), FILE))

    assert "7 variables in the file, 6 of them not defined yet" in page_text
    assert "ALSO_NEEDED" in page_text
    assert "${{Postgres.DATABASE_URL}}" in page_text
    assert "format port" in page_text
    assert "8080" not in page_text
    assert not ObservedVariable.objects.exists()
    assert Variable.objects.count() == 2


def test_what_was_looked_over_is_kept_and_defined(api):
    client = signed_in()
    form = ticked(text_of(sent(client, FILE, keep_examples="on")))
    assert {"secret-STRIPE_SECRET_KEY", "secret-TOKEN_LIKE"} <= form.keys()
    assert "secret-LOG_LEVEL" not in form
    form["level-HTTP_PORT"] = "required"
    del form["define-EMPTY"]

    response = client.post("/variables/import/keep/", form)

    assert response.url == "/services/api/variables/?environment=prod"
    made = {row.name: row for row in Variable.objects.all()}
    assert set(made) == {*("DATABASE_URL", "STRIPE_SECRET_KEY", "LOG_LEVEL", "HTTP_PORT", "SITE", "TOKEN_LIKE")}  # fmt: skip
    assert (made["HTTP_PORT"].level, made["HTTP_PORT"].format) == ("required", "port")
    assert (made["LOG_LEVEL"].example, made["LOG_LEVEL"].secret) == ("info", False)
    assert made["DATABASE_URL"].source == "${{Postgres.DATABASE_URL}}"
    assert (made["STRIPE_SECRET_KEY"].secret, made["STRIPE_SECRET_KEY"].example) == (True, "")
    assert (made["TOKEN_LIKE"].secret, made["TOKEN_LIKE"].example) == (True, "")
    states = dict(ObservedVariable.objects.values_list("name", "state"))
    assert states["EMPTY"] == "empty"
    assert states["DATABASE_URL"] == "reference"
    assert ChangeSet.objects.get().message == "Defined from a .env file"
    assert AuditEntry.objects.filter(action="variables.observed", target="api in prod").exists()
    assert "Kept how 7 variables" in text_of(client.get(response.url))


def test_a_row_that_is_ticked_as_a_secret_loses_its_example(api):
    client = signed_in()
    form = ticked(text_of(sent(client, "GREETING=hello\n", keep_examples="on")))

    client.post("/variables/import/keep/", form | {"secret-GREETING": "on"})

    assert Variable.objects.get().example == ""


def test_the_second_look_replaces_the_first_and_knows_what_changed(api):
    client = signed_in()
    for text in ("A=1\nB=1\nC=1\n", "A=1\nB=2\n"):
        client.post("/variables/import/keep/", ticked(text_of(sent(client, text))))

    assert ObservedEnvironment.objects.count() == 1
    found = {row.name: row for row in ObservedVariable.objects.all()}
    look = ObservedEnvironment.objects.get()
    assert set(found) == {"A", "B"}
    assert found["A"].changed_at < look.observed_at == found["B"].changed_at


@pytest.mark.parametrize("replaced", [True, False])
def test_a_replaced_key_still_knows_what_is_unchanged(api, settings, replaced):
    client = signed_in()
    client.post("/variables/import/keep/", ticked(text_of(sent(client, "A=1\n"))))
    before = ObservedVariable.objects.get()
    former = settings.SECRET_KEY
    settings.SECRET_KEY = "another-secret-key-that-is-long-enough-for-the-checks-of-django"
    settings.SECRET_KEY_FALLBACKS = [former] if replaced else []
    client = signed_in_again()

    client.post("/variables/import/keep/", ticked(text_of(sent(client, "A=1\n"))))

    after = ObservedVariable.objects.get()
    assert after.fingerprint != before.fingerprint
    assert (after.changed_at == before.changed_at) == replaced


def signed_in_again():
    from django.contrib.auth.models import User
    from django.test import Client

    client = Client(HTTP_HOST="localhost")
    client.force_login(User.objects.get(username="admin"))
    return client


@pytest.mark.parametrize(
    ("text", "over", "told"),
    [
        (f"A={CANARY} b", {}, "line 1: sh cannot read it"),
        (f"X=1\nA='{CANARY}", {}, "line 2: python-dotenv cannot read it"),
        ("", {}, "Paste the file, or choose it."),
        ("A=1", {"service": "nobody"}, "There is no service of this name."),
        ("A=1", {"environment": "moon"}, "There is no environment of this name."),
        (CANARY, {"door": "railway"}, "it is no JSON document"),
        (json.dumps({"services": {"x": {"variables": {"A": CANARY}}}}), {"door": "railway"}, "it has x"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_refused_without_its_values(api, text, over, told):
    response = sent(signed_in(), text, **over)

    page_text = response.content.decode()
    assert response.status_code == 422
    assert told in page_text
    assert CANARY not in page_text


def test_a_program_can_be_named(api):
    client = signed_in()

    assert sent(client, 'A="a\\nb"').status_code == 422
    assert sent(client, 'A="a\\nb"', reader="python-dotenv").status_code == 200


def test_a_table_belongs_to_who_looked_it_over_and_cannot_be_changed(api, client):
    signed = signed_of(text_of(sent(signed_in(), "A=1")))
    editor = make_user("editor", is_staff=True)
    editor.groups.add(Group.objects.get(name="editor"))
    client.force_login(editor)

    client.post("/variables/import/keep/", {"signed": signed})
    client.post("/variables/import/keep/", {"signed": signed[:-2]})
    client.post("/variables/import/keep/", {})

    assert not ObservedVariable.objects.exists()


def test_an_operator_keeps_looks_and_defines_nothing(api, client):
    operator = make_user("operator", is_staff=True)
    operator.groups.add(Group.objects.get(name="operator"))
    client.force_login(operator)
    page_text = text_of(sent(client, "A=1"))

    assert "define-A" not in page_text
    refused = client.post("/variables/import/keep/", {"signed": signed_of(page_text), "define-A": "on"})  # fmt: skip
    assert refused.status_code == 403
    assert not Variable.objects.exists()
    client.post("/variables/import/keep/", {"signed": signed_of(page_text)})
    assert ObservedVariable.objects.count() == 1


def test_the_table_that_travels_through_the_browser_holds_no_value(api):
    signed = signed_of(text_of(sent(signed_in(), FILE)))

    data = signed.rsplit(":", 2)[0]
    body = signing.b64_decode(data.lstrip(".").encode())
    if data.startswith("."):
        import zlib

        body = zlib.decompress(body)
    assert b"STRIPE_SECRET_KEY" in body
    assert CANARY.encode() not in body
    assert b"8080" not in body


GRAPH = {
    "services": {
        "id-1": {"name": "Shop API", "variables": {"A": {"value": "1"}, "B": {}, "C": None}},
        "web": {"env": {"D": "2", "E": {"type": "preserve"}}},
    }
}


@pytest.mark.parametrize(
    ("document", "names", "expected"),
    [
        ({"A": "1", "B": ""}, ["api"], {"A": "1", "B": ""}),
        ({}, ["api"], NotFromRailway),
        (GRAPH, ["api", "shop api"], {"A": "1", "B": PRESERVED, "C": PRESERVED}),
        (GRAPH, ["web"], {"D": "2", "E": PRESERVED}),
        (GRAPH, ["nobody"], NotFromRailway),
        ({"resources": [{"name": "web", "env": {"A": "«hidden»"}}]}, ["web"], {"A": PRESERVED}),
        ([1], ["api"], NotFromRailway),
        ({"A": 1}, ["api"], NotFromRailway),
    ],
)
def test_what_railway_prints_is_read(document, names, expected):
    text = "\ufeff" + json.dumps(document)

    if expected is NotFromRailway:
        with pytest.raises(NotFromRailway):
            from_railway(text, names)
    else:
        assert from_railway(text, names) == expected


@pytest.mark.parametrize(
    ("document", "status"),
    [
        ('{"services": 5}', 422),
        ('{"services": true, "resources": 1.5}', 422),
        ('{"services": {"a\\ud800\\u0000": {"variables": {"A": "1"}}}}', 422),
        ('{"MODE": "a\\u0000b", "PLACE": "\\ud800", "OTHER": "${{A\\u0000.B}}"}', 200),
    ],
)
def test_no_json_of_railway_breaks_the_page(api, document, status):
    client = signed_in()
    answer = sent(client, document, door="railway", keep_examples="on")
    assert answer.status_code == status

    if status == 200:
        names = ("MODE", "PLACE", "OTHER")
        form = {"signed": signed_of(text_of(answer))} | {f"define-{name}": "on" for name in names}
        client.post("/variables/import/keep/", form)
        rows = Variable.objects.filter(service=api, name__in=names)
        assert set(rows.values_list("example", "source")) == {("", "")}


def test_nesting_without_end_is_refused():
    with pytest.raises(NotFromRailway):
        from_railway("[" * 100_000, ["api"])


def test_of_a_process_only_what_is_defined_is_looked_at():
    assert from_process({"A": "1", "HOME": "/root"}, ["A", "B"]) == {"A": "1"}
