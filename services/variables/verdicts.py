"""What is to be said of one variable of one service in one environment, and why. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.catalog.names import Level
from services.variables.effective import Entry
from services.variables.observing import Seen

STALE_AFTER_DAYS = 365  # a secret that nobody changed for so long is worth a word


class Verdict(StrEnum):
    """How it stands, the worst first; the words are those of the console's chips."""

    DOWN = "down"
    DEGRADED = "degraded"
    UNKNOWN = "unknown"
    PLANNED = "planned"
    UP = "up"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the matrix: a verdict, one or two words for it, and the reason in a sentence."""

    verdict: Verdict
    word: str
    reason: str

    @property
    def is_missing(self) -> bool:
        """Whether something must be done before the service works there."""
        return self.verdict is Verdict.DOWN


@dataclass(frozen=True, slots=True)
class Sight:
    """What was seen of a variable when an environment was looked at; `state` None: it was not there."""

    observed_at: datetime
    door: str
    state: Seen | None
    length_class: str = ""
    fault: str = ""
    match: str = ""
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What else decides: the references of the entry, where the same secret is, the service's status.

    `broken` are the reasons why references lead nowhere, `ring` is the path of a circle, `same_as`
    says where else the same secret is, such as `staging` or `web in prod`.
    """

    is_active: bool = True
    broken: Sequence[str] = ()
    ring: str = ""
    same_as: Sequence[str] = ()


def judge(entry: Entry, sight: Sight | None, about: Circumstances, now: datetime) -> Cell:
    """Decide, in this order: what is wrong with the definition, then what was seen, then what is planned.

    Nothing that a service needs is missing while the service is not active: it is planned.
    """
    cell = _judge_active(entry, sight, about, now)
    if not about.is_active and cell.verdict in (Verdict.DOWN, Verdict.UNKNOWN):
        return Cell(Verdict.PLANNED, cell.word, f"{cell.reason}; the service is not active yet")
    return cell


def judge_undefined(sight: Sight) -> Cell:
    """Decide of a variable that is there and that no definition knows."""
    return Cell(Verdict.DEGRADED, "not defined", f"seen {_when(sight)}, in no definition")


def _judge_active(entry: Entry, sight: Sight | None, about: Circumstances, now: datetime) -> Cell:
    if about.ring:
        return _failing(entry, "circle", f"refers to itself: {about.ring}")
    if about.broken:
        return _failing(entry, "unresolved", "; ".join(about.broken))
    if not entry.is_read:
        return Cell(Verdict.NONE, "offered", "for other services to refer to")
    if sight is None:
        return _unseen(entry)
    if sight.state is None:
        return _absent(entry, sight)
    return _present(entry, sight, sight.state, about, now)


def _unseen(entry: Entry) -> Cell:
    match entry.origin:
        case "reference":
            return Cell(Verdict.UNKNOWN, "not seen", f"nobody looked; would be {entry.text}")
        case "value" | "default":
            return Cell(Verdict.UNKNOWN, "not seen", f"nobody looked; its {entry.origin} is known")
        case "elsewhere":
            return Cell(Verdict.UNKNOWN, "not seen", f"nobody looked; from {entry.source}")
        case "generate":
            return Cell(Verdict.UNKNOWN, "not seen", "nobody looked; has to be generated")
    return Cell(Verdict.UNKNOWN, "not seen", "nobody looked, and nothing says where it comes from")


def _absent(entry: Entry, sight: Sight) -> Cell:
    where = f"was not there {_when(sight)}"
    if entry.default:
        return Cell(Verdict.UP, "default", f"{where}; the default applies")
    if entry.level == Level.OPTIONAL:
        return Cell(Verdict.NONE, "not set", where)
    return _failing(entry, "missing", where)


def _present(entry: Entry, sight: Sight, state: Seen, about: Circumstances, now: datetime) -> Cell:
    when = _when(sight)
    if state is Seen.EMPTY:
        if entry.level == Level.OPTIONAL:
            return Cell(Verdict.NONE, "empty", f"empty {when}")
        return _failing(entry, "empty", f"empty {when}")
    if state is Seen.EXAMPLE and (entry.level != Level.OPTIONAL or entry.is_secret):
        return _failing(entry, "example", f"still the example value {when}")
    if state is Seen.PLACEHOLDER:
        return _failing(entry, "placeholder", f"still a placeholder {when}")
    if sight.fault:
        return _failing(entry, "wrong", f"{sight.fault}, {when}")
    if entry.origin == "value" and state not in (Seen.STATED, Seen.PRESERVED, Seen.REFERENCE):
        return _failing(entry, "differs", f"not the value that the catalog states, {when}")
    if entry.is_secret and about.same_as:
        return Cell(Verdict.DEGRADED, "same", f"the same secret as in {', '.join(about.same_as)}")
    if entry.is_secret and sight.changed_at is not None:
        days = (now - sight.changed_at).days
        if days >= STALE_AFTER_DAYS:
            return Cell(Verdict.DEGRADED, "old", f"unchanged for {days} days")
    return Cell(Verdict.UP, state.value if state in _SAYS_MORE else "set", _seen(sight, state))


_SAYS_MORE = (Seen.EXAMPLE, Seen.DEFAULT, Seen.STATED, Seen.REFERENCE, Seen.PRESERVED)


def _failing(entry: Entry, word: str, reason: str) -> Cell:
    """Fail a required variable, warn of any other."""
    return Cell(Verdict.DOWN if entry.is_required else Verdict.DEGRADED, word, reason)


def _seen(sight: Sight, state: Seen) -> str:
    match state:
        case Seen.EXAMPLE:
            what = "the example, which may do for what is optional and no secret"
        case Seen.DEFAULT:
            what = "the default"
        case Seen.STATED:
            what = "the value that the catalog states"
        case Seen.REFERENCE:
            what = "a reference of the platform"
        case Seen.PRESERVED:
            what = "set, its value was not shown"
        case _:
            what = f"{sight.match}" if sight.match else f"set, {sight.length_class} characters"
    return f"{what}, {_when(sight)}"


def _when(sight: Sight) -> str:
    return f"in the {sight.door} of {sight.observed_at:%Y-%m-%d}"
