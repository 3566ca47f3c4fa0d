"""Change pages in sections: fields and the rows that belong to them, under one heading."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.utils import flatten
from django.http import HttpRequest, HttpResponse

if TYPE_CHECKING:
    _AdminBase = admin.ModelAdmin[Any]
else:
    _AdminBase = object


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a change page; its key is the address of its heading."""

    key: str
    title: str
    hint: str
    fields: tuple[str | tuple[str, ...], ...] = ()
    inlines: tuple[type[admin.options.InlineModelAdmin], ...] = ()
    rows_first: bool = False


@dataclass(frozen=True, slots=True)
class SectionShown:
    """A section with the fields and rows of one request."""

    section: Section
    fieldset: Any
    formsets: list[Any]

    @property
    def has_errors(self) -> bool:
        """Say whether something in this section must be corrected."""
        form = self.fieldset.form if self.fieldset else None
        names = flatten(self.section.fields)
        return any(form is not None and name in form.errors for name in names) or any(
            formset.formset.is_bound and formset.formset.total_error_count()
            for formset in self.formsets
        )


class SectionedAdmin(_AdminBase):
    """A ModelAdmin whose `sections` say where every field and inline stands."""

    sections: tuple[Section, ...] = ()

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Make one fieldset of each section that has fields."""
        return [(s.title, {"fields": s.fields}) for s in self.sections if s.fields]

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[type[Any]]:
        """Give the inlines of all sections, in their order."""
        return [inline for section in self.sections for inline in section.inlines]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **options: Any
    ) -> HttpResponse:
        """Sort Django's fieldsets and inline formsets into the sections for the template."""
        fieldsets = {fieldset.name: fieldset for fieldset in context["adminform"]}
        formsets = {type(formset.opts): formset for formset in context["inline_admin_formsets"]}
        context["sections"] = [
            SectionShown(
                section,
                fieldsets.get(section.title),
                [formsets[inline] for inline in section.inlines if inline in formsets],
            )
            for section in self.sections
        ]
        return super().render_change_form(request, context, *args, **options)
