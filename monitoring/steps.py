"""The work that there is: every step that the workers run, and how often."""

from datetime import datetime, timedelta
from importlib import import_module

from django.conf import settings

from monitoring.alerts.retention import delete_old_messages
from monitoring.events.retention import delete_old_events
from monitoring.health.retention import keep_history
from monitoring.health.sync import follow_catalog
from monitoring.redis_inspect.retention import keep_redis_history
from monitoring.redis_inspect.scanning import ask_due_scans, forget_old_scans
from monitoring.worker import Step
from prism.core import audit


def clear_expired_sessions(now: datetime) -> None:
    """Delete the sessions that have ended from the database."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()


def verify_audit_trail(now: datetime) -> None:
    """Check the whole trail and write down what was found; a rule of alerts looks at it."""
    audit.record_verification(audit.verify(), actor=None)


STEPS = (
    # first: until the checks are there a new console has nothing to show
    Step("follow-catalog", timedelta(seconds=10), follow_catalog),
    Step("clear-expired-sessions", timedelta(days=1), clear_expired_sessions),
    Step("delete-old-messages", timedelta(hours=1), delete_old_messages),
    Step("verify-audit-trail", timedelta(days=1), verify_audit_trail),
    Step("delete-old-events", timedelta(hours=1), delete_old_events),
    Step("ask-due-redis-scans", timedelta(minutes=10), ask_due_scans),
    Step("forget-old-redis-scans", timedelta(hours=6), forget_old_scans),
    Step("keep-health-history", timedelta(minutes=10), keep_history),
    Step("keep-redis-history", timedelta(hours=1), keep_redis_history),
)
