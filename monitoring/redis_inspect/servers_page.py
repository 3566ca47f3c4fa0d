"""The list of instances, with what the last sample of each says."""

from dataclasses import dataclass
from datetime import datetime

from monitoring.redis_inspect.info import FIGURES, Figures
from monitoring.redis_inspect.instances import NoAddress, address_of, sync_instances
from monitoring.redis_inspect.judgement import Stat, stats
from monitoring.redis_inspect.models import RedisInstance, RedisSample
from monitoring.redis_inspect.server_page import STALE_AFTER


@dataclass(frozen=True, slots=True)
class Row:
    """One instance of the list: `css` and `verdict` are those of its chip."""

    instance: RedisInstance
    sample: RedisSample | None
    css: str
    verdict: str
    note: str
    stats: list[Stat]


def load_servers(now: datetime) -> list[Row]:
    """List the instances, the console's own first. Five queries."""
    sync_instances(now)
    samples = {row.instance_id: row for row in RedisSample.objects.latest_of_each()}
    return [_row(one, samples.get(one.pk), now) for one in RedisInstance.objects.current()]


def figures_of_sample(sample: RedisSample) -> Figures:
    """Give the figures that a sample kept."""
    return Figures(**{name: getattr(sample, name) for name in FIGURES})


def _row(instance: RedisInstance, sample: RedisSample | None, now: datetime) -> Row:
    try:
        address_of(instance)
    except NoAddress as missing:
        return Row(instance, None, "unknown", "not asked", str(missing), [])
    if sample is None:
        return Row(
            instance, None, "unknown", "not asked yet", "a worker samples it: prism worker", []
        )
    shown = stats(
        figures_of_sample(sample),
        latency_ms=sample.latency_ms,
        hit_rate=sample.hit_rate,
        commands_per_s=sample.commands_per_s,
        evicted_per_s=sample.evicted_per_s,
    )
    if now - sample.at > STALE_AFTER:
        return Row(instance, sample, "unknown", "stale", "is a worker running?", shown)
    if not sample.connection_ok:
        return Row(instance, sample, "down", "down", sample.error, [])
    worst = next(
        (css for css in ("down", "degraded") if any(one.css == css for one in shown)), "up"
    )
    notes = [
        f"{one.label.split(',')[0]}: {one.verdict}"
        for one in shown
        if one.css in ("down", "degraded")
    ]
    if sample.persistence_ok is False or sample.replication_ok is False:
        worst = "down"
        notes.append("persistence" if sample.persistence_ok is False else "replication")
    return Row(instance, sample, worst, "up" if worst == "up" else worst, ", ".join(notes), shown)
