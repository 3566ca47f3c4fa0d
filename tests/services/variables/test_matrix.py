"""The matrix: required and missing first, every cell with its reason, in queries that do not grow."""

import json
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext

from services.variables.matrix import load_page
from services.variables.matrix_rows import Filters
from tests.make import make_change_set, make_project, make_service, make_user, make_variable
from tests.services.catalog.page_tests import HARMLESS, HOSTILE, signed_in, text_of
from tests.services.variables.making import NOW, make_api, make_environments, override, see, share

pytestmark = pytest.mark.django_db


def page(filters=None, *, number=1, environment="", now=NOW):
    return load_page(filters or Filters(), page=number, environment=environment, now=now)


def told(matrix):
    """Give each row as `service.NAME: word word`."""
    return [
        f"{row.service}.{row.entry.name}: {' '.join(cell.word for _, cell in row.cells)}"
        for row in matrix.rows
    ]


@pytest.fixture
def api():
    make_environments("prod", "dev")
    return make_api()


def test_what_is_required_and_missing_comes_first(api):
    make_variable(api, "A_SET")
    make_variable(api, "OPTIONAL", level="optional")
    make_variable(api, "Z_MISSING")
    make_variable(api, "Y_EMPTY")
    make_variable(api, "Y_IMPORTANT", level="important")
    make_variable(api, "URL", level="exported")
    make_variable(api, "X_DEFAULT", default="1")
    see(api, "prod", A_SET="x", Y_EMPTY="")

    matrix = page()

    assert told(matrix) == [
        "api.Y_EMPTY: empty not seen",
        "api.Z_MISSING: missing not seen",
        "api.A_SET: set not seen",
        "api.X_DEFAULT: default not seen",
        "api.Y_IMPORTANT: missing not seen",
        "api.OPTIONAL: not set not seen",
        "api.URL: offered offered",
    ]
    assert (matrix.total, matrix.failing) == (7, 2)


def test_the_order_knows_overrides_and_what_is_inherited(api):
    share(api.project, "SHARED")
    share(api.project, "OWN_TOO", default="1")
    make_variable(api, "OWN_TOO")
    make_variable(api, "RELAXED")
    make_variable(api, "HELPED")
    make_variable(api, "LEFT", level="optional")
    override(api, "prod", "SHARED", level="required")
    override(api, "prod", "RELAXED", level="optional")
    override(api, "prod", "HELPED", default="1")
    see(api, "prod")

    matrix = page(environment="prod")

    assert told(matrix) == [
        "api.SHARED: missing",
        "api.HELPED: default",
        "api.OWN_TOO: default",
        "api.RELAXED: not set",
        "api.LEFT: not set",
    ]
    assert matrix.failing == 1
    assert [row.is_inherited for row in matrix.rows] == [True, False, False, False, False]


def test_a_reference_that_leads_nowhere_comes_first_and_says_so(api):
    make_variable(api, "A_FINE")
    make_variable(api, "Z_BROKEN", source="${{Nobody.URL}}")
    make_variable(api, "Y_RING", source="${{Y_RING}}")

    matrix = page(environment="prod")

    assert told(matrix)[:2] == ["api.Y_RING: circle", "api.Z_BROKEN: unresolved"]
    assert matrix.rows[1].cells[0][1].reason == "there is no service Nobody"
    assert matrix.rows[0].cells[0][1].reason == "refers to itself: api.Y_RING -> api.Y_RING"


def test_a_planned_service_misses_nothing_yet(api):
    later = make_service(name="later", status="planned")
    make_variable(later, "TOKEN")
    see(later, "prod")

    assert told(page(Filters(service="later"))) == ["later.TOKEN: missing not seen"]
    assert page(Filters(service="later")).failing == 0
    assert {cell.verdict for _, cell in page(Filters(service="later")).rows[0].cells} == {"planned"}


def test_the_same_secret_elsewhere_and_an_old_one_are_told(api):
    web = make_service(name="web")
    for service in (api, web):
        make_variable(service, "TOKEN", secret=True)
        make_variable(service, "PLAIN")
    make_variable(api, "OLD_KEY", secret=True)
    see(api, "prod", TOKEN="s1", PLAIN="p", OLD_KEY="old", at=NOW - timedelta(days=400))
    see(api, "prod", TOKEN="s1", PLAIN="p", OLD_KEY="old")
    see(api, "dev", TOKEN="s1", PLAIN="p", OLD_KEY="new")
    see(web, "dev", TOKEN="s1", PLAIN="p")

    cells = {row.entry.name: dict(row.cells) for row in page(Filters(service="api")).rows}

    assert cells["TOKEN"]["prod"].reason == "the same secret as in dev, web TOKEN in dev"
    assert cells["OLD_KEY"]["prod"].reason == "unchanged for 400 days"
    assert cells["OLD_KEY"]["dev"].word == "set"
    assert cells["PLAIN"]["prod"].word == "set"


def test_filters_choose_rows(api):
    web = make_service(name="web", project=make_project(name="site"))
    for name, level in (("A_1", "required"), ("AB1", "optional")):
        make_variable(api, name, level=level)
        make_variable(web, name, level=level)
    see(api, "prod", AB1="x")

    assert told(page(Filters(service="web"))) == ["web.A_1: not seen not seen", "web.AB1: not seen not seen"]  # fmt: skip
    assert [row.service for row in page(Filters(project="shop")).rows] == ["api", "api"]
    assert {row.entry.name for row in page(Filters(name="a_")).rows} == {"A_1"}
    assert {row.entry.name for row in page(Filters(level="optional")).rows} == {"AB1"}
    assert told(page(Filters(only_failing=True))) == ["api.A_1: missing not seen"]
    assert page(environment="prod").environments == ["prod"]
    assert page(number=9).rows == []


