"""The least-privilege rule: every version's server takes it, and it is enough and no more."""

import shlex

import pytest

from monitoring.redis_inspect.acl import Product, product_of, quoted, rule_for, writer_rule
from monitoring.redis_inspect.capabilities import probe
from monitoring.redis_inspect.topology import topology_at
from prism.core.redis import Redis
from tests.servers import RedisServer

PATTERNS = ("api:cache:*", "with space:*")


def make_user(server: RedisServer, rule: str) -> Redis:
    """Run a printed rule as a person would paste it, and log in as that user."""
    words = shlex.split(rule.replace("PASSWORD", "secret"))
    assert server.admin().execute_command(*words) in (True, "OK")
    user = words[2]
    return topology_at(server.url.replace("//", f"//{user}:secret@")).nodes[0].client()


def product(server: RedisServer) -> Product:
    return product_of(server.admin().info("server"))


def test_the_server_takes_its_rule_and_the_rule_is_enough(server: RedisServer) -> None:
    rule = rule_for(product(server), value_patterns=PATTERNS, with_scripts=True)

    found = probe(make_user(server, rule))

    assert found.user == "prism_inspect"
    assert (found.missing, found.too_much) == ([], [])
    assert all(one.is_allowed for one in found.needs)
    assert found.may_scan
    assert found.may_measure
    assert found.may_run_scripts
    assert found.misses == 0  # nothing was sent that looks a key up


def test_values_are_readable_where_the_rule_says_and_nowhere_else(server: RedisServer) -> None:
    admin = server.admin()
    for key in ("api:cache:a", "with space:a", "session:a"):
        admin.set(key, "value")
    client = make_user(server, rule_for(product(server), value_patterns=PATTERNS))

    assert client.getrange("api:cache:a", 0, 1) == b"va"
    assert client.getrange("with space:a", 0, 1) == b"va"
    assert client.strlen("session:a") == 5
    with pytest.raises(Exception, match="permission"):
        client.getrange("session:a", 0, 1)


def test_the_rule_of_6_2_is_taken_too_and_is_checked_without_dryrun(server: RedisServer) -> None:
    old = rule_for(Product("Redis", (6, 2)), value_patterns=PATTERNS, with_scripts=True)
    assert "(" not in old  # selectors came later
    client = make_user(server, old)
    before = server.admin().info("stats")

    found = probe(client)

    after = server.admin().info("stats")
    newer = {"client|setinfo", "client|no-touch", "pubsub|shardchannels", "acl|dryrun"}
    assert {one.rule for one in found.missing} <= newer
    assert found.too_much == []
    assert not found.allows("getrange")
    # what finding out has cost is told, so that the hit rate can do without it
    assert after["keyspace_misses"] - before["keyspace_misses"] == found.misses == 10
    assert after["keyspace_hits"] == before["keyspace_hits"]


def test_a_user_who_may_do_everything_may_do_too_much(server: RedisServer) -> None:
    server.admin().set("key", 1)

    found = probe(topology_at(server.url).nodes[0].client())

    assert found.missing == []
    assert {one.rule for one in found.too_much} >= {"set", "flushall", "shutdown", "keys"}
    assert server.admin().get("key") == "1"


def test_trying_out_changes_nothing(server: RedisServer) -> None:
    admin = server.admin()
    admin.set("key", 1)
    admin.execute_command("ACL SETUSER most on >secret ~* &* +@all -acl|dryrun")

    found = probe(topology_at(server.url.replace("//", "//most:secret@")).nodes[0].client())

    assert found.user == "most"
    assert {one.rule for one in found.too_much} >= {"set", "del", "flushall", "config|set"}
    assert "shutdown" not in {one.rule for one in found.too_much}  # never tried, so not known
    assert admin.dbsize() == 1


def test_a_user_with_no_right_at_all_lacks_everything(server: RedisServer) -> None:
    server.admin().execute_command("ACL SETUSER none on >secret -@all")

    found = probe(topology_at(server.url.replace("//", "//none:secret@")).nodes[0].client())

    assert not found.may_scan
    assert not found.allows("info")
    assert found.too_much == []


def test_the_writer_may_delete_in_its_namespaces_and_nowhere_else(server: RedisServer) -> None:
    admin = server.admin()
    admin.set("api:cache:a", 1)
    admin.set("session:a", 1)
    client = make_user(server, writer_rule(["api:cache:*", "with space:*"]))

    assert client.unlink("api:cache:a") == 1
    with pytest.raises(Exception, match="permission"):
        client.unlink("session:a")
    with pytest.raises(Exception, match="permission"):
        client.flushall()


@pytest.mark.parametrize(
    ("info", "expected"),
    [
        ({"redis_version": "7.0.15"}, "Redis 7.0"),
        ({"redis_version": "7.2.4", "valkey_version": "9.1.2"}, "Valkey 9.1"),
        ({"redis_version": "8.4.0"}, "Redis 8.4"),
        ({}, "Redis 6.2"),
        ({"redis_version": "unstable"}, "Redis 6.2"),
    ],
)
def test_what_a_server_is(info: dict[str, object], expected: str) -> None:
    assert str(product_of(info)) == expected


def test_a_rule_has_only_what_its_version_knows() -> None:
    old, new = rule_for(Product("Redis", (7, 0))), rule_for(Product("Valkey", (8, 0)))

    assert "no-touch" not in old
    assert "+client|no-touch" in new
    assert "+acl|dryrun" in old
    assert "acl|dryrun" not in rule_for(Product("Redis", (6, 2)))
    assert quoted('a "b" c') == '"a \\"b\\" c"'
