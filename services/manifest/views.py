"""The manifest's pages: the current document, upload, preview, apply, and export."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from prism.core import audit
from prism.core.access import console_view, is_allowed
from services.catalog.models import ChangeSet, Project, Service, Variable
from services.catalog.state import current_revision
from services.manifest.actions import (
    CatalogMoved,
    HostnameTaken,
    PruneRefused,
    apply_plan,
    plan_manifest,
)
from services.manifest.documents import current_document
from services.manifest.export import export_manifest
from services.manifest.files import MAX_BYTES
from services.manifest.forms import ApplyForm, UploadForm
from services.manifest.models import PendingManifest
from services.manifest.plan import Plan
from services.manifest.preview import (
    ENTRIES_PER_PAGE,
    group_by_subject,
    in_page_order,
    show_problems,
)
from services.manifest.problems import ManifestInvalid
from services.manifest.uploads import keep_upload, text_of

LATEST_CHANGE_SETS = 5
UNLISTED_SHOWN = 500


@require_GET
@console_view("manifest.view")
def manifest(request: HttpRequest) -> HttpResponse:
    """Show what the catalog was imported from, and offer import and export."""
    return _manifest_page(request, UploadForm())


def _manifest_page(
    request: HttpRequest, form: UploadForm, status: int = 200, **extra: Any
) -> HttpResponse:
    document = current_document()
    revision = current_revision()
    context = {
        "document": document,
        "revision": revision,
        "edits_since": revision - document.change_set.revision if document else 0,
        "projects": Project.objects.current().count(),
        "services": Service.objects.current().count(),
        "variables": Variable.objects.filter(service__archived_at__isnull=True).count(),
        "latest": ChangeSet.objects.order_by("-revision")[:LATEST_CHANGE_SETS],
        "form": form,
        **extra,
    }
    return render(request, "manifest/manifest.html", context, status=status)


@console_view("manifest.plan")
def plan(request: HttpRequest) -> HttpResponse:
    """Take an upload to its preview, or show everything that is wrong with it."""
    if request.method != "POST":
        return redirect("manifest")
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _manifest_page(request, form, status=400)
    uploaded = form.cleaned_data["file"]
    content = uploaded.read(MAX_BYTES + 1)
    try:
        pending = keep_upload(
            owner=request.user,  # type: ignore[arg-type]
            content=content,
            file_name=uploaded.name,
            now=timezone.now(),
        )
    except ManifestInvalid as error:
        return _problems_page(request, error, content.decode(errors="replace"), uploaded.name)
    return redirect("manifest-preview", pending.pk)


def _problems_page(
    request: HttpRequest, error: ManifestInvalid, text: str, file_name: str
) -> HttpResponse:
    shown = show_problems(error.problems, text)
    context = {
        "file_name": file_name,
        "total": len(error.problems),
        "problems": shown,
        "form": UploadForm(),
    }
    return render(request, "manifest/problems.html", context, status=422)


@require_GET
@console_view("manifest.plan")
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what applying an upload would do to the catalog as it is now."""
    pending = _waiting(request, pk)
    if pending is None:
        return _expired(request)
    prune = request.GET.get("prune") == "1"
    text = text_of(pending)
    try:
        planned = plan_manifest(text, file_name=pending.file_name, prune=prune)
    except ManifestInvalid as error:
        return _problems_page(request, error, text, pending.file_name)
    return _preview_page(request, pending, planned)


def _preview_page(request: HttpRequest, pending: PendingManifest, planned: Plan) -> HttpResponse:
    paginator = Paginator(in_page_order(planned.entries), ENTRIES_PER_PAGE)
    page = paginator.get_page(request.GET.get("page"))
    context = {
        "pending": pending,
        "plan": planned,
        "page": page,
        "query": "prune=1&" if planned.prune else "",
        "subjects": group_by_subject(page),
        "problems": show_problems(planned.problems, planned.manifest.text),
        "warnings": show_problems(planned.warnings, planned.manifest.text),
        "unlisted": [(kind, "/".join(map(str, key))) for kind, key in planned.unlisted],
        "unlisted_shown": UNLISTED_SHOWN,
        "can_apply": is_allowed(request.user, "manifest.apply"),
        "form": ApplyForm(
            initial={"revision": planned.base_revision, "prune": planned.prune},
        ),
    }
    return render(request, "manifest/plan.html", context)


@require_POST
@console_view("manifest.apply")
def apply(request: HttpRequest, pk: int) -> HttpResponse:
    """Apply an upload, provided that the catalog is as it was in the preview."""
    pending = _waiting(request, pk)
    if pending is None:
        return _expired(request)
    form = ApplyForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Look at the preview again, then apply.")
        return redirect("manifest-preview", pending.pk)
    try:
        change_set = _apply(request, pending, **form.cleaned_data)
    except (CatalogMoved, HostnameTaken, PruneRefused) as error:
        messages.error(request, f"Nothing was applied: {error}.")
        return _back_to_preview(pending, prune=form.cleaned_data["prune"])
    except ManifestInvalid:
        messages.error(request, "Nothing was applied: the catalog is at odds with the file now.")
        return _back_to_preview(pending, prune=form.cleaned_data["prune"])
    pending.delete()
    if change_set is None:
        messages.info(request, "No changes: the catalog is as the file says.")
        return redirect("manifest")
    messages.success(request, f"Applied {pending.file_name}.")
    return redirect("change-set", change_set.revision)


def _apply(
    request: HttpRequest,
    pending: PendingManifest,
    *,
    revision: int,
    prune: bool,
    force_prune: bool,
    message: str,
) -> ChangeSet | None:
    """Plan once more and carry out just the plan that was shown."""
    planned = plan_manifest(text_of(pending), file_name=pending.file_name, prune=prune)
    if planned.base_revision != revision:
        raise CatalogMoved(revision, planned.base_revision)
    return apply_plan(
        planned,
        actor=request.user,
        actor_name=request.user.get_username(),
        message=message,
        now=timezone.now(),
        force_prune=force_prune,
    )


def _waiting(request: HttpRequest, pk: int) -> PendingManifest | None:
    """Find the reader's own upload, None when it is gone or not theirs."""
    uploads = PendingManifest.objects.waiting(timezone.now()).filter(owner_id=request.user.pk)
    return uploads.filter(pk=pk).first()


def _expired(request: HttpRequest) -> HttpResponse:
    messages.warning(
        request, "That upload is gone: it is kept for one hour. Choose the file again."
    )
    return redirect("manifest")


def _back_to_preview(pending: PendingManifest, *, prune: bool) -> HttpResponseRedirect:
    response = redirect("manifest-preview", pending.pk)
    return HttpResponseRedirect(f"{response.url}?prune=1") if prune else response


@require_GET
@console_view("manifest.view")
def export(request: HttpRequest) -> HttpResponse:
    """Download the catalog as a manifest, byte for byte what was imported where nothing changed."""
    exported = export_manifest()
    audit.record("manifest.export", actor=request.user, target=exported.file_name)
    response = HttpResponse(exported.text.encode(), content_type="application/octet-stream")
    response.headers["Content-Disposition"] = _attachment(exported.file_name)
    return response


def _attachment(file_name: str) -> str:
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in file_name)
    return f'attachment; filename="{safe}"'
