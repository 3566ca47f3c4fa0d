"""Finds the texts that speak of a service. Pure."""

import re
from collections.abc import Callable, Iterable


def mentions_any(words: Iterable[str]) -> Callable[[Iterable[str]], bool]:
    """Make a test: does one of the texts hold one of the words, whole and in any case?

    A longer name or host name that contains a word does not mention it: `REDIS_URL` is not
    `redis`, and `api.example.com` is not `example.com`.
    """
    known = sorted({word for word in words if word}, key=len, reverse=True)
    choices = "|".join(map(re.escape, known))
    pattern = re.compile(rf"(?<![\w.-])(?:{choices})(?![\w-]|\.\w)", re.IGNORECASE)

    def is_mentioned(texts: Iterable[str]) -> bool:
        return bool(known) and any(pattern.search(text) for text in texts)

    return is_mentioned
