"""Shows health in templates."""

from django import template
from django.utils.safestring import SafeString

from monitoring.health.cells import NO_NUMBER, milliseconds
from monitoring.health.grid import draw_rows
from monitoring.health.system import System

register = template.Library()


@register.filter
def latency(latency_ms: float | None) -> str:
    """Write a latency, a dash when there is none."""
    return NO_NUMBER if latency_ms is None else milliseconds(latency_ms)


@register.filter
def spaced(word: str) -> str:
    """Write the name of a measured thing as people do."""
    return word.removesuffix("_ms").replace("_", " ")


@register.simple_tag
def grid_rows(system: System) -> SafeString:
    """Draw the rows of the grid."""
    return draw_rows(system.rows, system.environments)
