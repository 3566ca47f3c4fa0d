"""Looks at what guards the console: its settings, the audit trail, default passwords, the clock."""

import sqlite3
from datetime import datetime

from django.contrib.auth.models import User
from django.core.checks import run_checks
from django.db import DatabaseError, connection
from django.db.models import Q
from django.utils import timezone

from prism.core import audit
from prism.core.audit_guard import is_guarded
from prism.finding import Finding, amber, green, red

# What people try first, and what `admin` might have been left with.
DEFAULT_PASSWORDS = ("admin", "password", "prism", "changeme", "administrator")
MOST_PEOPLE = 20  # each guess costs a slow hash, 50 to 100 ms
CLOCK_OFF_S, CLOCK_WRONG_S = 1.0, 15.0
OLDEST_POSTGRESQL = 14  # older ones get no repairs


def examine_safety() -> list[Finding]:
    """Look at all of it; one line says so when the tables are not there yet."""
    try:
        return [
            settings_finding(),
            database_version_finding(),
            clock_finding(timezone.now(), _database_now()),
            audit_finding(),
            guard_finding(),
            passwords_finding(),
        ]
    except DatabaseError as error:
        seen = str(error).strip().splitlines()[0]
        return [red("safety", f"not looked at: {seen}", "see database and migrations")]


def settings_finding() -> Finding:
    """Count what `prism check --deploy` says."""
    messages = run_checks(include_deployment_checks=True)
    if not messages:
        return green("settings", "fit for other people to reach the console")
    named = ", ".join(sorted({message.id or "?" for message in messages}))
    advice = "run `prism check --deploy`; on this machine alone they do not matter"
    return amber("settings", f"{len(messages)} remarks: {named}", advice)


def database_version_finding() -> Finding:
    """Say which server it is, and whether it still gets repairs."""
    if connection.vendor == "sqlite":
        return green("database version", f"SQLite {sqlite3.sqlite_version}: one machine only")
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        number = int(cursor.fetchone()[0])
    seen = f"PostgreSQL {number // 10000}.{number % 10000}"
    if number < OLDEST_POSTGRESQL * 10000:
        return amber("database version", f"{seen} gets no repairs any more", "plan its upgrade")
    return green("database version", seen)


def clock_finding(ours: datetime, theirs: datetime) -> Finding:
    """Compare two clocks; codes of the second factor and sessions hang on ours."""
    off_s = abs((ours - theirs).total_seconds())
    seen = f"{off_s:.1f} s from the database's"
    if off_s >= CLOCK_WRONG_S:
        return red("clock", seen, "switch on NTP: codes of the second factor fail")
    if off_s >= CLOCK_OFF_S:
        return amber("clock", seen, "switch on NTP on both machines")
    return green("clock", seen)


def audit_finding() -> Finding:
    """Follow the whole chain. Reads every entry."""
    report = audit.verify()
    if report.is_intact:
        return green("audit chain", f"{report.entries} entries, all intact")
    seen = f"broken at entry {report.broken_at}: {report.reason}"
    return red("audit chain", seen, "find out who writes to the database; keep a copy as it is")


def guard_finding() -> Finding:
    """Say whether the database still refuses to change the trail."""
    if is_guarded(connection):
        return green("audit guard", "the database refuses to change the trail")
    return red("audit guard", "the triggers are gone or off", "run `prism audit guard`")


def passwords_finding() -> Finding:
    """Try the first guesses on the people who may do the most."""
    people = User.objects.filter(is_active=True, is_staff=True)
    mighty = people.filter(Q(is_superuser=True) | Q(groups__name="admin")).distinct()
    weak = [
        person.get_username()
        for person in mighty.order_by("pk")[:MOST_PEOPLE]
        if any(
            person.check_password(guess) for guess in (*DEFAULT_PASSWORDS, person.get_username())
        )
    ]
    if weak:
        advice = "change them: prism manage changepassword NAME"
        return red("passwords", f"a first guess opens: {', '.join(weak)}", advice)
    return green("passwords", "no first guess opens an administrator")


def _database_now() -> datetime:
    if connection.vendor == "sqlite":
        return timezone.now()  # the same machine
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment
