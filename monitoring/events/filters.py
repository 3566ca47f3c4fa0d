"""Which events somebody wants to see: the same decision in memory and in SQL. Pure."""

from collections.abc import Mapping
from typing import NamedTuple

SEVERITIES = ("debug", "info", "warning", "error", "critical")
LONGEST_FILTER = 200


class EventFilter(NamedTuple):
    """Empty fields keep everything. `severity` is the least one, `type` is how the type begins."""

    service: str = ""
    type: str = ""
    severity: str = ""
    text: str = ""

    def fits(self, *, service: str, type: str, severity: str, message: str) -> bool:
        """Decide for one event."""
        if self.service and service != self.service:
            return False
        if self.type and not type.lower().startswith(self.type.lower()):
            return False
        if self.severity and severity not in severities_from(self.severity):
            return False
        wanted = self.text.lower()
        return not wanted or any(wanted in part.lower() for part in (message, type, service))

    def as_query(self) -> dict[str, str]:
        """Give the fields that are set, as they stand in an address."""
        fields = {
            "service": self.service, "type": self.type, "severity": self.severity, "text": self.text,
        }  # fmt: skip
        return {name: value for name, value in fields.items() if value}


def read_filter(values: Mapping[str, object]) -> EventFilter:
    """Read what an address or a socket says; what is no filter of ours filters nothing."""

    def text(name: str) -> str:
        value = values.get(name)
        if not isinstance(value, str):
            return ""
        # a surrogate or NUL is in no stored event, and no database takes it
        clean = value.encode("utf-8", "replace").decode().replace("\x00", "")
        return clean.strip()[:LONGEST_FILTER]

    severity = text("severity")
    return EventFilter(
        service=text("service"),
        type=text("type"),
        severity=severity if severity in SEVERITIES else "",
        text=text("text"),
    )


def severities_from(least: str) -> tuple[str, ...]:
    """Name a severity and all that are worse."""
    return SEVERITIES[SEVERITIES.index(least) :]
