"""What INFO says, as figures; the same that Debian's exporter reads from the same server."""

import os
import re
import shutil
import subprocess
import urllib.error
import urllib.request

import pytest

from monitoring.redis_inspect.info import (
    Figures,
    Reading,
    figures_of,
    gained,
    hit_rate,
    per_second,
    total,
)
from monitoring.redis_inspect.topology import topology_at
from tests.servers import RedisServer, free_port, wait_until

# what the exporter calls each figure; its values are INFO's own, in the same units
EXPORTED = {
    "used_memory_bytes": "redis_memory_used_bytes",
    "used_memory_rss_bytes": "redis_memory_used_rss_bytes",
    "used_memory_peak_bytes": "redis_memory_used_peak_bytes",
    "maxmemory_bytes": "redis_memory_max_bytes",
    "fragmentation_ratio": "redis_mem_fragmentation_ratio",
    "connected_clients": "redis_connected_clients",
    "blocked_clients": "redis_blocked_clients",
    "maxclients": "redis_config_maxclients",
    "rejected_connections": "redis_rejected_connections_total",
    "hits": "redis_keyspace_hits_total",
    "misses": "redis_keyspace_misses_total",
    "evicted_keys": "redis_evicted_keys_total",
    "expired_keys": "redis_expired_keys_total",
    "replicas": "redis_connected_slaves",
}
# two looks are two commands and two moments: these move by themselves a little
MOVING = {"used_memory_bytes", "used_memory_rss_bytes", "used_memory_peak_bytes",
          "fragmentation_ratio", "connected_clients"}  # fmt: skip


def test_the_figures_of_a_server_that_works(server: RedisServer) -> None:
    admin = server.admin()
    admin.config_set("maxmemory", "64mb")
    admin.config_set("maxmemory-policy", "allkeys-lru")
    admin.set("a", 1)
    admin.set("b", 1, ex=100)
    admin.get("a")
    admin.get("nothing")
    info = admin.info()

    figures = figures_of(info)

    assert figures.used_memory_bytes == info["used_memory"]
    assert (figures.maxmemory_bytes, figures.maxmemory_policy) == (64 * 1024 * 1024, "allkeys-lru")
    assert (figures.hits, figures.misses) == (1, 1)
    assert (figures.keys, figures.expiring_keys) == (2, 1)
    assert (figures.persistence_ok, figures.replication_ok) == (True, True)
    assert figures.role == "master"
    assert figures.version.split()[0] == ("Redis" if server.program else "Valkey")


def test_what_info_does_not_say_is_unknown_and_not_zero() -> None:
    figures = figures_of({"redis_version": "8.0.0"})

    assert figures == Figures(version="Redis 8.0.0")


def test_a_cluster_is_the_sum_of_its_servers() -> None:
    nodes = [
        Figures(run_id="b", used_memory_bytes=5, maxmemory_bytes=10, hits=1, persistence_ok=True,
                fragmentation_ratio=1.0, uptime_s=9, maxmemory_policy="noeviction"),
        Figures(run_id="a", used_memory_bytes=7, maxmemory_bytes=10, hits=None, persistence_ok=False,
                fragmentation_ratio=2.0, uptime_s=5, maxmemory_policy="allkeys-lru"),
    ]  # fmt: skip

    one = total(nodes)

    assert (one.used_memory_bytes, one.maxmemory_bytes, one.hits) == (12, 20, None)
    assert (one.persistence_ok, one.fragmentation_ratio, one.uptime_s) == (False, 1.5, 5)
    assert one.run_id == total(nodes[::-1]).run_id
    assert one.maxmemory_policy == "allkeys-lru, noeviction"


def test_one_server_without_a_limit_leaves_the_cluster_without_one() -> None:
    assert total([Figures(maxmemory_bytes=0), Figures(maxmemory_bytes=9)]).maxmemory_bytes == 0


def reading(at_s: float, hits: int, misses: int, run_id: str = "a") -> Reading:
    return Reading(at_s, run_id, hits + misses, 0, hits, misses)


def test_rates_are_those_between_two_looks() -> None:
    before, after = reading(100, 60, 40), reading(110, 120, 60)

    assert per_second(before, after, "commands") == 8.0
    assert hit_rate(before, after) == 0.75
    assert hit_rate(before, after, own_hits=40, own_misses=0) == 0.5
    assert hit_rate(before, after, own_hits=60, own_misses=20) is None


@pytest.mark.parametrize("after", [reading(110, 5, 5), reading(110, 120, 60, "restarted")])
def test_a_restart_is_no_negative_rate(after: Reading) -> None:
    before = reading(100, 60, 40)

    assert per_second(before, after, "commands") is None
    assert hit_rate(before, after) is None
    assert gained(before, after, "hits") is None


def exported(server: RedisServer) -> dict[str, float]:
    """Ask Debian's exporter, or another that PRISM_TEST_REDIS_EXPORTER names, for the same server."""
    program = os.environ.get("PRISM_TEST_REDIS_EXPORTER") or shutil.which(
        "prometheus-redis-exporter"
    )
    if not program:
        pytest.skip("prometheus-redis-exporter is not on this machine")
    port = free_port()
    command = [program, "-redis.addr", server.url, "-web.listen-address", f"127.0.0.1:{port}"]
    popen = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    text = ""

    def scraped() -> bool:
        nonlocal text
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
                text = answer.read().decode()
        except (urllib.error.URLError, ConnectionError):
            return False
        return "redis_up 1" in text

    try:
        wait_until(scraped, what="a scrape of the exporter")
    finally:
        popen.kill()
        popen.wait()
    return {name: float(value) for name, value in re.findall(r"^(\w+) (\S+)$", text, re.MULTILINE)}


def test_the_figures_are_those_of_the_exporter(server: RedisServer) -> None:
    admin = server.admin()
    admin.config_set("maxmemory", "64mb")
    for number in range(100):
        admin.set(f"key:{number}", "x" * 100)
    admin.mget([f"key:{number}" for number in range(150)])

    theirs = exported(server)
    ours = figures_of(topology_at(server.url).nodes[0].client().info())

    assert theirs["redis_keyspace_hits_total"] == 100
    for name, metric in EXPORTED.items():
        if name in MOVING:
            assert getattr(ours, name) == pytest.approx(theirs[metric], rel=0.25, abs=2), name
        else:
            assert getattr(ours, name) == theirs[metric], name
