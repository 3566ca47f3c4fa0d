"""Where the addresses of databases and caches come from: variables of the worker's own environment. Pure."""

import re


def target_variable(service: str, environment: str) -> str:
    """Name the worker's variable that holds the address of a database or cache."""
    return re.sub(r"[^A-Z0-9]+", "_", f"PRISM_TARGET_{service}_{environment}".upper())
