"""`prism redis namespaces` and `prism redis scan`."""

import threading
from datetime import timedelta
from typing import Any

import pytest
import redis
from django.db import connections
from django.utils import timezone

from monitoring.redis_inspect.commands import redis as answer_redis
from monitoring.redis_inspect.models import RedisScan
from monitoring.redis_inspect.scan_actions import pause_scan
from prism.command_line import parser
from prism.core.answer import Answer, CommandFailed
from prism.core.terminal import Terminal
from services.catalog.models import RedisNamespace
from tests.monitoring.redis_inspect.keyspace import (
    Planted,
    expected,
    expected_undeclared,
    fill,
    total,
)
from tests.monitoring.redis_inspect.scans import SOMEBODY, ask
from tests.servers import RedisServer, redis_server

pytestmark = [pytest.mark.django_db(transaction=True)]
PLANTED = Planted()


def run(*words: str) -> Answer:
    return answer_redis(parser().parse_args(["redis", *words]), Terminal())


@pytest.fixture
def own(settings: Any) -> Any:
    """Give the console a server of its own."""
    with redis_server() as server:
        settings.REDIS_URL, settings.REDIS_READONLY_URL = server.url, ""
        yield server


def test_namespaces_are_listed_with_their_overlaps() -> None:
    RedisNamespace.objects.create(pattern="api:*", ttl_policy="maximum", ttl_max_s=60, owner="shop")

    answer = run("namespaces")

    rows = {row["pattern"]: row for row in answer.document["namespaces"]}
    assert rows["session:*"]["ttl"] == {"policy": "sliding", "min_s": None, "max_s": 3600}
    assert rows["api:cache:*"]["ttl"] == {"policy": "range", "min_s": 300, "max_s": 3600}
    assert rows["api:*"]["owner"] == "shop"
    assert (rows["api:*"]["is_default"], rows["prism:*"]["is_default"]) == (False, True)
    assert answer.document["overlaps"] == [["api:cache:*", "api:*"]]
    assert "range 300-3600 s" in answer.text
    assert "the keys of both are api:cache:*" in answer.text


def test_a_scan_says_exactly_what_the_issue_asks_for(own: RedisServer) -> None:
    fill(redis.Redis(port=own.port), PLANTED)

    answer = run("scan")

    document = answer.document
    assert set(document) == {"namespaces", "undeclared", "total_keys", "mode", "duration_s"}
    rows = {row["pattern"]: row for row in document["namespaces"]}
    for pattern, wanted in expected(PLANTED).items():
        assert rows[pattern]["keys"] == wanted.keys
        assert rows[pattern]["types"] == wanted.types
        assert rows[pattern]["violations"] == wanted.all_violations()
        assert (rows[pattern]["bytes"] > 0) == (wanted.keys > 0)
        assert set(rows[pattern]) == {"pattern", "keys", "bytes", "types", "violations"}
    assert {row["pattern"]: row["keys"] for row in document["undeclared"]} == expected_undeclared(
        PLANTED
    )
    assert (document["total_keys"], document["mode"]) == (total(PLANTED), "full")
    assert answer.exit_status == 0
    assert "3 no expiry, 2 longer than declared" in answer.text
    assert RedisScan.objects.get().status == "finished"


def test_a_broken_rule_is_exit_status_2_when_asked(own: RedisServer) -> None:
    assert run("scan", "--fail-on-violation").exit_status == 0  # an empty server breaks no rule
    fill(redis.Redis(port=own.port), PLANTED)

    assert run("scan", "--fail-on-violation").exit_status == 2
    assert run("scan", "--fail-on-violation", "--lua").exit_status == 2


def test_a_budget_makes_it_partial_and_a_sample_says_that_it_estimates(own: RedisServer) -> None:
    fill(redis.Redis(port=own.port), PLANTED.times(10))

    assert run("scan", "--max-keys", "100").document["mode"] == "partial"
    sample = run("scan", "--sample")
    assert sample.document["mode"] == "sample"
    assert sample.document["total_keys"] == total(PLANTED.times(10))


@pytest.mark.parametrize(
    "words", [["--duty", "0"], ["--duty", "x"], ["--duty", "101"], ["--max-keys", "0"]]
)
def test_wrong_numbers_are_a_mistake(words: list[str]) -> None:
    with pytest.raises(CommandFailed, match="is not a number"):
        run("scan", *words)


def test_a_server_that_does_not_answer_is_an_error_with_the_keys_scripts_expect(
    settings: Any,
) -> None:
    with redis_server() as gone:
        settings.REDIS_URL, settings.REDIS_READONLY_URL = gone.url, ""

    with pytest.raises(CommandFailed, match=str(gone.port)) as caught:
        run("scan")

    assert caught.value.document["namespaces"] == []


def test_an_unknown_instance_names_the_known_ones() -> None:
    with pytest.raises(CommandFailed, match="there are console"):
        run("scan", "--instance", "elsewhere")


def test_a_scan_that_only_waits_for_a_worker_gives_way(own: RedisServer) -> None:
    run("scan")
    waiting = ask(RedisScan.objects.get().instance)

    assert run("scan").exit_status == 0

    waiting.refresh_from_db()
    assert waiting.status == "cancelled"


def test_a_scan_that_runs_is_waited_for(own: RedisServer) -> None:
    run("scan")
    running = ask(RedisScan.objects.get().instance, claimed_by="worker-1")
    over = timezone.now() - timedelta(minutes=3)

    def die() -> None:
        RedisScan.objects.filter(pk=running.pk).update(lease_until=over)
        connections.close_all()

    timer = threading.Timer(0.3, die)
    timer.start()

    assert run("scan").exit_status == 0

    timer.join()
    running.refresh_from_db()
    assert (running.status, running.problem) == ("failed", "its worker died")


def test_a_paused_scan_is_in_the_way(own: RedisServer) -> None:
    run("scan")
    paused = ask(RedisScan.objects.get().instance)
    pause_scan(scan=paused, actor=SOMEBODY)

    with pytest.raises(CommandFailed, match="has not ended"):
        run("scan")
