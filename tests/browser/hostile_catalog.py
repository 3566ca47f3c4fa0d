"""Fills a console with hostile text: `python -m tests.browser.hostile_catalog`.

Every text column of every row that is made here holds a payload, cut to its length. What the database
or the address of a page needs to be well-formed (slugs, choices, hashes, dates) keeps its value.
"""

import os
from collections.abc import Iterator

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "prism.settings")
django.setup()

from django.db import models  # noqa: E402
from django.utils import timezone  # noqa: E402

from prism.core import audit  # noqa: E402
from prism.core.tokens import Token  # noqa: E402
from services.catalog.models import Change, Environment, Section  # noqa: E402
from tests import make  # noqa: E402
from tests.browser.xss_payloads import PAYLOADS  # noqa: E402
from tests.services.analyses.making import make_document, make_run  # noqa: E402

# These are checked wherever they are written, or are written by the console alone.
WELL_FORMED = frozenset(
    (
        "action",
        "beginning",
        "category",
        "file_name",
        "hash",
        "kind",
        "password",
        "phase",
        "sha256",
        "statements",
        "subject_kind",
    )
)
SLUGS = frozenset(("Project", "Service"))


def poison(row: models.Model, payload: str) -> models.Model:
    """Put the payload into every text column and every JSON column of one row."""
    for column in row._meta.fields:
        if column.choices or column.primary_key or column.name in WELL_FORMED:
            continue
        if column.name in ("name", "subject_name") and type(row).__name__ in (*SLUGS, "Change"):
            continue
        if isinstance(column, models.CharField | models.TextField):
            setattr(row, column.name, payload[: column.max_length or 1000])
        elif isinstance(column, models.JSONField):
            value = getattr(row, column.name)
            setattr(row, column.name, {payload: payload} if isinstance(value, dict) else [payload])
    row.save()
    return row


def rows_for(number: int, payload: str) -> Iterator[models.Model]:
    """Make one of everything that has a page, and yield what can be poisoned."""
    project = make.make_project(name=f"project-{number}")
    service = make.make_service(name=f"service-{number}", project=project, kind="backend")
    needed = make.make_service(name=f"needed-{number}", project=project)
    environment = Environment.objects.create(name=f"{payload[:60]} {number}", position=number)
    yield project
    yield service
    yield make.make_domain(service, f"h{number}.example.com", environment=environment)
    yield make.make_endpoint(service)
    yield make.make_route(service)
    yield make.make_variable(service)
    yield make.make_dependency(service, needed)
    yield make.make_deployment(service)
    yield make.make_workflow()
    document = make_document(service, f"# {payload}\n\n## Setup\n\n- {payload}: {payload}\n")
    yield document
    yield from document.revisions.all()
    run = make_run(reason=payload)
    yield run.runbook
    yield run
    yield from run.steps.all()
    plan = make.make_migration_plan()
    yield plan
    yield from plan.steps.all()
    change_set = make.make_change_set(created_at=timezone.now())
    yield change_set
    entry = {
        "action": "change",
        "model": "service",
        "key": [service.name],
        "fields": {"description": ["", payload]},
    }
    Change.objects.create(
        change_set=change_set,
        subject_kind="service",
        subject_name=service.name,
        entries=[entry],
    )
    yield Section.objects.create(name=f"section-{number}", value={})
    yield make.make_user(f"user-{number}")
    yield Token.objects.create(
        name=f"token-{number}",
        sha256=f"{number:064d}",
        created_at=timezone.now(),
        expires_at=timezone.now(),
    )


def main() -> None:
    """Fill the database of the settings."""
    for number, payload in enumerate(PAYLOADS):
        for row in rows_for(number, payload):
            poison(row, payload)
        audit.record("login.failed", actor_name=payload, target=payload, details={payload: payload})
    make.make_workspace(name=PAYLOADS[0], operator=PAYLOADS[6], revision=len(PAYLOADS))


if __name__ == "__main__":
    main()
