"""Decides what may be seen of a key: its name, part of it, and whether its value. Pure.

Key names can be secrets: who has `session:{token}` is logged in. What is named after a credential is
treated as one, whatever the catalog says.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from monitoring.redis_inspect.credentials import harmless_prefix
from monitoring.redis_inspect.masking import Masker, readable
from monitoring.redis_inspect.namespaces import Namespace
from services.catalog.names import Sensitivity


@dataclass(frozen=True, slots=True)
class Access:
    """What may be seen of one key. `namespace` is its pattern, "" when nobody declared it."""

    name: str
    is_masked: bool
    namespace: str
    sensitivity: Sensitivity

    @property
    def value_is_secret(self) -> bool:
        """Say whether its value is never shown to anybody."""
        return self.sensitivity == Sensitivity.SECRET


class KeyAccess:
    """Decides for each key, by the namespaces in force. `secret` makes fingerprints useless elsewhere."""

    def __init__(self, namespaces: Sequence[Namespace], secret: bytes) -> None:
        self.namespaces = namespaces
        self._masker = Masker(namespaces, secret)
        self._secret = secret

    def to(self, key: bytes) -> Access:
        """Say what may be seen of a key."""
        shown = self._masker.show(key)
        pattern = shown.namespace.pattern if shown.namespace else ""
        sensitivity = shown.namespace.sensitivity if shown.namespace else Sensitivity.NORMAL
        if sensitivity != Sensitivity.SECRET and (prefix := harmless_prefix(key)):
            hidden = Namespace(readable(prefix), sensitivity=Sensitivity.SECRET)
            name = self._masker.name_of(key, hidden)
            return Access(name, True, pattern, Sensitivity.SECRET)
        return Access(shown.name, shown.is_masked, pattern, sensitivity)

    def fingerprint(self, key: bytes) -> str:
        """Name a key in the audit trail, and in addresses, without telling it."""
        return hmac.new(self._secret, key, hashlib.sha256).hexdigest()[:32]
