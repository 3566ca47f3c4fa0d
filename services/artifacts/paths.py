"""Paths of the catalog that become paths of files: nothing may lead out of the repository. Pure."""

import re

# What no shell, Dockerfile, archive or file system reads as more than a part of a path.
_PART = re.compile(r"[A-Za-z0-9_@+][A-Za-z0-9._@+-]{0,99}|\.[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
LONGEST_PATH = 300
# What git itself keeps, and where the other deployment files are: a Dockerfile must not become one of these.
_GIT = ".git"
_FOLDERS_OF_OTHERS = frozenset({".github", ".railway"})
_FILES_OF_OTHERS = frozenset({"railway.toml", "railway.json", ".env.example"})


def safe_path(text: str) -> str | None:
    """Give a path from the root of the repository, "" for the root; None for what cannot be one."""
    if len(text) > LONGEST_PATH:
        return None
    parts = [part for part in text.strip(" ").split("/") if part not in ("", ".")]
    if all(_PART.fullmatch(part) and part.casefold() != _GIT for part in parts):
        return "/".join(parts)
    return None


def is_of_another_file(path: str) -> bool:
    """Say whether a path is, or is in, the place of a deployment file that is no Dockerfile."""
    parts = path.casefold().split("/")
    return parts[0] in _FOLDERS_OF_OTHERS or parts[-1] in _FILES_OF_OTHERS


def inside(root: str, path: str) -> str:
    """Give a path that may have been written from the root directory as one from the repository's root."""
    if not path or not root or path == root or path.startswith(f"{root}/"):
        return path
    return f"{root}/{path}"


def under(root: str, path: str) -> str:
    """Give a path of the repository as it is from a folder in it; "" for the folder itself."""
    return path.removeprefix(root).lstrip("/") if root else path
