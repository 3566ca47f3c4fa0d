"""PostgreSQL connections that give up by themselves when the server freezes.

`statement_timeout` and its kin are kept by the server: a server that is frozen, or a machine that is
gone without a word, keeps nothing, and libpq waits for ever.
"""

import time
from typing import Any

import psycopg


class DeadlineConnection(psycopg.Connection[Any]):
    """Raises OperationalError, and is closed, when one exchange takes longer than `deadline_s`."""

    deadline_s = 60.0

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Wait for an answer of the server; every query passes here."""
        started = time.monotonic()
        try:
            return super().wait(gen, interval, self.deadline_s if timeout is None else timeout)
        except psycopg.OperationalError as error:
            if timeout is not None or time.monotonic() - started < self.deadline_s:
                raise
            self.pgconn.finish()  # an answer that comes late must not meet the next query
            raise psycopg.OperationalError(
                f"the database did not answer within {self.deadline_s:g} s"
            ) from error


def connection_class(deadline_s: float) -> type[DeadlineConnection]:
    """Make the class for the pool of the settings, which takes a class and not its options."""
    return type("DeadlineConnection", (DeadlineConnection,), {"deadline_s": deadline_s})
