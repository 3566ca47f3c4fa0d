"""What the figures of a server mean, in one line each. Pure."""

from dataclasses import dataclass

from monitoring.redis_inspect.info import Figures
from monitoring.redis_inspect.words import NONE, count, memory, milliseconds, share

HIT_RATE_TARGET = 0.8
LATENCY_TARGET_MS = 1.0
MUCH_MEMORY, TOO_MUCH_MEMORY = 0.80, 0.95
MANY_CLIENTS = 0.80


@dataclass(frozen=True, slots=True)
class Stat:
    """One figure: `css` is up, degraded, down or unknown, and `verdict` says so in a word."""

    value: str
    label: str
    note: str
    css: str
    verdict: str


def stats(
    figures: Figures,
    *,
    latency_ms: float | None,
    hit_rate: float | None,
    commands_per_s: float | None,
    evicted_per_s: float | None,
) -> list[Stat]:
    """Say what matters first: memory, hit rate, latency, evictions, commands, clients."""
    return [
        memory_stat(figures),
        _hit_rate(hit_rate),
        _latency(latency_ms),
        _evictions(figures, evicted_per_s),
        _commands(figures, commands_per_s),
        _clients(figures),
    ]


def memory_stat(figures: Figures) -> Stat:
    """Say how full it is; a cache that evicts is meant to be full."""
    used, most = figures.used_memory_bytes, figures.maxmemory_bytes
    if used is None:
        return Stat(NONE, "memory", "the server does not say", "unknown", "unknown")
    if not most:
        note = "maxmemory 0: it grows until the machine is full"
        return Stat(memory(used), "memory, no limit", note, "unknown", "no limit")
    part = used / most
    label = f"memory, {memory(used)} of {memory(most)}"
    policy = figures.maxmemory_policy or "unknown policy"
    if policy.startswith("allkeys"):
        return Stat(share(part), label, f"{policy}: full is normal", "up", "fine")
    css = "down" if part >= TOO_MUCH_MEMORY else "degraded" if part >= MUCH_MEMORY else "up"
    note = f"{policy}: writes fail when it is full" if policy == "noeviction" else policy
    return Stat(share(part), label, note, css, {"up": "fine", "degraded": "much"}.get(css, "full"))


def _hit_rate(rate: float | None) -> Stat:
    note = "target more than 80 %, our lookups left out"
    if rate is None:
        return Stat(NONE, "hit rate, 5 min", "no lookups in this time", "unknown", "unknown")
    is_well = rate > HIT_RATE_TARGET
    css, verdict = ("up", "on target") if is_well else ("degraded", "below target")
    return Stat(share(rate), "hit rate, 5 min", note, css, verdict)


def _latency(latency_ms: float | None) -> Stat:
    label, note = "latency, median PING", "target less than 1 ms"
    if latency_ms is None:
        return Stat(NONE, label, note, "unknown", "unknown")
    is_well = latency_ms < LATENCY_TARGET_MS
    css, verdict = ("up", "on target") if is_well else ("degraded", "above target")
    return Stat(milliseconds(latency_ms), label, note, css, verdict)


def _evictions(figures: Figures, evicted_per_s: float | None) -> Stat:
    so_far = figures.evicted_keys
    note = f"{count(so_far)} since the start" if so_far is not None else "the server does not say"
    if evicted_per_s is None:
        return Stat(NONE, "evictions", note, "unknown", "unknown")
    css, verdict = ("degraded", "evicting") if evicted_per_s else ("up", "none")
    return Stat(f"{count(evicted_per_s)} / s", "evictions", note, css, verdict)


def _commands(figures: Figures, commands_per_s: float | None) -> Stat:
    so_far = figures.commands
    note = f"{count(so_far)} since the start" if so_far is not None else "the server does not say"
    if commands_per_s is None:
        return Stat(NONE, "commands", note, "unknown", "unknown")
    return Stat(f"{count(commands_per_s)} / s", "commands", note, "up", "")


def _clients(figures: Figures) -> Stat:
    now, most = figures.connected_clients, figures.maxclients
    if now is None:
        return Stat(NONE, "clients", "the server does not say", "unknown", "unknown")
    refused = figures.rejected_connections or 0
    label = f"clients of {count(most)}" if most else "clients"
    blocked = f"{count(figures.blocked_clients)} blocked, " if figures.blocked_clients else ""
    is_many = bool(most and now >= most * MANY_CLIENTS)
    css, verdict = (
        ("down", "nearly full") if is_many else ("degraded", "was full") if refused else ("up", "")
    )
    return Stat(count(now), label, f"{blocked}{count(refused)} ever refused", css, verdict)
