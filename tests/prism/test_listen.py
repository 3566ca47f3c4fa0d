"""Where the web server listens."""

import pytest

from prism.core import listen
from prism.core.answer import CommandFailed


def test_only_this_machine_can_connect_unless_told() -> None:
    assert set(listen.addresses({})) <= {"127.0.0.1", "::1"}
    assert "127.0.0.1:8000" in listen.binds({})


@pytest.mark.parametrize("given", ["::", "[::]", " [::] "])
def test_every_address_is_written_as_gunicorn_takes_it(given: str) -> None:
    assert listen.binds({"PRISM_BIND": given, "PORT": "9000"}) == ["[::]:9000"]


def test_without_ipv6_its_addresses_are_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listen, "_has_ipv6", lambda: False)

    assert listen.binds({"PRISM_BIND": "::"}) == ["0.0.0.0:8000"]
    assert listen.binds({}) == ["127.0.0.1:8000"]


@pytest.mark.parametrize("text", ["0", "65536", "http", "-1", "80.5"])
def test_a_port_that_is_none_is_named(text: str) -> None:
    with pytest.raises(CommandFailed, match="PORT must be a number"):
        listen.port({"PORT": text})


def test_an_address_of_another_machine_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRISM_BIND", "203.0.113.7")

    with pytest.raises(CommandFailed, match="PRISM_BIND"):
        listen.ensure_port_is_free()
