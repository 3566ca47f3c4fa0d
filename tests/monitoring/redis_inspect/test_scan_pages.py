"""The pages of namespaces and scans: empty, full, while a scan runs, and with hostile names."""

import time
from typing import Any

import pytest
import redis
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from monitoring.redis_inspect.models import OWN, RedisInstance, RedisScan, ScannedNamespace
from monitoring.redis_inspect.scan_actions import pause_scan
from monitoring.redis_inspect.scan_words import growth_words, span
from services.catalog.models import ChangeSet, RedisNamespace
from tests.make import make_administrator, make_user
from tests.monitoring.redis_inspect.keyspace import Planted, fill
from tests.monitoring.redis_inspect.scans import SOMEBODY, ask, go_on, rows_of, run_scan
from tests.servers import RedisServer, redis_server

pytestmark = [pytest.mark.django_db(transaction=True)]
HTML = "<script>alert(1)</script>"
PAGE = "/redis/namespaces/"
PLANTED = Planted()


@pytest.fixture
def admin() -> Client:
    client = Client()
    client.force_login(make_administrator())
    return client


@pytest.fixture
def own(settings: Any) -> Any:
    with redis_server() as server:
        settings.REDIS_URL, settings.REDIS_READONLY_URL = server.url, ""
        yield server


@pytest.fixture
def instance(own: RedisServer) -> RedisInstance:
    return RedisInstance.objects.create(name=OWN, title="Prism console", variable="REDIS_URL")


def member_of(role: str) -> Client:
    person = make_user(role, is_staff=True)
    person.groups.set(Group.objects.filter(name=role))
    client = Client()
    client.force_login(person)
    return client


def test_before_the_first_scan_the_declarations_are_there_and_what_to_do(admin: Client) -> None:
    text = admin.get(PAGE).content.decode()

    assert "session:*" in text
    assert "never scanned" in text
    assert "prism redis scan" in text
    assert "Scan now" in text
    assert "prism redis scan" in admin.get("/redis/scans/").content.decode()


def test_the_report_shows_figures_violations_and_suggestions(
    admin: Client, own: RedisServer, instance: RedisInstance
) -> None:
    fill(redis.Redis(port=own.port), PLANTED)
    run_scan(instance)
    fill(redis.Redis(port=own.port), Planted(sessions=50))
    run_scan(instance)

    page = admin.get(PAGE)

    text = page.content.decode()
    lines = {line.namespace.pattern: line for line in page.context["report"].declared}
    assert lines["session:*"].growth == "+10"
    assert [words for _, words in lines["session:*"].broken] == [
        "3 no expiry", "2 longer than declared",
    ]  # fmt: skip
    assert "fill-down" in lines["session:*"].histogram  # the keys that never expire
    assert "declared</title>" in lines["session:*"].histogram
    assert "fill-down" not in lines["websocket:*"].histogram
    assert "over 2 scans" in lines["session:*"].spark
    assert "2 key among channels" in text
    assert "cart:*" in text
    assert "style=" not in text.split("<main", 1)[-1]
    for path in (f"/redis/scans/{page.context['scan'].pk}/", "/redis/scans/"):
        assert admin.get(path).status_code == 200


def test_one_namespace_shows_what_breaks_its_rules_without_telling_secrets(
    admin: Client, own: RedisServer, instance: RedisInstance
) -> None:
    fill(redis.Redis(port=own.port), PLANTED)
    scan = run_scan(instance)
    rows = rows_of(scan)

    sessions = admin.get(f"/redis/scans/{scan.pk}/{rows['session:*'].pk}/").content.decode()
    cache = admin.get(f"/redis/scans/{scan.pk}/{rows['api:cache:*'].pk}/").content.decode()

    assert "3 no expiry" in sessions
    assert "session:… #" in sessions
    tokens = [key.decode().split(":")[1] for key in redis.Redis(port=own.port).keys("session:*")]
    assert not any(token in sessions for token in tokens)
    assert "api:cache:hash:" in cache
    viewer = member_of("viewer").get(f"/redis/scans/{scan.pk}/{rows['api:cache:*'].pk}/")
    assert "api:cache:hash:" not in viewer.content.decode()  # may not browse keys


