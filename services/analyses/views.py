"""The pages of documents: the list, one document, its source, and its review."""

from datetime import timedelta

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST, require_safe

from prism.core.access import console_view, is_allowed
from services.analyses.actions import review_document
from services.analyses.adoption import Known, Standing, compare_namespaces
from services.analyses.declarations import read_declarations
from services.analyses.forms import REVIEW_AFTER_DAYS, ReviewForm
from services.analyses.listing import STATES, load_listing
from services.analyses.markdown import DocumentRefused
from services.analyses.models import Analysis, AnalysisRevision
from services.analyses.rendering import render as render_markdown
from services.catalog.graph import load_graph
from services.catalog.models import RedisNamespace, Service

ROWS_PER_PAGE = 50


@require_safe
@console_view("catalog.view")
def analyses(request: HttpRequest) -> HttpResponse:
    """List every document, those that cannot be believed first, and the services without one."""
    listing = load_listing(timezone.localdate())
    state = request.GET.get("state", "")
    rows = listing.of_state(state)
    context = {
        "listing": listing,
        "total": len(listing.rows),
        "state": state if state in STATES else "",
        "counts": [(name, listing.counts[name]) for name in STATES],
        "page": Paginator(rows, ROWS_PER_PAGE).get_page(request.GET.get("page")),
        "query": f"state={state}&" if state in STATES else "",
        "may_edit": is_allowed(request.user, "analyses.edit"),
    }
    return render(request, "analyses/analyses.html", context)


@require_safe
@console_view("catalog.view")
def analysis(request: HttpRequest, name: str) -> HttpResponse:
    """Show a service's document, and what speaks against it; a former name leads to its page."""
    service = Service.objects.for_page().filter(name=name).first()
    if service is None:
        known = load_graph().names.find(name)
        if known is None:
            raise Http404(f"There is no service called {name}.")
        return redirect("analysis", known)
    return _page(request, service, _review_form())


def _page(
    request: HttpRequest, service: Service, form: ReviewForm, status: int = 200
) -> HttpResponse:
    context = {
        "service": service,
        "may_edit": is_allowed(request.user, "analyses.edit") and service.archived_at is None,
    }
    revision = current_revision(service)
    if revision is not None:
        found = revision.analysis
        rendered = render_markdown(revision.text)
        context |= {
            "analysis": found,
            "revision": revision,
            "judgement": found.judged(service, today=timezone.localdate()),
            "headings": rendered.headings[1:] if found.title else rendered.headings,
            "html": safe_html(revision.text),
            "namespaces": _namespaces(revision.text),
            "may_declare": is_allowed(request.user, "catalog.edit"),
            "form": form,
        }
    return render(request, "analyses/analysis.html", context, status=status)


@require_safe
@console_view("catalog.view")
def source(request: HttpRequest, name: str) -> HttpResponse:
    """Download the document as it is exported, byte for byte."""
    revision = current_revision(get_object_or_404(Service, name=name))
    if revision is None:
        raise Http404(f"{name} has no document.")
    response = HttpResponse(revision.text.encode(), content_type="application/octet-stream")
    file_name = revision.analysis.file_name
    response.headers["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return response


@require_safe
@console_view("catalog.view")
def by_file(request: HttpRequest, file_name: str) -> HttpResponse:
    """Follow a link from one document to another, by the name of its file."""
    found = get_object_or_404(
        Analysis.objects.select_related("service"), file_name__iexact=file_name
    )
    return redirect("analysis", found.service.name)


@require_POST
@console_view("analyses.edit")
def review(request: HttpRequest, name: str) -> HttpResponse:
    """Say that the document still holds, and when it is looked at next."""
    service = get_object_or_404(Service.objects.for_page().current(), name=name)
    form = ReviewForm(request.POST, today=timezone.localdate())
    if not form.is_valid():
        return _page(request, service, form, status=400)
    try:
        review_document(
            service=service,
            review_on=form.cleaned_data["review_on"],
            actor=request.user,
            actor_name=request.user.get_username(),
            now=timezone.now(),
        )
    except DocumentRefused as error:
        messages.error(request, f"Nothing was changed: {error}.")
    else:
        messages.success(request, "Kept as true today; the dates in the text say so.")
    return redirect("analysis", name)


def current_revision(service: Service) -> AnalysisRevision | None:
    """Give the newest text of a service's document with its document. One query."""
    revisions = AnalysisRevision.objects.filter(analysis__service=service)
    return revisions.select_related("analysis").order_by("-number").first()


def safe_html(text: str) -> SafeString:
    """Give the document as HTML for a template: the one place that vouches for the renderer."""
    return SafeString(render_markdown(text).html)


def _namespaces(text: str) -> list[Standing]:
    """Weigh the namespaces of a document against the catalog's. One query, none when it has none."""
    declarations = read_declarations(text)
    if not declarations:
        return []
    known = {
        row.pattern: Known(row.pk, row.ttl_policy, row.ttl_min_s, row.ttl_max_s)
        for row in RedisNamespace.objects.all()
    }
    return compare_namespaces(declarations, known)


def _review_form() -> ReviewForm:
    today = timezone.localdate()
    later = today + timedelta(days=REVIEW_AFTER_DAYS)
    return ReviewForm(today=today, initial={"review_on": later})
