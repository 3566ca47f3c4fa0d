"""Renders the plain form controls without a template each: a service's page has five hundred of them."""

from collections.abc import Mapping
from typing import Any

from django.forms.renderers import DjangoTemplates
from django.forms.utils import flatatt
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

_INPUTS = frozenset(
    f"django/forms/widgets/{name}.html" for name in ("text", "number", "hidden", "checkbox")
)
_TEXTAREA = "django/forms/widgets/textarea.html"
_ERRORS = "django/forms/errors/list/"
_SELECT = "django/forms/widgets/select.html"


class LeanRenderer(DjangoTemplates):
    """Writes the same HTML as Django's templates for inputs, text areas and selects."""

    def render(
        self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None
    ) -> str:
        """Write the control, or leave one of another kind to its template."""
        widget = context.get("widget")
        if widget is not None and template_name in _INPUTS:
            return _input(widget)
        if widget is not None and template_name == _TEXTAREA:
            return _textarea(widget)
        if widget is not None and template_name == _SELECT:
            return _select(widget)
        if template_name.startswith(_ERRORS) and not context["errors"]:
            return SafeString("")
        return super().render(template_name, context, request)


def _input(widget: Mapping[str, Any]) -> SafeString:
    attributes = {"type": widget["type"], "name": widget["name"], "value": widget["value"]}
    return format_html("<input{}>", flatatt({**attributes, **widget["attrs"]}))


def _textarea(widget: Mapping[str, Any]) -> SafeString:
    attributes = flatatt({"name": widget["name"], **widget["attrs"]})
    # the line end is eaten by the browser, so that one the value begins with is not
    return format_html("<textarea{}>\r\n{}</textarea>", attributes, widget["value"] or "")


def _select(widget: Mapping[str, Any]) -> SafeString:
    groups = (
        format_html('<optgroup label="{}">{}</optgroup>', name, _options(options))
        if name
        else _options(options)
        for name, options, _ in widget["optgroups"]
    )
    attributes = flatatt({"name": widget["name"], **widget["attrs"]})
    rows = format_html_join("", "{}", ((group,) for group in groups))
    return format_html("<select{}>{}</select>", attributes, rows)


def _options(options: list[dict[str, Any]]) -> SafeString:
    return format_html_join(
        "\n",
        '<option value="{}"{}>{}</option>',
        ((option["value"], flatatt(option["attrs"]), option["label"]) for option in options),
    )
