"""Runs the work of alerts beside that of a worker, in a thread: a slow step there must not delay it."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import DatabaseError, close_old_connections, connections
from django.utils import timezone

from monitoring.alerts.dead_man import call_dead_man
from monitoring.alerts.evaluation import evaluate_rules
from monitoring.alerts.feed import publish_turns
from monitoring.alerts.maintenance import follow_maintenance
from monitoring.alerts.sending import send_due
from monitoring.worker import Step, run_if_due, worker_name

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 2.0
STOP_S = 15.0  # longer than a delivery


def evaluate(now: datetime) -> None:
    """Evaluate the rules and tell the feed what turned."""
    publish_turns(evaluate_rules(now))


def send(now: datetime) -> None:
    """Send what is due."""
    send_due(now)


ALERT_STEPS = (
    Step("follow-maintenance", timedelta(seconds=10), follow_maintenance),
    Step("evaluate-rules", timedelta(seconds=10), evaluate),
    Step("send-notifications", timedelta(seconds=4), send),
    Step("call-dead-man", timedelta(minutes=1), call_dead_man),
)


@contextmanager
def alerting(stop: threading.Event) -> Iterator[None]:
    """Evaluate and send until `stop` is set; the thread has ended when this returns."""
    thread = threading.Thread(target=_run, args=(stop,), name="alerts", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(STOP_S)
        if thread.is_alive():
            logger.warning("The thread of alerts did not end in %.0f s", STOP_S)


def _run(stop: threading.Event) -> None:
    name, pause_s = worker_name(), 0.0
    try:
        while not stop.wait(pause_s or LOOK_EVERY_S):
            close_old_connections()
            try:
                for step in ALERT_STEPS:
                    if not stop.is_set():
                        run_if_due(step, worker=name, now=timezone.now())
                pause_s = 0.0
            except DatabaseError as error:
                pause_s = min(max(1.0, pause_s * 2), 60.0)
                logger.warning("The alerts wait %.0f s for the database: %s", pause_s, error)
    finally:
        connections.close_all()
