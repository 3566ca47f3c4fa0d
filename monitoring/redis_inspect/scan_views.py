"""The pages of namespaces and scans."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from monitoring.redis_inspect.declaring import NotDeclarable, declare_suggestion
from monitoring.redis_inspect.models import (
    OWN,
    RedisInstance,
    RedisScan,
    ScanKind,
    ScannedNamespace,
)
from monitoring.redis_inspect.scan_actions import (
    AlreadyAsked,
    ScanMoved,
    ask_scan,
    cancel_scan,
    pause_scan,
    resume_scan,
)
from monitoring.redis_inspect.scan_detail import load_detail
from monitoring.redis_inspect.scan_report import load_report, load_scans
from monitoring.redis_inspect.server_views import find_instance
from prism.core.access import console_view, is_allowed, logged_in_person

DUTIES = (25, 50, 100)
MOST = 2**31 - 1


@require_safe
@console_view("redis.view")
def namespaces(request: HttpRequest, name: str = OWN) -> HttpResponse:
    """Show what an instance is to hold against what its newest scan found."""
    return _show_report(request, find_instance(name), None)


@require_safe
@console_view("redis.view")
def scan_report(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the report of one scan, or how far it is."""
    found = get_object_or_404(RedisScan.objects.for_page(), pk=pk)
    return _show_report(request, found.instance, found)


@require_safe
@console_view("redis.view")
def progress(request: HttpRequest, name: str) -> HttpResponse:
    """Give the part of the page that moves while a scan runs; 204 when none is open."""
    report = load_report(find_instance(name))
    if report.open_scan is None:
        return HttpResponse(status=204)
    response = render(request, "redis/_progress.html", _context(request, report))
    response["Cache-Control"] = "private, no-store"
    return response


@require_safe
@console_view("redis.view")
def scans(request: HttpRequest) -> HttpResponse:
    """List the scans of all instances."""
    context = {"scans": load_scans(), "instances": RedisInstance.objects.current()}
    return render(request, "redis/scans.html", context)


@require_safe
@console_view("redis.view")
def scanned_namespace(request: HttpRequest, scan: int, pk: int) -> HttpResponse:
    """Show one namespace of a scan: times to live, violations, the biggest keys, other scans."""
    rows = ScannedNamespace.objects.select_related("scan__instance__service").defer(
        "scan__checkpoint"
    )
    row = get_object_or_404(rows, pk=pk, scan=scan)
    context = {
        "detail": load_detail(row),
        "row": row,
        "scan": row.scan,
        "instance": row.scan.instance,
        # names of keys are for those who may look at keys
        "may_browse": is_allowed(request.user, "redis.browse"),
        "may_declare": is_allowed(request.user, "catalog.edit"),
    }
    return render(request, "redis/scanned_namespace.html", context)


@require_POST
@console_view("redis.scan")
def ask(request: HttpRequest, name: str) -> HttpResponse:
    """Queue a scan; the workers do it."""
    instance = find_instance(name)
    person = logged_in_person(request)
    posted = request.POST
    kind = ScanKind.SAMPLE if posted.get("kind") == ScanKind.SAMPLE else ScanKind.FULL
    duty = _number(posted.get("duty", ""), DUTIES[0])
    try:
        ask_scan(
            instance=instance,
            kind=kind,
            actor=person,
            asked_by=person.get_username(),
            now=timezone.now(),
            duty=min(100, duty or DUTIES[0]) / 100,
            use_script=bool(posted.get("use_script")),
            most_keys=_number(posted.get("most_keys", "")),
            most_s=_number(posted.get("most_s", "")),
        )
    except AlreadyAsked as error:
        messages.warning(request, f"{str(error)[0].upper()}{str(error)[1:]}.")
    else:
        messages.success(request, "A worker begins within seconds.")
    return redirect("redis-namespaces", instance.name)


@require_POST
@console_view("redis.scan")
def pause(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a scan rest."""
    return _move(request, pk, lambda scan, person: pause_scan(scan=scan, actor=person))


@require_POST
@console_view("redis.scan")
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a scan go on."""
    return _move(request, pk, lambda scan, person: resume_scan(scan=scan, actor=person))


@require_POST
@console_view("redis.scan")
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """End a scan."""
    now = timezone.now()
    return _move(request, pk, lambda scan, person: cancel_scan(scan=scan, actor=person, now=now))


@require_POST
@console_view("catalog.edit")
def declare(request: HttpRequest, scan: int, pk: int) -> HttpResponse:
    """Make a suggestion a declaration of the catalog."""
    row = get_object_or_404(ScannedNamespace.objects.select_related("scan"), pk=pk, scan=scan)
    try:
        made = declare_suggestion(row=row, actor=logged_in_person(request), now=timezone.now())
    except NotDeclarable as error:
        messages.error(request, f"Nothing was declared: {error}.")
        return redirect("redis-scan", scan)
    messages.success(request, f"{made.pattern} is declared. Say here what it is for.")
    return redirect("admin:services_redisnamespace_change", made.pk)


def _show_report(
    request: HttpRequest, instance: RedisInstance, scan: RedisScan | None
) -> HttpResponse:
    report = load_report(instance, scan=scan)
    return render(request, "redis/namespaces.html", _context(request, report, is_old=bool(scan)))


def _context(request: HttpRequest, report: Any, *, is_old: bool = False) -> dict[str, Any]:
    return {
        "report": report,
        "scan": report.scan,
        "instance": report.instance,
        "tab": "namespaces",
        "is_chosen": is_old,
        "duties": DUTIES,
        "may_scan": is_allowed(request.user, "redis.scan"),
        "may_declare": is_allowed(request.user, "catalog.edit"),
    }


def _move(request: HttpRequest, pk: int, act: Any) -> HttpResponse:
    scan = get_object_or_404(RedisScan.objects.for_page(), pk=pk)
    try:
        act(scan, logged_in_person(request))
    except ScanMoved as error:
        messages.warning(request, f"Nothing was done: {error}.")
    return redirect("redis-namespaces", scan.instance.name)


def _number(text: str, otherwise: int | None = None) -> int | None:
    """Read a whole number of one or more; what is none means `otherwise`."""
    return int(text) if text.isdecimal() and 0 < int(text[:12]) <= MOST else otherwise
