"""`prism redis info` and `prism redis acl`."""

from argparse import Namespace as Arguments
from dataclasses import asdict
from typing import Any

from django.utils import timezone

from monitoring.redis_inspect.info import Figures
from monitoring.redis_inspect.instances import NoAddress, NoInstance, address_of, named_instance
from monitoring.redis_inspect.judgement import stats
from monitoring.redis_inspect.models import RedisInstance, RedisSample
from monitoring.redis_inspect.permissions_page import load_permissions
from monitoring.redis_inspect.sampling import look_at
from monitoring.redis_inspect.server_page import STALE_AFTER
from monitoring.redis_inspect.words import count, duration, memory
from prism.core.answer import DIFFERS, OK, Answer, CommandFailed
from prism.core.terminal import Terminal, table

COLOURS = {"up": "green", "degraded": "yellow", "down": "red", "unknown": "cyan"}


def info(arguments: Arguments, terminal: Terminal) -> Answer:
    """Answer `prism redis info`: what the server says of itself right now; 2 when it does not answer."""
    instance = _instance(arguments.instance)
    try:
        look = look_at(address_of(instance))
    except NoAddress as missing:
        raise CommandFailed(str(missing)) from missing
    rates = _rates(instance)
    document = {
        "instance": instance.name,
        "connection_ok": look.connection_ok,
        "error": look.error,
        "latency_ms": None if look.latency_ms is None else round(look.latency_ms, 3),
        **asdict(look.figures),
        **rates,
    }
    if not look.connection_ok:
        return Answer(document, f"{instance.title} does not answer: {look.error}", DIFFERS)
    shown = stats(look.figures, latency_ms=look.latency_ms, **rates)
    rows = [(one.label, one.value, one.css, one.note) for one in shown]
    text = table(("FIGURE", "VALUE", "STATUS", "NOTE"), rows, terminal, colours=COLOURS)
    return Answer(
        document, "\n".join(filter(None, (_head(instance, look.figures), look.error, text)))
    )


def acl(arguments: Arguments, terminal: Terminal) -> Answer:
    """Answer `prism redis acl`: the least-privilege rule, and 2 when this user lacks some of it."""
    instance = _instance(arguments.instance)
    page = load_permissions(instance, now=timezone.now())
    found = page.found
    missing = [one.rule for one in found.missing] if found else []
    too_much = [one.rule for one in found.too_much] if found else []
    document = {
        "instance": instance.name,
        "product": str(page.product),
        "rule": page.rule,
        "writer_rule": page.writer,
        "user": found.user if found else None,
        "missing": missing,
        "too_much": too_much,
        "error": page.error,
    }
    lines = [f"The least for {page.product}:", "", page.rule, ""]
    if not found:
        lines.append(f"The user could not be checked: {page.error}")
        return Answer(document, "\n".join(lines), DIFFERS)
    lines.append(f"The user {found.user or '(its name is not told)'} of {instance.title}")
    lines.append(f"  lacks     {', '.join(missing) or 'nothing'}")
    lines.append(f"  too much  {', '.join(too_much) or 'nothing'}")
    return Answer(document, "\n".join(lines), DIFFERS if missing else OK)


def _instance(name: str) -> RedisInstance:
    try:
        return named_instance(name, timezone.now())
    except NoInstance as error:
        raise CommandFailed(str(error)) from error


def _rates(instance: RedisInstance) -> dict[str, Any]:
    """Give what takes two looks, from the workers' last sample while it is fresh."""
    sample = RedisSample.objects.filter(instance=instance).order_by("-at", "-pk").first()
    fresh = sample if sample and timezone.now() - sample.at <= STALE_AFTER else None
    names = ("hit_rate", "commands_per_s", "evicted_per_s")
    return {name: getattr(fresh, name) if fresh else None for name in names}


def _head(instance: RedisInstance, figures: Figures) -> str:
    return (
        f"{instance.title}: {figures.version or 'version unknown'}, {figures.mode or 'one server'},"
        f" up {duration(figures.uptime_s)}, {count(figures.keys)} keys,"
        f" {memory(figures.used_memory_bytes)}"
    )
