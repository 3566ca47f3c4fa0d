"""The least a user needs so that every page of the inspector works, as a rule of Redis. Pure.

Every command is listed by name: categories give too much (`+@read` has KEYS, DUMP and every value), and a
server that does not know one subcommand refuses the whole line, so the rule is that of its version.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

NO_KEY = "prism:inspect:no-such-key"
Version = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Product:
    """What a server is: `Redis` or `Valkey`, and its version as (major, minor)."""

    name: str
    version: Version

    @property
    def like_redis(self) -> Version:
        """Give the version of Redis whose rules it understands: Valkey came from 7.2."""
        return (7, 2) if self.name == "Valkey" else self.version

    def __str__(self) -> str:
        return f"{self.name} {self.version[0]}.{self.version[1]}"


@dataclass(frozen=True, slots=True)
class Needed:
    """A command that a part of the inspector sends.

    `sample` is a form of it that changes nothing; sending it costs `misses` lookups that find no key.
    """

    rule: str
    sample: tuple[str, ...]
    used_for: str
    since: Version = (6, 2)
    misses: int = 0


def _plain(command: str, used_for: str, *arguments: str, **more: object) -> Needed:
    words = tuple(command.upper().split("|"))
    return Needed(command, (*words, *arguments), used_for, **more)  # type: ignore[arg-type]


NEEDED: tuple[Needed, ...] = (
    _plain("ping", "latency"),
    _plain("select", "another database than 0", "0"),
    _plain("client|setname", "its name in CLIENT LIST", "prism:inspect"),
    _plain("client|setinfo", "its name in CLIENT LIST", "LIB-NAME", "redis-py", since=(7, 2)),
    _plain("client|no-touch", "idle times stay as they are", "ON", since=(7, 2)),
    _plain("info", "server figures", "server"),
    _plain("dbsize", "scans"),
    _plain("scan", "scans, keys", "0", "COUNT", "1"),
    _plain("type", "scans, keys", NO_KEY, misses=1),
    _plain("pttl", "scans, keys", NO_KEY, misses=1),
    _plain("memory|usage", "scans, keys", NO_KEY),
    _plain("object|encoding", "keys", NO_KEY, misses=1),
    _plain("object|idletime", "keys", NO_KEY, misses=1),
    _plain("strlen", "keys: sizes", NO_KEY, misses=1),
    _plain("hlen", "keys: sizes", NO_KEY, misses=1),
    _plain("llen", "keys: sizes", NO_KEY, misses=1),
    _plain("scard", "keys: sizes", NO_KEY, misses=1),
    _plain("zcard", "keys: sizes", NO_KEY, misses=1),
    _plain("xlen", "keys: sizes", NO_KEY, misses=1),
    _plain("slowlog|get", "slow log", "1"),
    _plain("client|list", "clients"),
    _plain("pubsub|channels", "channels", NO_KEY),
    _plain("pubsub|numsub", "channels", NO_KEY),
    _plain("pubsub|numpat", "channels"),
    _plain("pubsub|shardchannels", "channels", NO_KEY, since=(7, 0)),
    _plain("cluster|slots", "clusters"),
    _plain("readonly", "replicas of clusters"),
    _plain("acl|whoami", "this check"),
    _plain("acl|dryrun", "this check", "default", "PING", since=(7, 0)),
)
# What shows values, in pages of a bounded size; given for namespaces, not for all keys.
VALUES: tuple[Needed, ...] = (
    _plain("getrange", "values", NO_KEY, "0", "0", misses=1),
    _plain("hscan", "values", NO_KEY, "0", misses=1),
    _plain("sscan", "values", NO_KEY, "0", misses=1),
    _plain("lrange", "values", NO_KEY, "0", "0", misses=1),
    _plain("zrange", "values", NO_KEY, "0", "0", misses=1),
    _plain("xrange", "values", NO_KEY, "-", "+", "COUNT", "1", misses=1),
)
SCRIPTS: tuple[Needed, ...] = (
    _plain("eval", "fast scans", "return 1", "0"),
    _plain("evalsha", "fast scans", "0" * 40, "0"),
)
SCRIPTS_READ_ONLY: tuple[Needed, ...] = (
    _plain("eval_ro", "fast scans", "return 1", "0", since=(7, 0)),
    _plain("evalsha_ro", "fast scans", "0" * 40, "0", since=(7, 0)),
)
# A user that looks must not have these. The samples are refused by the server, or change nothing, should
# they be permitted after all; one without a sample is only ever asked about.
TOO_MUCH: tuple[Needed, ...] = (
    _plain("set", "writing", NO_KEY, "", "NO-SUCH-OPTION"),
    _plain("del", "writing", NO_KEY),
    _plain("unlink", "writing", NO_KEY),
    _plain("expire", "writing", NO_KEY, "1"),
    _plain("flushall", "losing every key", "NO-SUCH-OPTION"),
    _plain("config|set", "changing the server", "no-such-setting", ""),
    _plain("config|get", "reading passwords", "maxmemory"),
    _plain("client|kill", "ending the connections of others", "ID", "0"),
    _plain("publish", "sending events", NO_KEY, ""),
    _plain("get", "whole values", NO_KEY, misses=1),
    Needed("keys", (), "holding the server up"),
    Needed("monitor", (), "seeing what everybody sends"),
    Needed("shutdown", (), "ending the server"),
)
DRY = {"keys": ("KEYS", NO_KEY), "monitor": ("MONITOR",), "shutdown": ("SHUTDOWN",)}


def product_of(info: dict[str, object]) -> Product:
    """Read from INFO what a server is; one that says nothing is taken for Redis 6.2."""
    name = "Valkey" if "valkey_version" in info else "Redis"
    text = str(info.get("valkey_version") or info.get("redis_version") or "6.2")
    numbers = [int(part) for part in re.findall(r"\d+", text)[:2]]
    return Product(name, (numbers[0], numbers[1]) if len(numbers) == 2 else (6, 2))


def needed_by(product: Product) -> list[Needed]:
    """List the commands that exist in this version."""
    return [one for one in NEEDED if one.since <= product.like_redis]


def rule_for(
    product: Product,
    *,
    user: str = "prism_inspect",
    value_patterns: Sequence[str] = (),
    with_scripts: bool = False,
) -> str:
    """Write the ACL SETUSER line for a server. PASSWORD in it is for the reader to replace.

    Values are readable in the patterns given and nowhere else, which takes the selectors of 7.0; for
    6.2 they are left out, and the pages say so.
    """
    has_selectors = product.like_redis >= (7, 0)
    commands = needed_by(product)
    if with_scripts and has_selectors:
        commands = [*commands, *SCRIPTS_READ_ONLY]
    elif with_scripts:
        commands = [*commands, *SCRIPTS]
    words = [
        *("ACL SETUSER", user, "reset on >PASSWORD"),
        "%R~*" if has_selectors else "~*",
        "resetchannels -@all",
        *_allowed(commands),
    ]
    if value_patterns and has_selectors:
        places = " ".join(f"%R~{_pattern(pattern)}" for pattern in value_patterns)
        words.append(quoted(f"({places} -@all {' '.join(_allowed(VALUES))})"))
    return " ".join(words)


def writer_rule(patterns: Sequence[str], user: str = "prism_writer") -> str:
    """Write the rule of the second user, who deletes and expires; never the one who looks."""
    commands = ("ping", "select", "client|setname", "info", "scan", "type", "pttl", "memory|usage",
                "unlink", "pexpire", "cluster|slots", "acl|whoami")  # fmt: skip
    places = " ".join(quoted(f"~{_pattern(pattern)}") for pattern in patterns)
    allowed = " ".join(f"+{command}" for command in commands)
    return f"ACL SETUSER {user} reset on >PASSWORD {places} resetchannels -@all {allowed}"


def _allowed(commands: Iterable[Needed]) -> list[str]:
    return [f"+{one.rule}" for one in commands]


def _pattern(pattern: str) -> str:
    """Write a pattern as a rule takes it: it may hold no space, which `?` stands for too."""
    return re.sub(r"\s", "?", pattern)


def quoted(text: str) -> str:
    """Quote one argument for redis-cli where it has to be."""
    if re.fullmatch(r"[\w:*%~+@|.,/?\[\]^{}-]+", text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
