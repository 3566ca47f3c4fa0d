"""Every address, by every method, for everybody: who gets in is in tests/permission_matrix.py."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, get_resolver
from django.utils import timezone

from monitoring.health.models import Check
from monitoring.models import (
    BusGap,
    Channel,
    Event,
    Incident,
    MaintenanceWindow,
    QuarantinedMessage,
    RedisInstance,
    RedisRemoval,
    RedisScan,
    ScannedNamespace,
    Silence,
)
from monitoring.models import Rule as AlertRule
from prism.core.tokens import Token, issue_token
from services.catalog.models import Change, ManifestDocument, RedisNamespace, Section
from tests import make
from tests.permission_matrix import EVERY_ROLE, ROUTES, WHO, Rule
from tests.services.analyses.making import make_document, make_run

SAMPLE = 1_000_001  # the number of a sample; one that a sequence is not going to give out here
OTHER_METHODS = ("put", "patch", "delete", "options")
TOKENS = {
    "catalog token": ["catalog.view"],
    "manifest token": ["manifest.view", "manifest.plan", "manifest.apply"],
    "ingest token": ["events.ingest"],
}


def walk(resolver: Any, beginning: str = "") -> Iterator[str]:
    """Write every pattern of the console as one route."""
    for pattern in resolver.url_patterns:
        route = beginning + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield route
        else:
            yield from walk(pattern, route)


def name_of(route: str) -> str:
    """Leave out what depends on which applications are installed."""
    return re.sub(r"\^\(\?P<app_label>.*", "(?P<app_label>", route).replace("admin/^", "admin/")


ALL_ROUTES = sorted({name_of(route) for route in walk(get_resolver())})


def test_every_address_is_in_the_table():
    assert len(ALL_ROUTES) > 50
    assert set(ALL_ROUTES) - ROUTES.keys() == set(), "add these to tests/permission_matrix.py"


def test_the_table_has_no_address_that_is_gone():
    assert ROUTES.keys() - set(ALL_ROUTES) == set()


@pytest.fixture(autouse=True)
def _no_rate_limit(settings: Any) -> None:
    """Ask the API as often as there are people and methods; the limit has tests of its own."""
    settings.PRISM_RATE_LIMITS = {}


def make_samples() -> dict[str, Any]:
    """Make one row of everything that has a page."""
    now = timezone.now()
    project = make.make_project(name="sample")
    service = make.make_service(name="sample", project=project)
    make.make_runbook()
    make.make_migration_plan()
    document = make_document(service)
    make_run()
    make.make_workflow()
    make.make_environment()
    Section.objects.create(name="section", value={})
    change_set = make.make_change_set(created_at=now)
    make.make_workspace(revision=change_set.revision)
    Change.objects.create(
        change_set=change_set, subject_kind="service", subject_name="sample", entries=[]
    )
    ManifestDocument.objects.create(
        change_set=change_set, file_name="m.yml", sha256="", compressed_text=b""
    )
    Check.objects.create(
        pk=SAMPLE, subject=service.name, kind="tcp", target="203.0.113.1:9", timeout_s=0.1
    )
    moment = {"occurred_at": now, "received_at": now}
    Event.objects.create(seq=1, source="sample", event_id="1", service="sample", type="t", **moment)
    BusGap.objects.create(began_at=now, ended_at=now)
    QuarantinedMessage.objects.create(
        door="stream", entry_id="1-0", reason="", raw="", size_bytes=0, received_at=now
    )
    rule = AlertRule.objects.create(name="sample", kind="down")
    incident = {"rule_name": rule.name, "kind": rule.kind, "severity": rule.severity}
    Incident.objects.create(pk=SAMPLE, rule=rule, subject="sample", opened_at=now, **incident)
    Channel.objects.create(pk=SAMPLE, name="sample", kind="webhook", url_variable="PRISM_CHANNEL_X")
    Silence.objects.create(
        pk=SAMPLE, reason="sample", starts_at=now, ends_at=now, created_by="sample"
    )
    MaintenanceWindow.objects.create(title="sample", starts_on=now.date(), starts_clock=now.time())
    make.make_user("somebody")
    RedisNamespace.objects.create(pattern="sample:*")
    instance = RedisInstance.objects.create(name="sample", title="sample", variable="NOT_SET")
    RedisRemoval.objects.create(
        pk=SAMPLE, instance=instance, pattern="a:*", planned_at=now, planned_keys=0, planned_bytes=0,
        seen_keys=0, is_whole=True,
    )  # fmt: skip
    scan = RedisScan.objects.create(
        pk=SAMPLE, instance=instance, kind="full", status="finished", created_at=now
    )
    ScannedNamespace.objects.create(
        pk=SAMPLE, scan=scan, pattern="a:*", position=0, is_declared=False, keys=0, keys_low=0,
        keys_high=0, sampled_keys=0, size_bytes=0,
    )  # fmt: skip
    return {"name": service.name, "revision": change_set.revision, "seq": 1, "key": "wrong"} | {
        "file_name": document.file_name,
        "number": document.number,
        "kind": "railway-toml",
        "reference": "k.YQ",
        "scan": scan.pk,
        "check_id": SAMPLE,
        "incident_id": SAMPLE,
        "scan_id": scan.pk,
    }


def fill(route: str, samples: dict[str, Any]) -> str:
    """Put the sample rows into a route."""
    if model := re.match(r"admin/(\w+)/(\w+)/", route):
        try:
            first = apps.get_model(*model.groups())._default_manager.order_by("pk").first()
        except LookupError:
            first = None
        pk = getattr(first, "pk", SAMPLE)
    else:
        pk = SAMPLE
    if route == "admin/(?P<app_label>":
        return "admin/services/"
    if route == "admin/(?P<url>.*)$":
        return "admin/nowhere/"
    route = re.sub(r"<(?:int:pk|path:object_id|id|path:content_type_id)>", str(pk), route)
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda match: str(samples[match[1]]), route)


def make_clients() -> dict[str, Client]:
    """Log everybody in."""
    clients = {"anonymous": Client()}
    people = {"not staff": make.make_user("outsider"), "superuser": make.make_administrator("root")}
    for role in ("no role", "viewer", "editor", "operator", "admin"):
        people[role] = make.make_user(role.replace(" ", "-"), is_staff=True)
        people[role].groups.set(Group.objects.filter(name=role))
    for name, person in people.items():
        clients[name] = Client()
        clients[name].force_login(person)
    now = timezone.now()
    for name, scopes in TOKENS.items():
        _, secret = issue_token(
            actor=people["superuser"],
            name=name,
            scopes=scopes,
            expires_at=now + timedelta(days=1),
            now=now,
        )
        clients[name] = Client(headers={"Authorization": f"Bearer {secret}"})
    for client in clients.values():
        client.raise_request_exception = False
    return clients


def is_refused(response: Any) -> bool:
    """Say whether the answer keeps the visitor out."""
    to_log_in = response.status_code == 302 and "/admin/login/?next=" in response["Location"]
    return to_log_in or response.status_code in (401, 403)


def shows_nothing(response: Any) -> bool:
    """Say whether the answer says no more than that the method, or the row, does not exist."""
    return response.status_code in (404, 405) or (
        response.status_code == 200 and not response.content
    )


def part_of(route: str) -> str:
    """Name the part of the console that an address belongs to: one test each."""
    parts = re.sub(r"[<(].*", "", route).split("/")
    return "/".join(parts[: 3 if parts[0] == "admin" else 1])


@pytest.mark.django_db
@pytest.mark.parametrize("part", sorted({part_of(route) for route in ALL_ROUTES}))
def test_who_gets_in(part: str):
    samples = make_samples()
    clients = make_clients()

    wrong = [
        fault
        for route in ALL_ROUTES
        if part_of(route) == part
        for who, client in clients.items()
        for fault in faults_of(route, who, client, samples)
    ]

    assert not wrong, "\n".join(wrong)


def faults_of(route: str, who: str, client: Client, samples: dict[str, Any]) -> Iterator[str]:
    """Try one address as one visitor: GET, POST, and for who may not GET every other method too."""
    rule = ROUTES.get(route, Rule("nobody", "nobody"))
    url = f"/{fill(route, samples)}" + (f"?{rule.query}" if rule.query else "")
    may_get = who in WHO[rule.get]
    allowed_by = {"get": may_get, "post": who in WHO[rule.post]}
    if not may_get:
        allowed_by |= dict.fromkeys(OTHER_METHODS, False)
    for method, allowed in allowed_by.items():
        with transaction.atomic():
            response = getattr(client, method)(url)
            transaction.set_rollback(True)
        if allowed:
            fits = response.status_code < 500 and not is_refused(response)
        else:
            fits = is_refused(response) or shows_nothing(response)
        if not fits:
            yield f"{who} {method} {url}: {response.status_code}"


@pytest.mark.django_db
@pytest.mark.parametrize("role", sorted(EVERY_ROLE - {"admin", "superuser"}))
def test_no_page_tells_of_people_tokens_or_the_trail_to_who_may_not_see_them(role: str):
    samples = make_samples()
    clients = make_clients()
    Token.objects.filter(name="catalog token").update(name="CANARY-TOKEN")
    make.make_user("CANARY-PERSON", email="canary@example.com")
    seen = 0

    for route in ALL_ROUTES:
        for query in ("", "?q=canary&term=canary&actor__username__startswith=C"):
            response = clients[role].get(f"/{fill(route, samples)}{query}")
            text = response.content.decode(errors="replace").lower()
            seen += response.status_code == 200
            assert "canary-" not in text, route
            assert "audit/export" not in text, route

    assert seen > 20


@pytest.mark.django_db
@pytest.mark.parametrize("model", ["auth.user", "core.token"])
def test_autocomplete_offers_no_people_and_no_tokens(model: str):
    make_samples()
    client = make_clients()["editor"]
    app_label, model_name = model.split(".")

    for field in ("created_by", "groups", "user", "actor"):
        query = f"app_label={app_label}&model_name={model_name}&field_name={field}&term="
        assert client.get(f"/admin/autocomplete/?{query}").status_code == 403


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["service", "project"])
def test_pages_and_api_show_what_is_archived_to_the_same_people(kind: str):
    """Whoever may see the catalog may see what was in it; the lists leave it out until asked."""
    make_samples()
    project = make.make_project(name="archived", archived_at=timezone.now())
    make.make_service(name="archived", project=project, archived_at=timezone.now())
    clients = make_clients()

    for who, client in clients.items():
        answers = [
            client.get(address.format(f"{kind}s/archived", f"{kind}s/never"))
            for address in ("/api/v1/{0}", "/{0}/", "/api/v1/{1}", "/{1}/")
        ]
        shown = [response.status_code == 200 for response in answers]
        if who in WHO["catalog.view"]:
            assert shown == [True, True, False, False], who
        elif who != "catalog token":  # which opens no page
            assert not any(shown), who
