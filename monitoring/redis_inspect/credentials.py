"""Tells keys that are named after a credential: what follows in the name may let its reader in. Pure."""

import re

_CREDENTIAL = re.compile(
    rb"(?i)(?:^|[:._/-])(?:sess|sessions?|tokens?|secrets?|passwords?|passwd|apikeys?|api[-_]keys?|jwt|"
    rb"csrf|otp|magic[-_]?links?|password[-_]resets?|refresh[-_]tokens?|access[-_]tokens?)[:._-]"
)


def harmless_prefix(key: bytes) -> bytes | None:
    """Give the part of a name up to the word for a credential, with it; None for a name without one."""
    found = _CREDENTIAL.search(key)
    return key[: found.end()] if found else None
