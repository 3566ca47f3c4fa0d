"""Paths of the catalog that become paths of files: nothing may lead out of the repository. Pure."""

import re

# What no shell, Dockerfile, archive or file system reads as more than a part of a path.
_PART = re.compile(r"[A-Za-z0-9_@+][A-Za-z0-9._@+-]{0,99}|\.[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
LONGEST_PATH = 300


def safe_path(text: str) -> str | None:
    """Give a path from the root of the repository, "" for the root; None for what cannot be one."""
    if len(text) > LONGEST_PATH:
        return None
    parts = [part for part in text.strip(" ").split("/") if part not in ("", ".")]
    if all(_PART.fullmatch(part) for part in parts):
        return "/".join(parts)
    return None


def inside(root: str, path: str) -> str:
    """Give a path that may have been written from the root directory as one from the repository's root."""
    if not path or not root or path == root or path.startswith(f"{root}/"):
        return path
    return f"{root}/{path}"


def under(root: str, path: str) -> str:
    """Give a path of the repository as it is from a folder in it; "" for the folder itself."""
    return path.removeprefix(root).lstrip("/") if root else path
