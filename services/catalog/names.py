"""The shapes of names: what a slug, hostname, path, port or variable name may look like. Pure."""

import re
from enum import StrEnum


class Status(StrEnum):
    """Where a project or service is in its life."""

    ACTIVE = "active"
    DEVELOPMENT = "development"
    PLANNED = "planned"
    RESEARCH = "research"


class Level(StrEnum):
    """How much a service needs a variable; `exported` means it offers the variable to others."""

    REQUIRED = "required"
    IMPORTANT = "important"
    OPTIONAL = "optional"
    EXPORTED = "exported"


class Role(StrEnum):
    """What a dependency is to the service that declares it."""

    DATABASE = "database"
    CACHE = "cache"
    SERVICE = "service"


class TtlPolicy(StrEnum):
    """How long the keys of a Redis namespace live.

    `none` asks nothing of them; `range` and `maximum` bound the time that a key is given; `sliding` is a
    maximum that is renewed with each use; in a `channel_only` namespace there are channels, and no keys.
    """

    NONE = "none"
    RANGE = "range"
    MAXIMUM = "maximum"
    SLIDING = "sliding"
    CHANNEL_ONLY = "channel_only"


class RedisType(StrEnum):
    """The types of Redis values, in the words of its TYPE command."""

    STRING = "string"
    HASH = "hash"
    LIST = "list"
    SET = "set"
    ZSET = "zset"
    STREAM = "stream"


class Sensitivity(StrEnum):
    """What may be shown of a Redis namespace: `private` hides key names, `secret` the values for good."""

    NORMAL = "normal"
    PRIVATE = "private"
    SECRET = "secret"  # noqa: S105 - a level, not a password


PHASES = (1, 2, 3)
DEFAULT_ENVIRONMENTS = ("prod", "staging", "dev")

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,98}[a-z0-9])?")
VARIABLE_NAME = re.compile(r"[A-Z_][A-Z0-9_]{0,127}")
TARGET_DATE = re.compile(r"\d{4}(?:-Q[1-4]|-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?")
URL_PATH = re.compile(r"/[^\s\x00-\x1f\x7f]{0,511}")
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_PORT_EXPRESSION = re.compile(r"\$\{PORT:-(\d{1,5})\}|\$\{?PORT\}?")


def is_slug(text: str) -> bool:
    """Say whether the text can name a project, service, environment or workflow."""
    return SLUG.fullmatch(text) is not None


def is_hostname(text: str) -> bool:
    """Say whether the text is a DNS host name in lower case, without a scheme, port or final dot.

    Source: RFC 1123 section 2.1 and RFC 1035 section 2.3.4 (labels of 63, names of 253 octets);
    international names are written in their `xn--` form.
    """
    labels = text.split(".")
    return (
        len(text) <= 253
        and len(labels) >= 2
        and all(_LABEL.fullmatch(label) for label in labels)
        and not labels[-1].isdigit()
    )


def is_port(text: str) -> bool:
    """Say whether the text is a port number from 1 to 65535, or the platform's `PORT` variable."""
    expression = _PORT_EXPRESSION.fullmatch(text)
    digits = text if expression is None else (expression.group(1) or "1")
    return digits.isdecimal() and len(digits) <= 5 and 1 <= int(digits) <= 65535
