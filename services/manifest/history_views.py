"""The history's pages: every change set, one of them with its differences, and its revert."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.models import AbstractBaseUser
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_POST

from prism.core.access import console_view, is_allowed
from services.catalog.changes import from_row
from services.catalog.models import Change, ChangeSet
from services.manifest.actions import (
    AlreadyReverted,
    HostnameTaken,
    RevertConflict,
    revert_change_set,
)
from services.manifest.forms import ChangeSetFilter
from services.manifest.preview import group_by_subject

CHANGE_SETS_PER_PAGE = 50
SUBJECTS_PER_PAGE = 15


@require_GET
@console_view("manifest.view")
def change_sets(request: HttpRequest) -> HttpResponse:
    """List what happened to the catalog, newest first."""
    form = ChangeSetFilter(request.GET)
    rows = ChangeSet.objects.order_by("-revision")
    chosen = {}
    if form.is_valid():
        chosen = {name: value for name, value in form.cleaned_data.items() if value}
        if kind := chosen.get("kind"):
            rows = rows.filter(kind=kind)
        if actor := chosen.get("actor"):
            rows = rows.filter(actor_name__icontains=actor)
    page = Paginator(rows, CHANGE_SETS_PER_PAGE).get_page(request.GET.get("page"))
    query = f"{urlencode(chosen)}&" if chosen else ""
    context = {"form": form, "page": page, "query": query, "is_filtered": bool(chosen)}
    return render(request, "manifest/change_sets.html", context)


@require_GET
@console_view("manifest.view")
def change_set(request: HttpRequest, revision: int) -> HttpResponse:
    """Show one change set, field by field."""
    return _change_set_page(request, revision)


def _change_set_page(
    request: HttpRequest, revision: int, status: int = 200, **extra: Any
) -> HttpResponse:
    rows = ChangeSet.objects.select_related("reverts", "reverted_by", "document")
    made = get_object_or_404(rows.defer("document__compressed_text"), revision=revision)
    changes = Change.objects.filter(change_set=made).order_by("subject_kind", "subject_name", "pk")
    page = Paginator(changes, SUBJECTS_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "change_set": made,
        "reverted_by": getattr(made, "reverted_by", None),
        "document": getattr(made, "document", None),
        "can_revert": is_allowed(request.user, "manifest.revert"),
        "page": page,
        "subjects": [
            subject
            for change in page
            for subject in group_by_subject(from_row(row) for row in change.entries)
        ],
        **extra,
    }
    return render(request, "manifest/change_set.html", context, status=status)


@require_POST
@console_view("manifest.revert")
def revert(request: HttpRequest, revision: int) -> HttpResponse:
    """Take one change set back, or say what stands in the way."""
    user = request.user
    try:
        made = revert_change_set(
            revision,
            actor=user,
            actor_name=user.get_username() if isinstance(user, AbstractBaseUser) else "",
            message=request.POST.get("message", "").strip()[:500],
            now=timezone.now(),
        )
    except RevertConflict as error:
        conflicts = error.conflicts
        return _change_set_page(request, revision, status=409, conflicts=conflicts)
    except (AlreadyReverted, HostnameTaken) as error:
        messages.error(request, f"Nothing was reverted: {error}.")
        return redirect("change-set", revision)
    messages.success(request, f"Change set #{revision} was taken back by #{made.revision}.")
    return redirect("change-set", made.revision)
