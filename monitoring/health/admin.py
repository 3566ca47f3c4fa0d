"""Checks in the admin: where they are made, edited and paused."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from monitoring.health.actions import make_heartbeat_key, save_check
from monitoring.health.cells import describe
from monitoring.health.conditions import ConditionInvalid, parse
from monitoring.health.models import Check
from monitoring.health.options import mistakes_in
from monitoring.health.service_page import known_of
from monitoring.health.words import Kind, Origin
from prism.core.access import AuthorizedAdmin, logged_in_person
from prism.core.addresses import AddressRefused
from prism.core.outbound import check_url, probe_policy
from prism.core.targets import UrlRefused
from services.catalog.names import is_slug

BY_CATALOG = ("service", "subject", "environment", "kind", "target")


class CheckForm(forms.ModelForm):
    """Reads a check, its conditions and the URL of an HTTP check as strictly as the probes do."""

    class Meta:
        model = Check
        fields = (
            *("service", "subject", "environment", "kind", "target", "options", "conditions"),
            *("degraded_ms", "failing_ms", "interval_s", "timeout_s", "failures_to_down"),
            *("successes_to_up", "is_paused"),
        )
        labels = {
            "degraded_ms": "Degraded from, in ms",
            "failing_ms": "Failing from, in ms",
            "interval_s": "Asked every, in seconds",
            "timeout_s": "Timeout, in seconds",
            "failures_to_down": "Failures in a row until it is down",
            "successes_to_up": "Good answers in a row until it is up",
            "is_paused": "Paused: nobody asks",
        }
        widgets = {"conditions": forms.Textarea(attrs={"rows": 4, "class": "mono"})}
        help_texts = {
            "conditions": 'One a line, all must hold: status == 200, json.status == "healthy", '
            "warn latency_ms < 300. Lines that begin with warn only degrade.",
            "target": "A URL for http and websocket, host:port for tcp and tls, a name for dns; "
            "for redis and postgres env:NAME, a variable of the worker that holds the address.",
            "options": "See docs/health.md for those of each kind.",
        }

    def clean_conditions(self) -> str:
        """Parse them now: what is saved can be asked."""
        text: str = self.cleaned_data["conditions"]
        try:
            parse(text)
        except ConditionInvalid as error:
            raise forms.ValidationError(str(error)) from error
        return text

    def clean(self) -> dict[str, Any] | None:
        """Check what only makes sense together."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        kind, target = cleaned.get("kind"), cleaned.get("target", "")
        if service := cleaned.get("service"):
            cleaned["subject"] = service.name
        for name in ("subject", "environment"):
            if cleaned.get(name) and not is_slug(cleaned[name]):
                self.add_error(name, "Lower case letters, digits, dots, dashes and underscores")
        if kind == Kind.HTTP and target and not target.startswith(("own:", "env:")):
            try:
                check_url(target, probe_policy())
            except (UrlRefused, AddressRefused) as error:
                self.add_error("target", str(error))
        if target.startswith("own:") and self.instance.origin != Origin.BUILT_IN:
            self.add_error("target", "own: is for the checks that the console made of itself")
        if kind in (Kind.REDIS, Kind.POSTGRES) and "@" in target:
            self.add_error("target", "No password may be stored here: use env:NAME")
        if kind != Kind.HEARTBEAT and kind and not target:
            self.add_error("target", "Say where it leads")
        self._clean_options(kind, cleaned.get("options"))
        return cleaned

    def _clean_options(self, kind: str | None, options: object) -> None:
        if not isinstance(options, dict):
            self.add_error("options", "Write an object: {}")
        else:
            for mistake in mistakes_in(str(kind), options):
                self.add_error("options", mistake)


@admin.register(Check)
class CheckAdmin(AuthorizedAdmin, admin.ModelAdmin):
    """The list of checks and the form of one; those of the catalog follow it in where they lead."""

    form = CheckForm
    list_display = (
        "subject",
        "environment",
        "kind",
        "verdict",
        "target",
        "interval_s",
        "origin",
        "is_paused",
    )
    list_filter = ("state__verdict", "kind", "environment", "origin", "is_paused")
    list_display_links = ("subject",)
    search_fields = ("subject", "target")
    ordering = ("subject", "environment", "pk")
    list_per_page = 100
    actions = ("pause", "resume")
    fieldsets = (
        ("What is asked", {"fields": ("service", "subject", "environment", "kind", "target", "options")}),
        ("When it is well", {"fields": ("conditions", "degraded_ms", "failing_ms")}),
        ("How often, and what it takes to believe it", {
            "fields": ("interval_s", "timeout_s", "failures_to_down", "successes_to_up", "is_paused"),
        }),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Check]:
        """Leave out what the catalog no longer asks for."""
        return super().get_queryset(request).filter(retired_at=None).select_related("state")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Keep people from editing what the next sync would take back."""
        return BY_CATALOG if obj is not None and obj.origin != Origin.MANUAL else ()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save through the action; a new heartbeat check tells its address once."""
        if obj.kind == Kind.HEARTBEAT and not obj.heartbeat_sha256:
            url = request.build_absolute_uri(reverse("heartbeat", args=[make_heartbeat_key(obj)]))
            messages.warning(
                request, f"The service must POST to {url}; the address is shown only now."
            )
        save_check(obj, actor=logged_in_person(request), now=timezone.now())

    @admin.display(description="Now", ordering="state__verdict")
    def verdict(self, row: Check) -> SafeString:
        """Show what is known of it."""
        cell = describe(known_of(row), timezone.now())
        url = reverse("service-health", args=[row.subject])
        return format_html(
            '<a class="chip {}" href="{}?check={}" title="{}">{}</a>',
            *(cell.css, url, row.pk, cell.title, cell.label),
        )

    @admin.action(description="Pause", permissions=["change"])
    def pause(self, request: HttpRequest, rows: QuerySet[Check]) -> None:
        """Ask them no more until they are resumed."""
        self._set_paused(request, rows, is_paused=True)

    @admin.action(description="Resume", permissions=["change"])
    def resume(self, request: HttpRequest, rows: QuerySet[Check]) -> None:
        """Ask them again."""
        self._set_paused(request, rows, is_paused=False)

    def _set_paused(self, request: HttpRequest, rows: QuerySet[Check], *, is_paused: bool) -> None:
        for check in rows.exclude(is_paused=is_paused):
            check.is_paused = is_paused
            save_check(check, actor=logged_in_person(request), now=timezone.now())
