"""Amounts as people write them, and which of them are the same."""

import pytest

from services.analyses.quantities import agree, seconds, size_bytes


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("256MB", 256 * 1024**2),
        ("256 mb (default)", 256 * 1024**2),
        ("1.5 GiB", 1536 * 1024**2),
        ("100b", 100),
        ("256", None),
        ("MB", None),
        ("3 meters", None),
    ],
)
def test_sizes(text, size):
    assert size_bytes(text) == size


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("1 hour", (3600, 3600)),
        ("5-60 min", (300, 3600)),
        ("30 s to 2 min", (30, 120)),
        ("~ 7 days", (7 * 86_400, 7 * 86_400)),
        ("90d", (90 * 86_400, 90 * 86_400)),
        ("Variable", None),
        ("N/A", None),
        ("", None),
    ],
)
def test_times(text, span):
    assert seconds(text) == span


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("256MB (default, configurable)", "256MB"),
        ("0.25 GB", "256mb"),
        ("`allkeys-lru` (least recently used)", "allkeys-lru"),
        ("✅ ACTIVE (Production)", "active"),
        ("Railway", "railway-managed"),
        ("7+ (Railway managed)", "7+"),
        ("7+", "8.2"),
        ("7", "7.2"),
        ("yes", "True"),
        ("60 min", "1 hour"),
        ("/health", "/health"),
        ("8000", "8000"),
    ],
)
def test_the_same_in_other_words(written, known):
    assert agree(written, known)
    assert agree(known, written)


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("256MB", "512MB"),
        ("allkeys-lru", "allkeys-lfu"),
        ("noeviction", "allkeys-lru"),
        ("ACTIVE", "planned"),
        ("7", "8"),
        ("8000", "8080"),
        ("yes", "no"),
        ("1 hour", "30 min"),
        ("/health", "/ready"),
    ],
)
def test_another_fact(written, known):
    assert not agree(written, known)
