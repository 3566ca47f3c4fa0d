"""What the figures of a Redis server mean: the two troubleshooting lists of the owner, as findings. Pure.

Connection issues: is REDIS_URL set, does the service answer, is the network reachable, is the pool
exhausted. Memory issues: evictions, key distribution, TTLs, plan.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from prism.finding import Finding, amber, green, red
from prism.redis_holes import holes_of

Info = Mapping[str, Any]

MUCH_MEMORY, TOO_MUCH_MEMORY = 0.80, 0.95
MANY_CLIENTS = 0.80
MANY_FOREVER = 0.50
MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class KeySample:
    """Some of the keys: how many of each namespace, and how many of them live for ever."""

    total: int
    scanned: int
    by_namespace: Mapping[str, int] = field(default_factory=dict)
    without_ttl: Mapping[str, int] = field(default_factory=dict)


def why_not_reached(reason: str) -> Finding:
    """Tell from the error of a failed exchange how far it got: name, network, server, password."""
    text = reason.lower()
    if "name or service" in text or "getaddrinfo" in text or "nodename" in text:
        return red("redis network", "the host name leads nowhere", "correct the host in REDIS_URL")
    if "refused" in text or "no such file" in text:
        return red(
            "redis network",
            "nothing listens there",
            "start the server, or correct the port in REDIS_URL",
        )
    if "auth" in text or "password" in text or "noperm" in text:
        return red(
            "redis network",
            "the server is reached and refuses this user",
            "correct the user and password in REDIS_URL",
        )
    if "timed out" in text or "timeout" in text:
        return red(
            "redis network",
            "no answer in time",
            "look at firewalls, private networking, and whether the server hangs",
        )
    return red("redis network", reason, "see the message")


def version_finding(info: Info) -> Finding:
    """Compare the server's version with the known holes.

    Amber, not red: a distribution repairs a hole without a new number, so the number alone proves none.
    """
    product = "valkey" if info.get("server_name") == "valkey" else "redis"
    version = str(info.get(f"{product}_version", info.get("redis_version", "0")))
    holes = holes_of(product, version)
    seen = f"{product.capitalize()} {version}"
    if not holes:
        return green("redis version", f"{seen}, no hole that is known to this release")
    named = "; ".join(f"{hole.id}: {hole.what}" for hole in holes)
    return amber(
        "redis version",
        f"{seen}, as released, has {named}",
        "update the server, or look in your distribution's security tracker whether it was "
        "repaired under the same number",
    )


def pool_finding(info: Info, pool_size: int) -> Finding:
    """Say whether there are connections left, on the server and for this console."""
    clients, most = int(info.get("connected_clients", 0)), int(info.get("maxclients", 0))
    rejected = int(info.get("rejected_connections", 0))
    seen = (
        f"{clients} of {most or 'unknown'} connections, {rejected} ever refused, pool {pool_size}"
    )
    if most and clients >= most * MANY_CLIENTS:
        return red(
            "redis connections",
            seen,
            "look for a client that opens connections and keeps them (CLIENT LIST), raise maxclients",
        )
    if rejected:
        return amber(
            "redis connections", seen, "it was full once: look at who connects (CLIENT LIST)"
        )
    return green("redis connections", seen)


def eviction_finding(before: Info, after: Info) -> Finding:
    """Compare two readings: a counter that rises says that keys are vanishing right now."""
    total = int(after.get("evicted_keys", 0))
    rising = total - int(before.get("evicted_keys", 0))
    if rising > 0:
        return red(
            "redis evictions",
            f"{rising} keys thrown out while we looked, {total} since the start",
            "shorten TTLs of what matters less, or take a bigger plan; sessions and limits suffer first",
        )
    if total:
        return amber("redis evictions", f"{total} since the start, none now", "watch the memory")
    return green("redis evictions", "none since the start")


def policy_finding(info: Info) -> Finding:
    """Say what the eviction policy means for what is kept in this server."""
    policy = str(info.get("maxmemory_policy", "unknown"))
    if policy.startswith("allkeys"):
        return amber(
            "redis policy",
            f"{policy}: any key may vanish",
            "the console keeps its truth in SQL and loses nothing; streams and locks of other "
            "services in this server may go: give them a server with noeviction",
        )
    return green("redis policy", policy)


def memory_finding(info: Info) -> Finding:
    """Say how full the plan is."""
    used, most = int(info.get("used_memory", 0)), int(info.get("maxmemory", 0))
    if not most:
        return green("redis plan", f"{used / MEBIBYTE:.1f} MiB used, no limit set")
    share = used / most
    seen = f"{used / MEBIBYTE:.1f} of {most / MEBIBYTE:.0f} MiB used ({share:.0%})"
    if share >= TOO_MUCH_MEMORY:
        return red("redis plan", seen, "take a bigger plan, or shorten TTLs")
    if share >= MUCH_MEMORY:
        return amber("redis plan", seen, "plan for a bigger plan, or shorten TTLs")
    return green("redis plan", seen)


def persistence_finding(info: Info) -> Finding:
    """Say whether the last snapshot worked."""
    if info.get("rdb_last_bgsave_status", "ok") != "ok":
        return red(
            "redis persistence",
            "the last snapshot failed; the server may refuse writes",
            "make room on its disk, look at its log",
        )
    log = "with" if int(info.get("aof_enabled", 0)) else "without"
    return green("redis persistence", f"snapshots work, {log} an append-only file")


def distribution_finding(sample: KeySample) -> Finding:
    """Say which namespaces the keys belong to."""
    if not sample.scanned:
        return green("redis keys", "no keys")
    biggest = sorted(sample.by_namespace.items(), key=lambda pair: (-pair[1], pair[0]))[:5]
    shares = ", ".join(f"{name} {count / sample.scanned:.0%}" for name, count in biggest)
    scope = "" if sample.scanned >= sample.total else f" of {sample.scanned} looked at"
    return green("redis keys", f"{sample.total} keys{scope}: {shares}")


def ttl_finding(sample: KeySample, policy: str) -> Finding:
    """Say how many keys live for ever, and in which namespaces."""
    forever = sum(sample.without_ttl.values())
    if not forever:
        return green("redis ttls", "every key looked at has one")
    worst = sorted(sample.without_ttl.items(), key=lambda pair: (-pair[1], pair[0]))[:3]
    named = ", ".join(f"{name} {count}" for name, count in worst)
    seen = f"{forever} of {sample.scanned} keys live for ever: {named}"
    if forever > sample.scanned * MANY_FOREVER and policy.startswith("volatile"):
        return amber("redis ttls", seen, f"{policy} cannot throw these out: give them a TTL")
    return green("redis ttls", seen)
