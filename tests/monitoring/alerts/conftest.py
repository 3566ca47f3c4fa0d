"""The tests of alerts start without the rules that a new console has."""

import pytest

from monitoring.alerts.models import Rule


@pytest.fixture
def no_rules(db: None) -> None:
    """Delete the rules that the migration makes."""
    Rule.objects.all().delete()
