"""The matrix as CSV and JSON: how every variable stands, and no value that was seen."""

import csv
import io
import json
from typing import Any

from services.variables.matrix import Matrix

# A spreadsheet takes a cell that begins so for a formula.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def as_document(matrix: Matrix) -> dict[str, Any]:
    """Give the matrix as plain data."""
    return {
        "environments": list(matrix.environments),
        "total": matrix.total,
        "failing": matrix.failing,
        "variables": [
            {
                "service": row.service,
                "project": row.project,
                "name": row.entry.name,
                "level": row.entry.level,
                "secret": row.entry.is_secret,
                "inherited": row.is_inherited,
                "used_by": row.used_by,
                "environments": {
                    environment: {
                        "verdict": cell.verdict.value,
                        "word": cell.word,
                        "reason": cell.reason,
                    }
                    for environment, cell in row.cells
                },
            }
            for row in matrix.rows
        ],
    }


def as_json(matrix: Matrix) -> str:
    """Write the matrix as one JSON document."""
    return json.dumps(as_document(matrix), indent=1, ensure_ascii=False) + "\n"


def as_csv(matrix: Matrix) -> str:
    """Write the matrix as CSV, one line a variable, two columns an environment."""
    out = io.StringIO()
    writer = csv.writer(out)
    columns = [f"{name} {what}" for name in matrix.environments for what in ("verdict", "reason")]
    writer.writerow(["service", "project", "variable", "level", "secret", "inherited", *columns])
    for row in matrix.rows:
        told = [
            text
            for _, cell in row.cells
            for text in (f"{cell.verdict.value}: {cell.word}", cell.reason)
        ]
        fixed = [row.service, row.project, row.entry.name, row.entry.level]
        flags = ["yes" if row.entry.is_secret else "no", "yes" if row.is_inherited else "no"]
        writer.writerow([_harmless(text) for text in (*fixed, *flags, *told)])
    return out.getvalue()


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
