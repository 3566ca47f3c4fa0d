"""The bounded frames of one filter: no gap for anybody, whatever the interleaving."""

import json
import random

import pytest

from monitoring.events.feed import MOST_FRAMES, Feed


def append(feed: Feed, until: int) -> None:
    rows = [json.dumps({"seq": seq}) for seq in range(feed.end + 1, until + 1)]
    feed.append(epoch="e", until=until, rows=rows)


@pytest.mark.parametrize("seed", range(20))
def test_registering_while_events_arrive_leaves_no_gap(seed: int) -> None:
    """500 interleavings each: a socket fills from SQL up to the base and then follows the frames."""
    dice = random.Random(seed)
    for _ in range(500):
        stored = dice.randrange(1, 30)
        feed = Feed(stored)
        position = dice.randrange(0, stored + 1)
        seen: list[int] = []
        first = position
        while True:
            step = dice.random()
            if step < 0.4 and stored < 60:
                stored += dice.randrange(1, 4)
                append(feed, stored)
            elif position < feed.base:
                until = min(feed.base, position + dice.randrange(1, 10))
                seen += range(position + 1, until + 1)
                position = until
            elif (frame := feed.next_after(position)) is not None:
                rows = [row["seq"] for row in json.loads(frame.text)["r"]]
                assert frame.after <= position
                seen += [seq for seq in rows if seq > position]
                position = frame.until
            elif stored >= 60 or step > 0.95:
                break

        assert seen == list(range(first + 1, position + 1))
        assert position == stored


def test_old_frames_go_and_the_base_follows() -> None:
    feed = Feed(0)
    for until in range(1, MOST_FRAMES + 11):
        append(feed, until)

    assert feed.base == 10
    assert feed.next_after(10).after == 10  # type: ignore[union-attr]
    assert feed.next_after(feed.end) is None


def test_a_huge_frame_is_kept_alone() -> None:
    feed = Feed(0)
    feed.append(epoch="e", until=1, rows=["x" * 3_000_000])
    feed.append(epoch="e", until=2, rows=["x" * 3_000_000])

    assert feed.base == 1
