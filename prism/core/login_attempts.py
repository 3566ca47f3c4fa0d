"""Throttles log-in in SQL, so that a flushed, dead or evicting Redis opens no door.

Nobody can lock somebody else out: attempts count for a name *and* an address, never for a name alone.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils.crypto import salted_hmac

from prism.core.client_address import address_group

WINDOW = timedelta(minutes=15)
ATTEMPTS_PER_NAME_AND_ADDRESS = 5
ATTEMPTS_PER_ADDRESS = 50
KEPT = timedelta(days=1)


class LogInThrottled(Exception):
    """Too many failed log-ins; the caller may try again after `retry_after_s` seconds."""

    def __init__(self, retry_after_s: int, *, is_first: bool) -> None:
        super().__init__(f"log-in is throttled for {retry_after_s} s")
        self.retry_after_s = retry_after_s
        self.is_first = is_first


class Outcome(models.TextChoices):
    """How an attempt ended; one that was never finished counts as failed."""

    FAILED = "failed"
    OK = "ok"
    THROTTLED = "throttled"


class LogInAttempt(models.Model):
    """One attempt to log in. `subject` is a keyed hash: people type passwords into the name field."""

    subject = models.CharField(max_length=64)
    address_group = models.CharField(max_length=45)
    at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=Outcome.choices)

    class Meta:
        indexes = [
            models.Index(fields=["subject", "address_group", "at"]),
            models.Index(fields=["address_group", "at"]),
            models.Index(fields=["at"]),
        ]

    def __str__(self) -> str:
        return f"log-in {self.outcome} at {self.at:%Y-%m-%d %H:%M}"


def begin_attempt(*, username: str, address: str, now: datetime) -> LogInAttempt:
    """Write the attempt down as failed before the password is looked at, or raise `LogInThrottled`.

    Counting comes after writing: of many attempts at the same moment no more than the limit pass.
    A refused attempt does not lengthen the wait.
    """
    LogInAttempt.objects.filter(at__lt=now - KEPT).delete()
    attempt = LogInAttempt.objects.create(
        subject=_subject(username),
        address_group=address_group(address),
        at=now,
        outcome=Outcome.FAILED,
    )
    here = LogInAttempt.objects.filter(address_group=attempt.address_group, at__gt=now - WINDOW)
    same_name = here.filter(subject=attempt.subject)
    last_success = same_name.filter(outcome=Outcome.OK).order_by("-pk").first()
    failed_for_name = same_name.filter(outcome=Outcome.FAILED)
    if last_success:
        failed_for_name = failed_for_name.filter(pk__gt=last_success.pk)
    failed_here = here.filter(outcome=Outcome.FAILED)
    for failed, limit in (
        (failed_for_name, ATTEMPTS_PER_NAME_AND_ADDRESS),
        (failed_here, ATTEMPTS_PER_ADDRESS),
    ):
        moments = list(failed.order_by("-pk").values_list("at", flat=True)[: limit + 1])
        if len(moments) > limit:
            raise _refused(attempt, same_name, moments[-1] + WINDOW - now)
    return attempt


def end_attempt(attempt: LogInAttempt) -> None:
    """Note that the attempt succeeded; earlier failures of this name from here are forgiven."""
    attempt.outcome = Outcome.OK
    attempt.save(update_fields=["outcome"])


def _refused(
    attempt: LogInAttempt, same_name: models.QuerySet[LogInAttempt], wait: timedelta
) -> LogInThrottled:
    """Keep one row for the first refusal in the window, so that a flood neither fills the table nor the audit."""
    is_first = not same_name.filter(outcome=Outcome.THROTTLED).exists()
    if is_first:
        attempt.outcome = Outcome.THROTTLED
        attempt.save(update_fields=["outcome"])
    else:
        attempt.delete()
    return LogInThrottled(max(1, int(wait.total_seconds())), is_first=is_first)


def _subject(username: str) -> str:
    name = username.strip().casefold()
    return salted_hmac(
        "prism.core.login_attempts", name, secret=settings.SECRET_KEY, algorithm="sha256"
    ).hexdigest()
