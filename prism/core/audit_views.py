"""The page of the audit trail: filters, export and a check of the chain."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from prism.core import audit
from prism.core.access import console_view
from prism.core.audit_entry import AuditEntry, AuditQuerySet
from prism.core.audit_export import as_csv, as_json_lines

PAGE_ENTRIES = 50
EXPORT_ENTRIES = 50_000  # about 20 MB, built in memory; more is refused, never cut off
EXPORT_FORMATS = {"csv": (as_csv, "text/csv"), "jsonl": (as_json_lines, "application/jsonl")}


class FilterForm(forms.Form):
    """What to look for; an unreadable date is said, and filters nothing."""

    action = forms.CharField(required=False, max_length=100)
    actor = forms.CharField(required=False, max_length=200)
    target = forms.CharField(required=False, max_length=500)
    since = forms.DateTimeField(required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateTimeField(required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def entries(self) -> AuditQuerySet:
        """Give the entries that fit; `until` is the last day that counts."""
        asked: dict[str, Any] = dict(self.cleaned_data) if self.is_valid() else {}
        if until := asked.get("until"):
            asked["until"] = until + timedelta(days=1)
        return AuditEntry.objects.for_page(**asked)


@require_safe
@console_view("audit.view")
def trail(request: HttpRequest) -> HttpResponse:
    """Show the newest entries first, filtered by the address of the page."""
    form = FilterForm(request.GET)
    page = Paginator(form.entries(), PAGE_ENTRIES).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    newest = AuditEntry.objects.aggregate(newest=Max("at"))["newest"]
    context = {"form": form, "page": page, "query": query.urlencode(), "newest": newest}
    return render(request, "core/audit.html", context)


@require_safe
@console_view("audit.export")
def export(request: HttpRequest) -> HttpResponse:
    """Send the filtered entries as a file; that somebody took them is an entry itself."""
    name = request.GET.get("format", "csv")
    if name not in EXPORT_FORMATS:
        return HttpResponse("format must be csv or jsonl\n", status=400, content_type="text/plain")
    entries = FilterForm(request.GET).entries()
    count = entries.count()
    if count > EXPORT_ENTRIES:
        messages.error(
            request,
            f"{count} entries are too many for one file of {EXPORT_ENTRIES}. Narrow the dates.",
        )
        return redirect("audit")
    write, content_type = EXPORT_FORMATS[name]
    rows = [(entry.as_link(), entry.hash) for entry in entries]
    filters = {key: value for key, value in request.GET.items() if value and key != "format"}
    details: dict[str, object] = {"format": name, "filters": filters, "entries": len(rows)}
    audit.record("audit.exported", actor=request.user, details=details)
    response = HttpResponse("".join(write(rows)), content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="prism-audit.{name}"'
    return response


@require_POST
@console_view("audit.verify")
def verify(request: HttpRequest) -> HttpResponse:
    """Check the whole chain and say what was found."""
    report = audit.verify()
    audit.record_verification(report, actor=request.user)
    if report.is_intact:
        messages.success(
            request, f"All {report.entries} entries are intact. Head: {report.head_hash[:16]}"
        )
    else:
        messages.error(request, f"Entry {report.broken_at} is broken: {report.reason}.")
    return redirect("audit")
