"""The Redis user for looking: tried out on a real server, where nothing may change by the trying."""

import re
from collections.abc import Iterator

import pytest
from django.conf import LazySettings

from prism.finding import Finding, Light
from prism.redis_readonly import FORBIDDEN, examine_readonly_user
from tests.servers import ROOT, RedisServer, redis_server

pytestmark = pytest.mark.redis
DOCUMENTED = re.search(r"ACL SETUSER prism_ro (.*)", (ROOT / "docs/configuration.md").read_text())

# what a client says when it connects, and the question whether the user is there at all
NEEDED = "+client|setname +client|setinfo +info"


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    with redis_server() as running:
        yield running


def examine(server: RedisServer, settings: LazySettings, rights: str) -> Finding:
    """Make a user with these rights and look at it."""
    words = rights.replace(">PASSWORD", ">look").split()
    server.admin().execute_command("ACL", "SETUSER", "prism_ro", "reset", *words)
    settings.REDIS_READONLY_URL = f"redis://prism_ro:look@127.0.0.1:{server.port}/0"
    (finding,) = examine_readonly_user()
    return finding


def test_the_user_of_the_documentation_is_really_read_only(server, settings):
    assert DOCUMENTED

    finding = examine(server, settings, DOCUMENTED[1])

    assert (finding.light, finding.advice) == (Light.GREEN, "")
    assert f"all {len(FORBIDDEN)}" in finding.seen


@pytest.mark.parametrize("command", FORBIDDEN)
def test_a_user_with_one_right_too_many_is_red(server, settings, command):
    right = "+" + command.lower().replace(" ", "|")

    finding = examine(server, settings, f"on >look ~* &* -@all {NEEDED} {right}")

    assert finding.light is Light.RED
    assert finding.seen == f"may {command}"


def test_trying_an_almighty_user_changes_nothing(server, settings):
    admin = server.admin()
    admin.set("kept", "1")
    before = admin.config_get("*"), admin.keys("*")

    finding = examine(server, settings, "on >look ~* &* +@all")

    assert finding.seen == f"may {', '.join(FORBIDDEN)}"
    assert (admin.config_get("*"), admin.keys("*")) == before


def test_a_wrong_password_is_red_and_is_not_shown(server, settings):
    examine(server, settings, "on >look")
    settings.REDIS_READONLY_URL = f"redis://prism_ro:hunter2@127.0.0.1:{server.port}/0"

    (finding,) = examine_readonly_user()

    assert finding.light is Light.RED
    assert "hunter2" not in str(finding)


def test_without_such_a_user_a_shared_redis_is_amber_and_the_embedded_one_green(settings):
    settings.REDIS_READONLY_URL = ""
    for is_embedded, light in ((True, Light.GREEN), (False, Light.AMBER)):
        settings.PRISM_EMBEDDED_REDIS = is_embedded
        assert examine_readonly_user()[0].light is light
