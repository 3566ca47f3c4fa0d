"""Rules, maintenance windows and channels in the admin: where they are made and edited."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django import forms
from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest

from monitoring.alerts.actions import save_channel, save_rule, save_window
from monitoring.alerts.models import Channel, MaintenanceWindow, Rule
from monitoring.alerts.rule_kinds import KINDS
from monitoring.alerts.words import ChannelKind, Kind
from monitoring.events.filters import SEVERITIES
from prism.core import audit
from prism.core.access import AuthorizedAdmin, logged_in_person

WEEKDAYS = [(str(number), name) for number, name in enumerate(
    ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
)]  # fmt: skip


class RuleForm(forms.ModelForm):
    """Reads a rule, and refuses limits that contradict each other."""

    event_severity = forms.ChoiceField(
        required=False, choices=[("", "any"), *((word, f"{word} and worse") for word in SEVERITIES)]
    )

    class Meta:
        model = Rule
        fields = (
            *("name", "kind", "severity", "is_enabled", "service", "environment", "fire", "clear"),
            *("for_s", "clear_s", "event_type", "event_severity", "window_s", "reminder_min", "advice"),
        )  # fmt: skip
        help_texts = {
            "service": "Only this one; empty for all. The console itself is called prism.",
            "environment": "Only this one; empty for all. For rules on checks.",
            "fire": "Where it begins, in the unit of the kind: see the page of rules.",
            "clear": "Where it is over again. Not beyond the limit where it begins.",
            "for_s": "For how many seconds it must be so before it fires.",
            "clear_s": "For how many seconds it must be well before it is over.",
            "event_type": "How the type of the events begins, such as deploy.; for rules on events.",
            "window_s": "In how many seconds the events are counted.",
            "reminder_min": "Minutes between reminders while nobody acknowledged it; 0 for none.",
            "advice": "What to do; it is told with the incident.",
        }

    def clean(self) -> dict[str, Any] | None:
        """Check what only makes sense together."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        fire, clear, kind = (cleaned.get(name) for name in ("fire", "clear", "kind"))
        if kind and fire is not None and clear is not None:
            about = KINDS[Kind(kind)]
            if (clear < fire) if about.is_below else (clear > fire):
                side = "under" if about.is_below else "over"
                self.add_error("clear", f"It may not be {side} the limit where it begins")
        return cleaned


class WindowForm(forms.ModelForm):
    """Reads a maintenance window; services are one name a line."""

    services = forms.CharField(
        required=False, widget=forms.Textarea(attrs={"rows": 4, "class": "mono"}),
        help_text="One name a line; empty for all.",
    )  # fmt: skip
    weekdays = forms.MultipleChoiceField(
        required=False, choices=WEEKDAYS, widget=forms.CheckboxSelectMultiple,
        help_text="Of a weekly one; none means the day it starts on.",
    )  # fmt: skip

    class Meta:
        model = MaintenanceWindow
        fields = ("title", "services", "environment", "starts_on", "starts_clock", "zone", "minutes",
                  "repeat", "weekdays", "last_day", "is_cancelled")  # fmt: skip
        labels = {"starts_clock": "Starts at", "zone": "Time zone", "minutes": "Lasts (minutes)"}
        help_texts = {"zone": "Such as Europe/Berlin: the window keeps its wall clock when the clocks change."}  # fmt: skip

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        if self.instance.pk:
            self.initial["services"] = "\n".join(self.instance.services)
            self.initial["weekdays"] = [str(day) for day in self.instance.weekdays]

    def clean_services(self) -> list[str]:
        """Give the names."""
        return [line.strip() for line in self.cleaned_data["services"].splitlines() if line.strip()]

    def clean_weekdays(self) -> list[int]:
        """Give the numbers."""
        return [int(day) for day in self.cleaned_data["weekdays"]]

    def clean_starts_on(self) -> date:
        """Refuse a year whose moments no clock has, such as 9999."""
        day: date = self.cleaned_data["starts_on"]
        if not 2000 <= day.year < 3000:
            raise forms.ValidationError("Name a day of this millennium")
        return day

    def clean_zone(self) -> str:
        """Refuse a zone that this machine does not know."""
        name: str = self.cleaned_data["zone"]
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise forms.ValidationError("Name a time zone such as Europe/Berlin or UTC") from error
        return name


