"""`prism backup`: every table in one file, while the console goes on."""

import os
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.apps import apps
from django.contrib.sessions.models import Session as DjangoSession
from django.db import connection, models, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from prism.backup_file import BackupWriter, Contents
from prism.core import audit
from prism.core.answer import Answer, CommandFailed
from prism.core.commands import command_line
from prism.core.sessions import Session
from prism.core.terminal import Terminal
from prism.version import VERSION

CHUNK = 2000
# a restored console knows nobody's log-in
LEFT_OUT: tuple[type[models.Model], ...] = (Session, DjangoSession)


def backup(arguments: Namespace, terminal: Terminal) -> Answer:
    """Answer `prism backup`: write the file, readable by its owner alone, whole or not at all."""
    now = timezone.now()
    path = Path(arguments.output or f"prism-backup-{now:%Y%m%dT%H%M%SZ}.zip").absolute()
    if path.exists():
        raise CommandFailed(f"{path} is there already: a backup never overwrites a file")
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        contents = Contents(VERSION, connection.vendor, now.isoformat(), applied_migrations())
        write_tables(draft, contents)
        os.link(draft, path)  # refuses when somebody was faster
    except OSError as error:
        raise CommandFailed(f"{path} could not be written: {error.strerror}") from error
    finally:
        draft.unlink(missing_ok=True)
    size_bytes = path.stat().st_size
    audit.record(
        "backup.made", actor=command_line(), target=path.name, details={"rows": contents.rows}
    )
    document = {
        "file": str(path),
        "bytes": size_bytes,
        "tables": len(contents.tables),
        "rows": contents.rows,
    }
    text = (
        f"{path}: {contents.rows} rows of {len(contents.tables)} tables, {size_bytes / 1e6:.1f} MB."
        "\nIt holds password hashes and second factors: keep it where only you can read it."
    )
    return Answer(document, text)


def write_tables(path: Path, contents: Contents) -> None:
    """Write every table, all as they were at one moment."""
    writer = BackupWriter(path, contents)
    with one_moment():
        for model in kept_models():
            columns = columns_of(model)
            rows = model._base_manager.order_by("pk").values_list(*columns)
            writer.add_table(model._meta.db_table, columns, rows.iterator(chunk_size=CHUNK))
    writer.close()


def kept_models() -> list[type[models.Model]]:
    """Name the models whose tables a backup holds, in the order of their tables' names."""
    found = (model for model in every_model() if model not in LEFT_OUT)
    return sorted(found, key=lambda model: model._meta.db_table)


def every_model() -> list[type[models.Model]]:
    """Name the models that have a table, those between two others included."""
    found = apps.get_models(include_auto_created=True)
    return [model for model in found if model._meta.managed and not model._meta.proxy]


def columns_of(model: type[models.Model]) -> list[str]:
    """Name what a row consists of; what the database computes is not a part of it."""
    return [field.attname for field in stored_fields(model)]


def stored_fields(model: type[models.Model]) -> list[models.Field]:
    """Give the fields with a column that is written."""
    return [
        field for field in model._meta.concrete_fields if not getattr(field, "generated", False)
    ]


def applied_migrations() -> list[str]:
    """Name the migrations of the database as `app.name`, sorted."""
    return sorted(
        f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations()
    )


@contextmanager
def one_moment() -> Iterator[None]:
    """Read everything as it is now, whatever others write meanwhile, and keep nobody waiting."""
    if connection.vendor == "sqlite":
        # the console's own transactions take the one write lock; this one only reads
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield
