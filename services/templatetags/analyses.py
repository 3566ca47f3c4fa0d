"""Shows the states of documents, runs and steps in templates: a symbol and a word, never colour alone."""

from collections.abc import Mapping

from django import template
from django.utils.safestring import SafeString

from services.analyses.staleness import words
from services.catalog.admin.columns import chip

register = template.Library()

# state: the chip's class, and the words for it
STATES: Mapping[str, tuple[str, str]] = {
    "stale": ("degraded", "stale"),
    "differs": ("degraded", "contradicts the catalog"),
    "current": ("up", "holds"),
    "missing": ("unknown", "no document"),
}
OUTCOMES: Mapping[str, tuple[str, str]] = {
    "open": ("planned", "under way"),
    "finished": ("up", "finished"),
    "abandoned": ("degraded", "abandoned"),
}
STEPS: Mapping[str, tuple[str, str]] = {
    "open": ("planned", "to do"),
    "done": ("up", "done"),
    "skipped": ("degraded", "skipped"),
}
NAMESPACES: Mapping[str, tuple[str, str]] = {
    "same": ("up", "in the catalog"),
    "differs": ("degraded", "otherwise in the catalog"),
    "new": ("unknown", "not in the catalog"),
}


@register.simple_tag
def state_chip(state: str) -> SafeString:
    """Show whether a document can be believed."""
    return chip(*STATES[state])


@register.filter
def state_word(state: str) -> str:
    """Name the state of a document."""
    return STATES[state][1]


@register.simple_tag
def run_chip(outcome: str) -> SafeString:
    """Show where a run stands."""
    return chip(*OUTCOMES.get(outcome, ("unknown", outcome)))


@register.simple_tag
def step_chip(state: str, is_open: bool) -> SafeString:
    """Show where a step stands; in a run that is over, what was to do was not done."""
    if state == "open" and not is_open:
        return chip("unknown", "not done")
    return chip(*STEPS.get(state, ("unknown", state)))


@register.simple_tag
def namespace_chip(state: str) -> SafeString:
    """Show whether the catalog declares a namespace as the document does."""
    return chip(*NAMESPACES[state])


@register.filter
def field_words(field: str) -> str:
    """Name a field or a slug for people: `configuration.maxmemory_policy` is maxmemory policy."""
    return words(str(field))
