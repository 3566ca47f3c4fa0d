"""How often one address may ask: GCRA, decided by one script on the clock of Redis.

A counter that is raised by INCR and then given a life by EXPIRE stays for ever when its client dies in
between, and a fixed window lets twice the limit through at its edge. Here a key holds one time, the
"theoretical arrival time" of the next request, and is always written together with its life.
"""

import functools
import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse

from prism.core.client_address import address_group, client_address
from prism.core.redis import RedisError, client

logger = logging.getLogger(__name__)

LOG_EVERY_S = 60
_logged_at = -math.inf

# Times are microseconds. A value that is no time of ours, of whatever type, is replaced: it may be a
# counter that somebody left without a life.
_GCRA = """
local interval, limit = tonumber(ARGV[1]), tonumber(ARGV[2])
local period = interval * limit
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local stored = redis.pcall('GET', KEYS[1])
local arrival = type(stored) == 'string' and tonumber(stored) or now
if arrival < now or arrival > now + period then arrival = now end
local wait = arrival + interval - period - now
if wait > 0 then
  redis.call('PEXPIRE', KEYS[1], math.ceil((arrival - now) / 1000))
  return {0, 0, arrival - now, wait}
end
arrival = arrival + interval
local life = arrival - now
redis.call('SET', KEYS[1], string.format('%.0f', arrival), 'PX', math.ceil(life / 1000))
return {1, math.floor((period - life) / interval), life, 0}
"""


@dataclass(frozen=True, slots=True)
class Limit:
    """So many requests in so many seconds, in a burst or spread."""

    count: int
    period_s: float


@dataclass(frozen=True, slots=True)
class Decision:
    """What one request may do, and what its answer says about it."""

    is_allowed: bool
    limit: int
    remaining: int
    reset_s: float  # until the whole limit is free again
    retry_after_s: float  # 0 when allowed
    is_enforced: bool = True  # False: Redis could not be asked, everybody may pass

    def headers(self) -> dict[str, str]:
        """Say it in HTTP (the fields of the IETF draft, and Retry-After of RFC 9110)."""
        if not self.is_enforced:
            return {"RateLimit-Limit": str(self.limit), "X-RateLimit-Status": "not enforced"}
        headers = {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(math.ceil(self.reset_s)),
        }
        if not self.is_allowed:
            headers["Retry-After"] = str(max(1, math.ceil(self.retry_after_s)))
        return headers


def decide(*, address: str, endpoint: str, limit: Limit) -> Decision:
    """Count one request. One round trip; without Redis it passes, is marked, and is logged."""
    key = f"ratelimit:{address_group(address) or 'unknown'}:{endpoint}"
    interval_us = round(limit.period_s * 1_000_000 / limit.count)
    try:
        allowed, remaining, reset_us, wait_us = _script()(
            keys=[key], args=[interval_us, limit.count], client=client("ratelimit")
        )
    except RedisError as error:
        _log_that_nothing_is_limited(error)
        return Decision(True, limit.count, limit.count, 0, 0, is_enforced=False)
    return Decision(
        bool(allowed), limit.count, remaining, reset_us / 1_000_000, wait_us / 1_000_000
    )


class RateLimitMiddleware:
    """Holds the paths of `PRISM_RATE_LIMITS` to their limits, before anything else is looked at."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request, or refuse it with 429 and when to come back."""
        for endpoint, (path, count, period_s) in settings.PRISM_RATE_LIMITS.items():
            if request.path.startswith(path):
                return self._answer_within(Limit(count, period_s), endpoint, request)
        return self.get_response(request)

    def _answer_within(self, limit: Limit, endpoint: str, request: HttpRequest) -> HttpResponseBase:
        decision = decide(address=client_address(request), endpoint=endpoint, limit=limit)
        response = self.get_response(request) if decision.is_allowed else _too_many(decision)
        for name, value in decision.headers().items():
            response[name] = value
        return response


def _too_many(decision: Decision) -> HttpResponse:
    """Refuse in the form of RFC 9457, which people can read too."""
    wait_s = max(1, math.ceil(decision.retry_after_s))
    problem = {
        "type": "about:blank",
        "title": "Too many requests",
        "status": 429,
        "detail": f"At most {decision.limit} requests at this rate; try again in {wait_s} s.",
    }
    return JsonResponse(problem, status=429, content_type="application/problem+json")


@functools.cache
def _script() -> Callable[..., list[int]]:
    script: Callable[..., list[int]] = client("ratelimit").register_script(_GCRA)
    return script


def _log_that_nothing_is_limited(error: RedisError) -> None:
    global _logged_at
    if time.monotonic() - _logged_at >= LOG_EVERY_S:
        _logged_at = time.monotonic()
        logger.warning("requests are not limited, Redis could not be asked: %s", error)
