"""Whether the database has the tables this version needs, and the making of them."""

import fcntl
import pkgutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from prism.core.answer import CommandFailed


def pending_migrations() -> list[str]:
    """Name the migrations on disk that the database has not had; one or two queries, no imports."""
    applied = set(MigrationRecorder(connection).applied_migrations())
    return [
        f"{app.label}.{module.name}"
        for app in apps.get_app_configs()
        for module in pkgutil.iter_modules([str(Path(app.path) / "migrations")])
        if module.name[0] not in "_~" and (app.label, module.name) not in applied
    ]


def migrate() -> None:
    """Bring the tables up to date, quietly; a second process on the same machine waits."""
    with _one_at_a_time():
        if pending_migrations():
            call_command("migrate", interactive=False, verbosity=0)


def ensure_tables() -> None:
    """Migrate the embedded database by itself; raises CommandFailed for another one that is behind."""
    pending = pending_migrations()
    if not pending:
        return
    if not settings.PRISM_EMBEDDED_DATABASE:
        raise CommandFailed(
            f"The database is behind this version by {len(pending)} migrations: "
            "run `prism migrate`."
        )
    migrate()


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    with open(settings.PRISM_VAR_DIR / "migrate.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