def test_hostile_names_and_large_values_are_shown_safely_and_fast(
    admin: Client, own: RedisServer, instance: RedisInstance
) -> None:
    client = redis.Redis(port=own.port)
    client.set(HTML, "x")
    client.set(f"api:cache:{HTML}", "x" * 12_000_000)
    client.set(b"\xff\xfe\x00\x1b[31m:1", b"\x80" * 1000)
    client.set("a" * 60_000, "x")
    client.set("bidi:\u202e:1", "x")
    pipeline = client.pipeline(transaction=False)
    for start in range(0, 1_000_000, 100_000):
        pipeline.execute_command(
            "EVAL",
            "for n = ARGV[1], ARGV[2] do redis.call('HSET', KEYS[1], n, n) end",
            1, "tenant:7:big", start, start + 99_999,
        )  # fmt: skip
    pipeline.execute()

    began = time.monotonic()
    scan = run_scan(instance)
    scanned_s = time.monotonic() - began

    assert scan.status == "finished"
    assert scanned_s < 5
    paths = [PAGE, *(f"/redis/scans/{scan.pk}/{row.pk}/" for row in scan.namespaces.all())]
    for path in paths:
        began = time.monotonic()
        text = admin.get(path).content.decode()
        assert time.monotonic() - began < 1
        assert HTML not in text
        assert "\u202e" not in text
        assert "\x1b" not in text
    biggest = ScannedNamespace.objects.get(pattern="api:cache:*").biggest[0]
    assert biggest["bytes"] > 12_000_000
    tenant = rows_of(scan, is_declared=False)["tenant:*"]
    assert tenant.size_bytes > 10_000_000


