"""The key browser: by namespace, in bounded pages, masked, and quick whatever the keys and values are."""

import html as entities
import re
import shutil
import time
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from django.contrib.auth.models import Group
from django.test import Client

from monitoring.redis_inspect.acl import rule_for
from monitoring.redis_inspect.models import OwnLookups
from monitoring.redis_inspect.scan_pages import find_key, key_slot, read_place
from prism.core.audit_entry import AuditEntry
from tests.make import make_administrator, make_user
from tests.monitoring.redis_inspect.deployments import make_instance, redis_cluster
from tests.monitoring.redis_inspect.test_acl import product
from tests.monitoring.redis_inspect.test_server_pages import text_of
from tests.servers import RedisServer, noise_ms, redis_server

pytestmark = pytest.mark.django_db
HOSTILE = b"<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
WITHIN_MS = 1000


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(make_administrator())
    return client


@pytest.fixture
def store(valkey: RedisServer, monkeypatch: pytest.MonkeyPatch) -> redis.Redis:
    """Give a plain client of the server that is the instance `shared`."""
    make_instance(valkey.url, monkeypatch)
    return redis.Redis(port=valkey.port, socket_timeout=20)


@pytest.fixture
def each_store(server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> redis.Redis:
    """Give the same of a Valkey, and of a Redis."""
    make_instance(server.url, monkeypatch)
    return redis.Redis(port=server.port, socket_timeout=20)


def get(client: Client, path: str = "") -> str:
    response = client.get(f"/redis/shared/keys/{path}")
    assert response.status_code == 200
    return response.content.decode()


def links(html: str) -> dict[str, str]:
    """Give the address of each key by its shown name."""
    found = re.findall(r'href="/redis/shared/keys/([^/"]+)/">([^<]*)</a>', html)
    return {entities.unescape(name): f"{address}/" for address, name in found}


def reveal(client: Client, address: str, reason: str = "a test looks", place: str = "") -> str:
    response = client.post(f"/redis/shared/keys/{address}", {"reason": reason, "place": place})
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    return response.content.decode()


def next_place(html: str) -> str:
    found = re.search(r'name="place" value="([^"]*)"', html)
    return found[1] if found else ""


def test_keys_are_listed_by_namespace_with_type_life_and_bytes(
    admin: Client, each_store: redis.Redis
) -> None:
    each_store.set("api:cache:a", "x" * 2000, ex=600)
    each_store.hset("websocket:w", "field", "v")
    each_store.set("cart:1", "mine")

    html = get(admin, "?namespace=api:cache:*")

    assert re.search(r"api:cache:a string (10 min|9 min \d+ s) 2\.\d KiB", text_of(html))
    assert "websocket" not in html[html.index("<tbody>") :]
    everything = text_of(get(admin))
    assert "websocket:w hash no expiry" in everything
    assert list(links(get(admin, "?namespace=undeclared"))) == [
        "cart:{number} #" + mark_of(everything)
    ]


def mark_of(text: str) -> str:
    found = re.search(r"cart:\{number\} #(\w+)", text)
    assert found
    return found[1]


def test_every_key_is_on_one_of_the_pages(admin: Client, store: redis.Redis) -> None:
    names = {f"api:cache:{number:03}" for number in range(500)}
    store.mset(dict.fromkeys(names, "v"))
    seen: list[str] = []
    at = ""

    for _ in range(100):
        html = get(admin, f"?namespace=api:cache:*&at={at}")
        seen += links(html)
        more = re.search(r"at=([\d.]+)\">More", html)
        if not more:
            break
        at = more[1]

    assert set(seen) == names
    assert len(seen) < 600  # and hardly any of them twice


def test_names_that_are_secrets_are_masked_and_their_values_are_never_shown(
    admin: Client, store: redis.Redis
) -> None:
    store.set("session:the-token-itself", "the-value-itself")
    store.set("app:access_token:another-token", "the-value-itself")
    html = get(admin)
    shown = links(html)

    assert sorted(re.sub(r"\w+$", "", name) for name in shown) == [
        "app:access_token:… #", "session:… #",
    ]  # fmt: skip
    for address in shown.values():
        one = get(admin, address)
        assert "never shown" in one
        assert "the-" not in one
        answer = reveal(admin, address)
        assert "never shown" in answer
        assert "the-value" not in answer
        assert "token-itself" not in address
    assert "the-token" not in html
    refused = AuditEntry.objects.filter(action="redis.value_revealed")
    assert refused.count() == 2
    assert all("refused: secret" in entry.details for entry in refused)


def test_a_value_is_masked_until_it_is_revealed_with_a_reason(
    admin: Client, store: redis.Redis
) -> None:
    store.set("api:cache:a", '{"answer": 42}')
    address = links(get(admin))["api:cache:a"]

    assert "answer" not in get(admin, address)
    assert "Say why" in reveal(admin, address, reason=" x ")
    assert not AuditEntry.objects.filter(action="redis.value_revealed").exists()

    assert "&quot;answer&quot;: 42" in reveal(admin, address, reason="customer 4711 asked")
    entry = AuditEntry.objects.get(action="redis.value_revealed")
    assert entry.target == "shared"
    assert "customer 4711 asked" in entry.details
    assert "api:cache:*" in entry.details
    assert "api:cache:a" not in entry.details
    assert "answer" not in entry.details


def test_a_viewer_may_not_reveal(client: Client, store: redis.Redis) -> None:
    person = make_user("viewer", is_staff=True)
    person.groups.set(Group.objects.filter(name="viewer"))
    client.force_login(person)
    store.set("api:cache:a", "value")

    answer = client.post("/redis/shared/keys/k.YXBpOmNhY2hlOmE/", {"reason": "curious"})

    assert answer.status_code == 403


def fill(store: redis.Redis) -> None:
    store.set(b"api:cache:text", "line 1\nline 2 \u202e")
    store.set(b"api:cache:bytes", bytes(range(256)))
    store.hset("api:cache:hash", mapping={f"f{n:02}": f"v{n:02}" for n in range(10)})
    store.rpush("api:cache:list", *[f"v{n}" for n in range(120)])
    store.sadd("api:cache:set", "one", "two")
    store.zadd("api:cache:zset", {f"m{n:03}": n for n in range(120)})
    entries = store.pipeline()
    for n in range(120):
        entries.xadd("stream:s", {"number": n}, id=f"1-{n + 1}")
    entries.execute()


@pytest.mark.parametrize(
    ("name", "kind", "first", "last"),
    [
        ("api:cache:text", "string", "line 1\nline 2 \\u202e", None),
        ("api:cache:bytes", "string", "00000010 10 11 12 13", None),
        ("api:cache:hash", "hash", "f07 v07", None),
        ("api:cache:list", "list", "0 v0 1 v1", "119 v119"),
        ("api:cache:set", "set", "one", None),
        ("api:cache:zset", "zset", "0 m000 1 m001", "119 m119"),
        ("stream:s", "stream", "1-1 number=0", "1-120 number=119"),
    ],
)
def test_values_of_every_type_come_in_pages(
    admin: Client, each_store: redis.Redis, name: str, kind: str, first: str, last: str | None
) -> None:
    fill(each_store)
    address = links(get(admin))[name]
    assert f"type {kind}" in text_of(get(admin, address))

    html = reveal(admin, address)

    assert text_of(first) in text_of(html)
    pages = 1
    while place := next_place(html):
        html = reveal(admin, address, place=place)
        pages += 1
    assert pages == (3 if last else 1)
    assert (last or first).replace("\n", " ") in text_of(html)


def test_what_looking_costs_is_taken_out_of_the_hit_rate(
    admin: Client, each_store: redis.Redis
) -> None:
    fill(each_store)
    each_store.set("session:a", "b")
    before = each_store.info("stats")

    for address in links(get(admin)).values():
        get(admin, address)
        reveal(admin, address)

    after = each_store.info("stats")
    counted = OwnLookups.objects.all()
    assert after["keyspace_hits"] - before["keyspace_hits"] == sum(one.hits for one in counted) > 50
    assert after["keyspace_misses"] - before["keyspace_misses"] == sum(
        one.misses for one in counted
    )


def test_a_key_that_is_gone_is_said_to_be_gone(admin: Client, store: redis.Redis) -> None:
    store.set("api:cache:a", "v")
    store.set("ratelimit:1.2.3.4:api", "v")
    shown = links(get(admin))
    store.flushall()

    assert "This key is gone" in get(admin, shown["api:cache:a"])
    masked = next(address for name, address in shown.items() if name.startswith("ratelimit"))
    assert admin.get(f"/redis/shared/keys/{masked}").status_code == 404


@pytest.mark.parametrize(
    "address", ["k.!!!", "p.0.0.short", "p.x.y", "nonsense", "p.99.0." + "a" * 32]
)
def test_an_address_that_makes_no_sense_is_not_found(
    admin: Client, store: redis.Redis, address: str
) -> None:
    answer = admin.get(f"/redis/shared/keys/{address}/")

    assert answer.status_code == 404 or "This key is gone" in answer.content.decode()


def took_ms(work: Any) -> tuple[float, str]:
    started = time.perf_counter()
    html = work()
    return (time.perf_counter() - started) * 1000, html


@pytest.fixture(scope="module")
def hostile_server() -> Iterator[RedisServer]:
    """Hold what no page expects: binary and HTML names, 12 MB, a million elements, deep JSON."""
    with redis_server() as server:
        store = redis.Redis(port=server.port, socket_timeout=30)
        store.set(HOSTILE, HOSTILE)
        store.set(b"\xff\xfe\x00\r\n" + HOSTILE, bytes(range(256)) * 10)
        store.set(b"api:cache:" + b"n" * 100_000, "long name")
        store.set("api:cache:12mb", b"\x00\xff<b>" * (12 * 1024 * 1024 // 5))
        store.set("api:cache:deep", b"[" * 100_000 + b"]" * 100_000)
        store.set("api:cache:wide", b"[" + b"{}," * 1000 + b"{}]")
        store.set("api:cache:pickle", b"\x80\x04\x95 cposix\nsystem\n(S'id'\ntR.")
        store.eval(
            "for n = 1, 1000000 do redis.call('HSET', KEYS[1], n, 'v') end", 1, "api:cache:hash"
        )
        store.hset("api:cache:heavy", mapping={f"f{n}": b"x" * 1_000_000 for n in range(20)})
        store.hset("websocket:<b>", mapping={HOSTILE: HOSTILE})
        store.rpush("api:cache:list", *[HOSTILE] * 5)
        store.xadd("stream:x", {HOSTILE: HOSTILE})
        yield server


def test_hostile_keys_and_values_are_text_and_quick(
    admin: Client, hostile_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_instance(hostile_server.url, monkeypatch)
    get(admin)  # the first page of a process loads its templates
    took, html = took_ms(lambda: get(admin))
    slowest = [("list", took)]
    shown = links(html)
    assert len(shown) == 12

    for name, address in shown.items():
        for work in (lambda: get(admin, address), lambda: reveal(admin, address)):  # noqa: B023
            took, one = took_ms(work)
            slowest.append((name[:40], took))
            assert "<script>alert" not in one
            assert "<img src=x" not in one
            assert len(one) < 400_000

    assert max(took for _, took in slowest) < noise_ms(WITHIN_MS), slowest
    assert "a page of them is not fetched" in reveal(admin, shown["api:cache:heavy"])
    assert "of 12,582,910, hexadecimal" in reveal(admin, shown["api:cache:12mb"])
    assert "200,000, text" in reveal(admin, shown["api:cache:deep"])
    assert "1,000,000" in text_of(get(admin, shown["api:cache:hash"]))


def test_who_may_read_some_namespaces_reads_those_and_no_others(
    admin: Client, server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = server.admin()
    store.set("api:cache:a", "shown")
    store.set("cart:1", "not shown")
    rule = rule_for(product(server), value_patterns=["api:cache:*"]).replace("PASSWORD", "secret")
    store.execute_command(*rule.replace('"', "").split())
    make_instance(server.url.replace("//", "//prism_inspect:secret@"), monkeypatch)
    shown = links(get(admin))

    assert "shown" in text_of(reveal(admin, shown["api:cache:a"]))
    cart = next(address for name, address in shown.items() if name.startswith("cart"))
    answer = text_of(reveal(admin, cart))
    assert "not permitted" in answer
    assert "not shown" not in answer


def test_keys_of_a_cluster_are_found_on_all_its_servers(
    admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    with redis_cluster(3, shutil.which("redis-server") or "") as servers:
        cluster = redis.RedisCluster(port=servers[0].port, host="127.0.0.1")
        names = {f"api:cache:{number}" for number in range(60)}
        for name in names:
            cluster.set(name, f"value of {name}")
        cluster.close()
        make_instance(servers[2].url, monkeypatch)

        html = get(admin, "?namespace=api:cache:*")

        assert set(links(html)) == names
        for name in ("api:cache:1", "api:cache:2", "api:cache:3", "api:cache:4"):
            assert f"value of {name}" in reveal(admin, links(html)[name])


def test_slots_are_those_of_the_cluster_specification() -> None:
    assert key_slot(b"123456789") == 0x31C3
    assert key_slot(b"{user1000}.following") == key_slot(b"{user1000}.followers")
    assert key_slot(b"foo{}{bar}") != key_slot(b"bar")
    assert read_place("99999.1").cursor == 0
    assert find_key([], "p.0.0." + "a" * 32, fingerprint=lambda key: "") is None
