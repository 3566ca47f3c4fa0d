"""Claims: one worker at a time has a check, a dead one loses it, and an hour away is no storm."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from monitoring.health.actions import now_ms, schedule_checks
from monitoring.health.claims import claim_due, release, skip_missed, still_ours
from monitoring.health.models import CheckState, Reading
from monitoring.health.reading_checks import as_asked
from monitoring.health.recording import Result, record
from monitoring.health.schedule import next_slot_ms, phase_ms
from monitoring.health.words import Verdict
from tests.monitoring.health.making import found, make_check, make_scheduled

pytestmark = pytest.mark.django_db
HOUR_MS = 3_600_000


def test_a_due_check_is_claimed_once() -> None:
    check = make_scheduled()

    first, second = claim_due(now_ms(), 10), claim_due(now_ms(), 10)

    assert [claim.check_id for claim in first] == [check.pk]
    assert second == []


def test_a_check_that_is_not_due_is_left_alone() -> None:
    check = make_scheduled()
    CheckState.objects.filter(pk=check.pk).update(due_ms=now_ms() + 5_000)

    assert claim_due(now_ms(), 10) == []


def test_the_checks_of_a_dead_worker_are_claimed_again_after_their_lease() -> None:
    make_scheduled(interval_s=60)
    (lost,) = claim_due(now_ms(), 10)

    (taken,) = claim_due(now_ms() + 25_000, 10)

    assert taken.epoch == lost.epoch + 1
    assert still_ours([(lost.check_id, lost.epoch)]) == set()
    assert still_ours([(taken.check_id, taken.epoch)]) == {(taken.check_id, taken.epoch)}


def test_what_is_given_back_can_be_claimed_at_once() -> None:
    make_scheduled()
    (claim,) = claim_due(now_ms(), 10)

    release([(claim.check_id, claim.epoch)])

    assert len(claim_due(now_ms(), 10)) == 1


def test_a_late_release_does_not_take_the_check_from_its_new_owner() -> None:
    make_scheduled(interval_s=60)
    (lost,) = claim_due(now_ms(), 10)
    (taken,) = claim_due(now_ms() + 25_000, 10)

    release([(lost.check_id, lost.epoch)])

    assert CheckState.objects.get(pk=taken.check_id).claimed_until_ms > 0


def test_the_most_overdue_come_first() -> None:
    late, later = make_scheduled(), make_scheduled()
    CheckState.objects.filter(pk=later.pk).update(due_ms=now_ms() - 20_000)

    (claim,) = claim_due(now_ms(), 1)

    assert claim.check_id == later.pk != late.pk


def test_an_hour_away_is_counted_and_not_made_up_for() -> None:
    checks = [make_check(interval_s=30) for _ in range(40)]
    schedule_checks(checks, now_ms=now_ms())
    now = now_ms()
    for check in checks:
        CheckState.objects.filter(pk=check.pk).update(
            due_ms=now - HOUR_MS - (now - HOUR_MS) % 30_000 + phase_ms(check.pk, 30_000)
        )

    skip_missed(now)
    states = list(CheckState.objects.all())

    assert all(119 <= state.missed <= 121 for state in states)
    assert all(now < state.due_ms <= now + 30_000 for state in states)
    assert all(state.due_ms % 30_000 == phase_ms(state.pk, 30_000) for state in states)
    # one round in one interval, spread out: not all of them in its first second
    assert len([state for state in states if state.due_ms < now + 1_000]) < 10


def test_of_the_slots_that_a_dead_worker_left_the_last_is_asked_and_the_others_are_counted() -> (
    None
):
    check = make_scheduled(interval_s=5)
    now = now_ms()
    CheckState.objects.filter(pk=check.pk).update(due_ms=now - 12_000)

    skip_missed(now)
    (claim,) = claim_due(now, 10)

    assert claim.due_ms == now - 2_000
    assert CheckState.objects.get(pk=check.pk).missed == 2


def test_what_is_a_little_late_is_not_skipped() -> None:
    check = make_scheduled(interval_s=30)
    CheckState.objects.filter(pk=check.pk).update(due_ms=now_ms() - 20_000)

    skip_missed(now_ms())

    assert CheckState.objects.get(pk=check.pk).missed == 0
    assert len(claim_due(now_ms(), 10)) == 1


def test_paused_and_retired_checks_are_not_due() -> None:
    check = make_scheduled()
    check.is_paused = True
    schedule_checks([check], now_ms=now_ms())

    skip_missed(now_ms() + HOUR_MS)

    assert claim_due(now_ms() + HOUR_MS, 10) == []


@pytest.mark.parametrize("count", [1, 300])
def test_claiming_takes_two_statements_at_any_number(
    count: int, django_assert_num_queries: Any
) -> None:
    checks = [make_check() for _ in range(count)]
    schedule_checks(checks, now_ms=now_ms() - 6_000)

    with django_assert_num_queries(2):
        skip_missed(now_ms())
        claims = claim_due(now_ms(), 1000)

    assert len(claims) == count


def test_after_an_hour_without_a_worker_there_is_one_round_and_no_storm() -> None:
    checks = [make_check(interval_s=60) for _ in range(120)]
    by_id = {check.pk: as_asked(check) for check in checks}
    schedule_checks(checks, now_ms=now_ms())
    start = now_ms() // 1000 * 1000
    for check in checks:  # what was due an hour ago, at each check's own place
        due_ms = next_slot_ms(check.pk, 60_000, start - HOUR_MS)
        CheckState.objects.filter(pk=check.pk).update(due_ms=due_ms)

    asked: Counter[int] = Counter()
    in_one_tick = []
    for now in range(start, start + 60_000, 500):  # a worker that looks twice a second
        skip_missed(now)
        claims = claim_due(now, 400)
        at = datetime.fromtimestamp(now / 1000, UTC)
        record([Result(by_id[one.check_id], one, found(Verdict.UP), at) for one in claims])
        asked.update(one.check_id for one in claims)
        in_one_tick.append(len(claims))

    assert set(asked) == by_id.keys()
    # whose slot is within the second that is claimed ahead may come twice: at both ends of the minute
    assert sum(asked.values()) <= len(checks) * 1.1
    # the first tick has what was due in the last 20 s and the next second, nothing else comes in a heap
    assert max(in_one_tick[1:]) < len(checks) / 10
    assert Reading.objects.count() == sum(asked.values())
    missed = CheckState.objects.values_list("missed", flat=True)
    assert all(58 <= count <= 60 for count in missed)
