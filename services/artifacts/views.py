"""The pages of a service's deployment files: preview, one file, all of them as a zip."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from prism.core import audit
from prism.core.access import console_view
from services.artifacts.archive import zip_of
from services.artifacts.files import KINDS, make_file, make_files, warning
from services.artifacts.reading import load_blueprint
from services.catalog.graph import load_graph
from services.catalog.models import Service


@require_safe
@console_view("catalog.view")
def files(request: HttpRequest, name: str) -> HttpResponse:
    """Show every file of a service, or why there is none; another spelling leads to its page."""
    found = Service.objects.current().select_related("project").filter(name=name).first()
    if found is None:
        known = load_graph().names.find(name)
        if known is None:
            raise Http404(f"There is no current service called {name}.")
        return redirect("files", known)
    today = timezone.localdate()
    blueprint = load_blueprint(found)
    artifacts = make_files(blueprint, today)
    context = {
        "service": found,
        "artifacts": [artifact for artifact in artifacts if artifact.is_made],
        "refused": [artifact for artifact in artifacts if not artifact.is_made],
        "in_set": [artifact for artifact in artifacts if artifact.is_made and artifact.is_in_set],
        "warning": warning(blueprint.unit, today) if blueprint.unit.is_on_railway else "",
        "is_data": blueprint.unit.is_data,
    }
    return render(request, "artifacts/files.html", context)


@require_safe
@console_view("catalog.view")
def download(request: HttpRequest, name: str, kind: str) -> HttpResponse:
    """Download one file."""
    service = _service(name)
    known = next((one for one in KINDS if one == kind), None)
    if known is None:
        raise Http404(f"There is no kind of file called {kind}.")
    artifact = make_file(known, load_blueprint(service), timezone.localdate())
    if not artifact.is_made:
        raise Http404(artifact.reason)
    audit.record("files.download", actor=request.user, target=f"{name}: {artifact.path}")
    return _attachment(artifact.text.encode(), artifact.file_name, "text/plain; charset=utf-8")


@require_safe
@console_view("catalog.view")
def download_all(request: HttpRequest, name: str) -> HttpResponse:
    """Download the set of files as a zip, with their folders."""
    service = _service(name)
    artifacts = make_files(load_blueprint(service), timezone.localdate())
    chosen = [artifact for artifact in artifacts if artifact.is_made and artifact.is_in_set]
    if not chosen:
        raise Http404("There is no file for this service.")
    audit.record("files.download", actor=request.user, target=f"{name}: all files")
    return _attachment(zip_of(chosen), f"{name}-files.zip", "application/zip")


def _service(name: str) -> Service:
    found = Service.objects.current().select_related("project").filter(name=name).first()
    if found is None:
        raise Http404(f"There is no current service called {name}.")
    return found


def _attachment(content: bytes, file_name: str, content_type: str) -> HttpResponse:
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in file_name)
    response = HttpResponse(content, content_type=content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{safe}"'
    return response