def test_pages_take_a_constant_number_of_queries(
    admin: Client,
    own: RedisServer,
    instance: RedisInstance,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    fill(redis.Redis(port=own.port), PLANTED)
    RedisNamespace.objects.bulk_create(RedisNamespace(pattern=f"n{n}:*") for n in range(200))
    for _ in range(3):
        scan = run_scan(instance)
    row = rows_of(scan)["session:*"]

    for path in (PAGE, f"/redis/scans/{scan.pk}/", f"/redis/scans/{scan.pk}/{row.pk}/",
                 "/redis/scans/"):  # fmt: skip
        with django_assert_max_num_queries(15):
            admin.get(path)


def test_an_operator_asks_pauses_goes_on_and_cancels(
    own: RedisServer, instance: RedisInstance
) -> None:
    client = member_of("operator")

    client.post(f"{PAGE}{OWN}/scan/", {"kind": "full", "duty": "50", "most_keys": "7"})
    scan = RedisScan.objects.get()
    assert (scan.status, scan.duty, scan.most_keys, scan.asked_by) == ("queued", 0.5, 7, "operator")
    assert "Waiting for a worker" in client.get(PAGE).content.decode()
    client.post(f"/redis/scans/{scan.pk}/pause/")
    assert RedisScan.objects.get().status == "paused"
    assert "Go on" in client.get(f"{PAGE}{OWN}/progress/").content.decode()
    client.post(f"/redis/scans/{scan.pk}/resume/")
    assert RedisScan.objects.get().status == "queued"
    client.post(f"/redis/scans/{scan.pk}/cancel/")
    assert RedisScan.objects.get().status == "cancelled"
    refused = client.post(f"/redis/scans/{scan.pk}/cancel/", follow=True)
    assert "Nothing was done" in refused.content.decode()
    assert client.get(f"{PAGE}{OWN}/progress/").status_code == 204


def test_a_second_scan_waits_for_the_first(admin: Client, instance: RedisInstance) -> None:
    ask(instance)

    page = admin.post(f"{PAGE}{OWN}/scan/", {"kind": "sample"}, follow=True)

    assert "has not ended yet" in page.content.decode()
    assert RedisScan.objects.count() == 1


@pytest.mark.parametrize("given", ["", "0", "-1", "x", "9" * 40, "1.5"])
def test_nonsense_numbers_are_no_budget(admin: Client, instance: RedisInstance, given: str) -> None:
    admin.post(f"{PAGE}{OWN}/scan/", {"kind": "x", "duty": given, "most_keys": given})

    scan = RedisScan.objects.get()
    assert (scan.kind, scan.most_keys) == ("full", None)
    assert 0.01 <= scan.duty <= 1


def test_a_failed_scan_says_why_and_offers_to_go_on(
    admin: Client, own: RedisServer, instance: RedisInstance
) -> None:
    own.kill()
    failed = run_scan(instance)

    text = admin.get(f"/redis/scans/{failed.pk}/").content.decode()

    assert "The scan failed" in text
    assert "Go on from where it stopped" in text
    assert failed.problem in text.replace("&#x27;", "'")


def test_one_click_declares_what_a_scan_suggests(
    admin: Client, own: RedisServer, instance: RedisInstance
) -> None:
    fill(redis.Redis(port=own.port), PLANTED)
    scan = run_scan(instance)
    row = rows_of(scan, is_declared=False)["lock:*"]

    answer = admin.post(f"/redis/scans/{scan.pk}/{row.pk}/declare/")

    declared = RedisNamespace.objects.get()
    assert (declared.pattern, declared.ttl_policy, declared.ttl_max_s, declared.key_type) == (
        *("lock:*", "maximum", 300, "string"),
    )
    assert answer["Location"].endswith(f"/{declared.pk}/change/")
    assert ChangeSet.objects.get().message == f"Declared lock:* from scan {scan.pk}"
    again = admin.post(f"/redis/scans/{scan.pk}/{row.pk}/declare/", follow=True)
    assert "declared already" in again.content.decode()
    assert "Declared otherwise since this scan" in admin.get(PAGE).content.decode()
    assert rows_of(run_scan(instance))["lock:*"].keys == PLANTED.locks


def test_a_viewer_sees_the_report_and_no_buttons(instance: RedisInstance) -> None:
    client = member_of("viewer")

    text = client.get(PAGE).content.decode()

    assert "session:*" in text
    assert "Scan now" not in text
    assert client.post(f"{PAGE}{OWN}/scan/").status_code == 403


def test_a_scan_that_runs_shows_how_far_it_is(
    admin: Client, own: RedisServer, instance: RedisInstance
) -> None:
    fill(redis.Redis(port=own.port), PLANTED)
    scan = ask(instance)
    RedisScan.objects.filter(pk=scan.pk).update(
        status="running", seen_keys=500, total_keys=1000, worked_s=2.0, claimed_by="w",
        lease_until=timezone.now(), pauses=1, paused_s=3.0, pause_reason="other clients wait too long",
    )  # fmt: skip

    text = admin.get(f"{PAGE}{OWN}/progress/").content.decode()

    assert 'value="0.5000"' in text
    assert "250/s" in text
    assert "other clients wait too long" in text
    pause_scan(scan=scan, actor=SOMEBODY)
    assert "Pausing" in admin.get(PAGE).content.decode()
    RedisScan.objects.filter(pk=scan.pk).update(status="queued", asked="")
    assert go_on().status == "finished"


def test_words_of_times_and_changes() -> None:
    assert [span(s) for s in (90, 60, 3600, 5400, 86_400, 0)] == [
        *("90 s", "1 min", "1 h", "90 min", "1 d", "0 s")
    ]
    assert [growth_words(*pair) for pair in ((None, 5), (5, 5), (5, 9), (9, 5))] == [
        *("", "±0", "+4", "\N{MINUS SIGN}4")
    ]
