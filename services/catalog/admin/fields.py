"""Form fields that show stored lists and mappings as lines of text instead of JSON."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from services.catalog.admin.lean_renderer import LeanRenderer
from services.catalog.lines import (
    LinesInvalid,
    read_list,
    read_mapping,
    read_value,
    write_list,
    write_value,
)

LIST_HELP = "One per line."


class _LinesField(forms.CharField):
    """A text area over a JSON value; subclasses say how the value is written and read."""

    empty: Any = None
    help_text_default = ""

    def __init__(self, *, rows: int = 3, **options: Any) -> None:
        options.setdefault("required", False)
        options.setdefault("help_text", self.help_text_default)
        widget = forms.Textarea(attrs={"rows": rows, "class": "lines", "spellcheck": "false"})
        super().__init__(widget=widget, strip=False, **options)

    def write(self, value: Any) -> str:
        """Write the stored value as text."""
        raise NotImplementedError

    def read(self, text: str) -> Any:
        """Read the text back. Raises LinesInvalid."""
        raise NotImplementedError

    def prepare_value(self, value: Any) -> Any:
        """Show the stored value, or again what was typed."""
        return value if isinstance(value, str) else self.write(value)

    def clean(self, value: Any) -> Any:
        """Give the JSON value of the typed text."""
        text = super().clean(value)
        try:
            read = self.read(text)
        except LinesInvalid as error:
            raise ValidationError(str(error), code="lines") from error
        if self.required and not read:
            raise ValidationError(self.error_messages["required"], code="required")
        return read

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare what was shown with what came back."""
        return _comparable(self.prepare_value(initial)) != _comparable(data or "")


def _comparable(text: str) -> list[str]:
    """Leave out what a browser changes by itself: line ends, and empty lines at both ends."""
    return text.strip("\r\n").splitlines()


class ListField(_LinesField):
    """A list of texts, one per line."""

    help_text_default = LIST_HELP

    def write(self, value: Any) -> str:
        """Write one item a line."""
        return write_list(value or [])

    def read(self, text: str) -> list[str]:
        """Read one item a line."""
        return read_list(text)


class MappingField(_LinesField):
    """A small mapping, one `key: value` per line."""

    def write(self, value: Any) -> str:
        """Write `key: value` lines."""
        return write_value(value)

    def read(self, text: str) -> Any:
        """Read `key: value` lines."""
        return read_mapping(text)


class ValueField(MappingField):
    """Any JSON value: a mapping, a list, or one scalar."""

    def read(self, text: str) -> Any:
        """Read whatever the lines say."""
        return read_value(text)


class UsageField(MappingField):
    """What services use this one for: `[{"service": name, "purposes": [text]}]`, as `name:` and a list."""

    def write(self, value: Any) -> str:
        """Write purposes under each service's name, or any other shape as it is."""
        users = value or []
        names = [user.get("service") for user in users if isinstance(user, dict)]
        is_plain = len(set(names)) == len(users) and all(
            isinstance(user, dict) and set(user) == {"service", "purposes"} for user in users
        )
        if not is_plain:
            return write_value(users)
        return write_value({user["service"]: user["purposes"] for user in users})

    def read(self, text: str) -> Any:
        """Read purposes under each service's name."""
        value = read_value(text)
        if isinstance(value, dict):
            return [
                {"service": name, "purposes": _as_texts(purposes)}
                for name, purposes in value.items()
            ]
        return [] if value is None else value


def _as_texts(value: Any) -> list[str]:
    items = value if isinstance(value, list) else [] if value is None else [value]
    return [str(item) for item in items]


class ProseField(forms.CharField):
    """A text of several lines, with the line ends that are stored everywhere else."""

    def __init__(self, **options: Any) -> None:
        options["widget"] = forms.Textarea(attrs={"rows": 2})
        super().__init__(**options)

    def to_python(self, value: Any) -> str:
        """Turn the line ends of a browser into plain ones."""
        text = super().to_python(value) or ""
        return text.replace("\r\n", "\n").replace("\r", "\n")


class UntouchedValues(forms.ModelForm):
    """A model form that leaves a text alone unless somebody changed what was shown.

    A browser rewrites line ends, and Django strips spaces: without this, saving a page would
    change every value that was imported with a line end or in another notation.
    """

    default_renderer = LeanRenderer

    def clean(self) -> dict[str, Any] | None:
        """Put the stored value back where the text came back as it was shown."""
        cleaned = super().clean()
        if self.instance.pk:
            for name in self.fields.keys() & self.cleaned_data.keys():
                stored = getattr(self.instance, name, None)
                if isinstance(self.fields[name], forms.CharField) and self._is_as_shown(
                    name, stored
                ):
                    self.cleaned_data[name] = stored
        return cleaned

    def _is_as_shown(self, name: str, stored: Any) -> bool:
        field = self.fields[name]
        shown, sent = str(field.prepare_value(stored)), str(self[name].data or "")
        if isinstance(field.widget, forms.Textarea):
            return _comparable(shown) == _comparable(sent)
        return "".join(shown.splitlines()).strip() == sent.strip()
