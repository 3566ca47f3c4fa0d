"""Tries out whether the Redis user for looking, `REDIS_READONLY_URL`, can do no more than look.

No list of rights is read, which would itself need a right: each forbidden command is sent in a form that
the server refuses or that changes nothing, should it be allowed after all.
"""

from django.conf import settings

from prism.core.redis import NoPermissionError, Redis, RedisError, ResponseError, client
from prism.finding import Finding, amber, green, red

NAME = "redis read-only user"
TIMEOUT_S = 2.0
NO_KEY = "prism:doctor:no-such-key"
NO_OPTION = "NO-SUCH-OPTION"

# The permission is looked at before the options and the keys: a key that is not there, or an option that
# nobody knows, keeps an allowed command from doing anything.
FORBIDDEN: dict[str, tuple[str, ...]] = {
    "SET": (NO_KEY, "", NO_OPTION),
    "DEL": (NO_KEY,),
    "EXPIRE": (NO_KEY, "1"),
    "RENAME": (NO_KEY, NO_KEY),
    "FLUSHALL": (NO_OPTION,),
    "CONFIG SET": (NO_OPTION, ""),
    "CONFIG GET": ("maxmemory",),  # it also gives out passwords
    "CLIENT KILL": ("ID", "0"),
    "EVAL": ("return 1", "0"),
    "PUBLISH": (NO_KEY, ""),
    "GET": (NO_KEY,),  # whole values are as large as they like: GETRANGE looks at a part
}


def examine_readonly_user() -> list[Finding]:
    """Say what the user for looking may do, or who looks instead of it."""
    if not settings.REDIS_READONLY_URL:
        return [_no_such_user()]
    try:
        server = client("doctor-readonly", url=settings.REDIS_READONLY_URL, timeout_s=TIMEOUT_S)
        server.info()
        allowed = [command for command in FORBIDDEN if _is_allowed(server, command)]
    except RedisError as error:
        return [
            red(
                NAME,
                str(error),
                "correct REDIS_READONLY_URL; docs/configuration.md has the rule for its user",
            )
        ]
    if allowed:
        seen = f"may {', '.join(allowed)}"
        return [
            red(NAME, seen, "take these away (ACL SETUSER): docs/configuration.md has the rule")
        ]
    return [green(NAME, f"is refused all {len(FORBIDDEN)} commands that it must not have")]


def _is_allowed(server: Redis, command: str) -> bool:
    try:
        server.execute_command(command, *FORBIDDEN[command])  # type: ignore[no-untyped-call]
    except NoPermissionError:
        return False
    except ResponseError:  # it was let through and then made no sense
        return True
    return True


def _no_such_user() -> Finding:
    if settings.PRISM_EMBEDDED_REDIS:
        return green(NAME, "none: the embedded Valkey is reached by this account alone")
    return amber(
        NAME,
        "none: who looks at keys does so as the user of REDIS_URL",
        "make one (docs/configuration.md has the rule) and set REDIS_READONLY_URL",
    )
