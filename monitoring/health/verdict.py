"""The state machine of a check: what is believed, from one result to the next. Pure.

One result is noise: a verdict changes after several in a row. Results that say nothing about the
service (`unknown`) freeze what was counted, and two of them make the verdict unknown.

Maintenance is no state of the machine. It is counted apart by the history, and the verdict goes on
underneath, so that the end of a maintenance finds the truth.
"""

from dataclasses import dataclass, replace

from monitoring.health import flapping
from monitoring.health.words import Step, Verdict

UNKNOWNS_TO_UNKNOWN = 2  # one hiccup of a worker is no news


@dataclass(frozen=True, slots=True)
class Thresholds:
    """How many results in a row change the verdict."""

    failures_to_down: int = 3
    successes_to_up: int = 2

    def __post_init__(self) -> None:
        if self.failures_to_down < 1 or self.successes_to_up < 1:
            raise ValueError("a threshold is at least 1")


@dataclass(frozen=True, slots=True)
class Memory:
    """Everything the machine knows of a check; persisted as it is.

    `known` is the last verdict that was not unknown. `streak` counts the latest results that said the
    same and were not unknown; `unknowns` counts those that were.
    """

    verdict: Verdict = Verdict.UNKNOWN
    step: Step = Step.STEADY
    known: Verdict = Verdict.UNKNOWN
    streak_of: Verdict = Verdict.UNKNOWN
    streak: int = 0
    unknowns: int = 0
    results: str = ""
    is_flapping: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """A verdict that became another."""

    before: Verdict
    after: Verdict


NEW = Memory()


def advance(memory: Memory, found: Verdict, limits: Thresholds) -> tuple[Memory, Change | None]:
    """Take one result; give what is known now, and the change of the verdict if there is one."""
    if found is Verdict.UNKNOWN:
        after = _not_known(memory)
    else:
        after = _decide(_count(memory, found), found, limits)
    if after.verdict is memory.verdict:
        return after, None
    return after, Change(memory.verdict, after.verdict)


def _not_known(memory: Memory) -> Memory:
    unknowns = memory.unknowns + 1
    if unknowns < UNKNOWNS_TO_UNKNOWN:
        return replace(memory, unknowns=unknowns)
    return replace(memory, unknowns=unknowns, verdict=Verdict.UNKNOWN, step=Step.STEADY)


def _count(memory: Memory, found: Verdict) -> Memory:
    results = flapping.remember(memory.results, is_good=found is not Verdict.DOWN)
    return replace(
        memory,
        streak_of=found,
        streak=memory.streak + 1 if found is memory.streak_of else 1,
        unknowns=0,
        results=results,
        is_flapping=flapping.is_flapping(results, was_flapping=memory.is_flapping),
    )


def _decide(memory: Memory, found: Verdict, limits: Thresholds) -> Memory:
    """Settle when there are enough results in a row, else doubt."""
    if found is Verdict.DOWN:
        if memory.known is Verdict.DOWN or memory.streak >= limits.failures_to_down:
            return _settle(memory, Verdict.DOWN)
        return replace(memory, step=Step.SUSPECT)
    if memory.known is Verdict.DOWN:
        if _good_in_a_row(memory) >= limits.successes_to_up:
            return _settle(memory, found)
        return replace(memory, step=Step.RECOVERING)
    if memory.known is Verdict.UNKNOWN or found is memory.known:
        return _settle(memory, found)
    if memory.streak >= limits.successes_to_up:
        return _settle(memory, found)
    return _settle(memory, memory.known)


def _settle(memory: Memory, verdict: Verdict) -> Memory:
    return replace(memory, verdict=verdict, known=verdict, step=Step.STEADY)


def _good_in_a_row(memory: Memory) -> int:
    """Count the latest good results, degraded ones too."""
    return len(memory.results) - len(memory.results.rstrip(flapping.GOOD))
