import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.test.html import parse_html

from services.catalog.admin.lean_renderer import LeanRenderer

HOSTILE = "\"><script>alert('&amp;')</script>\n</textarea>"
CONTROLS = [
    (forms.TextInput({"class": "a", "required": True, "disabled": False}), HOSTILE),
    (forms.TextInput(), None),
    (forms.NumberInput({"min": 0}), 7),
    (forms.HiddenInput(), 0),
    (forms.CheckboxInput(), True),
    (forms.CheckboxInput(), False),
    (forms.Textarea({"rows": 3}), HOSTILE),
    (forms.Textarea(), None),
    (forms.Select(choices=[("", "None"), (1, "<One>"), ("b", "B")]), 1),
    (forms.Select(choices=[("Group", [(1, "One")]), (2, HOSTILE)]), 2),
    (forms.DateInput(), "2026-01-01"),
]


@pytest.mark.parametrize(("widget", "value"), CONTROLS)
def test_a_control_is_the_same_as_from_its_template(widget, value):
    lean = widget.render("name", value, {"id": "id_name"}, LeanRenderer())
    template = widget.render("name", value, {"id": "id_name"}, DjangoTemplates())

    assert parse_html(lean) == parse_html(template)
    assert "<script>" not in lean
