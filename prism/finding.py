"""What `prism doctor` found about one thing. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class Light(StrEnum):
    """How bad it is: red stops the console or loses something, amber will one day."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, what was seen, and what to do when it is not fine."""

    name: str
    light: Light
    seen: str
    advice: str = ""


def green(name: str, seen: str) -> Finding:
    """Say that all is well."""
    return Finding(name, Light.GREEN, seen)


def amber(name: str, seen: str, advice: str) -> Finding:
    """Warn."""
    return Finding(name, Light.AMBER, seen, advice)


def red(name: str, seen: str, advice: str) -> Finding:
    """Say that something is wrong."""
    return Finding(name, Light.RED, seen, advice)