def test_pages_hold_every_row_once(api):
    for at in range(120):
        make_variable(api, f"V{at:03}", level="optional")

    seen = [row.entry.name for number in (1, 2, 3) for row in page(number=number).rows]

    assert len(seen) == len(set(seen)) == 120


def many(services):
    rows = []
    for at in range(services):
        service = make_service(name=f"s-{at}")
        share(service.project, "SHARED")
        for name in ("A", "B"):
            make_variable(service, name, secret=name == "A", source="${{s-0.B}}")
        rows.append(service)
    return rows


@pytest.mark.parametrize(
    "address", ["/variables/", "/variables/?service=s-0", "/services/s-0/variables/", "/variables/references/"]
)  # fmt: skip
def test_the_number_of_queries_is_small_and_does_not_grow(address):
    make_environments("prod", "staging", "dev")
    client = signed_in()
    counts = []
    for services in (many(2), [make_service(name=f"t-{at}") for at in range(20)]):
        for service in services:
            if service.name.startswith("t-"):
                make_variable(service, "A", secret=True, source="${{s-0.B}}")
            for environment in ("prod", "dev"):
                see(service, environment, A="same", B="x")
        client.get(address)
        with CaptureQueriesContext(connection, ) as queries:  # fmt: skip
            text_of(client.get(address))
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 15


def test_the_references_are_resolved_again_after_a_change_of_the_catalog_only(api):
    make_change_set(created_at=NOW)
    make_variable(api, "A", source="${{Nobody.URL}}")
    assert told(page(environment="prod")) == ["api.A: unresolved"]
    make_service(name="nobody", railway_service="Nobody")

    with CaptureQueriesContext(connection) as kept:
        page()
    make_change_set(created_at=NOW)
    with CaptureQueriesContext(connection) as anew:
        page()

    assert len(anew) == len(kept) + 3


def test_the_page_says_everything_with_its_reason(api):
    make_variable(api, "TOKEN", secret=True)
    see(api, "prod")

    page_text = text_of(signed_in().get("/variables/"))

    assert "1 required and not well" in page_text
    assert "was not there in the .env file of 2026-11-23" in page_text
    assert 'class="chip down">missing' in page_text


def test_an_empty_catalog_says_what_to_do_next():
    client = signed_in()

    assert "No service defines a variable yet" in text_of(client.get("/variables/"))
    assert "No variable fits" in text_of(client.get("/variables/?service=nobody"))


@pytest.mark.parametrize("query", ["page=0", "page=x", "page=99999999999", "page=%D9%A3", "level=x", "name=%25_%21%27", "name=%00", "service=%00", "environment=%00", "project='", "show=x"])  # fmt: skip
def test_any_address_is_answered(api, query):
    make_variable(api, "A")

    assert signed_in().get(f"/variables/?{query}").status_code == 200


def test_hostile_texts_are_harmless(api):
    make_variable(api, "A", description=HOSTILE, source=HOSTILE + "${{" + HOSTILE + ".B}}")
    client = signed_in()

    for address in ("/services/api/variables/", "/variables/references/", "/variables/"):
        assert HOSTILE not in text_of(client.get(address))
    assert HARMLESS in text_of(client.get("/services/api/variables/"))


def test_the_export_is_the_whole_matrix(api):
    for at in range(70):
        make_variable(api, f"V{at:03}")
    see(api, "prod", V000="x")
    client = signed_in()

    document = json.loads(client.get("/variables/export/?format=json").content)
    table = client.get("/variables/export/?format=csv&level=required").content.decode()

    assert (document["total"], document["failing"], len(document["variables"])) == (70, 69, 70)
    assert document["variables"][-1]["environments"]["prod"] == {
        "verdict": "up",
        "word": "set",
        "reason": "set, 1-7 characters, in the .env file of 2026-11-23",
    }
    assert len(table.splitlines()) == 71
    assert table.startswith("service,project,variable,level,secret,inherited,prod verdict,prod")
    assert client.get("/variables/export/?format=xml").status_code == 400


def test_the_page_of_a_service_shows_layers_users_and_what_is_not_defined(api):
    make_variable(api, "URL", level="exported")
    share(api.project, "REGION", default="eu")
    override(api, "prod", "REGION", value="us")
    web = make_service(name="web")
    make_variable(web, "API_URL", source="https://${{api.URL}}/v1")
    see(api, "prod", REGION="us", LEFTOVER="x")
    client = signed_in()

    page_text = text_of(client.get("/services/api/variables/?environment=prod"))
    user_text = text_of(client.get("/services/web/variables/"))

    assert "LEFTOVER" in page_text
    assert "web.API_URL" in page_text
    assert "said by project, environment" in page_text
    assert "the value that the catalog states" in page_text
    assert "api.URL" in user_text
    assert client.get("/services/nobody/variables/").status_code == 404


def test_circles_and_the_order_of_a_deployment_have_a_page(api):
    web = make_service(name="web")
    make_variable(web, "A", source="${{api.B}}")
    make_variable(api, "B")
    make_variable(api, "C", source="${{C}}")

    page_text = text_of(signed_in().get("/variables/references/"))

    assert "api.C → api.C" in page_text
    assert page_text.index('href="/services/api/"') < page_text.index('href="/services/web/"')


def test_who_may_only_look_is_not_offered_to_take_files_in(api, client):
    viewer = make_user("viewer", is_staff=True)
    viewer.groups.add(Group.objects.get(name="viewer"))
    client.force_login(viewer)

    assert "/variables/import/" not in text_of(client.get("/variables/?service=api"))
    assert client.get("/variables/import/").status_code == 403
