"""What INFO says, as figures. Pure.

Each figure is the server's own number in the server's own unit, as monitoring systems export it: bytes are
exact, `maxmemory` 0 is no limit, counters count since the start. What INFO does not say is None.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

Info = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Figures:
    """One server's figures, or the sum over the servers of a cluster."""

    run_id: str = ""
    version: str = ""
    mode: str = ""
    uptime_s: int | None = None
    used_memory_bytes: int | None = None
    used_memory_rss_bytes: int | None = None
    used_memory_peak_bytes: int | None = None
    maxmemory_bytes: int | None = None
    maxmemory_policy: str = ""
    fragmentation_ratio: float | None = None
    connected_clients: int | None = None
    blocked_clients: int | None = None
    maxclients: int | None = None
    rejected_connections: int | None = None
    commands: int | None = None
    hits: int | None = None
    misses: int | None = None
    evicted_keys: int | None = None
    expired_keys: int | None = None
    keys: int | None = None
    expiring_keys: int | None = None
    persistence_ok: bool | None = None
    role: str = ""
    replicas: int | None = None
    replication_ok: bool | None = None


FIGURES = tuple(one.name for one in fields(Figures))


def figures_of(info: Info) -> Figures:
    """Read the figures out of INFO, as redis-py parses it."""
    return Figures(
        run_id=str(info.get("run_id", "")),
        version=product_version(info),
        mode=str(info.get("redis_mode") or info.get("server_mode") or ""),  # Valkey has the latter
        uptime_s=_integer(info, "uptime_in_seconds"),
        used_memory_bytes=_integer(info, "used_memory"),
        used_memory_rss_bytes=_integer(info, "used_memory_rss"),
        used_memory_peak_bytes=_integer(info, "used_memory_peak"),
        maxmemory_bytes=_integer(info, "maxmemory"),
        maxmemory_policy=str(info.get("maxmemory_policy", "")),
        fragmentation_ratio=_number(info, "mem_fragmentation_ratio"),
        connected_clients=_integer(info, "connected_clients"),
        blocked_clients=_integer(info, "blocked_clients"),
        maxclients=_integer(info, "maxclients"),
        rejected_connections=_integer(info, "rejected_connections"),
        commands=_integer(info, "total_commands_processed"),
        hits=_integer(info, "keyspace_hits"),
        misses=_integer(info, "keyspace_misses"),
        evicted_keys=_integer(info, "evicted_keys"),
        expired_keys=_integer(info, "expired_keys"),
        keys=_of_databases(info, "keys"),
        expiring_keys=_of_databases(info, "expires"),
        persistence_ok=_persistence_ok(info),
        role=str(info.get("role", "")),
        replicas=_integer(info, "connected_slaves"),
        replication_ok=_replication_ok(info),
    )


def product_version(info: Info) -> str:
    """Name the product and its version: Valkey gives both its own and that of the Redis it is like."""
    if version := info.get("valkey_version"):
        return f"Valkey {version}"
    return f"Redis {version}" if (version := info.get("redis_version")) else ""


def total(nodes: Sequence[Figures]) -> Figures:
    """Sum up the servers of an instance: one is itself, a ratio is the mean, a doubt is a doubt of all."""
    if len(nodes) == 1:
        return nodes[0]
    sums = {
        name: _sum(getattr(node, name) for node in nodes)
        for name in FIGURES
        if name not in _NOT_SUMMED
    }
    ratios = [one.fragmentation_ratio for one in nodes if one.fragmentation_ratio is not None]
    ids = ",".join(sorted(node.run_id for node in nodes))
    return Figures(
        **sums,
        run_id=hashlib.sha256(ids.encode()).hexdigest()[:40],
        version=", ".join(sorted({node.version for node in nodes})),
        mode=nodes[0].mode if nodes else "",
        uptime_s=min((one.uptime_s for one in nodes if one.uptime_s is not None), default=None),
        # one server without a limit has none to sum up
        maxmemory_bytes=0
        if any(node.maxmemory_bytes == 0 for node in nodes)
        else _sum(node.maxmemory_bytes for node in nodes),
        maxmemory_policy=", ".join(sorted({node.maxmemory_policy for node in nodes})),
        fragmentation_ratio=round(sum(ratios) / len(ratios), 2) if ratios else None,
        persistence_ok=_all(node.persistence_ok for node in nodes),
        role=", ".join(sorted({node.role for node in nodes})),
        replication_ok=_all(node.replication_ok for node in nodes),
    )


_NOT_SUMMED = frozenset(
    ("run_id", "version", "mode", "uptime_s", "maxmemory_bytes", "maxmemory_policy",
     "fragmentation_ratio", "persistence_ok", "role", "replication_ok")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """The counters of one moment (seconds since 1970), and which run of the server they count."""

    at_s: float
    run_id: str
    commands: int | None
    evicted_keys: int | None
    hits: int | None
    misses: int | None


def per_second(before: Reading, after: Reading, counter: str) -> float | None:
    """Say how fast a counter rose; None across a restart or when it is not known."""
    if (added := gained(before, after, counter)) is None or after.at_s <= before.at_s:
        return None
    return added / (after.at_s - before.at_s)


def gained(before: Reading, after: Reading, counter: str) -> int | None:
    """Say what was added to a counter; None across a restart, CONFIG RESETSTAT or when it is not known."""
    earlier, later = getattr(before, counter), getattr(after, counter)
    if before.run_id != after.run_id or earlier is None or later is None or later < earlier:
        return None
    return int(later - earlier)


def hit_rate(
    before: Reading, after: Reading, *, own_hits: int = 0, own_misses: int = 0
) -> float | None:
    """Give the share (0 to 1) of the others' lookups that found a key; None when there were none."""
    hits, misses = gained(before, after, "hits"), gained(before, after, "misses")
    if hits is None or misses is None:
        return None
    hits, misses = max(0, hits - own_hits), max(0, misses - own_misses)
    return hits / (hits + misses) if hits + misses else None


def _integer(info: Info, name: str) -> int | None:
    value = info.get(name)
    return value if isinstance(value, int) else None


def _number(info: Info, name: str) -> float | None:
    value = info.get(name)
    return float(value) if isinstance(value, int | float) else None


def _of_databases(info: Info, name: str) -> int | None:
    """Sum up over the databases; a server with no key has none, and 0 keys."""
    found = [int(db[name]) for key, db in info.items() if key[:2] == "db" and isinstance(db, dict)]
    if not found and "keyspace_hits" not in info:
        return None
    return sum(found)


def _persistence_ok(info: Info) -> bool | None:
    words = [
        info.get(name)
        for name in ("rdb_last_bgsave_status", "aof_last_bgrewrite_status", "aof_last_write_status")
    ]
    known = [word for word in words if word is not None]
    return all(word == "ok" for word in known) if known else None


def _replication_ok(info: Info) -> bool | None:
    """A replica is well when it hears its primary, a primary when all its replicas are online."""
    role = info.get("role")
    if role == "slave":
        return info.get("master_link_status") == "up"
    if role == "master":
        replicas = [
            one for name, one in info.items() if name[:5] == "slave" and isinstance(one, dict)
        ]
        return all(one.get("state") == "online" for one in replicas)
    return None


def _sum(values: Iterable[Any]) -> int | None:
    """Add up; what one server does not say nobody knows of all."""
    known = list(values)
    return None if not known or None in known else sum(known)


def _all(values: Iterable[bool | None]) -> bool | None:
    known = list(values)
    if False in known:
        return False
    return None if None in known or not known else True
