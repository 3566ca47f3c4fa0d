"""The pages that write a document and show its revisions."""

import re
from datetime import timedelta

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from prism.core.access import console_view, is_allowed
from services.analyses.actions import DocumentMoved, write_document
from services.analyses.diffing import compare_texts
from services.analyses.document import read_document
from services.analyses.facts import facts_of
from services.analyses.forms import REVIEW_AFTER_DAYS, DocumentForm
from services.analyses.markdown import DocumentRefused
from services.analyses.models import Analysis, AnalysisRevision
from services.analyses.outline import outline
from services.analyses.views import current_revision, safe_html
from services.catalog.models import Service

REVISIONS_PER_PAGE = 50
MAX_REVISION = 2**31 - 1  # the largest number of its column
_LINE_ENDS = re.compile(r"\r\n?|\n")


@console_view("analyses.edit")
def edit(request: HttpRequest, name: str) -> HttpResponse:
    """Write a document: a form, a preview that keeps nothing, and the saving."""
    service = get_object_or_404(Service.objects.for_page().current(), name=name)
    current = current_revision(service)
    if request.method != "POST":
        return _form_page(request, service, current, _begin(request, service, current))
    form = DocumentForm(request.POST)
    if not form.is_valid():
        return _form_page(request, service, current, form, status=400)
    text = with_line_ends(form.cleaned_data["text"], like=current.text if current else "")
    if "preview" in request.POST:
        return _preview(request, service, current, form, text)
    try:
        write_document(
            service=service,
            text=text,
            base=form.cleaned_data["base"],
            is_analysed=form.cleaned_data["is_analysed"],
            message=form.cleaned_data["message"],
            actor=request.user,
            actor_name=request.user.get_username(),
            now=timezone.now(),
        )
    except DocumentRefused as error:
        form.add_error("text", f"Not kept: {error}.")
        return _form_page(request, service, current, form, status=400)
    except DocumentMoved as error:
        # whoever has seen the differences may save over them
        form = DocumentForm({**request.POST.dict(), "base": str(error.number)})
        form.add_error(None, f"Not kept: {error}. Below is what differs from yours.")
        differences = compare_texts(current.text if current else "", text)
        return _form_page(request, service, current, form, status=409, differences=differences)
    messages.success(request, "Kept as a new revision.")
    return redirect("analysis", name)


@require_safe
@console_view("catalog.view")
def revisions(request: HttpRequest, name: str) -> HttpResponse:
    """List the texts that a document had, the newest first."""
    found = get_object_or_404(Analysis.objects.select_related("service"), service__name=name)
    rows = found.revisions.defer("text").order_by("-number")
    page = Paginator(rows, REVISIONS_PER_PAGE).get_page(request.GET.get("page"))
    context = {"service": found.service, "analysis": found, "page": page}
    return render(request, "analyses/revisions.html", context)


@require_safe
@console_view("catalog.view")
def revision(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """Show one text against the one before it, or against `?against=N`."""
    asked = request.GET.get("against", "")
    if number > MAX_REVISION:
        raise Http404(f"The document of {name} has no revision {number}.")
    against = int(asked) if asked.isdecimal() and len(asked) < 10 else number - 1
    texts = AnalysisRevision.objects.filter(
        analysis__service__name=name, number__in=(number, against)
    )
    by_number = {row.number: row for row in texts.select_related("analysis__service")}
    shown = by_number.get(number)
    if shown is None:
        raise Http404(f"The document of {name} has no revision {number}.")
    before = by_number.get(against)
    context = {
        "service": shown.analysis.service,
        "analysis": shown.analysis,
        "revision": shown,
        "before": before,
        "lines": compare_texts(before.text if before else "", shown.text),
        "may_edit": is_allowed(request.user, "analyses.edit"),
    }
    return render(request, "analyses/revision.html", context)


def with_line_ends(text: str, *, like: str) -> str:
    """Undo what a browser does to a form's text: every line end becomes the one the document had."""
    end = "\r\n" if "\r\n" in like else "\n"
    return _LINE_ENDS.sub(lambda _: end, text)


def _begin(
    request: HttpRequest, service: Service, current: AnalysisRevision | None
) -> DocumentForm:
    """Give the form with the current text, an earlier one (`?from=N`), or an outline."""
    if current is None:
        today = timezone.localdate()
        text = outline(
            service.name,
            facts_of(service),
            today=today,
            review_on=today + timedelta(days=REVIEW_AFTER_DAYS),
        )
        return DocumentForm(initial={"text": text, "base": 0, "is_analysed": True})
    text, message = current.text, ""
    asked = request.GET.get("from", "")
    if asked.isdecimal() and len(asked) < 10:
        earlier = current.analysis.revisions.filter(number=int(asked)).first()
        if earlier is not None:
            text, message = earlier.text, f"Back to revision {earlier.number}"
    return DocumentForm(initial={"text": text, "base": current.number, "message": message})


def _preview(
    request: HttpRequest,
    service: Service,
    current: AnalysisRevision | None,
    form: DocumentForm,
    text: str,
) -> HttpResponse:
    try:
        document = read_document(text)
    except DocumentRefused as error:
        form.add_error("text", f"This could not be kept: {error}.")
        return _form_page(request, service, current, form, status=400)
    return _form_page(
        request, service, current, form, document=document, preview=safe_html(document.text)
    )


def _form_page(
    request: HttpRequest,
    service: Service,
    current: AnalysisRevision | None,
    form: DocumentForm,
    status: int = 200,
    **extra: object,
) -> HttpResponse:
    context = {"service": service, "current": current, "form": form, **extra}
    return render(request, "analyses/edit.html", context, status=status)
