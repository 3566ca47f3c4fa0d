"""Everything that the page of one instance shows: asked just now, and from the history."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from monitoring.redis_inspect.declared import namespaces_in_force
from monitoring.redis_inspect.history import Chart, load_charts
from monitoring.redis_inspect.info import Figures, total
from monitoring.redis_inspect.instances import NoAddress
from monitoring.redis_inspect.judgement import Stat, stats
from monitoring.redis_inspect.key_access import KeyAccess
from monitoring.redis_inspect.models import RedisInstance, RedisSample
from monitoring.redis_inspect.panels import ServerNow, reachable
from monitoring.redis_inspect.sampling import EVERY, ping_ms
from monitoring.redis_inspect.topology import Node, Topology, topology_of
from monitoring.redis_inspect.words import count, duration, memory, share
from monitoring.series import Window
from prism.core.redis import RedisError

STALE_AFTER = 5 * EVERY


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of a list: its words, the value, and a chip's class when it is not well."""

    label: str
    value: str
    css: str = ""


@dataclass(frozen=True, slots=True)
class ServerPage:
    """One instance. Without `servers`, `error` says why there are none."""

    instance: RedisInstance
    topology: Topology | None
    servers: list[ServerNow]
    gone: list[tuple[Node, str]]
    error: str
    chosen: ServerNow | None
    figures: Figures
    stats: list[Stat]
    charts: list[Chart]
    sample: RedisSample | None
    is_stale: bool

    @property
    def facts(self) -> list[tuple[str, list[Fact]]]:
        """Give the lists of the chosen server: memory, persistence, replication."""
        if self.chosen is None or self.chosen.info.data is None:
            return []
        info = self.chosen.info.data
        return [
            ("Memory", memory_facts(self.chosen.figures, info)),
            ("Persistence", persistence_facts(info)),
            ("Replication", replication_facts(info)),
        ]


def key_access() -> KeyAccess:
    """Give the rules for what may be seen of keys. One query."""
    return KeyAccess(namespaces_in_force(), settings.SECRET_KEY.encode())


def load_server_page(
    instance: RedisInstance, *, window: Window, chosen: str, now: datetime
) -> ServerPage:
    """Ask an instance and read its history. Three queries; never raises what the servers cause."""
    topology, error, latency_ms = None, "", None
    servers: list[ServerNow] = []
    gone: list[tuple[Node, str]] = []
    try:
        topology = topology_of(instance)
        servers, gone = reachable(topology.nodes, key_access())
        latencies = [ping_ms(one.node.client()) for one in servers]
        latency_ms = max((one for one in latencies if one is not None), default=None)
    except (NoAddress, RedisError, ValueError) as problem:
        error = str(problem)
    sample = RedisSample.objects.filter(instance=instance).order_by("-at", "-pk").first()
    figures = total([one.figures for one in servers]) if servers else Figures()
    is_stale = sample is None or now - sample.at > STALE_AFTER
    fresh = None if is_stale else sample
    return ServerPage(
        instance=instance,
        topology=topology,
        servers=servers,
        gone=gone,
        error=error,
        chosen=next(
            (one for one in servers if one.node.address == chosen), servers[0] if servers else None
        ),
        figures=figures,
        stats=stats(
            figures,
            latency_ms=latency_ms,
            hit_rate=fresh.hit_rate if fresh else None,
            commands_per_s=fresh.commands_per_s if fresh else None,
            evicted_per_s=fresh.evicted_per_s if fresh else None,
        ),
        charts=load_charts(instance, window, maxmemory_bytes=figures.maxmemory_bytes, now=now),
        sample=sample,
        is_stale=is_stale,
    )


def memory_facts(figures: Figures, info: Mapping[str, Any]) -> list[Fact]:
    """Say where the memory is; every line is a figure of INFO."""
    limit = figures.maxmemory_bytes
    ratio = figures.fragmentation_ratio
    # of a few megabytes the ratio says nothing: the server's own code is most of them
    is_wasteful = (
        ratio is not None and ratio > 1.5 and (figures.used_memory_bytes or 0) > 64 * 1024 * 1024
    )
    return [
        Fact("used", memory(figures.used_memory_bytes)),
        Fact("peak", memory(figures.used_memory_peak_bytes)),
        Fact("limit", "no limit" if limit == 0 else memory(limit)),
        Fact("policy", figures.maxmemory_policy or "unknown"),
        Fact("resident", memory(figures.used_memory_rss_bytes)),
        Fact(
            "fragmentation",
            f"{ratio:.2f}" if ratio is not None else "unknown",
            "degraded" if is_wasteful else "",
        ),
        Fact("keys and values", memory(_number(info, "used_memory_dataset"))),
        Fact("overhead", memory(_number(info, "used_memory_overhead"))),
        Fact("keys", f"{count(figures.keys)}, {count(figures.expiring_keys)} with an expiry"),
    ]


def persistence_facts(info: Mapping[str, Any]) -> list[Fact]:
    """Say whether what is kept would survive a restart."""
    if "rdb_last_bgsave_status" not in info:
        return [Fact("persistence", "the server does not say")]
    snapshot, log = info["rdb_last_bgsave_status"], int(info.get("aof_enabled", 0))
    facts = [
        Fact("last snapshot", str(snapshot), "" if snapshot == "ok" else "down"),
        Fact("snapshot at", _moment(info.get("rdb_last_save_time"))),
        Fact("changes since", count(_number(info, "rdb_changes_since_last_save"))),
        Fact("append-only file", "on" if log else "off"),
    ]
    if log:
        written = str(info.get("aof_last_write_status", "unknown"))
        facts.append(Fact("last write to it", written, "" if written == "ok" else "down"))
    if info.get("loading"):
        facts.append(
            Fact("loading", share(float(info.get("loading_loaded_perc", 0)) / 100), "degraded")
        )
    return facts


def replication_facts(info: Mapping[str, Any]) -> list[Fact]:
    """Say who follows whom, and whether they keep up."""
    if "role" not in info:
        return [Fact("replication", "the server does not say")]
    if info["role"] == "slave":
        state = str(info.get("master_link_status", "unknown"))
        return [
            Fact("role", "replica"),
            Fact("primary", f"{info.get('master_host')}:{info.get('master_port')}"),
            Fact("link", state, "" if state == "up" else "down"),
            Fact(
                "last heard of it", duration(_number(info, "master_last_io_seconds_ago")) + " ago"
            ),
        ]
    facts = [Fact("role", "primary"), Fact("replicas", count(_number(info, "connected_slaves")))]
    for name, one in sorted(info.items()):
        if name.startswith("slave") and isinstance(one, dict):
            state, lag = str(one.get("state")), one.get("lag")
            css = "" if state == "online" else "degraded"
            facts.append(
                Fact(f"{one.get('ip')}:{one.get('port')}", f"{state}, {lag} s behind", css)
            )
    return facts


def _number(info: Mapping[str, Any], name: str) -> float | None:
    value = info.get(name)
    return value if isinstance(value, int | float) else None


def _moment(seconds: Any) -> str:
    if not isinstance(seconds, int) or not seconds:
        return "never"
    return f"{datetime.fromtimestamp(seconds, tz=UTC):%Y-%m-%d %H:%M} UTC"
