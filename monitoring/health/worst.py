"""The one word for a service: the most worrying verdict of its checks."""

from monitoring.health.models import Check
from monitoring.health.words import WORST_FIRST


def worst_verdict(subject: str, environment: str = "") -> str | None:
    """Give it, None when the service has no check. One query."""
    checks = Check.objects.current().filter(subject=subject, is_paused=False)
    if environment:
        checks = checks.filter(environment=environment)
    found = set(checks.values_list("state__verdict", flat=True))
    if not found:
        return None
    return next((verdict.value for verdict in WORST_FIRST if verdict in found), "unknown")
