"""Form validation of the shapes in services.catalog.names, with words for people who are no programmers."""

import re

from django.core.exceptions import ValidationError

from services.catalog import names

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_CRON_FIELDS = 5


def validate_slug(text: str) -> None:
    """Refuse what cannot name a project, service, environment or workflow."""
    if not names.is_slug(text):
        raise ValidationError(
            "Use small letters, digits, dots, dashes and underscores;"
            " begin and end with a letter or digit; at most 100.",
            code="slug",
        )


def validate_url_path(text: str) -> None:
    """Refuse what is no path of a URL."""
    if not names.URL_PATH.fullmatch(text):
        raise ValidationError("Begin with / and leave out spaces: /health", code="path")


def validate_port(text: str) -> None:
    """Refuse what is neither a port nor the platform's variable."""
    if not names.is_port(text):
        raise ValidationError("A number from 1 to 65535, or $PORT, or ${PORT:-8000}.", code="port")


def validate_variable_name(text: str) -> None:
    """Refuse what cannot name an environment variable."""
    if not names.VARIABLE_NAME.fullmatch(text):
        raise ValidationError(
            "Use capital letters, digits and underscores, as in DATABASE_URL.", code="variable_name"
        )


def validate_target_date(text: str) -> None:
    """Refuse what is no year, quarter, month or day."""
    if not names.TARGET_DATE.fullmatch(text):
        raise ValidationError("Write 2026, 2026-Q2, 2026-04 or 2026-04-30.", code="target_date")


def validate_cron(text: str) -> None:
    """Refuse what has not the five fields of a cron schedule."""
    if len(text.split()) != _CRON_FIELDS:
        raise ValidationError("Five fields, as in `*/15 * * * *`; the time is UTC.", code="cron")


def clean_hostname(text: str) -> str:
    """Normalise a host name to lower case without its final dot. Raises ValidationError."""
    hostname = text.strip().lower().removesuffix(".")
    if names.is_hostname(hostname):
        return hostname
    if _SCHEME.match(hostname) or "/" in hostname:
        bare = _SCHEME.sub("", hostname).split("/")[0]
        hint = f"Write the host name alone: {bare}" if names.is_hostname(bare) else ""
        raise ValidationError(hint or "Write the host name alone, without an address.", code="host")
    if not hostname.isascii() and (international := _international(hostname)):
        raise ValidationError(f"Write this name in its DNS form: {international}", code="host")
    raise ValidationError("A host name looks like api.example.com.", code="host")


def _international(hostname: str) -> str:
    """Give the `xn--` form of an international name, or nothing when it has none."""
    try:
        text = hostname.encode("idna").decode("ascii")
    except UnicodeError:
        return ""
    return text if names.is_hostname(text) else ""
