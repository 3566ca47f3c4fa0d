"""Reads amounts as people write them - 256MB, 5-60 min, 7+ - and says whether two are the same. Pure."""

import re
from collections.abc import Mapping

BYTES: Mapping[str, int] = {
    **dict.fromkeys(("b", "byte", "bytes"), 1),
    **dict.fromkeys(("k", "kb", "kib"), 1024),
    **dict.fromkeys(("m", "mb", "mib"), 1024**2),
    **dict.fromkeys(("g", "gb", "gib"), 1024**3),
    **dict.fromkeys(("t", "tb", "tib"), 1024**4),
}
SECONDS: Mapping[str, int] = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3600),
    **dict.fromkeys(("d", "day", "days"), 86_400),
    **dict.fromkeys(("w", "week", "weeks"), 7 * 86_400),
}
_NUMBER = r"\d{1,12}(?:[.,]\d{1,6})?"
_SIZE = re.compile(rf"({_NUMBER})\s*([kmgt]i?b?|b|bytes?)(?![a-z])", re.IGNORECASE)
_SPAN = re.compile(
    rf"({_NUMBER})\s*([a-z]*)(?:\s*(?:-|\u2013|\u2014|to|up to|\.\.)\s*({_NUMBER})\s*([a-z]+))?",
    re.IGNORECASE,
)
_ASIDE = re.compile(r"\([^()]*\)")
_WORD = re.compile(r"[\w.+]+")
_VERSION = re.compile(r"v?(\d{1,4}(?:\.\d{1,4}){0,3})(\+?)")
_TRUE, _FALSE = {"true", "yes", "on", "enabled"}, {"false", "no", "off", "disabled"}


def size_bytes(text: str) -> int | None:
    """Read a size at the beginning of the text, None when there is none. 1 MB is 1024 KB, as in Redis."""
    found = _SIZE.match(text.strip())
    if found is None:
        return None
    return round(float(found[1].replace(",", ".")) * BYTES[found[2].lower()])


def seconds(text: str) -> tuple[int, int] | None:
    """Read a time, `1 hour`, or a range of times, `5-60 min`, in seconds; None for anything else."""
    found = _SPAN.match(text.strip().removeprefix("~").strip())
    if found is None:
        return None
    unit = (found[2] or found[4] or "").lower()
    last_unit = (found[4] or unit).lower()
    if unit not in SECONDS or last_unit not in SECONDS:
        return None
    first = _seconds(found[1], unit)
    last = _seconds(found[3], last_unit) if found[3] else first
    return (first, last) if first <= last else (last, first)


def agree(written: str, known: str) -> bool:
    """Say whether a document's value and the catalog's are the same fact in other words.

    What stands in brackets is a remark. Sizes and times are compared as amounts, versions by their
    numbers (`7+` covers 7.2), yes and no by meaning, and the rest word by word: one may say more than
    the other, `Railway` and `railway-managed`.
    """
    here, there = _bare(written), _bare(known)
    if here == there:
        return True
    for read in (size_bytes, seconds, _truth):
        amounts = read(here), read(there)
        if None not in amounts:
            return amounts[0] == amounts[1]
    versions = _VERSION.fullmatch(here), _VERSION.fullmatch(there)
    if versions[0] and versions[1]:
        return _covers(versions[0], versions[1]) or _covers(versions[1], versions[0])
    words, others = set(_WORD.findall(here)), set(_WORD.findall(there))
    return bool(words and others) and (words <= others or others <= words)


def _seconds(number: str, unit: str) -> int:
    return round(float(number.replace(",", ".")) * SECONDS[unit])


def _truth(text: str) -> bool | None:
    return True if text in _TRUE else False if text in _FALSE else None


def _covers(one: re.Match[str], other: re.Match[str]) -> bool:
    """Say whether `7` or `7+` speaks of 7.2; of 8 only `7+` does."""
    wanted = [int(part) for part in one[1].split(".")]
    given = [int(part) for part in other[1].split(".")]
    return given[: len(wanted)] == wanted or (bool(one[2]) and given >= wanted)


def _bare(text: str) -> str:
    text = _ASIDE.sub(" ", text).replace("`", "").replace("-", " ").replace("_", " ")
    return " ".join(re.sub(r"[^\w\s.+/:,%]", " ", text).casefold().split()).strip(" .,")
