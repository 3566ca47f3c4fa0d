"""`prism redis namespaces`, `scan`, `info` and `acl`."""

from argparse import Namespace
from collections.abc import Callable

from monitoring.redis_inspect.scan_commands import list_namespaces, scan
from monitoring.redis_inspect.server_commands import acl, info
from prism.core.answer import Answer
from prism.core.terminal import Terminal

# What each word does; `prism redis WORD` calls it.
WORDS: dict[str, Callable[[Namespace, Terminal], Answer]] = {
    "namespaces": list_namespaces,
    "scan": scan,
    "info": info,
    "acl": acl,
}


def redis(arguments: Namespace, terminal: Terminal) -> Answer:
    """Answer `prism redis`."""
    return WORDS[arguments.what](arguments, terminal)
