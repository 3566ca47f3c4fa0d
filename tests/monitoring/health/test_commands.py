"""`prism health`."""

from argparse import Namespace

import pytest

from monitoring.health.commands import show_health
from monitoring.health.models import Check, Reading
from prism.core.answer import CommandFailed
from prism.core.terminal import Terminal
from tests.hostile_servers import OK, answering
from tests.make import make_domain, make_service
from tests.monitoring.health.making import make_check
from tests.monitoring.health.test_prober import server

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("local_network"),
]
HEALTHY = answering(OK + b"Content-Length: 2\r\n", b"ok")
KEYS = {"service", "environment", "kind", "target", "status", "latency_ms", "reason"}


def run(service: str = "") -> tuple[int, dict[str, object], str]:
    answer = show_health(Namespace(service=service), Terminal())
    return answer.exit_status, answer.document, answer.text


def test_everything_up_is_exit_status_0() -> None:
    with server(HEALTHY) as port:
        make_check(subject="mine", kind="http", target=f"http://127.0.0.1:{port}/")
        status, document, text = run("mine")

    (row,) = document["checks"]
    assert status == 0
    assert set(row) == KEYS
    assert row["status"] == "up"
    assert "mine" in text
    assert not Reading.objects.exists()


def test_anything_else_is_exit_status_2() -> None:
    make_check(subject="mine", target="127.0.0.1:1")

    status, document, _ = run("mine")

    assert status == 2
    assert document["checks"][0]["reason"] == "connection refused"


def test_it_knows_the_catalog_without_a_worker() -> None:
    make_domain(make_service(name="shop", aliases=["store"]), "shop.invalid")

    status, document, _ = run("STORE")

    assert status == 2
    assert document["checks"][0]["target"] == "https://shop.invalid/"


def test_a_service_without_checks_says_how_it_gets_one() -> None:
    make_service(name="quiet")

    assert run("quiet")[2].startswith("quiet has no check")


def test_a_wrong_name_is_a_mistake_with_a_suggestion() -> None:
    make_service(name="blackroad-backend")

    with pytest.raises(CommandFailed, match="Did you mean blackroad-backend"):
        run("blackroad-backnd")


def test_a_paused_check_is_not_asked() -> None:
    make_check(subject="mine", is_paused=True)

    assert Check.objects.to_probe("mine").count() == 0
