"""Writes many rows of a model in one statement each, where the ORM takes one for every 999 values."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.models import Model

from monitoring.health.bulk import MOST_VALUES, insert_rows


def insert(model: type[Model], rows: Sequence[Model], on_conflict: str = "") -> None:
    """Insert rows and give each its key. One statement for a thousand rows.

    With `on_conflict` (our own words, which must update) a row gets the key of the one in its place.
    """
    if not rows:
        return
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    columns = [str(field.column) for field in fields]
    at_once = MOST_VALUES // len(columns)
    with connection.cursor() as cursor:
        for start in range(0, len(rows), at_once):
            part = rows[start : start + at_once]
            values = _values(fields, part)
            insert_rows(
                cursor, model._meta.db_table, columns, values, f"{on_conflict} RETURNING id"
            )
            for row, (key,) in zip(part, cursor.fetchall(), strict=True):
                row.pk = key


def upsert(
    model: type[Model], rows: Sequence[Model], *, by: Sequence[str], names: Iterable[str]
) -> None:
    """Insert rows, or write the named fields of those whose `by` is there already."""
    if not rows:
        return
    has_key = by == ["id"]
    fields = [field for field in model._meta.concrete_fields if has_key or not field.primary_key]
    written = [model._meta.get_field(name).column for name in names]  # type: ignore[union-attr]
    conflict = f"ON CONFLICT ({', '.join(by)}) DO UPDATE SET " + ", ".join(
        f"{name} = excluded.{name}" for name in written
    )
    with connection.cursor() as cursor:
        columns = [str(field.column) for field in fields]
        insert_rows(cursor, model._meta.db_table, columns, _values(fields, rows), conflict)


def _values(fields: Sequence[Any], rows: Sequence[Model]) -> list[list[Any]]:
    return [
        [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]
        for row in rows
    ]
