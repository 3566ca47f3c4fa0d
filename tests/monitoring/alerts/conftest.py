"""What the tests of alerts share: no rules but their own, and a receiver of webhooks."""

import pytest

from monitoring.alerts.models import Rule
from monitoring.alerts.rules_page import tried_rules
from tests.monitoring.alerts.receiver import authority, receiver

__all__ = ["authority", "no_rules", "receiver"]


@pytest.fixture
def no_rules(db: None) -> None:
    """Delete the rules that the migration makes."""
    Rule.objects.all().delete()


@pytest.fixture(autouse=True)
def nothing_tried_before() -> None:
    """Forget what another test's page of rules tried."""
    tried_rules.clear()
