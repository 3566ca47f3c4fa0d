"""Sending: signed, grouped, repeated under the same key until it arrives, and never to where it must not go."""

import hashlib
import hmac
import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail

from monitoring.alerts.actions import save_channel
from monitoring.alerts.evaluation import evaluate_rules
from monitoring.alerts.messages import body_for
from monitoring.alerts.models import Channel, Delivery, Incident, Notification, Silence
from monitoring.alerts.sending import claim_ready, send_due, wait_before
from monitoring.alerts.words import ChannelKind
from tests.make import make_user
from tests.monitoring.alerts.making import (
    MINUTE,
    NOON,
    S,
    make_channel,
    make_rule,
    make_watched,
    set_verdict,
)
from tests.monitoring.alerts.receiver import Receiver
from tests.servers import free_port

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_rules")]


def goes_down(subject: str = "shop", at: datetime = NOON) -> None:
    """Let a rule find a service down."""
    make_rule()
    make_watched(subject, "down", reason="status 503")
    evaluate_rules(at)


def test_a_webhook_is_signed_with_its_time_and_its_key(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRISM_CHANNEL_KEY", "s3cret")
    make_channel(key_variable="PRISM_CHANNEL_KEY")
    goes_down()

    send_due(NOON + 31 * S)

    (message,) = receiver.messages
    timestamp = message.headers["x-prism-timestamp"]
    signed = timestamp.encode() + b"." + message.body
    expected = "sha256=" + hmac.new(b"s3cret", signed, hashlib.sha256).hexdigest()
    assert message.headers["x-prism-signature"] == expected
    assert timestamp == str(int((NOON + 31 * S).timestamp()))
    assert message.key == message.document["key"]
    (incident,) = message.document["incidents"]
    assert (incident["service"], incident["severity"], incident["notice"]) == ("shop", "critical", "opened")  # fmt: skip
    assert incident["reason"] == "prod tcp status 503"
    assert b"s3cret" not in message.body


def test_what_opens_together_is_one_message_and_the_next_waits(receiver: Receiver) -> None:
    make_channel()
    goes_down("shop")
    make_watched("mail", "down")
    evaluate_rules(NOON + 10 * S)

    send_due(NOON + 29 * S)
    assert receiver.messages == []
    send_due(NOON + 30 * S)
    make_watched("docs", "down")
    evaluate_rules(NOON + 40 * S)
    send_due(NOON + 100 * S)
    assert len(receiver.messages) == 1
    send_due(NOON + 330 * S)

    assert [message.told for message in receiver.messages] == [
        [("opened", "shop"), ("opened", "mail")],
        [("opened", "docs")],
    ]


def test_a_recovery_is_told_with_its_duration(receiver: Receiver) -> None:
    make_channel(group_interval_s=0)
    goes_down()
    send_due(NOON + 30 * S)
    set_verdict("shop", "up")
    evaluate_rules(NOON + 12 * MINUTE)

    send_due(NOON + 13 * MINUTE)

    recovered = receiver.messages[1].document
    assert recovered["incidents"][0]["notice"] == "recovered"
    assert recovered["incidents"][0]["duration_s"] == 720
    assert "Recovered after 12 min: shop" in recovered["text"]


def test_what_is_over_before_it_was_told_is_not_told(receiver: Receiver) -> None:
    make_channel()
    goes_down()
    set_verdict("shop", "up")
    evaluate_rules(NOON + 20 * S)

    send_due(NOON + 60 * S)

    assert receiver.messages == []
    assert not Notification.objects.exists()


@pytest.mark.parametrize(("status", "state"), [(500, "ready"), (429, "ready"), (404, "failed"), (302, "failed")])  # fmt: skip
def test_a_refusal_is_kept_and_tried_again_when_that_may_help(
    receiver: Receiver, status: int, state: str
) -> None:
    receiver.answer = lambda message: (status, {"Location": "https://localhost/elsewhere"})
    channel = make_channel()
    goes_down()

    send_due(NOON + 30 * S)

    assert Notification.objects.get().state == state
    channel.refresh_from_db()
    assert (channel.failures, channel.last_error) == (1, f"status {status}")
    assert Delivery.objects.get().outcome == f"status {status}"
    assert len(receiver.messages) == 1


def test_a_message_is_repeated_under_its_key_until_it_arrives(receiver: Receiver) -> None:
    channel = make_channel()
    goes_down()
    receiver.answer = lambda message: (503, {})
    for seconds in (30, 39, 40, 59, 60, 99):
        send_due(NOON + seconds * S)
    assert len(receiver.messages) == 3
    receiver.answer = lambda message: (204, {})
    send_due(NOON + 100 * S)
    send_due(NOON + 1000 * S)

    assert len({message.key for message in receiver.messages}) == 1
    assert len({message.body for message in receiver.messages}) == 1
    assert len(receiver.messages) == 4
    channel.refresh_from_db()
    assert (channel.failures, channel.last_error, channel.delivered_at) == (0, "", NOON + 100 * S)


def test_the_other_side_may_ask_for_more_patience(receiver: Receiver) -> None:
    receiver.answer = lambda message: (429, {"Retry-After": "120"})
    make_channel()
    goes_down()

    send_due(NOON + 30 * S)

    assert Notification.objects.get().due_at == NOON + 150 * S


def test_waits_grow_up_to_ten_minutes() -> None:
    waits = [wait_before(attempt).total_seconds() for attempt in (2, 3, 4, 5, 6, 7, 8, 9, 100)]

    assert waits == [10, 20, 40, 80, 160, 320, 600, 600, 600]


def test_after_a_day_it_is_given_up(receiver: Receiver) -> None:
    receiver.answer = lambda message: (500, {})
    make_channel()
    goes_down()
    send_due(NOON + 30 * S)

    send_due(NOON + 25 * 60 * MINUTE)

    assert Notification.objects.get().state == "failed"


def test_a_claim_that_nobody_finished_is_taken_by_another_worker(receiver: Receiver) -> None:
    make_channel()
    goes_down()
    send_due(NOON)
    Notification.objects.update(state="ready", document={"text": "", "incidents": []}, due_at=NOON)

    (mine,) = claim_ready(NOON)
    assert claim_ready(NOON + 59 * S) == []
    (theirs,) = claim_ready(NOON + 60 * S)

    assert mine.key == theirs.key


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://localhost/x", "blocked by policy"),
        ("https://127.0.0.1/x", "blocked by policy"),
        ("https://169.254.169.254/x", "blocked by policy"),
        ("https://user:pass@localhost/x", "blocked by policy"),
        ("", "PRISM_CHANNEL_TEST is not set here"),
    ],
)
def test_a_channel_leads_only_where_webhooks_may_go(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, url: str, words: str
) -> None:
    monkeypatch.setenv("PRISM_CHANNEL_TEST", url)
    make_channel()
    goes_down()

    send_due(NOON + 30 * S)

    assert Channel.objects.get().last_error == words
    assert receiver.messages == []


