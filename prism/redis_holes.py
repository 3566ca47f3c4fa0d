"""Which known holes a Redis or Valkey server of some version has. Pure; look at it at each release."""

from collections.abc import Mapping
from dataclasses import dataclass

Version = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Hole:
    """One vulnerability and the first version without it, for each series that was repaired.

    A series that is not named and is older than the newest one named was never repaired, unless
    `is_whole` is False: then nothing is said about such a series, rather than something false.
    """

    id: str
    what: str
    repaired_in: Mapping[str, tuple[str, ...]]
    is_whole: bool = True


HOLES = (
    Hole(
        "CVE-2025-49844",
        "a Lua script runs code on the server",
        {
            "redis": ("6.2.20", "7.2.11", "7.4.6", "8.0.4", "8.2.2"),
            "valkey": ("7.2.11", "8.0.6", "8.1.4"),
        },
    ),
    Hole(
        "CVE-2024-31228",
        "a long pattern crashes the server",
        {"redis": ("6.2.16", "7.2.6", "7.4.1"), "valkey": ("7.2.7", "8.0.1")},
    ),
    Hole(
        "CVE-2026-23479",
        "a blocked client that is unblocked runs code on the server",
        {
            # began with 7.2.0; which releases of 7.2 and 8.0 repair it was not to be found out
            "redis": ("7.4.9", "8.2.6", "8.4.3", "8.6.3"),
            "valkey": ("7.2.13", "8.0.8", "8.1.7", "9.0.4"),
        },
        is_whole=False,
    ),
)


def parse_version(text: str) -> Version:
    """Read `7.2.4` or `8.0.1-rc1`; what is no number counts as 0."""
    numbers = text.split("-")[0].split(".")[:3]
    return tuple(int(part) if part.isdecimal() else 0 for part in numbers)


def holes_of(product: str, version: str) -> list[Hole]:
    """Name the holes that a server of this product and version has."""
    return [hole for hole in HOLES if _is_open(hole, product, parse_version(version))]


def _is_open(hole: Hole, product: str, version: Version) -> bool:
    repaired = [parse_version(text) for text in hole.repaired_in.get(product, ())]
    if not repaired:
        return False
    same_series = [first for first in repaired if first[:2] == version[:2]]
    if same_series:
        return version < same_series[0]
    return hole.is_whole and version < max(repaired)
