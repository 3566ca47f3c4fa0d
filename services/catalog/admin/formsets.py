"""What must hold between the rows of a service: host names, their order, and no circles."""

from collections import defaultdict, deque
from collections.abc import Mapping
from functools import cached_property
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import F, Model, Q
from django.forms.formsets import DELETION_FIELD_NAME

from services.catalog.admin.lean_renderer import LeanRenderer
from services.catalog.models import (
    Dependency,
    Domain,
    Environment,
    Service,
    SharedVariable,
    Variable,
)
from services.catalog.names import Status

ASIDE = 10_000  # more than any number a form accepts, less than a small integer column holds


LEAN_RENDERER = LeanRenderer()


class NumberedFormSet(forms.BaseInlineFormSet):
    """Rows with a number that is unique among them and may be swapped on the page."""

    number = "number"

    def save_existing_objects(self, commit: bool = True) -> list[Any]:
        """Move the rows that change out of each other's way first: the database checks row by row."""
        moving = [form.instance.pk for form in self.initial_forms if form.has_changed()]
        rows = cast(type[Model], self.model)._default_manager.filter(pk__in=moving)
        rows.update(**{self.number: F(self.number) + ASIDE})
        return super().save_existing_objects(commit)


class PartFormSet(forms.BaseInlineFormSet):
    """The rows of one part of a service."""

    instance: Service

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        """Render the rows as their form says; a formset would overrule it."""
        return {**super().get_form_kwargs(index), "renderer": LEAN_RENDERER}

    def add_fields(self, form: forms.ModelForm, index: int | None) -> None:
        """Give each row its service, which is loaded already."""
        super().add_fields(form, index)
        form.instance.service = self.instance

    def kept_forms(self) -> list[forms.ModelForm]:
        """Give the valid rows that stay: filled in and not marked for deletion."""
        return [
            form
            for form in self.forms
            if not form.errors and form.has_changed() | bool(form.instance.pk)
            if not form.cleaned_data.get(DELETION_FIELD_NAME)
        ]


class DomainFormSet(PartFormSet, NumberedFormSet):
    """Host names: numbered per environment, and each with one active service."""

    number = "position"

    def add_fields(self, form: forms.ModelForm, index: int | None) -> None:
        """Share one list of environments between the rows: one query, not one a row."""
        super().add_fields(form, index)
        if "environment" in form.fields:
            form.fields["environment"].widget.choices = self._environment_choices

    @cached_property
    def _environment_choices(self) -> list[tuple[Any, str]]:
        environments = Environment.objects.order_by("position", "name")
        return [("", "---------"), *((row.pk, row.name) for row in environments)]

    def save_existing_objects(self, commit: bool = True) -> list[Any]:
        """Take host names that move out of service first; the end of the edit puts them back."""
        for form in self.initial_forms:
            before = (form.initial.get("environment"), form.initial.get("hostname"))
            if before != (form.instance.environment_id, form.instance.hostname):
                form.instance.is_serving = False
        return super().save_existing_objects(commit)

    def clean(self) -> None:
        """Number the new rows, then look for the same host name elsewhere."""
        kept = [form for form in self.kept_forms() if form.cleaned_data.get("environment")]
        self._number(kept)
        super().clean()
        self._refuse_twice(kept)
        if self.instance.status == Status.ACTIVE:
            self._refuse_taken(kept)

    @staticmethod
    def _number(kept: list[forms.ModelForm]) -> None:
        """Give each row without a number the next free one of its environment."""
        used: dict[Any, set[int]] = defaultdict(set)
        unnumbered = []
        for form in kept:
            if form.cleaned_data.get("position") is None:
                unnumbered.append(form)
            else:
                used[form.cleaned_data["environment"]].add(form.cleaned_data["position"])
        for form in unnumbered:
            taken = used[form.cleaned_data["environment"]]
            position = next(n for n in range(len(taken) + 1) if n not in taken)
            taken.add(position)
            form.cleaned_data["position"] = form.instance.position = position

    @staticmethod
    def _refuse_twice(kept: list[forms.ModelForm]) -> None:
        seen: set[tuple[Any, str]] = set()
        for form in kept:
            place = (form.cleaned_data["environment"], form.cleaned_data["hostname"])
            if place in seen:
                form.add_error("hostname", ValidationError("This is there twice.", code="twice"))
            seen.add(place)

    def _refuse_taken(self, kept: list[forms.ModelForm]) -> None:
        """Say which active service has a host name already. One query."""
        owners = {
            (domain.environment_id, domain.hostname): domain.service.name
            for domain in serving_elsewhere(
                self.instance,
                [(f.cleaned_data["environment"].pk, f.cleaned_data["hostname"]) for f in kept],
            )
        }
        for form in kept:
            environment = form.cleaned_data["environment"]
            if owner := owners.get((environment.pk, form.cleaned_data["hostname"])):
                message = f"The active service {owner} has this host name in {environment}."
                form.add_error("hostname", ValidationError(message, code="taken"))


