"""Whether the console may change keys at all: a setting, off unless somebody turned it on."""

from django.conf import settings

from prism.core.access import Actor, is_allowed


def is_on() -> bool:
    """Say whether keys may be changed here by whoever may."""
    return bool(settings.PRISM_REDIS_WRITE)


def may_write(actor: Actor) -> bool:
    """Say whether this actor may plan deletions here."""
    return is_on() and is_allowed(actor, "redis.write")
