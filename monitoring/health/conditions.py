"""The small language of conditions: what a good answer looks like. Pure; read when saved, never run as code.

    status == 200
    json.status == "healthy"
    body contains "ready"
    warn latency_ms < 800

One condition a line; all must hold. A line that begins with `warn` only degrades. A value that the
answer does not have fails its condition: nothing is taken for zero.
"""

import json
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Value = str | int | float | bool | None
Facts = Mapping[str, object]  # the names below, as a probe found them; `json` is the parsed body

NUMBERS = ("status", "latency_ms", "cert_days")
TEXTS = ("body",)
TREES = ("json", "header", "redis")
MOST_LINES = 20
MOST = 1e300
_LINE = re.compile(
    r"(?P<warn>warn\s+)?(?P<left>[A-Za-z_][\w.\-\[\]]*)\s+(?P<operator>==|!=|<=|>=|<|>|contains)\s+(?P<right>.+)"
)
_SAME: Mapping[str, Callable[[object, object], bool]] = {"==": operator.eq, "!=": operator.ne}
_ORDER: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_SHOWN = 60


class ConditionInvalid(ValueError):
    """A line cannot be read; the message says which and why."""

    def __init__(self, line: int, because: str) -> None:
        super().__init__(f"line {line}: {because}")
        self.line = line
        self.because = because


@dataclass(frozen=True, slots=True)
class Condition:
    """One line: `left operator right`."""

    left: str
    operator: str
    right: Value
    only_warns: bool
    text: str


@dataclass(frozen=True, slots=True)
class Broken:
    """A condition that does not hold, with what was there instead."""

    condition: Condition
    found: str

    def __str__(self) -> str:
        return f"{self.condition.text} (it was {self.found})"


def parse(text: str) -> tuple[Condition, ...]:
    """Read all lines; raises ConditionInvalid. Empty lines are left out."""
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1)]
    stated = [(number, line) for number, line in lines if line]
    if len(stated) > MOST_LINES:
        raise ConditionInvalid(stated[MOST_LINES][0], f"more than {MOST_LINES} conditions")
    return tuple(_condition(number, line) for number, line in stated)


def broken(conditions: tuple[Condition, ...], facts: Facts) -> list[Broken]:
    """Give the conditions that do not hold."""
    found = []
    for condition in conditions:
        value = _look_up(condition.left, facts)
        if not _holds(condition, value):
            found.append(Broken(condition, _shown(value)))
    return found


def needs_json(conditions: tuple[Condition, ...]) -> bool:
    """Say whether the body must be parsed."""
    return any(condition.left.partition(".")[0] == "json" for condition in conditions)


def _condition(number: int, line: str) -> Condition:
    match = _LINE.fullmatch(line)
    if match is None:
        raise ConditionInvalid(number, 'write it like status == 200 or json.status == "healthy"')
    left, sign = match["left"], match["operator"]
    root, _, rest = left.partition(".")
    if left not in (*NUMBERS, *TEXTS) and not (left == "json" or (root in TREES and rest)):
        known = ", ".join((*NUMBERS, *TEXTS, "json.…", "header.…", "redis.…"))
        raise ConditionInvalid(number, f"there is no {left}; there are {known}")
    right = _literal(number, match["right"].strip())
    is_number = isinstance(right, (int, float)) and not isinstance(right, bool)
    if sign in _ORDER and not is_number:
        raise ConditionInvalid(number, f"{sign} compares numbers")
    if sign == "contains" and not isinstance(right, str):
        raise ConditionInvalid(number, "contains takes a text in quotation marks")
    if left in NUMBERS and not is_number:
        raise ConditionInvalid(number, f"{left} is a number")
    return Condition(left, sign, right, match["warn"] is not None, line)


def _literal(number: int, text: str) -> Value:
    """Read a number, true, false, null or a text in double quotation marks, as JSON has them."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConditionInvalid(number, f'{text} is no number and no "text"') from error
    is_too_big = isinstance(value, (int, float)) and not abs(value) < MOST
    if isinstance(value, (list, dict)) or is_too_big:  # NaN is not smaller than anything either
        raise ConditionInvalid(number, f"{text} is no number and no text")
    return value  # type: ignore[no-any-return]


_MISSING = object()


def _look_up(name: str, facts: Facts) -> object:
    """Follow a dotted name: members by their name, items of a list by their number."""
    root, _, rest = name.partition(".")
    value = facts.get(root, _MISSING)
    for part in rest.split(".") if rest else ():
        if isinstance(value, Mapping):
            value = value.get(part, _MISSING)
        elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            return _MISSING
    return value


def _holds(condition: Condition, value: object) -> bool:
    if value is _MISSING:
        return False
    if condition.operator == "contains":
        return isinstance(value, (str, list)) and condition.right in value
    if order := _ORDER.get(condition.operator):
        return (
            isinstance(value, (int, float))
            and not isinstance(value, bool)
            and order(value, float(condition.right or 0))
        )
    # true is not 1
    same = isinstance(value, bool) is isinstance(condition.right, bool)
    return _SAME[condition.operator](value if same else _MISSING, condition.right)


def _shown(value: object) -> str:
    if value is _MISSING:
        return "not there"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
