"""The triggers by which the database itself refuses to change or delete an audit entry."""

from collections.abc import Mapping

from django.db.backends.base.base import BaseDatabaseWrapper

REFUSAL = "the audit trail is append-only"

_INSTALL: Mapping[str, tuple[str, ...]] = {
    "sqlite": tuple(
        f"CREATE TRIGGER audit_entry_refuses_{verb} BEFORE {verb.upper()} ON core_auditentry "
        f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        for verb in ("update", "delete")
    ),
    "postgresql": (
        "CREATE FUNCTION audit_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$",
        # for each statement: TRUNCATE has no rows, and an UPDATE that finds none is refused as well
        "CREATE TRIGGER audit_entry_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE "
        "ON core_auditentry FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_refuse()",
    ),
}
_REMOVE: Mapping[str, tuple[str, ...]] = {
    "sqlite": tuple(
        f"DROP TRIGGER IF EXISTS audit_entry_refuses_{verb}" for verb in ("update", "delete")
    ),
    "postgresql": (
        "DROP TRIGGER IF EXISTS audit_entry_is_append_only ON core_auditentry",
        "DROP FUNCTION IF EXISTS audit_entry_refuse()",
    ),
}
_COUNT: Mapping[str, str] = {
    "sqlite": "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' "
    "AND name LIKE 'audit\\_entry\\_refuses\\_%' ESCAPE '\\'",
    "postgresql": "SELECT 2 * count(*) FROM pg_trigger "
    "WHERE tgname = 'audit_entry_is_append_only' AND tgenabled = 'O'",
}


def install_guard(connection: BaseDatabaseWrapper) -> None:
    """Put the triggers in place, new ones for old."""
    remove_guard(connection)
    _execute(connection, _INSTALL)


def remove_guard(connection: BaseDatabaseWrapper) -> None:
    """Take the triggers away; for migrations backwards, and for tests that empty their tables."""
    _execute(connection, _REMOVE)


def is_guarded(connection: BaseDatabaseWrapper) -> bool:
    """Say whether the triggers are there and switched on."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT[connection.vendor])
        return bool(cursor.fetchone()[0] == 2)


def _execute(connection: BaseDatabaseWrapper, statements: Mapping[str, tuple[str, ...]]) -> None:
    with connection.cursor() as cursor:
        for statement in statements[connection.vendor]:
            cursor.execute(statement)