def serving_elsewhere(service: Service, places: list[tuple[int, str]]) -> list[Domain]:
    """Find the same host names on other services that serve them now. One query, or none."""
    if not places:
        return []
    same = Q()
    for environment_id, hostname in places:
        same |= Q(environment_id=environment_id, hostname=hostname)
    others = Domain.objects.filter(same, is_serving=True).exclude(service_id=service.pk)
    return list(others.select_related("service", "environment").order_by("hostname", "pk"))


class SharedPartFormSet(PartFormSet):
    """The rows of one part of a project."""

    instance: Any

    def add_fields(self, form: forms.ModelForm, index: int | None) -> None:
        """Give each row its project, which is loaded already."""
        super(PartFormSet, self).add_fields(form, index)
        form.instance.project = self.instance


class OverrideFormSet(PartFormSet):
    """What is different in one environment: in one that there is, and never of a secret."""

    def clean(self) -> None:
        """Refuse environments that are not there, and a value of a secret. Three queries at most."""
        super().clean()
        kept = [form for form in self.kept_forms() if form.cleaned_data.get("name")]
        if not kept:
            return
        known = set(Environment.objects.values_list("name", flat=True))
        spelled = [
            form
            for form in kept
            if form.cleaned_data.get("value") or form.cleaned_data.get("default")
        ]
        secrets = self._secrets({form.cleaned_data["name"] for form in spelled})
        for form in kept:
            if form.cleaned_data.get("environment") not in known:
                form.add_error(
                    "environment",
                    ValidationError(f"One of {', '.join(sorted(known))}.", code="environment"),
                )
        for form in spelled:
            if form.cleaned_data["name"] in secrets:
                message = "A secret has no value here either. Say where it comes from."
                form.add_error(None, ValidationError(message, code="secret"))

    def _secrets(self, names: set[str]) -> set[str]:
        if not names or not self.instance.pk:
            return set()
        own = Variable.objects.filter(service=self.instance, secret=True, name__in=names)
        shared = SharedVariable.objects.filter(
            project_id=self.instance.project_id, secret=True, name__in=names
        )
        return set(own.values_list("name", flat=True)) | set(shared.values_list("name", flat=True))


class DependencyFormSet(PartFormSet):
    """Needs: of current services, and never in a circle."""

    def add_fields(self, form: forms.ModelForm, index: int | None) -> None:
        """Tell the search box the name of the row's target, which was selected along."""
        super().add_fields(form, index)
        row: Dependency = form.instance
        if "target" in form.fields and row.target_id:
            form.fields["target"].widget.known = {str(row.target_id): row.target.name}

    def clean(self) -> None:
        """Refuse the row that would close a circle, and print the circle. One query."""
        super().clean()
        kept = [form for form in self.kept_forms() if form.cleaned_data.get("target")]
        if not kept:
            return
        needs = self._needs_of_others()
        for form in kept:
            target: Service = form.cleaned_data["target"]
            if circle := _path(needs, target.pk, self.instance.pk):
                names = dict(Service.objects.filter(pk__in=circle).values_list("pk", "name"))
                names[self.instance.pk] = self.instance.name
                steps = " → ".join(names[pk] for pk in (self.instance.pk, *circle))
                form.add_error("target", ValidationError(f"A circle: {steps}.", code="circle"))

    def _needs_of_others(self) -> dict[int, list[int]]:
        rows = Dependency.objects.filter(service__archived_at__isnull=True)
        needs: dict[int, list[int]] = defaultdict(list)
        for service, target in rows.exclude(service=self.instance.pk).values_list(
            "service_id", "target_id"
        ):
            needs[service].append(target)
        return needs


def _path(needs: Mapping[int, list[int]], start: int, goal: int | None) -> list[int]:
    """Find a way from start to goal along the needs, both ends included; none is an empty list."""
    came_from: dict[int, int | None] = {start: None}
    waiting = deque([start])
    while waiting:
        here: int | None = waiting.popleft()
        if here == goal:
            steps = []
            while here is not None:
                steps.append(here)
                here = came_from[here]
            return steps[::-1]
        for following in needs.get(here, ()):  # type: ignore[arg-type]
            if following not in came_from:
                came_from[following] = here
                waiting.append(following)
    return []
