"""A canary that goes in through every door is found nowhere: no page, log, mail, answer, table or key."""

import base64
import hashlib
import io
import json
import logging
from pathlib import Path
from urllib.parse import quote

import pytest
from django.contrib.auth.models import Group, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils.log import AdminEmailHandler

from prism import cli
from prism.core.audit_entry import AuditEntry
from prism.core.redis import client as redis_client
from services.catalog.models import ChangeSet
from services.variables import actions
from services.variables.models import ObservedVariable
from tests.make import make_user, make_variable
from tests.services.catalog.page_tests import signed_in
from tests.services.variables.making import CANARY, make_api, make_environments
from tests.services.variables.test_import import sent, signed_of, ticked

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.redis]
ENCODED = [
    CANARY,
    CANARY.encode().hex(),
    base64.b64encode(CANARY.encode()).decode().rstrip("=")[:-1],
    hashlib.sha256(CANARY.encode()).hexdigest(),
    hashlib.sha1(CANARY.encode()).hexdigest(),
    hashlib.md5(CANARY.encode()).hexdigest(),
    CANARY[:-4],
]
FILE = (
    f"TOKEN={CANARY}\nGREETING={CANARY}\nURL='https://user:{CANARY}@host/'\nMULTI='a\n{CANARY}'\n"
)
ADDRESSES = [
    *("/", "/variables/", "/variables/?service=api", "/variables/export/?format=csv"),
    *("/variables/export/?format=json", "/variables/references/", "/variables/import/"),
    *("/services/api/", "/services/api/variables/", "/services/api/variables/?environment=dev"),
    *("/search?q=TOKEN", f"/search?q={quote(CANARY[:4])}", "/graph/", "/manifest/export/"),
    *("/manifest/changes/", "/audit/", "/audit/export/?format=csv", "/audit/export/?format=jsonl"),
    *("/api/v1/services", "/api/v1/services/api", "/api/v1/openapi.json", "/admin/", "/ready"),
]


@pytest.fixture
def api():
    make_environments("prod", "dev")
    api = make_api()
    make_variable(api, "TOKEN", secret=True)
    return api


@pytest.fixture
def mailed(settings, mailoutbox):
    """Mail every error of a request, as Django does for the administrators."""
    settings.ADMINS = (
        [("Ops", "ops@example.com")] if not _takes_addresses() else ["ops@example.com"]
    )
    handler = AdminEmailHandler(include_html=True)
    handler.setLevel(logging.ERROR)
    logging.getLogger("django.request").addHandler(handler)
    yield mailoutbox
    logging.getLogger("django.request").removeHandler(handler)


def _takes_addresses():
    import django

    return django.VERSION >= (6, 0)


def through_every_door(client, tmp_path, monkeypatch):
    """Take the canary in through each door, and give what every door said."""
    file = tmp_path / ".env"
    file.write_text(FILE)
    railway = tmp_path / "railway.json"
    railway.write_text(json.dumps({"TOKEN": CANARY, "OTHER": CANARY}))
    monkeypatch.setenv("TOKEN", CANARY)
    said = []
    looked = sent(client, FILE, keep_examples="on")
    said.append(looked)
    form = ticked(looked.content.decode())
    said.append(client.post("/variables/import/keep/", form, follow=True))
    upload = SimpleUploadedFile(".env", FILE.encode())
    looked = client.post("/variables/import/", {"service": "api", "environment": "dev", "door": "env-file", "file": upload})  # fmt: skip
    said.append(looked)
    signed = {"signed": signed_of(looked.content.decode())}
    said.append(client.post("/variables/import/keep/", signed, follow=True))
    said.append(sent(client, railway.read_text(), door="railway"))
    said.append(sent(client, f"TOKEN={CANARY} x"))
    said.append(sent(client, f"{CANARY}", door="railway"))
    for words in (["--file", str(file)], ["--railway", str(railway)], ["--process"]):
        assert cli.run(["env-check", "api", *words, "--record"]) in (0, 2)
        assert cli.run(["env-check", "api", *words, "--record", "--json"]) in (0, 2)
    file.write_text(f"TOKEN='{CANARY}")
    assert cli.run(["env-check", "api", "--file", str(file), "--json"]) == 1
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(FILE.encode())))
    assert cli.run(["env-check", "api", "--file", "-", "--record"]) in (0, 2)
    return [response.content.decode() for response in said]


