"""What a command hands back to the `prism` command line, which prints it. Pure."""

from dataclasses import dataclass
from typing import Any

OK, ERROR, DIFFERS = 0, 1, 2  # exit statuses; DIFFERS also says unhealthy


@dataclass(frozen=True, slots=True)
class Answer:
    """The one JSON document of `--json`, the text otherwise, and the exit status.

    An exact text is written as it is, without a final line end of its own.
    """

    document: Any
    text: str
    exit_status: int = OK
    is_exact: bool = False


class CommandFailed(Exception):
    """A user's mistake or an expected refusal; the message says what to do next.

    `errors` is the list in the JSON document when it says where each is; every error has the same
    keys. `rest` are the keys that scripts expect beside the list.
    """

    def __init__(
        self,
        message: str,
        *,
        errors: list[dict[str, Any]] | None = None,
        rest: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        nowhere = {"file": None, "line": None, "column": None, "path": None, "message": message}
        self.document = {"errors": errors or [nowhere], **(rest or {})}
