"""How figures are written for people. Pure."""

UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
NONE = "–"  # noqa: RUF001


def memory(value_bytes: float | None) -> str:
    """Write bytes in the unit that leaves at most four figures: `182 MiB`, `1.5 GiB`."""
    if value_bytes is None:
        return NONE
    size, place = float(value_bytes), 0
    while size >= 1024 and place < len(UNITS) - 1:
        size, place = size / 1024, place + 1
    return (
        f"{size:.0f} {UNITS[place]}" if size >= 100 or not place else f"{size:.1f} {UNITS[place]}"
    )


def count(value: float | None) -> str:
    """Write a number with its thousands apart."""
    if value is None:
        return NONE
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.1f}"


def share(value: float | None) -> str:
    """Write a share of 0 to 1 in percent, never rounded up to 100."""
    return NONE if value is None else f"{int(value * 1000) / 10:.1f} %"


def milliseconds(value_ms: float | None) -> str:
    """Write a time that may be far below a millisecond."""
    if value_ms is None:
        return NONE
    if not value_ms:
        return "0 ms"
    digits = 3 if value_ms < 0.1 else 2 if value_ms < 10 else 0
    return f"{value_ms:.{digits}f} ms"


def duration(value_s: float | None) -> str:
    """Write a time in its two biggest units: `3 d 4 h`, `59 s`."""
    if value_s is None:
        return NONE
    rest, parts = int(value_s), []
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s")):
        if rest >= size:
            parts.append(f"{rest // size} {unit}")
            rest %= size
    return " ".join(parts[:2]) or "0 s"
