"""Reads a form out of a page as a browser would send it back untouched."""

from html.parser import HTMLParser
from typing import Any


class _FormReader(HTMLParser):
    """Collects the successful controls of the form with one id."""

    def __init__(self, form_id: str) -> None:
        super().__init__(convert_charrefs=True)
        self.form_id = form_id
        self.found = False
        self.values: dict[str, list[str]] = {}
        self._inside = False
        self._textarea: str | None = None
        self._select: str | None = None

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Note inputs, and where text areas and choices begin."""
        values = {name: value or "" for name, value in attributes}
        if tag == "form" and values.get("id") == self.form_id:
            self._inside = self.found = True
        if not self._inside:
            return
        name = values.get("name")
        if tag == "input" and name and values.get("type") not in ("submit", "button", "file"):
            is_box = values.get("type") in ("checkbox", "radio")
            if not is_box or "checked" in values:
                text = values.get("value", "on" if is_box else "")
                self._add(name, text if values.get("type") == "hidden" else _one_line(text))
        elif tag == "textarea" and name:
            self._textarea = name
            self._add(name, "")
        elif tag == "select" and name:
            self._select = name
        elif tag == "option" and self._select and "selected" in values:
            self._add(self._select, values.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        """Close what was open."""
        if tag == "form":
            self._inside = False
        elif tag == "textarea" and self._textarea is not None:
            text = self.values[self._textarea][-1].removeprefix("\n")
            self.values[self._textarea][-1] = text.replace("\n", "\r\n")
            self._textarea = None
        elif tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        """Fill the open text area."""
        if self._inside and self._textarea is not None:
            self.values[self._textarea][-1] += data.replace("\r\n", "\n").replace("\r", "\n")

    def _add(self, name: str, value: str) -> None:
        self.values.setdefault(name, []).append(value)


def _one_line(text: str) -> str:
    """Strip line ends, as the value sanitisation of a text input does (HTML section 4.10.5.1.2)."""
    return text.replace("\r", "").replace("\n", "")


def filled_form(response: Any, form_id: str) -> dict[str, Any]:
    """Give what submitting the form of a page sends when nobody touched it."""
    reader = _FormReader(form_id)
    reader.feed(response.content.decode())
    assert reader.found, f"the page has no form with id {form_id}"
    return {
        name: values[0] if len(values) == 1 else values for name, values in reader.values.items()
    }
