"""What is read from a document: its head, its statements, its namespaces, its leaks."""

import time
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.analyses.declarations import Declaration, read_declarations
from services.analyses.document import read_document
from services.analyses.head import write_dates
from services.analyses.leaks import find_leaks
from services.analyses.markdown import MAX_CHARACTERS, DocumentRefused, decode
from services.analyses.stated import compare
from tests.services.analyses.making import REDIS

FACTS = {
    "status": "active",
    "type": "redis",
    "version": "7+",
    "provider": "railway-managed",
    "configuration.maxmemory": "256MB",
    "configuration.maxmemory_policy": "allkeys-lru",
    "configuration.persistence": "RDB snapshots",
}


def test_the_head_says_status_dates_type_and_provider():
    document = read_document(REDIS)

    assert document.title == "Service Analysis: Redis"
    assert document.subject == "Redis"
    assert document.head.analysed_on == date(2026, 2, 1)
    assert document.head.review_on == date(2026, 4, 1)
    said = {name: found.value for name, found in document.head.said.items()}
    assert said["status"] == "✅ ACTIVE (Production)"
    assert said["type"] == "Managed Cache (Redis)"
    assert said["provider"] == "Railway"


def test_a_head_on_one_line_reads_the_same():
    head = read_document(
        "# Service Analysis: Redis\nStatus: ✅ ACTIVE (Production) Last Analyzed: 2025-11-19"
        " Service Type: Managed Cache (Redis) Provider: Railway\n\n## End\n\n"
        "Analysis Date: 2025-11-19 Next Review: 2025-12-19\n"
    ).head

    assert (head.analysed_on, head.review_on) == (date(2025, 11, 19), date(2025, 12, 19))
    assert head.said["type"].value == "Managed Cache (Redis)"


def test_a_sentence_with_the_words_is_no_field():
    head = read_document("# A\n\nWe looked at the status: it was fine. The type: none.\n").head

    assert head.said == {}


@pytest.mark.parametrize("day", ["soon", "2026-13-40", "31.01.2026"])
def test_a_date_that_is_none_is_named_with_its_line(day):
    head = read_document(f"# A\n\nStatus: x\nNext Review: {day}\n").head

    assert head.review_on is None
    assert "line 4" in head.problems[0]


def test_statements_come_from_the_set_up_and_not_from_targets():
    labels = [statement.label for statement in read_document(REDIS).statements]

    assert labels == [
        *("status", "type", "provider"),
        *("Redis", "Memory", "Eviction Policy", "Persistence"),
    ]


def test_what_agrees_is_no_difference():
    assert compare(read_document(REDIS).statements, FACTS, ["redis", "Redis"]) == []


@pytest.mark.parametrize(
    ("field", "now", "label"),
    [
        ("configuration.maxmemory", "512MB", "Memory"),
        ("configuration.maxmemory_policy", "noeviction", "Eviction Policy"),
        ("version", "6.2", "Redis"),
        ("status", "planned", "status"),
        ("provider", "fly.io", "provider"),
    ],
)
def test_what_differs_is_named_with_both_values_and_its_line(field, now, label):
    statements = read_document(REDIS).statements

    (difference,) = compare(statements, {**FACTS, field: now}, ["redis"])

    assert (difference.label, difference.field, difference.catalog) == (label, field, now)
    assert difference.document in REDIS.splitlines()[difference.line - 1].replace("*", "").replace(
        "`", ""
    )


def test_what_stands_below_a_rule_belongs_to_no_section():
    text = "# A\n\nStatus: active\n\n## Configuration\n\n- x: 1\n\n---\n\n*Status: in planning*\n"

    document = read_document(text)

    assert [statement.value for statement in document.statements] == ["active", "1"]


def test_what_the_platform_fills_in_is_compared_with_nothing():
    text = "# A\n\n## Deployment\n\n- **Port**: Dynamic ($PORT)\n"

    assert compare(read_document(text).statements, {"deployment.port": "${PORT:-8000}"}, []) == []
    assert compare(read_document(text).statements, {"deployment.port": "8000"}, []) != []


def test_a_table_of_settings_states_them_too():
    text = "# A\n\n## Configuration\n\n| Setting | Value |\n|---|---|\n| Max memory | 1GB |\n"

    (difference,) = compare(read_document(text).statements, FACTS, ["redis"])

    assert (difference.document, difference.catalog, difference.line) == ("1GB", "256MB", 7)


