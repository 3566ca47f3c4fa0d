"""Which rows the matrix has, in which order: every variable that every current service reads or offers.

The order puts first what is required and missing, over all services at once. The ORM can only say that
with subqueries for each row, which took five times as long with 30,000 variables in three environments.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import connection

from services.catalog.names import Level, Status
from services.variables.observing import Seen

BROKEN_AT_MOST = 500  # rows that come first for a reference that leads nowhere
_LEVELS = tuple(level.value for level in Level)
_BAD_STATES = (Seen.EMPTY.value, Seen.PLACEHOLDER.value, Seen.EXAMPLE.value)

# `listed` has one row for each variable of each service, its own and inherited; `failing` those that
# were looked at where they are required and were not well. The rules are those of `verdicts.judge`.
_QUERY = """
WITH listed AS (
    SELECT s.id AS service_id, s.name AS service, s.status AS status, v.name AS name, v.level AS level,
        CASE WHEN v."default" <> '' OR shared."default" <> '' THEN 1 ELSE 0 END AS has_default
    FROM services_variable v
    JOIN services_service s ON s.id = v.service_id
    JOIN services_project p ON p.id = s.project_id
    LEFT JOIN services_sharedvariable shared
        ON shared.project_id = s.project_id AND shared.name = v.name
    WHERE s.archived_at IS NULL {chosen}
    UNION ALL
    SELECT s.id, s.name, s.status, v.name, v.level,
        CASE WHEN v."default" <> '' THEN 1 ELSE 0 END
    FROM services_sharedvariable v
    JOIN services_service s ON s.project_id = v.project_id
    JOIN services_project p ON p.id = s.project_id
    WHERE s.archived_at IS NULL {chosen} AND NOT EXISTS (
        SELECT 1 FROM services_variable own WHERE own.service_id = s.id AND own.name = v.name
    )
), failing AS (
    SELECT DISTINCT listed.service_id, listed.name
    FROM listed
    JOIN services_observedenvironment looked ON looked.service_id = listed.service_id
    JOIN services_environment e ON e.id = looked.environment_id
    LEFT JOIN services_variableoverride o
        ON o.service_id = listed.service_id AND o.environment = e.name AND o.name = listed.name
    LEFT JOIN services_observedvariable seen
        ON seen.observed_id = looked.id AND seen.name = listed.name
    WHERE listed.status = %s AND (listed.level = %s OR o.level = %s)
        AND COALESCE(NULLIF(o.level, ''), listed.level) = %s
        AND (
            seen.state IN ({states}) OR seen.fault <> ''
            OR (seen.id IS NULL AND listed.has_default = 0 AND COALESCE(o."default", '') = '')
        )
    {broken}
)
SELECT listed.service, listed.name, CASE WHEN failing.name IS NULL THEN 0 ELSE 1 END,
    COUNT(*) OVER (), COUNT(failing.name) OVER ()
FROM listed
{join} failing ON failing.service_id = listed.service_id AND failing.name = listed.name
ORDER BY CASE WHEN failing.name IS NULL THEN 1 ELSE 0 END, {level}, listed.service, listed.name
LIMIT %s OFFSET %s
"""
_BROKEN = """
    UNION SELECT listed.service_id, listed.name FROM listed
    WHERE listed.status = %s AND listed.level = %s
        AND (listed.service, listed.name) IN (VALUES {pairs})
"""


@dataclass(frozen=True, slots=True)
class Filters:
    """What of the matrix is asked for; an empty text asks for all, `name` for a part of a name."""

    service: str = ""
    project: str = ""
    name: str = ""
    level: str = ""
    only_failing: bool = False


@dataclass(frozen=True, slots=True)
class RowKey:
    """One row: a variable of a service, its own or inherited."""

    service: str
    name: str
    is_failing: bool


@dataclass(frozen=True, slots=True)
class Rows:
    """One page of rows, and how many there are in all and failing, those of other pages too."""

    keys: Sequence[RowKey]
    total: int
    failing: int


def load_rows(
    filters: Filters, *, broken: Collection[tuple[str, str]], offset: int, limit: int
) -> Rows:
    """Give rows, those first in which something required is missing. One query at any size.

    `broken` are the (service, variable) whose references lead nowhere. An offset behind the last
    row gives no rows and no counts.
    """
    chosen, chosen_values = _chosen(filters)
    pairs = list(broken)[:BROKEN_AT_MOST]
    required = Level.REQUIRED.value
    is_broken = _BROKEN.format(pairs=", ".join(["(%s, %s)"] * len(pairs))) if pairs else ""
    query = _QUERY.format(
        chosen=chosen,
        states=", ".join(["%s"] * len(_BAD_STATES)),
        broken=is_broken,
        join="JOIN" if filters.only_failing else "LEFT JOIN",
        level=_level_order(),
    )
    values: list[str | int] = [*chosen_values, *chosen_values]
    values += [Status.ACTIVE.value, required, required, required, *_BAD_STATES]
    if pairs:
        values += [Status.ACTIVE.value, required, *(part for pair in pairs for part in pair)]
    with connection.cursor() as cursor:
        cursor.execute(query, [*values, limit, offset])
        found = cursor.fetchall()
    keys = [RowKey(service, name, bool(failing)) for service, name, failing, _, _ in found]
    return Rows(keys, *(found[0][3:5] if found else (0, 0)))


def _chosen(filters: Filters) -> tuple[str, list[str]]:
    """Give the conditions of the filters and their values."""
    conditions = {
        "s.name = %s": filters.service,
        "p.name = %s": filters.project,
        "v.level = %s": filters.level,
    }
    said = {condition: value for condition, value in conditions.items() if value}
    values = list(said.values())
    text = "".join(f" AND {condition}" for condition in said)
    if filters.name:
        text += " AND v.name LIKE %s ESCAPE '!'"
        part = filters.name.upper().replace("!", "!!").replace("%", "!%").replace("_", "!_")
        values.append(f"%{part}%")
    return text, values


def _level_order() -> str:
    cases = " ".join(f"WHEN '{level}' THEN {at}" for at, level in enumerate(_LEVELS))
    return f"CASE listed.level {cases} END"
