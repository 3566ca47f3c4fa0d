"""What the probes of these tests may reach: the loopback, as one listed host among others."""

import pytest
from pytest_django import Settings

from monitoring.health.system import thirty_days

LOCAL = ["127.0.0.1", "::1", "localhost"]


@pytest.fixture
def local_network(settings: Settings) -> None:
    """Let probes reach servers of the test, and nobody else: no canary is asked."""
    settings.PRISM_OUTBOUND_PRIVATE_HOSTS = LOCAL
    settings.PRISM_HEALTH_CANARIES = []


@pytest.fixture(autouse=True)
def nothing_counted_before() -> None:
    """Forget the uptime that another test's page counted."""
    thirty_days.cache_clear()
