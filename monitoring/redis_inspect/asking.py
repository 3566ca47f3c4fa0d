"""What a scan asks of keys, and what the replies say: packed commands one way, plain values the other."""

from collections.abc import Iterator, Sequence
from typing import Any

import hiredis

from monitoring.redis_inspect.wire import packed

Page = tuple[int, list[bytes]]  # the next cursor, keys
Found = tuple[bytes, int, int | None, str]  # key, bytes, remaining ms, type

_SIZE = b"*5\r\n$6\r\nMEMORY\r\n$5\r\nUSAGE\r\n$%d\r\n%b\r\n$7\r\nSAMPLES\r\n$1\r\n5\r\n"
_TTL = b"*2\r\n$4\r\nPTTL\r\n$%d\r\n%b\r\n"
_TYPE = b"*2\r\n$4\r\nTYPE\r\n$%d\r\n%b\r\n"
_GONE = -2  # PTTL of a key that is not there

# One turn of the server for a whole batch; a command that is refused gives false.
SCRIPT = b"""
local page = redis.call('SCAN', ARGV[1], 'COUNT', ARGV[2])
local out = {page[1]}
local n = 1
for _, key in ipairs(page[2]) do
  local size = redis.pcall('MEMORY', 'USAGE', key, 'SAMPLES', '5')
  local ttl = redis.pcall('PTTL', key)
  local kind = redis.pcall('TYPE', key)
  out[n + 1] = key
  out[n + 2] = type(size) == 'number' and size
  out[n + 3] = type(ttl) == 'number' and ttl
  out[n + 4] = type(kind) == 'table' and kind.ok or false
  n = n + 4
end
return out
"""


class Refused(Exception):
    """The server answers a command of the scan with an error; the message is the server's."""


class Questions:
    """The three questions to each key; one that the user may not ask is left out from then on.

    `hits` and `misses` are what the questions add to the server's own counters: TYPE and PTTL each
    count as a lookup, MEMORY USAGE does not (tried on Redis 7.0 and Valkey 9).
    """

    def __init__(self) -> None:
        self.may = {"MEMORY": True, "PTTL": True, "TYPE": True}
        self.hits = 0
        self.misses = 0
        self.gone = 0
        self._dropped: list[int] = []
        self._compile()

    @property
    def refused(self) -> list[str]:
        """Name what the user may not ask."""
        return [word for word, may in self.may.items() if not may]

    def of(self, keys: Sequence[bytes]) -> bytes:
        """Pack the questions to all keys."""
        template, width = self._template, self.width
        if width == 3:
            return b"".join(
                [template % (n, key, n, key, n, key) for key in keys for n in (len(key),)]
            )
        return b"".join([template % ((len(key), key) * width) for key in keys])

    def found(self, keys: Sequence[bytes], replies: list[Any]) -> Iterator[Found]:
        """Put keys and replies together; keys that are gone meanwhile are counted and left out."""
        width = self.width
        if any(type(reply) is hiredis.ReplyError for reply in replies[:width]):
            self._drop(replies[:width])
            replies = self.without_dropped(replies, width)
            width = self.width
        size_at, ttl_at, type_at = self._places
        hits = misses = gone = 0
        for place, key in enumerate(keys):
            at = place * width
            size = replies[at + size_at] if size_at is not None else 0
            ttl = replies[at + ttl_at] if ttl_at is not None else None
            kind = replies[at + type_at] if type_at is not None else b""
            if type(ttl) is int:
                if ttl == _GONE:
                    misses += 1
                else:
                    hits += 1
            else:
                ttl = None  # not asked, or a key that this user may not see into
            if type(kind) is not bytes or not kind:
                kind = b""
            elif kind == b"none":
                misses += 1
            else:
                hits += 1
            if ttl == _GONE or kind == b"none" or size is None:
                gone += 1
            else:
                yield key, size if type(size) is int else 0, ttl, _word(kind)
        self.hits += hits
        self.misses += misses
        self.gone += gone

    def found_by_script(self, out: list[Any]) -> tuple[Page, list[Found]]:
        """Read what SCRIPT gives."""
        keys, found = out[1::4], []
        for key, size, ttl, kind in zip(keys, out[2::4], out[3::4], out[4::4], strict=True):
            self.hits += (ttl is not None and ttl != _GONE) + (kind not in (None, b"none"))
            self.misses += (ttl == _GONE) + (kind == b"none")
            if ttl == _GONE or kind == b"none":
                self.gone += 1
                continue
            found.append((key, size or 0, ttl, _word(kind or b"")))
        return (int(out[0]), keys), found

    def _compile(self) -> None:
        known = {"MEMORY": _SIZE, "PTTL": _TTL, "TYPE": _TYPE}
        asked = [word for word in known if self.may[word]]
        self._template = b"".join(known[word] for word in asked)
        self.width = len(asked)
        self._places = tuple(
            asked.index(word) if word in asked else None for word in ("MEMORY", "PTTL", "TYPE")
        )

    def _drop(self, first: list[Any]) -> None:
        asked = [word for word, may in self.may.items() if may]
        for word, reply in zip(asked, first, strict=True):
            if isinstance(reply, hiredis.ReplyError):
                self.may[word] = not is_refusal(reply)
        self._dropped = [place for place, word in enumerate(asked) if not self.may[word]]
        self._compile()

    def without_dropped(self, replies: list[Any], width: int) -> list[Any]:
        """Leave out the replies to questions that were dropped after they were sent."""
        return [reply for place, reply in enumerate(replies) if place % width not in self._dropped]


def scan(cursor: int, count: int) -> bytes:
    """Pack one SCAN."""
    return packed((b"SCAN", b"%d" % cursor, b"COUNT", b"%d" % count))


def page(reply: Any) -> Page:
    """Read the reply to a SCAN. Raises Refused."""
    if isinstance(reply, hiredis.ReplyError):
        raise Refused(str(reply))
    return int(reply[0]), reply[1]


def is_refusal(reply: Any) -> bool:
    """Say whether the server does not know a command, or does not let this user ask it."""
    text = str(reply)
    return isinstance(reply, hiredis.ReplyError) and (
        (text.startswith("NOPERM") and "command" in text)
        or "unknown command" in text
        or "unknown subcommand" in text.lower()
    )


_WORDS = {word.encode(): word for word in ("string", "hash", "list", "set", "zset", "stream", "")}


def _word(kind: bytes) -> str:
    """Give a type as text; modules bring types of their own."""
    word = _WORDS.get(kind)
    return word if word is not None else kind.decode("utf-8", "replace")
