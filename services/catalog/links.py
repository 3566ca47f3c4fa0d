"""Which texts of the catalog may become links. Pure."""

import re
from urllib.parse import urlsplit

_OWNER_AND_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}")
_URL = re.compile(r"https://[A-Za-z0-9\[][\x21-\x7e]{0,500}")


def repository_link(repo: str) -> str:
    """Give the address of a repository written as owner/name or as an https URL; "" for the rest.

    A URL that carries a user or password is not linked: its host is easily misread.
    """
    if _OWNER_AND_NAME.fullmatch(repo):
        return f"https://github.com/{repo}"
    if not _URL.fullmatch(repo):
        return ""
    try:
        parts = urlsplit(repo)
    except ValueError:  # an invalid IPv6 address
        return ""
    return repo if parts.hostname and "@" not in parts.netloc else ""
