"""Asks the Redis server for what `prism doctor` judges: INFO twice, and a bounded look at the keys."""

import time
from collections import Counter
from urllib.parse import urlsplit

from django.conf import settings

from prism.core.redis import Redis, RedisError, client
from prism.finding import Finding, amber, green, red
from prism.redis_readonly import examine_readonly_user
from prism.redis_verdicts import (
    KeySample,
    distribution_finding,
    eviction_finding,
    memory_finding,
    persistence_finding,
    policy_finding,
    pool_finding,
    ttl_finding,
    version_finding,
    why_not_reached,
)

TIMEOUT_S = 2.0
BETWEEN_READINGS_S = 0.5
SCAN_KEYS = 5_000
SCAN_S = 1.0
SCAN_PAGE = 500


def examine_redis() -> list[Finding]:
    """Walk the two lists, connection issues and then memory issues. Takes a few seconds at most."""
    findings = [_address_finding()]
    try:
        server = client("doctor", timeout_s=TIMEOUT_S)
        server.ping()
        before = server.info()
        sample = _sample_keys(server)
        time.sleep(BETWEEN_READINGS_S)
        after = server.info()
    except RedisError as error:
        findings.append(red("redis", str(error), _advice()))
        findings.append(why_not_reached(str(error)))
        return findings
    return [
        *findings,
        green("redis", "answers"),
        green("redis network", "reachable"),
        pool_finding(after, settings.PRISM_REDIS_POOL_SIZE),
        version_finding(after),
        eviction_finding(before, after),
        policy_finding(after),
        distribution_finding(sample),
        ttl_finding(sample, str(after.get("maxmemory_policy", ""))),
        memory_finding(after),
        persistence_finding(after),
        *examine_readonly_user(),
    ]


def _address_finding() -> Finding:
    """Say where REDIS_URL leads, without its password."""
    if settings.PRISM_EMBEDDED_REDIS:
        return green("redis address", "REDIS_URL is not set: the embedded Valkey")
    parts = urlsplit(settings.REDIS_URL)
    host = parts.hostname or ""
    seen = f"REDIS_URL is set: {parts.scheme}://{host or parts.path}"
    is_near = parts.scheme in ("rediss", "unix") or host.endswith((".internal", ".local"))
    if is_near or host in ("localhost", "127.0.0.1", "::1") or "." not in host:
        return green("redis address", seen)
    return amber("redis address", f"{seen}, without TLS", "use rediss:// over a public network")


def _advice() -> str:
    if settings.PRISM_EMBEDDED_REDIS:
        return "the embedded Valkey runs while `prism up` does"
    return "start it, or correct REDIS_URL"


def _sample_keys(server: Redis) -> KeySample:
    """Look at up to `SCAN_KEYS` keys for up to `SCAN_S` seconds; reads no value."""
    namespaces: Counter[str] = Counter()
    forever: Counter[str] = Counter()
    scanned, cursor, end = 0, 0, time.monotonic() + SCAN_S
    while scanned < SCAN_KEYS and time.monotonic() < end:
        cursor, keys = server.scan(cursor, count=SCAN_PAGE)
        pipeline = server.pipeline(transaction=False)
        for key in keys:
            pipeline.pttl(key)
        for key, ttl_ms in zip(keys, pipeline.execute(), strict=True):
            name = _namespace_of(key)
            namespaces[name] += 1
            forever[name] += ttl_ms == -1
        scanned += len(keys)
        if cursor == 0:
            break
    return KeySample(server.dbsize(), scanned, namespaces, +forever)


def _namespace_of(key: bytes | str) -> str:
    """Name what stands before the first colon; a name of its own is not printed, it may be private."""
    text = key if isinstance(key, str) else key.decode(errors="replace")
    name, colon, _ = text.partition(":")
    return f"{name[:40]}:*" if colon else "(no namespace)"
