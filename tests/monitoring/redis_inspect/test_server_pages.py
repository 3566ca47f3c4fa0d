"""The pages of servers: what they show of each state of things, to whom, with how many queries."""

import re
import shutil
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone

from monitoring.redis_inspect.acl import rule_for
from monitoring.redis_inspect.models import RedisHour, RedisInstance, RedisSample
from monitoring.redis_inspect.sampling import take_samples
from tests.make import make_administrator, make_service, make_user
from tests.monitoring.redis_inspect.deployments import make_instance, redis_cluster
from tests.monitoring.redis_inspect.test_acl import PATTERNS, product
from tests.servers import RedisServer, redis_server

pytestmark = pytest.mark.django_db
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
QUERIES = 15


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(make_administrator())
    return client


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def page(client: Client, path: str = "") -> str:
    response = client.get(f"/redis/shared/{path}")
    assert response.status_code == 200
    return response.content.decode()


def test_the_page_shows_the_figures_of_right_now(
    admin: Client, server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_instance(server.url, monkeypatch)
    redis = server.admin()
    redis.config_set("maxmemory", "64mb")
    redis.config_set("maxmemory-policy", "allkeys-lru")
    redis.config_set("slowlog-log-slower-than", 0)
    redis.set("session:very-secret-token", "very-secret-value")
    redis.get("session:very-secret-token")
    listener = redis.pubsub()
    listener.subscribe("prism:events")

    html = page(admin)

    text = text_of(html)
    assert "64.0 MiB" in text
    assert "allkeys-lru: full is normal" in text
    assert "median PING" in text
    assert "SET session:… #" in text
    assert "very-secret" not in html
    assert "prism:inspect" in text
    assert "prism:events" in text
    assert "last snapshot ok" in text
    assert "role primary" in text
    assert re.search(r"GET \d+ 0\.\d+ ms 0\.\d+ ms 0\.\d+ ms", text)  # calls, mean, p50, p99
    listener.close()


def test_no_limit_is_said_in_words(
    admin: Client, valkey: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_instance(valkey.url, monkeypatch)

    assert "memory, no limit" in text_of(page(admin))


def test_history_is_drawn_with_its_targets(
    admin: Client, valkey: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance = make_instance(valkey.url, monkeypatch)
    now = timezone.now()
    for minutes in range(50, 0, -1):
        RedisSample.objects.create(
            instance=instance, at=now - timedelta(minutes=minutes), connection_ok=True, run_id="a",
            hit_rate=0.5 + minutes / 200, latency_ms=0.4, used_memory_bytes=minutes * 1024 * 1024,
            commands_per_s=10, evicted_per_s=0, connected_clients=3,
        )  # fmt: skip
    RedisHour.objects.create(
        instance=instance,
        start=now - timedelta(days=3),
        samples=300,
        answered=300,
        hits=9,
        misses=1,
    )

    html = page(admin)

    assert 'class="series"' in html
    assert "hit rate: lowest 50.5 %, highest 75.0 %, last 50.5 %; target 80 %" in html
    assert "memory used: lowest 1.0 MiB, highest 50.0 MiB" in html
    assert "hit rate: lowest 90.0 %" in page(admin, "?span=30d")
    assert "style=" not in html[html.index("<main") :]


def test_a_server_that_is_gone_leaves_the_last_sample_and_says_how_old_it_is(
    admin: Client, valkey: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_service(name="cache", type="redis")
    monkeypatch.setenv("PRISM_TARGET_CACHE_PROD", valkey.url)
    take_samples(timezone.now() - timedelta(minutes=9))
    valkey.kill()

    html = admin.get("/redis/cache-prod/").content.decode()

    assert "No answer." in html
    assert "The last sample is of" in html
    assert "is a worker running?" in html


def test_an_instance_without_an_address_says_which_variable_to_set(admin: Client) -> None:
    make_service(name="cache", type="redis")

    text = text_of(admin.get("/redis/servers/").content.decode())

    assert "not asked no address: set PRISM_TARGET_CACHE_PROD" in text
    assert "set PRISM_TARGET_CACHE_PROD" in admin.get("/redis/cache-prod/").content.decode()


def test_the_list_shows_each_server_with_its_last_sample(
    admin: Client, valkey: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_service(name="cache", type="redis")
    make_service(name="gone", type="redis")
    monkeypatch.setenv("PRISM_TARGET_CACHE_PROD", valkey.url)
    monkeypatch.setenv("PRISM_TARGET_GONE_PROD", "redis://127.0.0.1:1")
    take_samples(timezone.now())

    text = text_of(admin.get("/redis/servers/").content.decode())

    assert re.search(r"cache prod .* up ", text)
    assert re.search(r"gone prod .* down .*refused", text)


def test_who_has_only_the_printed_rule_sees_everything_or_why_not(
    admin: Client, server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = rule_for(product(server), value_patterns=PATTERNS).replace("PASSWORD", "secret")
    server.admin().execute_command(*rule.split(" (")[0].replace('"', "").split())
    make_instance(server.url.replace("//", "//prism_inspect:secret@"), monkeypatch)
    server.admin().set("api:cache:a", "value")

    html = page(admin)

    assert "not permitted" not in html
    for title in ("Slow log", "Clients", "Channels", "Memory", "own times"):
        assert title in html
    assert "has all it needs" in page(admin, "permissions/")
    assert "and no more" in page(admin, "permissions/")
    assert "api:cache:a" in page(admin, "keys/")


@pytest.mark.parametrize(
    ("lacks", "says"),
    [
        ("info", "INFO: not permitted"),
        ("slowlog", "SLOWLOG: not permitted"),
        ("client|list", "CLIENT LIST: not permitted"),
        ("pubsub", "PUBSUB: not permitted"),
    ],
)
def test_each_panel_says_on_its_own_what_is_not_permitted(
    admin: Client, monkeypatch: pytest.MonkeyPatch, lacks: str, says: str
) -> None:
    with redis_server(program=shutil.which("redis-server") or "") as server:
        server.admin().execute_command(f"ACL SETUSER some on >secret ~* &* +@all -{lacks}")
        make_instance(server.url.replace("//", "//some:secret@"), monkeypatch)

        html = page(admin)

        assert html.count("not permitted") == (2 if lacks == "info" else 1)
        assert says in text_of(html)


def test_with_no_right_at_all_the_pages_still_open(
    admin: Client, valkey: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    valkey.admin().execute_command("ACL SETUSER none on >secret -@all")
    make_instance(valkey.url.replace("//", "//none:secret@"), monkeypatch)

    for path in ("", "permissions/", "keys/"):
        assert "ot permitted" in page(admin, path)


def test_a_cluster_shows_its_sum_and_one_of_its_servers(
    admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    with redis_cluster(3, shutil.which("redis-server") or "") as servers:
        make_instance(servers[0].url, monkeypatch)
        chosen = f"127.0.0.1:{servers[2].port}"

        html = page(admin, f"?node={chosen}")

        assert "cluster of 3 primaries" in text_of(html)
        assert all(f"127.0.0.1:{one.port}" in html for one in servers)
        assert re.search(rf'class="chosen"><td class="mono"><a [^>]*>{chosen}', html)

        servers[1].kill()
        assert f"127.0.0.1:{servers[1].port} does not answer" in text_of(page(admin))


def test_what_the_server_sends_is_text_on_the_page(
    admin: Client, valkey: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_instance(valkey.url, monkeypatch)
    redis = valkey.admin()
    redis.config_set("slowlog-log-slower-than", 0)
    redis.set(HOSTILE, HOSTILE)
    listener = redis.pubsub()
    listener.subscribe(HOSTILE)

    html = page(admin)

    assert "<script>alert" not in html
    assert "<img src=x" not in html
    assert "&lt;script&gt;alert(1)" in html
    listener.close()


def test_slow_log_and_clients_are_for_those_who_may_look_at_keys(
    client: Client, valkey: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_instance(valkey.url, monkeypatch)
    viewer = make_user("viewer", is_staff=True)
    viewer.groups.set(Group.objects.filter(name="viewer"))
    client.force_login(viewer)

    html = page(client)

    assert "Slow log" not in html
    assert "CLIENT LIST" not in html
    assert client.get("/redis/shared/keys/").status_code == 403


@pytest.mark.parametrize("path", ["/redis/servers/", "/redis/shared/", "/redis/shared/permissions/",
                                  "/redis/shared/keys/"])  # fmt: skip
def test_pages_ask_the_database_little(
    admin: Client, valkey: RedisServer, monkeypatch: pytest.MonkeyPatch,
    django_assert_max_num_queries: Any, path: str,
) -> None:  # fmt: skip
    make_instance(valkey.url, monkeypatch)
    RedisInstance.objects.filter(name="shared").update(position=1)
    for number in range(30):
        make_service(name=f"cache-{number}", type="redis")
    admin.get("/redis/servers/")
    RedisInstance.objects.filter(name="shared").update(retired_at=None)

    with django_assert_max_num_queries(QUERIES):
        assert admin.get(path).status_code == 200


def test_an_instance_that_nobody_knows_is_not_found(admin: Client) -> None:
    assert admin.get("/redis/nobody/").status_code == 404
    assert admin.get("/redis/console/").status_code == 200  # the own one is made at once


def test_the_page_of_a_cache_leads_to_its_servers(admin: Client) -> None:
    make_service(name="cache", type="Redis")
    make_service(name="shop", type="")

    assert 'href="/redis/servers/">Redis</a>' in admin.get("/services/cache/").content.decode()
    shop = admin.get("/services/shop/").content.decode()
    assert 'class="btn" href="/redis/servers/"' not in shop
