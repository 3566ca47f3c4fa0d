"""`prism redis info` and `prism redis acl`."""

from argparse import Namespace

import pytest
from django.utils import timezone

from monitoring.redis_inspect.commands import redis
from monitoring.redis_inspect.sampling import take_samples
from prism.core.answer import DIFFERS, Answer, CommandFailed
from prism.core.terminal import Terminal
from tests.make import make_service
from tests.servers import RedisServer

pytestmark = pytest.mark.django_db
PIPE = Terminal()


def run(what: str, instance: str = "cache-prod") -> Answer:
    return redis(Namespace(what=what, instance=instance), PIPE)


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch, server: RedisServer) -> RedisServer:
    make_service(name="cache", type="redis")
    monkeypatch.setenv("PRISM_TARGET_CACHE_PROD", server.url)
    return server


def test_info_says_how_the_server_does(cache: RedisServer) -> None:
    cache.admin().config_set("maxmemory", "64mb")
    take_samples(timezone.now())

    answer = run("info")

    assert answer.document["connection_ok"]
    assert answer.document["maxmemory_bytes"] == 64 * 1024 * 1024
    assert "of 64.0 MiB" in answer.text
    assert answer.exit_status == 0


def test_info_of_a_server_that_is_gone_exits_with_2(cache: RedisServer) -> None:
    cache.kill()

    answer = run("info")

    assert (answer.exit_status, answer.document["connection_ok"]) == (DIFFERS, False)
    assert "does not answer" in answer.text


def test_info_is_of_the_consoles_own_server_unless_told() -> None:
    assert run("info", "").document["instance"] == "console"


@pytest.mark.parametrize("what", ["info", "acl"])
def test_an_instance_that_nobody_knows_is_named_with_those_that_are(what: str) -> None:
    with pytest.raises(CommandFailed, match="no Redis instance nobody; there are console"):
        run(what, "nobody")


def test_info_without_an_address_says_which_variable_to_set() -> None:
    make_service(name="cache", type="redis")

    with pytest.raises(CommandFailed, match="PRISM_TARGET_CACHE_PROD"):
        run("info")


def test_acl_prints_the_rule_and_checks_the_user(cache: RedisServer) -> None:
    answer = run("acl")

    assert answer.document["rule"].startswith("ACL SETUSER prism_inspect reset on >PASSWORD")
    assert answer.document["missing"] == []
    assert "flushall" in answer.document["too_much"]
    assert answer.document["rule"] in answer.text


def test_acl_of_a_user_who_lacks_something_exits_with_2(
    cache: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.admin().execute_command("ACL SETUSER little on >secret +ping +acl|whoami")
    url = cache.url.replace("//", "//little:secret@")
    monkeypatch.setenv("PRISM_TARGET_CACHE_PROD", url)

    answer = run("acl")

    assert answer.exit_status == DIFFERS
    assert answer.document["user"] == "little"
    assert "scan" in answer.document["missing"]
