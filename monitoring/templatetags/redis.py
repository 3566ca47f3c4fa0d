"""Writes the figures of Redis in templates."""

from django import template

from monitoring.redis_inspect import words

register = template.Library()

register.filter("memory", words.memory)
register.filter("many", words.count)
register.filter("share", words.share)
register.filter("milliseconds", words.milliseconds)
register.filter("duration", words.duration)
