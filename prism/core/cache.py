"""The Django cache over Redis: it may lose anything at any time, and says so once a minute."""

import hashlib
import json
import logging
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpResponse
from django_redis.cache import RedisCache
from django_redis.client import DefaultClient

logger = logging.getLogger(__name__)

LOG_EVERY_S = 60


def key_as_it_is(key: str, key_prefix: str, version: int) -> str:
    """Write keys as the namespace table of the platform has them: `session:...`, `api:cache:...`."""
    return key


def reverse_key_as_it_is(key: str) -> str:
    """Undo `key_as_it_is`."""
    return key


class _Complaints:
    """Logs that the cache failed, at most once a minute for each reason; django-redis calls it."""

    def __init__(self) -> None:
        self._logged_at: dict[str, float] = {}

    def exception(self, message: str) -> None:
        """Log the error that is being ignored right now."""
        error = sys.exc_info()[1]
        cause = error.__cause__ or error if error else None
        kind = type(cause).__name__
        now = time.monotonic()
        if now - self._logged_at.get(kind, -LOG_EVERY_S) >= LOG_EVERY_S:
            self._logged_at[kind] = now
            logger.warning("the cache did not work and was done without: %s: %s", kind, cause)


_complaints = _Complaints()


class Cache(RedisCache):  # type: ignore[misc]
    """The cache backend of the console: errors are ignored here, and only here."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._log_ignored_exceptions = True
        self.logger = _complaints


class CacheClient(DefaultClient):  # type: ignore[misc]
    """Takes a value that is not JSON, which is not ours, for no value."""

    def decode(self, value: bytes) -> Any:
        """Parse one value."""
        try:
            return super().decode(value)
        except (ValueError, RecursionError):
            logger.warning("a cached value of %d bytes is not JSON and was not read", len(value))
            return None


def cached_json_response(
    *, endpoint: str, params: Mapping[str, object], revision: int, build: Callable[[], object]
) -> HttpResponse:
    """Answer with `build()` as JSON, at most `PRISM_API_CACHE_S` old and never older than the catalog.

    The revision of the catalog stands in the value, not in the key: a change leaves no orphans behind.
    `params` is everything the answer depends on; put the role in it where roles see different things.
    The header `X-Cache` says HIT or MISS.
    """
    text = json.dumps(params, sort_keys=True, cls=DjangoJSONEncoder)
    params_hash = hashlib.sha256(text.encode()).hexdigest()[:32]
    key = f"api:cache:{endpoint}:{params_hash}"
    entry = cache.get(key)
    is_hit = isinstance(entry, dict) and entry.get("revision") == revision and "body" in entry
    if is_hit:
        body = entry["body"]
    else:
        body = json.dumps(build(), cls=DjangoJSONEncoder)
        cache.set(key, {"revision": revision, "body": body}, settings.PRISM_API_CACHE_S)
    response = HttpResponse(body, content_type="application/json")
    response["X-Cache"] = "HIT" if is_hit else "MISS"
    return response
