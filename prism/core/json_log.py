"""Writes the log as one JSON document per line, whatever a hostile request puts into it."""

import json
import logging
from datetime import UTC, datetime

from prism.core.log_text import escape_control_characters
from prism.core.request_context import current_request_id

# What the standard library puts on a record; everything else came in by `extra`.
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "request"}


class RequestIdFilter(logging.Filter):
    """Puts the id of the request in hand on every record."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep every record."""
        record.request_id = current_request_id()
        return True


class JsonFormatter(logging.Formatter):
    """One line per record: control characters, line ends and direction marks are escaped."""

    def format(self, record: logging.LogRecord) -> str:
        """Write the record; fields of `extra` stand beside the message."""
        document: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": escape_control_characters(record.getMessage()),
        }
        for name, value in vars(record).items():
            if name not in _STANDARD and value not in ("", None):
                plain = value if isinstance(value, int | float | bool) else str(value)
                document[name] = (
                    escape_control_characters(plain) if isinstance(plain, str) else plain
                )
        if record.exc_info:
            document["exception"] = self.formatException(record.exc_info)
        return json.dumps(document, allow_nan=True)


class TextFormatter(logging.Formatter):
    """The same record for a person at a terminal; still one line, and then the traceback."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s %(message)s", "%H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:
        """Escape what could forge a second line."""
        record.message = escape_control_characters(record.message)
        return super().formatMessage(record)