class ChannelForm(forms.ModelForm):
    """Reads a channel; it holds names of variables, never an address or a key."""

    class Meta:
        model = Channel
        fields = ("name", "kind", "is_enabled", "url_variable", "key_variable", "recipients",
                  "min_severity", "group_wait_s", "group_interval_s")  # fmt: skip
        labels = {
            "url_variable": "Variable of the address",
            "key_variable": "Variable of the signing key",
        }
        help_texts = {
            "url_variable": "The worker's variable that holds the https address, PRISM_CHANNEL_...; "
            "the address itself is stored nowhere.",
            "key_variable": "The worker's variable that holds the key that signs a webhook (HMAC-SHA256).",
            "recipients": "E-mail addresses, separated by commas.",
            "group_wait_s": "How long the first message waits for others of its kind.",
            "group_interval_s": "How long after a message the next one comes at the earliest.",
        }

    def clean(self) -> dict[str, Any] | None:
        """Check that it says where to."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("kind") == ChannelKind.EMAIL:
            if not cleaned.get("recipients"):
                self.add_error("recipients", "Say to whom")
        elif cleaned.get("kind") and not cleaned.get("url_variable"):
            self.add_error("url_variable", "Name the variable that holds the address")
        return cleaned


@admin.register(Rule)
class RuleAdmin(AuthorizedAdmin, admin.ModelAdmin):
    """The list of rules and the form of one."""

    form = RuleForm
    actions = None  # no deletion of many: each is audited by itself
    list_display = (
        "name",
        "kind",
        "severity",
        "service",
        "environment",
        "fire",
        "for_s",
        "is_enabled",
    )
    list_filter = ("is_enabled", "severity", "kind")
    search_fields = ("name", "service")
    ordering = ("name", "pk")
    fieldsets = (
        ("What it watches", {"fields": ("name", "kind", "severity", "is_enabled", "service", "environment")}),
        ("When it fires", {"fields": ("fire", "clear", "for_s", "clear_s")}),
        ("Of rules on events", {"fields": ("event_type", "event_severity", "window_s")}),
        ("What is told", {"fields": ("reminder_min", "advice")}),
    )  # fmt: skip

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save through the action."""
        save_rule(obj, actor=logged_in_person(request))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Delete it; its incidents stay, and the open ones end with the next evaluation."""
        with transaction.atomic():
            name = str(obj)
            super().delete_model(request, obj)
            audit.record("rule.deleted", actor=logged_in_person(request), target=name)


@admin.register(MaintenanceWindow)
class MaintenanceWindowAdmin(AuthorizedAdmin, admin.ModelAdmin):
    """The list of maintenance windows and the form of one."""

    form = WindowForm
    list_display = (
        "title",
        "starts_on",
        "starts_clock",
        "zone",
        "minutes",
        "repeat",
        "is_cancelled",
    )
    list_filter = ("repeat", "is_cancelled")
    search_fields = ("title",)
    ordering = ("-starts_on", "-pk")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save through the action."""
        save_window(obj, actor=logged_in_person(request))


@admin.register(Channel)
class ChannelAdmin(AuthorizedAdmin, admin.ModelAdmin):
    """The list of channels and the form of one."""

    form = ChannelForm
    list_display = ("name", "kind", "min_severity", "is_enabled", "delivered_at", "last_error")
    list_filter = ("kind", "is_enabled")
    search_fields = ("name",)
    ordering = ("name", "pk")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save through the action."""
        save_channel(obj, actor=logged_in_person(request))
