"""The forms of projects and services themselves; those of a service's parts are in `part_forms`."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Max
from django.http import QueryDict

from services.catalog.admin.fields import ListField, MappingField, UntouchedValues, UsageField
from services.catalog.admin.shapes import validate_slug, validate_target_date
from services.catalog.models import Change, Project, Service

ALIASES_HELP = "One per line; a former name stays here after a rename."
TAGS_HELP = "One per line."


class NamedForm(UntouchedValues):
    """A form of something with a stable name: its name and aliases belong to nothing else."""

    name = forms.CharField(max_length=100, validators=[validate_slug])
    aliases = ListField(help_text=ALIASES_HELP)
    tags = ListField(help_text=TAGS_HELP)
    extra = MappingField(
        label="Other keys",
        help_text="What has no field of its own, one key: value per line.",
        rows=6,
    )

    seen_revision = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["seen_revision"].initial = self._last_revision()

    def _last_revision(self) -> int:
        """Give the revision of the last change set that touched the row. One query."""
        changes = Change.objects.filter(
            subject_kind=self._meta.model._meta.model_name, subject_name=self.initial.get("name")
        )
        last = (
            changes.aggregate(last=Max("change_set__revision"))["last"] if self.instance.pk else 0
        )
        return last or 0

    def clean_seen_revision(self) -> None:
        """Refuse to write over an edit that the reader has not seen; a second attempt may."""
        last = self.fields["seen_revision"].initial
        if (self.cleaned_data["seen_revision"] or 0) >= last:
            return
        seen = QueryDict(mutable=True)
        seen.update(self.data)
        seen[self.add_prefix("seen_revision")] = str(last)
        self.data = seen
        stale = ValidationError(
            f"Change set #{last} has changed this since you opened the page. Look at the history;"
            " save again to write your values over it.",
            code="stale",
        )
        self.add_error(None, stale)  # of the form: nobody sees the errors of a hidden field

    def clean(self) -> dict[str, Any] | None:
        """Keep the old name of what is renamed, and refuse names that others have. One query."""
        cleaned = super().clean()
        if "name" not in self.cleaned_data or "aliases" not in self.cleaned_data:
            return cleaned
        name, aliases = self.cleaned_data["name"], list(self.cleaned_data["aliases"])
        if self.instance.pk and name != self.instance.name and self.instance.name not in aliases:
            aliases.append(self.instance.name)
        self.cleaned_data["aliases"] = list(dict.fromkeys(a for a in aliases if a != name))
        taken = self._names_of_others()
        if owner := taken.get(name.lower()):
            self.add_error("name", _taken(name, owner))
        for alias in self.cleaned_data["aliases"]:
            if owner := taken.get(alias.lower()):
                self.add_error("aliases", _taken(alias, owner))
        return cleaned

    def _names_of_others(self) -> dict[str, str]:
        """Map every name and alias of the others, in lower case, to who has it."""
        others = self._meta.model._default_manager.exclude(pk=self.instance.pk)
        taken: dict[str, str] = {}
        for name, aliases in others.values_list("name", "aliases"):
            for word in (*aliases, name):
                taken[str(word).lower()] = name
        return taken


def _taken(word: str, owner: str) -> ValidationError:
    return ValidationError(f"{word} already names {owner}.", code="taken")


class ProjectForm(NamedForm):
    """The form of a project."""

    target_date = forms.CharField(
        max_length=10,
        required=False,
        validators=[validate_target_date],
        help_text="2026, 2026-Q2, 2026-04 or 2026-04-30.",
    )

    class Meta:
        model = Project
        exclude = ["archived_at"]
        labels = {"repo": "Repository"}


class ServiceForm(NamedForm):
    """The form of a service."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if "project" in self.fields and self.instance.project_id:
            project = self.instance.project
            self.fields["project"].widget.known = {str(project.pk): project.name}

    configuration = MappingField(rows=4)
    backups = MappingField(rows=4)
    schema_migrations = MappingField(rows=4, label="Database migrations")
    observability = MappingField(rows=6)
    cdn = MappingField(rows=4, label="CDN")
    usage = UsageField(
        rows=4,
        label="Used for",
        help_text="A service's name and a colon; under it, what for: indented lines that start with a dash.",
    )

    class Meta:
        model = Service
        exclude = ["archived_at"]
        labels = {"repo": "Repository"}
