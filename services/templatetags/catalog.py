"""Small pieces that the pages of the catalog share."""

from datetime import datetime

from django import template
from django.utils.safestring import SafeString
from django.utils.timesince import timesince

from services.catalog.admin.columns import STATUS_CHIPS, chip

register = template.Library()


@register.simple_tag
def status_chip(status: str) -> SafeString:
    """Show a status as a chip with its symbol and word."""
    return chip(STATUS_CHIPS.get(status, "unknown"), status)


@register.filter
def ago(moment: datetime) -> str:
    """Say how long ago something happened, in its biggest unit."""
    words = timesince(moment, depth=1)
    return "just now" if words.startswith("0") else f"{words} ago"