def test_key_namespaces_become_declarations():
    assert read_declarations(REDIS) == (
        Declaration(
            "session:*", "session:{user_id}", "1 hour", "maximum", None, 3600, "User session data", 30
        ),
        Declaration(
            "api:cache:*", "api:cache:{endpoint}:{hash}", "5-60 min", "range", 300, 3600,
            "Cached API responses", 31,
        ),
        Declaration("prism:*", "Pub/sub channels", "N/A", "channel_only", None, None, "Event bus", 32),
    )  # fmt: skip


def test_a_table_whose_rows_were_broken_over_lines_is_read_whole():
    text = (
        "| Namespace | Pattern | TTL | Purpose |\n|---|---|---|---|\n"
        "`a:*` |\n`a:{x}` |\n1 min | One |\n`b:*` |\nb:{y} | none | Two |\n"
    )

    assert [(d.namespace, d.pattern, d.policy, d.purpose) for d in read_declarations(text)] == [
        ("a:*", "a:{x}", "maximum", "One"),
        ("b:*", "b:{y}", "none", "Two"),
    ]


def test_another_table_declares_nothing():
    assert read_declarations("| Metric | TTL |\n|---|---|\n| a | 1 min |\n") == ()


def test_dates_are_replaced_where_they_stand_and_nothing_else_is():
    text = REDIS.replace("\n", "\r\n")

    written = write_dates(text, analysed_on=date(2026, 5, 1), review_on=date(2026, 6, 1))

    assert written == text.replace("2026-02-01", "2026-05-01").replace("2026-04-01", "2026-06-01")


@pytest.mark.parametrize(
    "line",
    [
        "REDIS_URL=redis://default:hT7kQ9vR2m@10.0.0.1:6379",
        "API_TOKEN: 9f8e7d6c5b4a39281706",
        "`SECRET_KEY` = `9f8e7d6c5b4a39281706`",
        "-----BEGIN RSA PRIVATE KEY-----",
        "use ghp_abcdefghijklmnopqrstuvwxyz0123456789",
    ],
)
def test_a_secret_is_named_by_its_line_and_never_repeated(line):
    with pytest.raises(DocumentRefused) as refused:
        read_document(f"# A\n\n{line}\n")

    assert "line 3" in str(refused.value)
    for word in line.replace("=", " ").replace("`", " ").split():
        if any(character.isdigit() for character in word):
            assert word not in str(refused.value)


@pytest.mark.parametrize(
    "line",
    [
        "REDIS_URL=${{Redis.REDIS_URL}}",
        "# Format: redis://host:port/db",
        "postgresql://user:password@localhost:5432/blackroad",
        "DATABASE_URL=postgresql://<user>:<password>@host/db",
        "SECRET_KEY=your-secret-key-here",
        'api_key = os.getenv("API_KEY")',
        "- **SECRET_KEY**: openssl rand -hex 32",
        "PUBLIC_KEY=pk_0123456789abcdef",
    ],
)
def test_an_example_is_no_secret(line):
    assert find_leaks(line) == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is empty"),
        (" \n\ufeff", "is empty"),
        ("a\n\nb\0", "NUL character on line 3"),
        ("x" * (MAX_CHARACTERS + 1), "at most 100,000"),
        ("|a" * 100 + "\n" + "|-" * 100 + "\n" + "|a\n" * 1000, "too many"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_the_reason(text, why):
    with pytest.raises(DocumentRefused, match=why):
        read_document(text)


def test_bytes_that_are_no_text_are_refused_with_the_line():
    with pytest.raises(DocumentRefused, match=r"x\.md is not UTF-8 on line 2"):
        decode(b"a\n\xff", name="x.md")


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=300))
def test_no_text_breaks_the_reading(text):
    try:
        document = read_document(text)
    except DocumentRefused:
        return
    read_declarations(document.text)
    compare(document.statements, FACTS, ["redis"])


def test_a_title_with_a_long_run_of_blanks_is_read_in_a_moment():
    began = time.perf_counter()
    document = read_document(f"# Service Analysis: x{' ' * 99_000}y\n")

    assert document.subject.startswith("x")
    assert time.perf_counter() - began < 5  # it took 20 s
