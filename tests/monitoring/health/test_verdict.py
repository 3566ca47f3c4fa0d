"""The state machine of a check, against examples and against a model that keeps every result."""

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from monitoring.health.flapping import RESULTS, change_ratio
from monitoring.health.verdict import NEW, Change, Memory, Thresholds, advance
from monitoring.health.words import Step, Verdict

UP, DEGRADED, DOWN, UNKNOWN = Verdict.UP, Verdict.DEGRADED, Verdict.DOWN, Verdict.UNKNOWN
LETTERS = {"u": UP, "d": DEGRADED, "x": DOWN, "?": UNKNOWN}


def run(results: str) -> tuple[Memory, list[Change]]:
    limits = Thresholds()
    memory, changes = NEW, []
    for letter in results:
        memory, change = advance(memory, LETTERS[letter], limits)
        changes += [change] if change else []
    return memory, changes


@pytest.mark.parametrize(
    ("results", "verdict", "step"),
    [
        ("u", UP, Step.STEADY),
        ("d", DEGRADED, Step.STEADY),
        ("x", UNKNOWN, Step.SUSPECT),
        ("xxx", DOWN, Step.STEADY),
        ("ux", UP, Step.SUSPECT),
        ("uxx", UP, Step.SUSPECT),
        ("uxxx", DOWN, Step.STEADY),
        ("uxxu", UP, Step.STEADY),
        ("uxxuxx", UP, Step.SUSPECT),
        ("uxxxu", DOWN, Step.RECOVERING),
        ("uxxxux", DOWN, Step.STEADY),
        ("uxxxuu", UP, Step.STEADY),
        ("uxxxud", DEGRADED, Step.STEADY),
        ("ud", UP, Step.STEADY),
        ("udd", DEGRADED, Step.STEADY),
        ("udud", UP, Step.STEADY),
        ("ddu", DEGRADED, Step.STEADY),
        ("dduu", UP, Step.STEADY),
        ("u?", UP, Step.STEADY),
        ("u??", UNKNOWN, Step.STEADY),
        ("u??u", UP, Step.STEADY),
        ("ux?x", UP, Step.SUSPECT),
        ("ux?xx", DOWN, Step.STEADY),
        ("xxx??", UNKNOWN, Step.STEADY),
        ("xxx??u", UNKNOWN, Step.RECOVERING),
        ("xxx??uu", UP, Step.STEADY),
        ("xxx??x", DOWN, Step.STEADY),
    ],
)
def test_results_lead_to_a_verdict(results: str, verdict: Verdict, step: Step) -> None:
    memory, _ = run(results)

    assert (memory.verdict, memory.step) == (verdict, step)


def test_one_failure_changes_nothing_and_three_change_it_once() -> None:
    assert run("ux")[1] == [Change(UNKNOWN, UP)]
    assert run("uxxxxxx")[1] == [Change(UNKNOWN, UP), Change(UP, DOWN)]


def test_a_check_that_changes_its_mind_all_the_time_flaps_and_calms_down() -> None:
    flapping, _ = run("ux" * 11)
    calm, _ = run("ux" * 11 + "u" * 18)

    assert flapping.is_flapping
    assert not calm.is_flapping


def test_nobody_flaps_before_there_are_21_results() -> None:
    assert change_ratio("ux" * 10) == 0
    assert change_ratio("ux" * 10 + "u") == pytest.approx(1.0)
    assert not run("ux" * 10)[0].is_flapping


def test_a_threshold_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Thresholds(failures_to_down=0)


class Machine(RuleBasedStateMachine):
    """Compares the machine with a model that looks at the whole past each time.

    The model knows only: the last verdict that was not unknown, and all results.
    """

    @initialize(failures=st.integers(1, 5), successes=st.integers(1, 5))
    def begin(self, failures: int, successes: int) -> None:
        self.limits = Thresholds(failures, successes)
        self.memory = NEW
        self.history: list[Verdict] = []
        self.believed = UNKNOWN  # the model's verdict
        self.known = UNKNOWN
        self.changes = [UNKNOWN]

    @rule(found=st.sampled_from(list(Verdict)))
    def ask(self, found: Verdict) -> None:
        before = self.memory
        self.memory, change = advance(before, found, self.limits)
        self.history.append(found)
        self.expect(found)
        assert (change is not None) == (before.verdict is not self.memory.verdict)
        if change:
            assert change == Change(before.verdict, self.memory.verdict)
            self.changes.append(change.after)

    def expect(self, found: Verdict) -> None:
        """Decide by looking back, without counters."""
        if found is UNKNOWN:
            if self.history[-2:] == [UNKNOWN, UNKNOWN]:
                self.believed = UNKNOWN
            return
        told = [one for one in self.history if one is not UNKNOWN]
        failures, successes = self.limits.failures_to_down, self.limits.successes_to_up
        if found is DOWN:
            enough = told[-failures:] == [DOWN] * failures
            if self.known is DOWN or enough:
                self.known = self.believed = DOWN
            return
        if self.known is DOWN:
            recent = told[-successes:]
            if len(recent) == successes and DOWN not in recent:
                self.known = self.believed = found
            return
        steady = told[-successes:] == [found] * successes
        if self.known is UNKNOWN or steady:
            self.known = found
        self.believed = self.known

    @invariant()
    def the_machine_agrees_with_the_model(self) -> None:
        if not hasattr(self, "memory"):
            return
        assert self.memory.verdict is self.believed
        assert self.memory.known is self.known

    @invariant()
    def what_it_remembers_is_bounded(self) -> None:
        if hasattr(self, "memory"):
            assert len(self.memory.results) <= RESULTS
            assert set(self.memory.results) <= {"u", "x"}

    @invariant()
    def changes_follow_one_another(self) -> None:
        if hasattr(self, "changes"):
            pairs = zip(self.changes, self.changes[1:], strict=False)
            assert all(before is not after for before, after in pairs)
            assert self.changes[-1] is self.memory.verdict

    @invariant()
    def a_doubt_is_only_beside_its_reason(self) -> None:
        if not hasattr(self, "memory") or not self.history:
            return
        if self.memory.step is Step.SUSPECT:
            assert self.memory.known is not DOWN
        if self.memory.step is Step.RECOVERING:
            assert self.memory.known is DOWN


TestMachine = Machine.TestCase
TestMachine.settings = settings(max_examples=200, stateful_step_count=60, deadline=None)


@given(st.lists(st.sampled_from("ud"), min_size=1))
def test_a_service_that_always_answers_is_never_down(results: list[str]) -> None:
    _, changes = run("".join(results))

    assert all(change.after is not DOWN for change in changes)


@given(st.text("udx?", max_size=60))
def test_unknown_results_never_make_it_down(results: str) -> None:
    before, _ = run(results)

    after, _ = advance(before, UNKNOWN, Thresholds())

    assert after.verdict in (before.verdict, UNKNOWN)
    assert after.streak == before.streak
