"""Open pages on a real console: nothing is missed, whatever dies or restarts."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import websockets.exceptions

from monitoring.events.consumers import MOST_BEHIND
from tests.monitoring.events.live import VERIFY_S, Console, Page, console, is_unbroken
from tests.servers import ROOT, RedisServer, redis_server, wait_until

SET_STAFF = """
import sys
import django; django.setup()
from django.contrib.auth.models import User
User.objects.update(is_staff=sys.argv[1] == "True")
"""
pytestmark = [pytest.mark.redis, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Console, RedisServer]]:
    with redis_server() as redis, console(tmp_path_factory.mktemp("live"), redis) as one:
        yield one, redis


def test_a_page_goes_live_and_sees_what_is_stored(running: tuple[Console, RedisServer]) -> None:
    one, _ = running
    page = Page(one).wait(
        lambda page: page.is_live is True and page.last is not None, "the live state"
    )
    quiet = Page(one, severity="error").wait(
        lambda page: page.is_live is True and page.last is not None, "the live state"
    )

    one.store(30)
    one.store(1, severity="critical")
    page.wait(lambda page: len(page.seqs) == 31, "31 events")
    quiet.wait(lambda page: len(page.seqs) == 1, "the critical one")

    assert is_unbroken(page)
    assert page.faults == quiet.faults == []
    page.close()
    quiet.close()


def test_a_page_that_was_away_is_sent_what_it_missed(running: tuple[Console, RedisServer]) -> None:
    one, _ = running
    page = Page(one).wait(lambda page: page.last is not None, "the start")
    page.close()
    one.store(1200)
    again = Page(one)
    again.epoch, again.last, again.first = page.epoch, page.last, page.last or 0
    # it may have said hello with nothing in its first moment; then it began with the newest
    again.wait(lambda again: again.last == (page.last or 0) + 1200, "the head")

    assert is_unbroken(again) or again.first == again.last
    again.close()


def test_a_filter_that_keeps_nothing_for_long_stays_where_it_is(
    running: tuple[Console, RedisServer],
) -> None:
    one, _ = running
    page = Page(one, severity="critical").wait(
        lambda page: page.is_live is True and page.last is not None, "the live state"
    )

    one.store(MOST_BEHIND + 500)
    one.store(1, severity="critical")
    page.wait(lambda page: len(page.seqs) == 1, "the critical one")

    assert page.frames.count("reset") == 1
    assert page.faults == []
    page.close()


def test_a_position_of_another_epoch_begins_again(running: tuple[Console, RedisServer]) -> None:
    one, _ = running
    for hello in (
        {"t": "hello", "e": "another", "after": 3, "filter": {}, "f": 7},
        {"t": "hello", "e": "", "after": 10**9, "filter": None, "f": 7},
        {"t": "hello", "after": None, "f": 7},
    ):
        with one.socket() as socket:
            socket.send(json.dumps(hello))
            frames = [json.loads(socket.recv(timeout=10)) for _ in range(2)]
        assert [frame["f"] for frame in frames if frame["t"] == "reset"] == [7]


@pytest.mark.parametrize("text", ["", "[]", "{", '{"t":"drop"}', "[" * 5000])
def test_what_no_page_of_ours_says_closes_the_socket(
    running: tuple[Console, RedisServer], text: str
) -> None:
    one, _ = running
    with one.socket() as socket:
        socket.send(text)
        with pytest.raises(websockets.exceptions.ConnectionClosed) as closed:
            list(socket)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4400


def test_another_site_and_nobody_are_kept_out(running: tuple[Console, RedisServer]) -> None:
    one, _ = running
    with pytest.raises(websockets.exceptions.InvalidStatus):
        one.socket(origin="https://evil.example")
    stranger = Console(one.variables, one.server)
    with (
        stranger.socket() as socket,
        pytest.raises(websockets.exceptions.ConnectionClosed) as closed,
    ):
        socket.recv(timeout=10)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4401


def test_who_watches_is_in_redis_and_gone_when_closed(
    running: tuple[Console, RedisServer],
) -> None:
    one, redis = running
    page = Page(one).wait(lambda page: page.last is not None, "the start")
    wait_until(lambda: len(redis.admin().keys("websocket:*")) >= 1, what="the key")
    (key, *_) = redis.admin().keys("websocket:*")
    assert 0 < redis.admin().ttl(key) <= 90

    page.close()

    wait_until(lambda: redis.admin().keys("websocket:*") == [], what="the end of the key")


def test_logging_out_and_losing_the_role_close_the_page(
    running: tuple[Console, RedisServer],
) -> None:
    one, _ = running
    mine = Console(one.variables, one.server)
    browser = mine.log_in()
    page = Page(mine).wait(lambda page: page.last is not None, "the start")
    stays = Page(one).wait(lambda page: page.last is not None, "the start")

    browser.log_out()
    page.wait(lambda page: page.close_code == 4401, "the close", timeout_s=VERIFY_S + 10)
    assert stays.close_code is None

    one.run("-c", SET_STAFF, "False")
    stays.wait(lambda page: page.close_code == 4401, "the close", timeout_s=VERIFY_S + 10)
    one.run("-c", SET_STAFF, "True")


@pytest.mark.parametrize("fault", ["killed and empty again", "frozen"])
def test_without_redis_pages_are_told_and_fed_from_sql_and_go_live_again(
    running: tuple[Console, RedisServer], fault: str
) -> None:
    one, redis = running
    page = Page(one).wait(
        lambda page: page.is_live is True and page.last is not None, "the live state"
    )

    redis.kill() if fault != "frozen" else redis.freeze()
    one.store(1)
    page.wait(lambda page: len(page.seqs) == 1, "the event from SQL", timeout_s=5)
    page.wait(lambda page: page.is_live is False, "the word `delayed`", timeout_s=5)
    redis.start() if fault != "frozen" else redis.thaw()
    page.wait(lambda page: page.is_live is True, "the return", timeout_s=10)
    one.store(1)
    page.wait(lambda page: len(page.seqs) == 2, "the next event")

    assert page.frames.count("reset") == 1
    assert page.faults == []
    page.close()


def test_a_restarted_web_server_closes_cleanly_and_pages_resume(
    running: tuple[Console, RedisServer],
) -> None:
    one, _ = running
    page = Page(one).wait(lambda page: page.last is not None, "the start")
    one.server.stop()
    assert page.wait(lambda page: page.close_code is not None, "the close").close_code == 1012
    one.store(3)
    one.server.start()
    page.wait(lambda page: len(page.seqs) == 3, "what was missed")

    assert is_unbroken(page)
    assert page.faults == []
    page.close()


def test_a_page_that_reads_nothing_costs_no_memory_and_catches_up(
    running: tuple[Console, RedisServer],
) -> None:
    one, _ = running
    with one.socket() as socket:
        socket.send(json.dumps({"t": "hello", "after": None, "filter": {}, "f": 0}))
        one.store(3000, message="m" * 1000)
        before = rss_kb(one)
        one.store(5000, message="m" * 1000)
        grown_kb = rss_kb(one) - before
        last, seen = None, 0
        while last is None or seen < 8000:
            frame = json.loads(socket.recv(timeout=20))
            if frame["t"] == "reset":
                last = frame["s"]
            elif frame["t"] == "ev":
                assert frame["p"] <= last
                seen += len([row for row in frame["r"] if row["seq"] > last])
                last = max(last, frame["s"])
    assert seen == 8000
    assert grown_kb < 15_000


def rss_kb(one: Console) -> int:
    """Add up the resident memory of the web server's processes."""
    assert one.server.process
    pid = one.server.process.popen.pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    total = 0
    for child in children:
        status = Path(f"/proc/{child}/status").read_text()
        total += int(status.split("VmRSS:")[1].split()[0])
    return total


def test_a_killed_worker_loses_nothing_that_the_stream_took(
    running: tuple[Console, RedisServer],
) -> None:
    one, redis = running
    page = Page(one).wait(lambda page: page.last is not None, "the start")
    admin = redis.admin()
    ids = []
    worker = one.start_worker()
    for number in range(600):
        event = {"service": "killed", "type": "t", "id": str(number)}
        ids.append(admin.xadd("stream:events", {"data": json.dumps(event)}))
        if number in (200, 400):
            worker.kill()
            worker = one.start_worker()
    page.wait(lambda page: len(page.seqs) >= 600, "all of them", timeout_s=60)
    worker.kill()
    one.worker = None

    tail = subprocess.run(
        [sys.executable, "-m", "prism", "events", "tail", "--service", "killed", "--limit", "1000",
         "--no-follow", "--json"],
        cwd=ROOT, env=one.variables, capture_output=True, check=True, timeout=60,
    )  # fmt: skip
    stored = [event["id"] for event in json.loads(tail.stdout)["events"]]
    assert sorted(stored, key=int) == [str(number) for number in range(600)]
    assert is_unbroken(page)
    page.close()
