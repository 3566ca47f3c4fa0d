"""What the tests of the catalog's own pages share: who asks, and catalogs of any size."""

from django.test import Client
from django.utils import timezone

from services.catalog.models import Service
from tests.make import (
    make_administrator,
    make_change_set,
    make_dependency,
    make_deployment,
    make_domain,
    make_endpoint,
    make_migration_plan,
    make_project,
    make_route,
    make_runbook,
    make_service,
    make_variable,
)

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
HARMLESS = "&lt;script&gt;alert(1)&lt;/script&gt;"


def signed_in() -> Client:
    """Give a browser in which an administrator is logged in."""
    client = Client(HTTP_HOST="localhost")
    client.force_login(make_administrator())
    return client


def text_of(response) -> str:
    """Give the page, which must be there."""
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def make_catalog(services: int) -> list[Service]:
    """Make services that each have one of everything; every one but the first needs the first."""
    made = []
    for number in range(services):
        project = make_project(target_date="2026-Q1", status="planned", phase=number % 3 + 1)
        service = make_service(project=project, name=f"s-{number}", phase=1)
        make_domain(service, f"s-{number}.example.com")
        make_domain(service, f"s-{number}.staging.example.com", environment="staging")
        make_endpoint(service, f"/s-{number}")
        make_route(service, f"/route-{number}")
        make_deployment(service, start_command="serve")
        make_variable(service, "URL", source="${{s-0.URL}} ${{missing.URL}}")
        make_variable(service, "A_TOKEN")
        if made:
            make_dependency(service, made[0])
        make_runbook(steps=[f"restart s-{number}", "restart s-0"])
        make_migration_plan((f"move s-{number}", "move s-0"))
        make_change_set(created_at=timezone.now()).changes.create(
            subject_kind="service",
            subject_name="s-0",
            entries=[{"action": "create", "model": "variable", "key": ["s-0", "X"], "fields": {}}],
        )
        made.append(service)
    return made
