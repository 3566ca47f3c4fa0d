"""Controls of the editor that Django's own have no equal for."""

from collections.abc import Sequence
from typing import Any

from django.contrib.admin.widgets import AutocompleteSelect


class KnownChoiceSelect(AutocompleteSelect):
    """A search box that shows the present choice without asking the database for its name.

    The stock widget makes one query a row. `known` maps the primary key of what is chosen to its name.
    """

    known: dict[str, str]

    def optgroups(
        self, name: str, value: Sequence[str], attrs: dict[str, Any] | None = None
    ) -> list[tuple[str | None, list[dict[str, Any]], int | None]]:
        """Offer the one selected service; fall back to the query for what was typed anew."""
        chosen = [key for key in value if key]
        known = getattr(self, "known", {})
        if any(key not in known for key in chosen):
            return super().optgroups(name, value, attrs)
        options = [
            self.create_option(name, key, known[key], True, index)
            for index, key in enumerate(chosen)
        ]
        return [(None, options, 0)]
