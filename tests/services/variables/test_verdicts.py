"""How a variable stands, and why: what is wrong first, then what was seen, then what is planned."""

from datetime import UTC, datetime, timedelta

import pytest

from services.variables.effective import Definition, effective_environment
from services.variables.observing import Seen, length_class, look_at
from services.variables.secrecy import name_looks_secret, value_looks_secret
from services.variables.value_formats import fault_of, format_fault
from services.variables.verdicts import Circumstances, Sight, judge

NOW = datetime(2026, 11, 23, tzinfo=UTC)
KEYS = {"k": b"key", "old": b"older"}


def entry(**said):
    [made] = effective_environment([Definition("X", "service", **{"level": "required", **said})])
    return made


def sight(state=None, **over):
    return Sight(NOW, ".env file", state, **over)


@pytest.mark.parametrize(
    ("said", "seen", "about", "expected"),
    [
        ({}, sight(Seen.SET, length_class="8-15"), {}, ("up", "set", "8-15 characters")),
        ({}, sight(), {}, ("down", "missing", "was not there in the .env file of 2026-11-23")),
        ({"level": "important"}, sight(), {}, ("degraded", "missing", "was not there")),
        ({"level": "optional"}, sight(), {}, ("none", "not set", "was not there")),
        ({"default": "1"}, sight(), {}, ("up", "default", "the default applies")),
        ({}, sight(Seen.EMPTY), {}, ("down", "empty", "empty in the")),
        ({"level": "optional"}, sight(Seen.EMPTY), {}, ("none", "empty", "empty in the")),
        ({}, sight(Seen.EXAMPLE), {}, ("down", "example", "still the example value")),
        ({"level": "optional"}, sight(Seen.EXAMPLE), {}, ("up", "example", "may do for what is")),
        ({"level": "optional", "is_secret": True}, sight(Seen.EXAMPLE), {}, ("degraded", "example", "still the")),
        ({"level": "optional"}, sight(Seen.PLACEHOLDER), {}, ("degraded", "placeholder", "still a")),
        ({}, sight(Seen.SET, fault="not a port"), {}, ("down", "wrong", "not a port, in the")),
        ({"value": "a"}, sight(Seen.SET), {}, ("down", "differs", "not the value that")),
        ({"value": "a"}, sight(Seen.STATED), {}, ("up", "stated", "the value that the catalog")),
        ({}, sight(Seen.REFERENCE), {}, ("up", "reference", "a reference of the platform")),
        ({}, sight(Seen.PRESERVED), {}, ("up", "preserved", "its value was not shown")),
        ({}, None, {}, ("unknown", "not seen", "nothing says where it comes from")),
        ({"source": "${{A.B}}"}, None, {}, ("unknown", "not seen", "would be ${{A.B}}")),
        ({"source": "a vault"}, None, {}, ("unknown", "not seen", "from a vault")),
        ({"generate": "openssl"}, None, {}, ("unknown", "not seen", "has to be generated")),
        ({"level": "exported"}, None, {}, ("none", "offered", "for other services")),
        ({}, None, {"broken": ["no service A"]}, ("down", "unresolved", "no service A")),
        ({"level": "optional"}, None, {"ring": "a -> a"}, ("degraded", "circle", "a -> a")),
        ({}, sight(), {"is_active": False}, ("planned", "missing", "is not active yet")),
        ({}, sight(Seen.SET), {"is_active": False}, ("up", "set", "set")),
        ({"is_secret": True}, sight(Seen.SET), {"same_as": ["staging", "web"]}, ("degraded", "same", "the same secret as in staging, web")),
        ({}, sight(Seen.SET), {"same_as": ["staging"]}, ("up", "set", "")),
        ({"is_secret": True}, sight(Seen.SET, changed_at=NOW - timedelta(days=400)), {}, ("degraded", "old", "unchanged for 400 days")),
        ({"is_secret": True}, sight(Seen.SET, changed_at=NOW - timedelta(days=300)), {}, ("up", "set", "")),
    ],
)  # fmt: skip
def test_each_case_has_its_verdict_and_reason(said, seen, about, expected):
    cell = judge(entry(**said), seen, Circumstances(**about), NOW)

    verdict, word, reason = expected
    assert (cell.verdict, cell.word) == (verdict, word)
    assert reason in cell.reason
    assert cell.is_missing == (verdict == "down")


def states(said, **values):
    return {seeing.name: seeing for seeing in look_at(values, [entry(**said)], KEYS)}


