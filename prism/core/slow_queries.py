"""Logs every statement that takes longer than `PRISM_SLOW_QUERY_MS`: its text, never its values."""

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper

logger = logging.getLogger(__name__)

LONGEST_TEXT = 2000


def watch_connection(connection: BaseDatabaseWrapper, **signal: object) -> None:
    """Watch a connection that was just opened; does nothing when the setting is 0."""
    if settings.PRISM_SLOW_QUERY_MS and _timed not in connection.execute_wrappers:
        connection.execute_wrappers.append(_timed)


def _timed(
    execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Mapping[str, Any]
) -> Any:
    began_at = time.perf_counter()
    try:
        return execute(sql, params, many, context)
    finally:
        took_ms = (time.perf_counter() - began_at) * 1000
        if took_ms >= (settings.PRISM_SLOW_QUERY_MS or float("inf")):
            # values may be secrets; the placeholders stand in the text
            text = str(sql)[:LONGEST_TEXT]
            logger.warning("slow query: %.0f ms: %s", took_ms, text, extra={"took_ms": took_ms})
