"""The formats that a text of a manifest may be held to, each with the words that explain it. Pure."""

from collections.abc import Callable
from dataclasses import dataclass

from services.catalog import names


@dataclass(frozen=True, slots=True)
class Format:
    """One format: who accepts it, how it is described, and its pattern for a JSON Schema.

    `expected` completes "expected …". `pattern` must hold the whole text and may be wider than
    `accepts`.
    """

    accepts: Callable[[str], bool]
    expected: str
    pattern: str


SLUG = Format(
    names.is_slug,
    "a name of lower-case letters, digits, dots, dashes and underscores",
    names.SLUG.pattern,
)
HOSTNAME = Format(
    names.is_hostname,
    "a host name in lower case without scheme, port or path, such as api.example.com",
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?",
)
URL_PATH = Format(
    lambda text: names.URL_PATH.fullmatch(text) is not None,
    "a path that starts with a slash and has no spaces, such as /health",
    names.URL_PATH.pattern,
)
PORT = Format(
    names.is_port,
    "a port from 1 to 65535, or ${PORT:-8000}",
    r"\d{1,5}|\$\{PORT:-\d{1,5}\}|\$\{?PORT\}?",
)
VARIABLE_NAME = Format(
    lambda text: names.VARIABLE_NAME.fullmatch(text) is not None,
    "a variable name of capital letters, digits and underscores, such as DATABASE_URL",
    names.VARIABLE_NAME.pattern,
)
TARGET_DATE = Format(
    lambda text: names.TARGET_DATE.fullmatch(text) is not None,
    "a date such as 2026, 2026-Q2, 2026-03 or 2026-03-31",
    names.TARGET_DATE.pattern,
)