def test_private_hosts_of_probes_are_not_those_of_webhooks(receiver: Receiver, settings: Any) -> None:  # fmt: skip
    settings.PRISM_WEBHOOK_PRIVATE_HOSTS = []
    settings.PRISM_OUTBOUND_PRIVATE_HOSTS = ["localhost"]
    make_channel()
    goes_down()

    send_due(NOON + 30 * S)

    assert Channel.objects.get().last_error == "blocked by policy"


def test_a_channel_that_fails_does_not_hold_up_another(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRISM_CHANNEL_OTHER", f"https://localhost:{free_port()}/")
    make_channel(url_variable="PRISM_CHANNEL_OTHER")
    make_channel()
    goes_down()

    send_due(NOON + 30 * S)

    assert receiver.told == [("opened", "shop")]
    assert sorted(Notification.objects.values_list("state", flat=True)) == ["ready", "sent"]


def test_slack_and_discord_get_their_own_form_and_nobody_is_mentioned(receiver: Receiver) -> None:
    make_channel(kind="slack", name="1")
    make_channel(kind="discord", name="2")
    make_rule(advice="<!channel> & @everyone")
    make_watched("shop", "down")
    evaluate_rules(NOON)

    send_due(NOON + 30 * S)

    slack, discord = sorted((json.loads(one.body) for one in receiver.messages), key=lambda one: "content" in one)  # fmt: skip
    assert "&lt;!channel&gt; &amp; @everyone" in slack["text"]
    assert discord["allowed_mentions"] == {"parse": []}
    assert "x-prism-signature" not in receiver.messages[0].headers


def test_a_name_is_no_link_in_discord_and_the_address_of_the_incident_is_one() -> None:
    text = "Critical: [sign in](https://evil.example): **down** <#1>\nhttps://prism.example/incidents/1/"

    content = json.loads(body_for(ChannelKind.DISCORD, {"text": text}))["content"]

    assert r"\[sign in\](https://evil.example): \*\*down\*\* \<\#1\>" in content
    assert content.endswith("\nhttps://prism.example/incidents/1/")


def test_a_clock_that_was_ahead_delays_nothing_once_it_is_right(receiver: Receiver) -> None:
    channel = make_channel()
    Channel.objects.update(told_at=NOON + timedelta(days=365))
    Notification.objects.create(channel=channel, created_at=NOON, due_at=NOON + timedelta(days=365))
    goes_down()

    send_due(NOON + 6 * MINUTE)

    assert receiver.told == [("opened", "shop")]


def test_a_channel_that_is_switched_off_sends_nothing_it_had_kept(receiver: Receiver) -> None:
    channel = make_channel()
    goes_down()
    channel.is_enabled = False
    save_channel(channel, actor=make_user(is_staff=True, is_superuser=True))

    send_due(NOON + 6 * MINUTE)

    assert receiver.messages == []
    assert Notification.objects.get().state == "failed"


def test_an_e_mail_goes_to_its_recipients_in_one_line_of_subject(settings: Any) -> None:
    settings.PRISM_EMAIL_URL = "smtp://mail.example"
    make_channel(kind="email", url_variable="", recipients="a@example.com, b@example.com")
    make_rule(name="down\nBcc: evil@example.com")
    make_watched("shop", "down")
    evaluate_rules(NOON)

    send_due(NOON + 30 * S)

    (message,) = mail.outbox
    assert message.to == ["a@example.com", "b@example.com"]
    assert "\n" not in message.subject
    assert "shop" in message.subject
    assert Notification.objects.get().state == "sent"


def test_without_a_mail_server_the_channel_says_so() -> None:
    make_channel(kind="email", url_variable="", recipients="a@example.com")
    goes_down()

    send_due(NOON + 30 * S)

    assert Channel.objects.get().last_error == "PRISM_EMAIL_URL is not set"


def test_a_channel_for_critical_ones_is_not_told_of_warnings(receiver: Receiver) -> None:
    make_channel(min_severity="critical")
    make_rule(severity="warning")
    make_watched("shop", "down")
    evaluate_rules(NOON)

    send_due(NOON + 60 * S)

    assert receiver.messages == []


def test_a_silence_holds_back_until_it_ends(receiver: Receiver) -> None:
    make_channel()
    Silence.objects.create(
        service="shop", reason="we know", starts_at=NOON, ends_at=NOON + 10 * MINUTE, created_by="x"
    )
    goes_down()
    evaluate_rules(NOON + 5 * MINUTE)
    send_due(NOON + 6 * MINUTE)
    assert receiver.messages == []
    assert Incident.objects.get().held_because.endswith("we know")

    evaluate_rules(NOON + 10 * MINUTE)
    send_due(NOON + 11 * MINUTE)

    assert receiver.told == [("opened", "shop")]
