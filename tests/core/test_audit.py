"""Writing to the trail: in the transaction of the action, in one order, and never undone."""

import threading

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from prism.core import audit
from prism.core.access import CommandLine
from prism.core.audit_entry import AuditEntry
from prism.core.audit_guard import install_guard, is_guarded, remove_guard
from tests.make import make_user


@pytest.mark.django_db
def test_an_entry_says_who_did_what_and_seals_it():
    user = make_user("ada")

    audit.record("catalog.edit", actor=user, target="auth-api", details={"fields": ["phase"]})
    audit.record("manifest.apply", actor=CommandLine("root@host"))
    audit.record("retention.purged")

    entries = AuditEntry.objects.order_by("number")
    assert [(e.number, e.actor_kind, e.actor_name, e.actor_id) for e in entries] == [
        (1, "user", "ada", user.pk),
        (2, "cli", "root@host", None),
        (3, "system", "system", None),
    ]
    assert audit.verify().is_intact


@pytest.mark.django_db
def test_the_name_of_a_deleted_account_stays():
    user = make_user("ada")
    audit.record("login.ok", actor=user)

    user.delete()

    assert AuditEntry.objects.get().actor_name == "ada"
    assert audit.verify().is_intact


@pytest.mark.django_db
def test_hostile_text_is_kept_on_one_line():
    audit.record("login.failed", actor_name="a\x00\r\nb\u2028\ud800", target="x" * 900)

    entry = AuditEntry.objects.get()
    assert entry.actor_name == r"a\x00\x0d\x0ab\u2028\ud800"
    assert len(entry.target) == 500
    assert audit.verify().is_intact


@pytest.mark.django_db
def test_numbers_stay_dense_when_an_action_is_rolled_back():
    def fail_after_recording() -> None:
        with transaction.atomic():
            audit.record("undone")
            raise RuntimeError

    audit.record("first")
    with pytest.raises(RuntimeError):
        fail_after_recording()
    audit.record("second")

    assert list(AuditEntry.objects.order_by("number").values_list("number", "action")) == [
        (1, "first"),
        (2, "second"),
    ]
    assert audit.verify().is_intact


@pytest.mark.django_db
def test_the_head_is_logged_after_the_commit(caplog, django_capture_on_commit_callbacks):
    with caplog.at_level("INFO", "prism.audit"), django_capture_on_commit_callbacks(execute=True):
        entry = audit.record("login.ok")
        assert not caplog.records

    assert caplog.records[0].audit_head == f"{entry.number}:{entry.hash}"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE core_auditentry SET actor_name = 'eve'",
        "DELETE FROM core_auditentry",
        "TRUNCATE core_auditentry",
    ],
)
def test_the_database_refuses_to_change_or_delete_entries(statement):
    if statement.startswith("TRUNCATE") and connection.vendor != "postgresql":
        pytest.skip("SQLite has no TRUNCATE")
    audit.record("login.ok", actor_name="ada")
    install_guard(connection)

    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)

    audit.record("logout", actor_name="ada")
    assert audit.verify().entries == 2


@pytest.mark.django_db
def test_a_change_behind_the_triggers_is_found():
    for name in ("ada", "bob", "cleo"):
        audit.record("login.ok", actor_name=name)

    AuditEntry.objects.filter(number=2).update(actor_name="eve")

    assert audit.verify().broken_at == 2


@pytest.mark.django_db
def test_a_rotated_secret_key_still_verifies_old_entries(settings):
    audit.record("login.ok")
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-secret-" * 5
    audit.record("login.ok")

    assert audit.verify().is_intact


@pytest.mark.django_db
def test_verifying_reads_in_one_query():
    for _ in range(20):
        audit.record("login.ok")

    with CaptureQueriesContext(connection) as queries:
        audit.verify()

    assert len([q for q in queries if "core_auditentry" in q["sql"]]) <= 3


@pytest.mark.django_db(transaction=True)
def test_eight_writers_at_once_make_one_chain():
    errors = []

    def write() -> None:
        try:
            for _ in range(5):
                audit.record("login.ok")
        except DatabaseError as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    report = audit.verify()
    assert not errors
    assert report.is_intact
    assert report.entries == 40


@pytest.mark.django_db
def test_a_guard_that_is_gone_is_noticed_and_put_back():
    assert not is_guarded(connection)

    install_guard(connection)
    install_guard(connection)

    assert is_guarded(connection)
    remove_guard(connection)
    assert not is_guarded(connection)