def everyone():
    """Give a browser of each role, and of somebody who is not logged in."""
    clients = [Client(HTTP_HOST="localhost")]
    for role in ("viewer", "editor", "operator", "admin"):
        user = make_user(role, is_staff=True)
        user.groups.add(Group.objects.get(name=role))
        client = Client(HTTP_HOST="localhost")
        client.force_login(user)
        clients.append(client)
    client = Client(HTTP_HOST="localhost")
    client.force_login(User.objects.get(username="admin-in-all"))
    return [*clients, client]


def tables():
    """Give every row of every table as text."""
    lines = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            lines += [f"{table} {bytes(v) if isinstance(v, memoryview) else v!r}" for row in cursor.fetchall() for v in row]  # fmt: skip
    return lines


def keys():
    """Give every key of Redis with its serialized value."""
    redis = redis_client("test")
    return [key + b" " + (redis.dump(key) or b"") for key in redis.scan_iter(count=500)]


def refuse(where, text):
    for form in ENCODED:
        assert form not in text, where


def test_the_canary_is_found_nowhere(api, tmp_path, monkeypatch, caplog, capfd, mailed, settings):
    caplog.set_level(logging.DEBUG)
    # the command would set logging up anew, and take the handlers of this test away
    monkeypatch.setattr("prism.cli.django.setup", lambda: None)
    client = signed_in()
    User.objects.filter(username="admin").update(username="admin-in-all")

    said = through_every_door(client, tmp_path, monkeypatch)
    monkeypatch.setattr(actions.audit, "record", _failing)
    client.raise_request_exception = False
    assert sent(client, FILE).status_code == 200  # looking writes nothing
    monkeypatch.setattr("services.variables.import_views.review", _failing)
    assert sent(client, FILE).status_code == 500
    monkeypatch.undo()

    # the doors were really open
    assert ObservedVariable.objects.filter(name="TOKEN").count() == 2
    assert len({row.fingerprint for row in ObservedVariable.objects.filter(name="TOKEN")}) == 1
    assert AuditEntry.objects.filter(action="variables.observed").count() >= 6
    assert ChangeSet.objects.exists()
    assert len(mailed) == 1
    for at, text in enumerate(said):
        refuse(f"what door {at} said", text)
    for mail in mailed:
        refuse("an error mail", mail.subject + mail.body + str(mail.alternatives))
    pages = 0
    for person in everyone():
        for address in ADDRESSES:
            response = person.get(address, follow=True)
            pages += response.status_code == 200
            refuse(address, response.content.decode(errors="replace"))
            refuse(address, str(response.headers))
    assert pages > 80
    rows = tables()
    assert any("variables.observed" in row for row in rows)
    refuse("a table", "\n".join(rows))
    stored = b"\n".join(keys()).decode("latin-1")
    assert "session" in stored or settings.SESSION_ENGINE
    refuse("a key of Redis", stored)
    refuse("a log", caplog.text)
    refuse("the output", "".join(capfd.readouterr()))
    database = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite" and Path(str(database)).is_file():
        connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        refuse("the database's file", Path(str(database)).read_bytes().decode("latin-1"))


def _failing(*args, **options):
    raise RuntimeError("the door is stuck")


def test_the_test_would_find_it(api):
    make_variable(api, "LEAK", example=CANARY)

    with pytest.raises(AssertionError):
        refuse("a table", "\n".join(tables()))
