"""With a user that has only the printed rule, every page and every kind of scan works or says why not."""

import re
import shlex

import pytest
import redis
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from monitoring.redis_inspect.acl import Product, rule_for
from monitoring.redis_inspect.instances import named_instance
from monitoring.redis_inspect.models import RedisInstance, ScanStatus
from monitoring.redis_inspect.permissions_page import value_patterns
from monitoring.redis_inspect.urls import urlpatterns
from tests.make import make_administrator, make_service
from tests.monitoring.redis_inspect.keyspace import Planted, fill, total
from tests.monitoring.redis_inspect.scans import rows_of, run_scan
from tests.monitoring.redis_inspect.test_acl import product
from tests.monitoring.redis_inspect.test_server_pages import text_of
from tests.servers import RedisServer

pytestmark = [pytest.mark.django_db(transaction=True)]
PLANTED = Planted()


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(make_administrator())
    return client


def log_in_as_printed(
    server: RedisServer, rule: str, monkeypatch: pytest.MonkeyPatch
) -> RedisInstance:
    """Make the user of a rule as a person would paste it, and have the inspector look as that user."""
    server.admin().execute_command(*shlex.split(rule.replace("PASSWORD", "secret")))
    url = server.url.replace("//", "//prism_inspect:secret@")
    monkeypatch.setenv("PRISM_TARGET_SHARED_PROD", url)
    make_service(name="shared", type="redis")
    return named_instance("shared-prod", timezone.now())


@pytest.mark.parametrize("over", [{}, {"use_script": True}, {"kind": "sample"}])
def test_scans_of_every_kind_find_all_that_is_there(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch, over: dict[str, object]
) -> None:
    fill(redis.Redis(port=server.port), PLANTED)
    rule = rule_for(product(server), value_patterns=value_patterns(), with_scripts=True)
    instance = log_in_as_printed(server, rule, monkeypatch)

    scan = run_scan(instance, **over)

    assert (scan.status, scan.problem) == (ScanStatus.FINISHED, "")
    assert sum(row.keys for row in rows_of(scan).values()) > 0
    if not over:
        assert scan.seen_keys == total(PLANTED)


def test_every_page_works(
    admin: Client, server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(redis.Redis(port=server.port), PLANTED)
    rule = rule_for(product(server), value_patterns=value_patterns(), with_scripts=True)
    instance = log_in_as_printed(server, rule, monkeypatch)
    scan = run_scan(instance)
    row = rows_of(scan)["session:*"]
    samples = {"name": instance.name, "reference": "k.YQ", "scan": scan.pk, "pk": scan.pk}
    opened = 0

    for pattern in urlpatterns:
        names = re.findall(r"<\w+:(\w+)>", str(pattern.pattern))
        values = {name: samples[name] for name in names}
        if names == ["scan", "pk"]:
            values["pk"] = row.pk
        answer = admin.get(reverse(pattern.name or "", kwargs=values))
        if answer.status_code in (204, 404, 405):  # no scan runs, no such plan, only takes a POST
            continue
        assert answer.status_code == 200, pattern
        opened += 1
        if (
            pattern.name != "redis-permissions"
        ):  # which lists commands by whether they are permitted
            assert "not permitted" not in text_of(answer.content.decode()), pattern

    assert opened >= 8


def test_on_6_2_values_say_not_permitted_and_the_rest_works(
    admin: Client, server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.admin().set("api:cache:a", "value")
    rule = rule_for(Product("Redis", (6, 2)), value_patterns=["api:cache:*"], with_scripts=True)
    instance = log_in_as_printed(server, rule, monkeypatch)

    assert run_scan(instance).status == ScanStatus.FINISHED
    assert admin.get("/redis/shared-prod/").status_code == 200
    answer = admin.post("/redis/shared-prod/keys/k.YXBpOmNhY2hlOmE/", {"reason": "a test"})
    text = text_of(answer.content.decode())
    assert "type string" in text
    assert "not permitted" in text
