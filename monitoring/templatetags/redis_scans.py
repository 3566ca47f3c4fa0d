"""Writes what scans found in templates."""

from django import template

from monitoring.redis_inspect.words import count, duration

register = template.Library()

NEVER_MS, UNKNOWN_MS = -1, -2


@register.filter
def seconds(value_s: float) -> str:
    """Write a time of work: `0.4 s`, `17 s`, `2 min 5 s`."""
    return f"{value_s:.1f} s" if value_s < 10 else duration(value_s)


@register.filter
def duty(share: float) -> str:
    """Write a share of time in whole percent."""
    return f"{share:.0%}".replace("%", " %")


@register.filter
def signed(number: int) -> str:
    """Write a change with its sign."""
    return f"{'+' if number > 0 else '±' if not number else '−'}{count(abs(number))}"  # noqa: RUF001


@register.filter
def lifetime(ttl_ms: int | None) -> str:
    """Write what is left of a time to live."""
    if ttl_ms is None or ttl_ms == UNKNOWN_MS:
        return "not known"
    if ttl_ms == NEVER_MS:
        return "never expires"
    return duration(ttl_ms / 1000)
