"""`prism restore`: the console as a backup has it, or the proof that a backup can be restored."""

import os
import subprocess
import sys
import tempfile
import uuid
from argparse import Namespace
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.core.management.color import no_style
from django.db import connection, models, transaction

from monitoring.events.models import StreamHead
from prism.backup import (
    CHUNK,
    applied_migrations,
    columns_of,
    every_model,
    kept_models,
    stored_fields,
)
from prism.backup_file import BackupReader, Contents, TableContents, TableDigest, UnreadableBackup
from prism.core import audit
from prism.core.answer import Answer, CommandFailed
from prism.core.audit_guard import install_guard, remove_guard
from prism.core.commands import command_line
from prism.core.terminal import Terminal
from services.catalog.models import Service


def restore(arguments: Namespace, terminal: Terminal) -> Answer:
    """Answer `prism restore FILE`; with `--verify` this console stays as it is."""
    path = Path(arguments.file).absolute()
    try:
        reader = BackupReader(path)
        if arguments.verify:
            return _rehearse(path, reader.contents)
        _refuse_other_versions(reader.contents)
        if not arguments.replace and (
            Service.objects.exists() or get_user_model().objects.exists()
        ):
            raise CommandFailed(
                "this console is not empty; --replace puts the backup in the place of all it has"
            )
        reader.check()
        replace_everything(reader)
    except UnreadableBackup as error:
        raise CommandFailed(f"{error}. Nothing was changed.") from error
    contents = reader.contents
    text = (
        f"Restored {contents.rows} rows of {len(contents.tables)} tables from {contents.created_at},"
        " compared table by table.\nEverybody has to log in again."
    )
    return Answer(_document(contents, is_restored=True), text)


def replace_everything(reader: BackupReader) -> None:
    """Put the backup's rows in the place of all rows, in one transaction that compares what came of it.

    Raises UnreadableBackup, and changes nothing, when a table reads back otherwise than it was written.
    """
    tables = {table.table: table for table in reader.contents.tables}
    with transaction.atomic():
        remove_guard(connection)
        _empty(every_model())
        for model in kept_models():
            _load(model, reader, tables[model._meta.db_table])
        _compare(tables)
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), kept_models()):
                cursor.execute(statement)
        install_guard(connection)
        # the numbers go back: pages that are open must not take new events for ones they have had
        StreamHead.objects.update(epoch=uuid.uuid4())
        audit.record(
            "backup.restored",
            actor=command_line(),
            details={"created_at": reader.contents.created_at, "rows": reader.contents.rows},
        )
    ContentType.objects.clear_cache()


def _rehearse(path: Path, contents: Contents) -> Answer:
    """Restore into an empty console in a folder of its own, which is then thrown away."""
    with tempfile.TemporaryDirectory(prefix="prism-restore-") as folder:
        # without DATABASE_URL the console in that folder has a database there
        environment = os.environ | {"PRISM_VAR_DIR": folder}
        environment.pop("DATABASE_URL", None)
        ended = subprocess.run(  # noqa: S603 - our own command and a path
            [sys.executable, "-m", "prism", "restore", str(path)],
            env=environment,
            cwd=Path(__file__).resolve().parent.parent,
            capture_output=True,
            text=True,
        )
    if ended.returncode:
        reason = ended.stderr.strip().removeprefix("prism: ")
        raise CommandFailed(f"{path} cannot be restored: {reason}")
    text = (
        f"{path} can be restored: {contents.rows} rows of {len(contents.tables)} tables went into an "
        "empty console and read back as they were written. This console was left alone."
    )
    return Answer(_document(contents, is_restored=False), text)


def _refuse_other_versions(contents: Contents) -> None:
    """Raise CommandFailed unless the tables here are those of the backup."""
    here, there = set(applied_migrations()), set(contents.migrations)
    if here != there:
        names = ", ".join(sorted(here ^ there)[:3])
        raise CommandFailed(
            f"the backup was made by version {contents.version}, whose tables are others ({names}): "
            "restore it with that version, then upgrade"
        )


def _empty(emptied: list[type[models.Model]]) -> None:
    quote = connection.ops.quote_name
    names = [quote(model._meta.db_table) for model in emptied]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # takes every table for itself; who still writes makes this fail within lock_timeout
            cursor.execute(f"TRUNCATE {', '.join(names)}")
            return
        for name in names:  # foreign keys are deferred until the commit
            cursor.execute(f"DELETE FROM {name}")  # noqa: S608 - names of our own tables


def _load(model: type[models.Model], reader: BackupReader, table: TableContents) -> None:
    """Insert one table's rows as they were, without what saving a model would change."""
    fields = stored_fields(model)
    if table.columns != columns_of(model):
        raise UnreadableBackup(f"table {table.table} has other columns")
    rows = reader.rows(table)
    while objects := list(islice(_objects(model, fields, rows), CHUNK)):
        # SQLite takes a limited number of values in one statement
        size = connection.ops.bulk_batch_size(fields, objects)
        for start in range(0, len(objects), size):
            model._base_manager._insert(  # type: ignore[attr-defined]
                objects[start : start + size], fields=fields, using=connection.alias, raw=True
            )


def _objects(
    model: type[models.Model], fields: list[models.Field], rows: Iterator[list[object]]
) -> Iterator[models.Model]:
    for row in rows:
        values = (field.to_python(value) for field, value in zip(fields, row, strict=True))
        yield model(**{field.attname: value for field, value in zip(fields, values, strict=True)})


def _compare(tables: dict[str, TableContents]) -> None:
    for model in kept_models():
        table = tables[model._meta.db_table]
        digest = TableDigest()
        for row in model._base_manager.values_list(*table.columns).iterator(chunk_size=CHUNK):
            digest.add(row)
        if (digest.rows, digest.hex()) != (table.rows, table.digest):
            raise UnreadableBackup(f"table {table.table} did not read back as it was written")


def _document(contents: Contents, *, is_restored: bool) -> dict[str, object]:
    return {
        "is_restored": is_restored,
        "created_at": contents.created_at,
        "version": contents.version,
        "tables": {table.table: table.rows for table in contents.tables},
    }
