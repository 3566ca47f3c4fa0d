"""Guess what a misspelt word was meant to be. Pure."""

from collections.abc import Collection
from difflib import get_close_matches

MAX_COMPARISONS = 4_000  # about 100 ms a file, also when every word of it is wrong
_LONGEST_WORD = 64  # nobody misspells longer ones; a hostile file may hold them
_MANY = 100  # from here on only words of a like length and beginning or end are compared
_SKIPS_PER_COMPARISON = 50


class Suggestions:
    """Suggests corrections until its budget of comparisons is spent."""

    def __init__(self) -> None:
        self._left = MAX_COMPARISONS

    def ending(self, word: str, known: Collection[str]) -> str:
        """Give `; did you mean "…"?` for the closest known word, or nothing."""
        if not word or len(word) > _LONGEST_WORD or self._left <= 0:
            return ""
        likely = known if len(known) < _MANY else [name for name in known if _is_like(word, name)]
        self._left -= len(likely) + len(known) // _SKIPS_PER_COMPARISON
        if self._left <= 0:
            return ""
        by_lower = {name.lower(): name for name in likely}
        closest = get_close_matches(word.lower(), by_lower, n=1, cutoff=0.7)
        return f'; did you mean "{by_lower[closest[0]]}"?' if closest else ""


def _is_like(word: str, name: str) -> bool:
    is_close = abs(len(word) - len(name)) <= 2
    return is_close and bool(name) and (word[0] == name[0] or word[-1] == name[-1])