@pytest.mark.parametrize(
    ("said", "value", "state"),
    [
        ({}, "", "empty"),
        ({}, "abc", "set"),
        ({"example": "abc"}, "abc", "example"),
        ({"default": "abc"}, "abc", "default"),
        ({"value": "abc"}, "abc", "stated"),
        ({"allowed_values": ("a", "b"), "example": "a"}, "a", "set"),
        ({}, "${{Postgres.URL}}", "reference"),
        ({}, "changeme", "placeholder"),
        ({}, "CHANGE_ME_PLEASE", "placeholder"),
        ({}, "your-api-key-here", "placeholder"),
        ({}, "<token>", "placeholder"),
        ({}, "xxxxxx", "placeholder"),
        ({}, "TODO", "placeholder"),
        ({}, "yours truly", "set"),
        ({}, object(), "preserved"),
    ],
)
def test_a_value_is_kept_as_how_it_is(said, value, state):
    assert states(said, X=value)["X"].state == state


def test_what_is_kept_never_holds_a_value_that_the_catalog_does_not_tell():
    seeing = states({"allowed_values": ("dev", "prod")}, X="prod", Y="s3cret-word")

    assert seeing["X"].match == "prod"
    assert "s3cret-word" not in repr(seeing["Y"])
    assert states({"is_secret": True, "example": "prod"}, X="prod")["X"].match == ""


def test_a_fingerprint_is_the_same_for_the_same_value_and_key_only():
    found = states({}, X="one", Y="one", Z="two")

    assert found["X"].fingerprints == found["Y"].fingerprints
    assert found["X"].fingerprints["k"] != found["Z"].fingerprints["k"]
    assert found["X"].fingerprints["k"] != found["X"].fingerprints["old"]
    assert list(found["X"].fingerprints) == ["k", "old"]


def test_names_that_no_definition_can_have_are_left_out():
    assert set(states({}, X="1", **{"lower": "1", "A B": "1", "X" * 200: "1"})) == {"X"}


def test_the_length_is_told_as_a_class():
    assert [length_class("x" * n) for n in (0, 1, 7, 8, 31, 63, 64, 9000)] == [
        *("", "1-7", "1-7", "8-15", "16-31", "32-63", "64+", "64+"),
    ]


@pytest.mark.parametrize(
    ("value", "format", "allowed", "fault"),
    [
        ("80", "port", (), ""),
        ("0", "port", (), "not a port from 1 to 65535"),
        ("٣", "port", (), "not a port from 1 to 65535"),
        ("-12", "integer", (), ""),
        ("1.5", "int", (), "not a whole number"),
        ("TRUE", "boolean", (), ""),
        ("maybe", "bool", (), "neither true nor false"),
        ("https://a.b/c", "url", (), ""),
        ("a.b/c", "url", (), "not an address such as https://example.com"),
        ("a@b.c", "email", (), ""),
        ("redis://h", "redis://host:port/db", (), ""),
        ("postgres://h/d", "postgresql+asyncpg://u:p@h/db", (), "not an address that begins with postgresql+asyncpg://"),
        ("ab12", "pattern: [a-z]+\\d+", (), ""),
        ("12", "pattern:[a-z]+", (), "does not fit the pattern"),
        ("12", "pattern:(a+)+$", (), ""),
        ("12", "pattern:(", (), ""),
        ("anything", "four words, please", (), ""),
        ("b", "enum", ("a",), "not one of the allowed values"),
        ("a", "enum", ("a",), ""),
    ],
)  # fmt: skip
def test_a_value_is_held_to_its_format(value, format, allowed, fault):
    assert fault_of(value, format, allowed) == fault
    assert value not in fault or len(value) < 3


def test_a_pattern_that_could_take_forever_is_not_used():
    assert format_fault("pattern:(a+)+$") == format_fault("pattern:(") != ""
    assert format_fault("pattern:[a-z]+-\\d{2}") == format_fault("url") == ""


@pytest.mark.parametrize("name", ["SECRET_KEY", "DB_PASSWORD", "GITHUB_TOKEN", "SENTRY_DSN", "API_KEYS_ENCRYPTION_KEY", "DATABASE_URL", "REDIS_URL", "JWT_PRIVATE", "AWS_SECRET_ACCESS_KEY", "AUTH_COOKIE", "WALLET_MASTER_KEY"])  # fmt: skip
def test_secret_looking_names_are_secret(name):
    assert name_looks_secret(name)


@pytest.mark.parametrize("name", ["PORT", "DEBUG", "API_BASE_URL", "NEXT_PUBLIC_API_KEY", "KEYBOARD", "STRIPE_PUBLISHABLE_KEY", "LOG_LEVEL", "MONKEY", "PASSENGERS"])  # fmt: skip
def test_other_names_are_not(name):
    assert not name_looks_secret(name)


@pytest.mark.parametrize(
    ("value", "is_secret"),
    [
        ("postgres://user:pw@host/db", True),
        ("https://example.com/path/to/page", False),
        ("sk_live_abcdefghijklmnop", True),
        ("-----BEGIN RSA PRIVATE KEY-----\nMII", True),
        ("9f8e7d6c5b4a39281706f5e4d3c2b1a0", True),
        ("info", False),
        ("https://blackroad.systems,https://prism.blackroad.systems", False),
        ("", False),
    ],
)
def test_secret_looking_values_are_secret(value, is_secret):
    assert value_looks_secret(value) == is_secret
