"""The registry of catalog checks: levels, statuses, and rooms that add their own."""

import re
from datetime import UTC, datetime

import pytest

from services.catalog import checks
from services.catalog.checks import (
    ACTIVE,
    EVERY_STATUS,
    NOT_ACTIVE,
    Asked,
    Check,
    Finding,
    LevelsInvalid,
    Suite,
    read_levels,
    register,
    run_checks,
    run_suites,
    worst_first,
)
from services.catalog.inspection import every_check
from tests.servers import ROOT

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
STATUSES = {"api": "active", "web": "planned"}


def make_check(id="lonely", severity="warning", statuses=EVERY_STATUS, find=None):
    every_service = lambda names: [Finding("service", name) for name in names]  # noqa: E731
    return Check(id, severity, statuses, "is", "are", "Why.", "Fix.", find or every_service)


@pytest.fixture
def no_suites(monkeypatch):
    monkeypatch.setattr(checks, "_suites", {})


def run(check, levels=None):
    return run_checks([check], ["api", "web", "gone"], statuses=STATUSES, levels=levels or {})


@pytest.mark.parametrize(
    ("statuses", "found"),
    [(ACTIVE, ["api"]), (NOT_ACTIVE, ["web"]), (EVERY_STATUS, ["api", "web"])],
)
def test_a_check_says_nothing_about_a_service_of_another_status(statuses, found):
    [result] = run(make_check(statuses=statuses))

    assert [finding.subject for finding in result.findings] == found


def test_a_check_that_finds_nothing_is_no_result():
    assert run(make_check(find=lambda names: [])) == []


@pytest.mark.parametrize(
    ("own", "level", "severity"),
    [
        ("warning", None, "warning"),
        ("warning", "fail", "error"),
        ("error", "warn", "warning"),
        ("note", "fail", "error"),
    ],
)
def test_a_level_decides_how_severe_a_finding_is(own, level, severity):
    levels = {"lonely": level} if level else {}

    assert [result.severity for result in run(make_check(severity=own), levels)] == [severity]


def test_a_check_that_is_off_is_not_run():
    def find(names):
        raise AssertionError("it was run")

    assert run(make_check(find=find), {"lonely": "off"}) == []


def test_a_room_adds_its_checks_and_reads_once(no_suites):
    asked = []

    def load(question):
        asked.append(question)
        return ["api"]

    register(Suite("room", (make_check(), make_check("other", "error")), load))

    results = run_suites(Asked(NOW, "api"), statuses=STATUSES, levels={})

    assert asked == [Asked(NOW, "api")]
    assert [result.check.id for result in worst_first(results)] == ["other", "lonely"]


def test_a_room_whose_checks_are_all_off_reads_nothing(no_suites):
    def load(question):
        raise AssertionError("it was read")

    register(Suite("room", (make_check(),), load))

    assert run_suites(Asked(NOW), statuses=STATUSES, levels={"lonely": "off"}) == []


def test_two_rooms_cannot_have_one_id_but_a_room_may_come_again(no_suites):
    suite = Suite("room", (make_check(),), lambda asked: [])
    register(suite)
    register(suite)

    with pytest.raises(ValueError, match="lonely"):
        register(Suite("other room", (make_check(),), lambda asked: []))


def test_levels_are_read():
    assert read_levels(" no-owner=fail, overdue = off,,claimed-host=warn ") == {
        "no-owner": "fail",
        "overdue": "off",
        "claimed-host": "warn",
    }


@pytest.mark.parametrize("text", ["no-owner", "no-owner=error", "=", "a=fail;b=off"])
def test_levels_that_cannot_be_read_name_their_part(text):
    with pytest.raises(LevelsInvalid, match=re.escape(repr(text))):
        read_levels(text)


def test_every_check_is_documented_as_it_is():
    rows = re.findall(
        r"^\| ([a-z][a-z0-9-]+) \| (error|warning|note) \| ([a-z ]+) \|",
        (ROOT / "docs/checks.md").read_text(),
        re.MULTILINE,
    )
    documented = {id: (severity, applies) for id, severity, applies in rows}

    assert len(documented) == len(rows)
    for check in every_check().values():
        severity, applies = documented.pop(check.id)
        words = {ACTIVE: ("active",), NOT_ACTIVE: ("not active",)}
        assert severity == check.severity, check.id
        assert applies in words.get(check.statuses, ("every status", "the workspace")), check.id
    assert documented == {}
