"""How the name of a key may be shown: escaped always, and without what may be a secret. Pure."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from monitoring.redis_inspect.clusters import template_of
from monitoring.redis_inspect.credentials import harmless_prefix
from monitoring.redis_inspect.namespaces import Matcher, Namespace

LONGEST = 200  # characters of a name
DIGEST = 8  # hexadecimal digits: enough to tell keys apart, too few to guess one


@dataclass(frozen=True, slots=True)
class Shown:
    """A name as it may be shown; `namespace` is None for a key that nobody declared."""

    name: str
    is_masked: bool
    namespace: Namespace | None


class Masker:
    """Shows names of keys as their namespaces allow. `secret` keys the fingerprints."""

    def __init__(self, namespaces: Sequence[Namespace], secret: bytes) -> None:
        self.namespaces = list(namespaces)
        self._index_of = Matcher(self.namespaces).index_of
        self._secret = secret

    def show(self, key: bytes) -> Shown:
        """Find the key's namespace and show its name."""
        index = self._index_of(key)
        namespace = self.namespaces[index] if index >= 0 else None
        name = self.name_of(key, namespace)
        return Shown(name, name != readable(key), namespace)

    def name_of(self, key: bytes, namespace: Namespace | None) -> str:
        """Write a name whole, or its prefix and a fingerprint.

        What is named after a credential is a secret in every namespace. Of an undeclared key only the template is shown: nobody said yet whether it holds a secret.
        """
        if namespace is not None and not namespace.hides_names:
            prefix = harmless_prefix(key)
            return (
                readable(key) if prefix is None else f"{readable(prefix)}… #{self.fingerprint(key)}"
            )
        if namespace is None:
            template = template_of(key)
            whole = readable(key)
            return whole if template == whole else f"{template} #{self.fingerprint(key)}"
        return f"{readable(namespace.prefix)}… #{self.fingerprint(key)}"

    def fingerprint(self, key: bytes) -> str:
        """Give a name's fingerprint."""
        return hmac.digest(self._secret, key, hashlib.sha256).hex()[:DIGEST]


def readable(text: bytes | str, longest: int = LONGEST) -> str:
    """Write bytes as text; what is no text or does not print is escaped, what is too long ends in …"""
    raw = text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text
    shown = raw[: 4 * longest].decode("utf-8", "backslashreplace")
    if not shown.isprintable():
        shown = "".join(c if c.isprintable() else _escaped(c) for c in shown)
    return shown if len(shown) <= longest and len(raw) <= 4 * longest else f"{shown[:longest]}…"


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode()
