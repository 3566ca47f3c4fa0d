"""Text for a terminal: safe characters, columns that line up, colour where it is wanted. Pure."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

GAP = "  "
MIN_COLUMN = 8
_COLOURS: Mapping[str, str] = {
    "bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "blue": "34", "cyan": "36",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Terminal:
    """What the reader sees: `columns` is None in a pipe, where nothing is cut."""

    colour: bool = False
    columns: int | None = None

    def paint(self, text: str, colour: str) -> str:
        """Colour a text, when colour is on."""
        return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m" if self.colour and colour else text


def printable(text: object) -> str:
    r"""Give one line that cannot steer a terminal: control characters become `\x1b`, `\n`, `\u202e`."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in str(text)
    )


def width(text: str) -> int:
    """Count the terminal columns of a printable text: wide characters take two, marks none."""
    return sum(_character_width(character) for character in text)


def cut(text: str, columns: int) -> str:
    """Shorten a text to a number of columns, its end replaced by an ellipsis."""
    if width(text) <= columns:
        return text
    kept, used = [], 0
    for character in text:
        used += _character_width(character)
        if used > columns - 1:
            break
        kept.append(character)
    return "".join(kept) + "…"


def table(
    titles: Sequence[str],
    rows: Sequence[Sequence[object]],
    terminal: Terminal,
    *,
    colours: Mapping[str, str] | None = None,
) -> str:
    """Lay out rows in columns under their titles; `colours` maps a cell's whole text to a colour.

    On a terminal too narrow for it the widest columns are cut; in a pipe nothing is.
    """
    cells = [[printable("" if cell is None else cell) for cell in row] for row in rows]
    widths = _column_widths([list(titles), *cells], terminal.columns)
    lines = [_line(list(titles), widths, terminal, dict.fromkeys(titles, "bold"))]
    lines += [_line(row, widths, terminal, colours or {}) for row in cells]
    return "\n".join(lines)


def _character_width(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _column_widths(rows: Sequence[Sequence[str]], columns: int | None) -> list[int]:
    widths = [max(width(row[index]) for row in rows) for index in range(len(rows[0]))]
    if columns is None:
        return widths
    excess = sum(widths) + len(GAP) * (len(widths) - 1) - columns
    while excess > 0 and max(widths) > MIN_COLUMN:
        widths[widths.index(max(widths))] -= 1
        excess -= 1
    return widths


def _line(
    row: Sequence[str], widths: Sequence[int], terminal: Terminal, colours: Mapping[str, str]
) -> str:
    parts = []
    for text, columns in zip(row, widths, strict=True):
        shown = cut(text, columns)
        padding = " " * (columns - width(shown))
        parts.append(terminal.paint(shown, colours.get(text, "")) + padding)
    return GAP.join(parts).rstrip()
