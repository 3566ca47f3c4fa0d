"""The checks say the same of a manifest and of the catalog that was made of it."""

from datetime import UTC, datetime

import pytest
from django.utils import timezone

from services.catalog.attention import CHECKS
from services.catalog.checks import run_checks
from services.catalog.inspection import load_facts
from services.catalog.state import load_state
from services.catalog.state_facts import facts_of
from services.manifest.actions import apply_plan, plan_manifest
from services.manifest.reader import read_manifest
from tests.prism.test_catalog_check import MANIFEST
from tests.servers import ROOT

WITH_SHARED = MANIFEST.replace(
    "    services:\n",
    "    env: {required: [{name: SHARED_TOKEN, default: abc}]}\n    services:\n",
    1,
)
NOW = datetime(2026, 11, 23, tzinfo=UTC)
EXAMPLE = (ROOT / "examples/manifest.yml").read_text()
WITH_CLAIMS = MANIFEST + (
    "planned_projects:\n  next:\n    target_date: 2020\n    services:\n"
    "      web: {kind: frontend, domains: {prod: api.example.com}}\n"
)


def found(facts):
    statuses = {service.name: service.status for service in facts.services}
    results = run_checks(CHECKS, facts, statuses=statuses, levels={})
    return {result.check.id: sorted(map(repr, result.findings)) for result in results}


@pytest.mark.django_db
@pytest.mark.parametrize("text", [MANIFEST, WITH_CLAIMS, WITH_SHARED, EXAMPLE], ids=str.__len__)
def test_a_file_and_the_database_have_the_same_findings(text):
    from_file = found(facts_of(read_manifest(text, file_name="m.yml").state, NOW.date()))
    planned = plan_manifest(text.encode(), file_name="m.yml", prune=False)
    apply_plan(planned, actor=None, actor_name="test", message="", now=timezone.now())

    from_state = found(facts_of(load_state(), NOW.date()))
    from_database = found(load_facts(NOW.date()))

    assert from_file == from_state == from_database
    assert len(from_file) >= 2
