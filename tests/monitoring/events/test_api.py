"""The events API: 202 after the commit, refusals that name the field, reading by number."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from monitoring.events.models import Event
from prism.core.tokens import issue_token
from tests.make import make_administrator
from tests.monitoring.events.hostile import HOSTILE
from tests.monitoring.events.make_events import store

pytestmark = pytest.mark.django_db
URL = "/api/v1/events"
EVENT = {"service": "docs-site", "type": "deploy.success"}


def token(*scopes: str) -> str:
    now = timezone.now()
    _, secret = issue_token(
        actor=make_administrator(f"admin-{scopes[0]}"),
        name=f"t-{scopes[0]}",
        scopes=list(scopes),
        expires_at=now + timedelta(days=1),
        now=now,
    )
    return secret


@pytest.fixture
def sender() -> Client:
    return Client(headers={"Authorization": f"Bearer {token('events.ingest')}"})


@pytest.fixture
def reader() -> Client:
    return Client(headers={"Authorization": f"Bearer {token('events.view')}"})


def post(sender: Client, document: Any, **headers: str) -> Any:
    body = document if isinstance(document, bytes) else json.dumps(document)
    return sender.post(URL, body, content_type="application/json", headers=headers)


def test_one_event_is_stored_when_the_answer_is_202(sender: Client) -> None:
    answer = post(sender, {**EVENT, "severity": "error", "payload": {"commit": "f8e9d0a"}})

    assert answer.status_code == 202, answer.content
    assert answer.json() == {"accepted": 1, "stored": 1, "repeated": 0, "seqs": [1]}
    assert Event.objects.get().source == "token:t-events.ingest/docs-site"


@pytest.mark.parametrize("wrap", [lambda many: many, lambda many: {"events": many}])
def test_a_batch_is_stored_whole(sender: Client, wrap: Any) -> None:
    answer = post(sender, wrap([EVENT] * 500))

    assert answer.json()["seqs"] == list(range(1, 501))


def test_a_batch_with_one_mistake_is_refused_whole_and_the_place_is_named(sender: Client) -> None:
    answer = post(sender, {"events": [EVENT, {**EVENT, "severity": "loud"}]})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "events.1.severity"
    assert not Event.objects.exists()


@pytest.mark.parametrize("document", [[], [EVENT] * 501, {"events": []}, "words", 5, None])
def test_what_is_no_batch_is_refused(sender: Client, document: Any) -> None:
    assert post(sender, document).status_code == 422


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_bytes_are_refused_by_name_or_stored_safely(sender: Client, name: str) -> None:
    raw, refusal = HOSTILE[name]

    answer = post(sender, raw)

    assert answer.status_code in (202, 422), answer.content
    if refusal is not None:
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"]
    assert post(sender, EVENT).status_code == 202


def test_the_same_key_or_id_again_stores_nothing(sender: Client) -> None:
    post(sender, [EVENT, EVENT], **{"Idempotency-Key": "k1"})

    again = post(sender, [EVENT, EVENT], **{"Idempotency-Key": "k1"})
    post(sender, {**EVENT, "id": "a"})
    same_id = post(sender, {**EVENT, "id": "a"})

    assert again.json() == {"accepted": 2, "stored": 0, "repeated": 2, "seqs": [None, None]}
    assert same_id.json()["repeated"] == 1
    assert Event.objects.count() == 3


def test_without_the_scope_nothing_is_stored(reader: Client) -> None:
    assert post(reader, EVENT).status_code == 403
    assert post(Client(), EVENT).status_code == 401
    assert not Event.objects.exists()


def test_too_many_requests_are_told_when_to_come_back(sender: Client, settings: Settings) -> None:
    settings.PRISM_RATE_LIMITS = {"events-test": (URL, 2, 60)}

    answers = [post(sender, EVENT) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [202, 202, 429]
    assert int(answers[-1]["Retry-After"]) > 0


def test_events_are_read_by_number(reader: Client) -> None:
    store(5)
    store(1, severity="error", service="billing")

    def seqs(query: str) -> list[int]:
        return [item["seq"] for item in reader.get(f"{URL}?{query}").json()["items"]]

    assert seqs("limit=2") == [5, 6]
    assert seqs("after=2&limit=3") == [3, 4, 5]
    assert seqs("before=4&limit=2") == [2, 3]
    assert seqs("severity=warning") == [6]
    assert seqs("service=billing") == [6]
    body = reader.get(URL).json()
    assert body["head"] == 6
    assert body["items"][0]["payload"] is None


def test_a_sender_may_not_read(sender: Client) -> None:
    assert sender.get(URL).status_code == 403
