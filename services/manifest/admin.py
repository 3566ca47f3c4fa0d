"""The history in the plain admin: to look at, never to write."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from prism.core.access import AuthorizedAdmin
from services.catalog.models import Change, ChangeSet, ManifestDocument


@admin.register(ChangeSet)
class ChangeSetAdmin(AuthorizedAdmin, admin.ModelAdmin):
    """One act on the catalog each."""

    list_display = ["revision", "kind", "actor_name", "created_at", "message", "differences"]
    list_filter = ["kind"]
    search_fields = ["message", "actor_name"]
    ordering = ["-revision"]
    show_full_result_count = False

    @admin.display(description="Differences")
    def differences(self, row: ChangeSet) -> SafeString:
        """Link the page that shows them."""
        url = reverse("change-set", args=[row.revision])
        return format_html('<a href="{}">#{}</a>', url, row.revision)


@admin.register(Change)
class ChangeAdmin(AuthorizedAdmin, admin.ModelAdmin):
    """What one change set did to one subject."""

    list_display = ["change_set", "subject_kind", "subject_name"]
    list_select_related = ["change_set"]
    list_filter = ["subject_kind"]
    search_fields = ["subject_name"]
    ordering = ["-pk"]
    show_full_result_count = False


@admin.register(ManifestDocument)
class ManifestDocumentAdmin(AuthorizedAdmin, admin.ModelAdmin):
    """The texts that the catalog was imported from; binary, so only their names and hashes show."""

    list_display = ["file_name", "change_set", "is_current", "sha256"]
    list_select_related = ["change_set"]
    fields = ["file_name", "change_set", "is_current", "sha256"]
    ordering = ["-pk"]
