"""Events in the plain admin: to look at, never to write. Tokens that send them are under Tokens."""

from django.contrib import admin

from monitoring.events.models import BusGap, Event, QuarantinedMessage
from prism.core.access import AuthorizedAdmin


@admin.register(Event)
class EventAdmin(AuthorizedAdmin, admin.ModelAdmin):
    """Everything that is kept, by number."""

    list_display = ["seq", "occurred_at", "severity", "service", "type", "message"]
    list_filter = ["severity"]
    search_fields = ["service", "type", "message", "event_id"]
    ordering = ["-seq"]
    list_per_page = 50
    show_full_result_count = False


@admin.register(QuarantinedMessage)
class QuarantinedMessageAdmin(AuthorizedAdmin, admin.ModelAdmin):
    """Messages that were no events, with the reason."""

    list_display = ["entry_id", "received_at", "door", "reason", "size_bytes"]
    list_filter = ["door"]
    search_fields = ["reason"]
    ordering = ["-pk"]
    show_full_result_count = False


@admin.register(BusGap)
class BusGapAdmin(AuthorizedAdmin, admin.ModelAdmin):
    """When nobody listened on the channel."""

    list_display = ["began_at", "ended_at"]
    ordering = ["-pk"]
    show_full_result_count = False
