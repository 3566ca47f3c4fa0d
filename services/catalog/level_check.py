"""The system check of `PRISM_CHECKS`; docs/checks.md lists it."""

from collections.abc import Iterator

from django.conf import settings
from django.core.checks import CheckMessage, Error

from services.catalog.inspection import every_check


def check_levels(**options: object) -> Iterator[CheckMessage]:
    """E018: a level for a check that is not there changes nothing."""
    if unknown := sorted(set(settings.PRISM_CHECKS) - set(every_check())):
        yield Error(
            f"PRISM_CHECKS names checks that are not there: {', '.join(unknown)}.",
            hint="`prism check --list` has their names.",
            id="prism.E018",
        )
