"""The manifest in the JSON API: export, plan, apply, and the change sets."""

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from ninja import Field, Query, Router, Schema

from prism.core.api_access import may
from prism.core.api_pages import NO_NUL, PageQuery, page_of
from services.catalog.models import ChangeSet
from services.manifest.actions import CatalogMoved, apply_plan, plan_manifest, revert_change_set
from services.manifest.answers import change_set_answer, plan_answer
from services.manifest.export import export_manifest
from services.manifest.plan import Plan
from services.manifest.problems import ManifestInvalid

router = Router(tags=["manifest"])

FILE_NAME = "request.yml"  # what messages call the body
MANIFEST_BODY = {
    "requestBody": {
        "required": True,
        "description": "The text of a manifest, at most 8 MiB.",
        "content": {"application/yaml": {"schema": {"type": "string"}}},
    }
}
LARGEST_REVISION = 2**31 - 1


class Change(Schema):
    """One record that is created, updated or removed; `fields` holds old and new of each."""

    action: str
    model: str
    name: str
    fields: dict[str, list[Any]]


class Remark(Schema):
    """Something at a place in the text."""

    file: str
    line: int
    column: int
    path: str
    message: str


class Unlisted(Schema):
    """A record that only the catalog has."""

    model: str
    name: str


class Suggestion(Schema):
    """A new name that looks like an old one renamed."""

    kind: str
    old: str
    new: str


class PlanDocument(Schema):
    """What applying the text would change."""

    revision: int = Field(description="Send it in If-Match to apply this plan and no other.")
    is_empty: bool
    counts: dict[str, int]
    prune_refusal: str
    changes: list[Change]
    warnings: list[Remark]
    unlisted: list[Unlisted]
    suggestions: list[Suggestion]


class Applied(Schema):
    """The change set that was made, null when there was nothing to do."""

    change_set: int | None
    counts: dict[str, int]


class ChangeSetItem(Schema):
    """One change set."""

    change_set: int
    created_at: datetime
    actor: str
    kind: str
    counts: dict[str, int]
    message: str
    reverts: int | None
    reverted_by: int | None


class ChangeSetPage(Schema):
    """One page of change sets."""

    items: list[ChangeSetItem]
    next_cursor: str | None


class PlanQuery(Schema):
    """How to lay the text over the catalog."""

    prune: bool = Field(False, description="Also archive or remove what the text does not list.")


class ApplyQuery(PlanQuery):
    """How to apply."""

    force: bool = Field(False, description="Prune even when much of the catalog would go.")
    message: str = Field("", max_length=500, pattern=NO_NUL, description="Why, for the history.")


class RevertBody(Schema):
    """Why a change set is undone."""

    message: str = Field("", max_length=500, pattern=NO_NUL)


class RevisionMissing(Exception):
    """The request does not say which plan it applies."""

    def __init__(self) -> None:
        super().__init__("send the ETag of the plan in If-Match")


@router.get(
    "/manifest",
    auth=may("manifest.view"),
    openapi_extra={
        "responses": {200: {"content": {"application/yaml": {"schema": {"type": "object"}}}}}
    },
)
def manifest(request: HttpRequest) -> HttpResponse:
    """Export the catalog as a manifest; an imported text that nobody edited comes back byte for byte."""
    return HttpResponse(export_manifest().text.encode(), content_type="application/yaml")


@router.post(
    "/manifest/plan",
    auth=may("manifest.plan"),
    response=PlanDocument,
    openapi_extra=MANIFEST_BODY,
)
def plan(request: HttpRequest, query: Query[PlanQuery]) -> HttpResponse:
    """Say what applying the text would change, and write nothing. The ETag is for `/manifest/apply`."""
    made = _planned(request, prune=query.prune)
    response = JsonResponse(
        {
            "revision": made.base_revision,
            "is_empty": made.is_empty,
            "counts": made.counts,
            "prune_refusal": made.prune_refusal,
            **plan_answer(made),
        }
    )
    response["ETag"] = f'"{made.base_revision}"'
    return response


@router.post(
    "/manifest/apply",
    auth=may("manifest.apply"),
    response=Applied,
    openapi_extra=MANIFEST_BODY
    | {
        "parameters": [
            {
                "in": "header",
                "name": "If-Match",
                "required": True,
                "description": "The ETag of the plan; 412 when the catalog moved since.",
                "schema": {"type": "string"},
            }
        ]
    },
)
def apply(request: HttpRequest, query: Query[ApplyQuery]) -> HttpResponse:
    """Make the catalog say what the text says, in one transaction; doing it again changes nothing."""
    wanted = request.headers.get("If-Match", "").strip().strip('"')
    if not wanted:
        raise RevisionMissing
    made = _planned(request, prune=query.prune)
    if wanted != str(made.base_revision):
        planned = int(wanted) if wanted.isdecimal() and len(wanted) < 10 else -1
        raise CatalogMoved(planned, made.base_revision)
    principal = request.principal  # type: ignore[attr-defined]
    change_set = apply_plan(
        made,
        actor=principal,
        actor_name=str(principal),
        message=query.message,
        now=timezone.now(),
        force_prune=query.force,
    )
    revision = change_set.revision if change_set else None
    return JsonResponse({"change_set": revision, "counts": made.counts})


@router.get("/change-sets", auth=may("manifest.view"), response=ChangeSetPage)
def change_sets(request: HttpRequest, query: Query[PageQuery]) -> dict[str, Any]:
    """List what happened to the catalog, newest first."""
    rows = ChangeSet.objects.select_related("reverts", "reverted_by")
    return page_of(rows, query, order_by="-revision", as_item=change_set_answer)


@router.post("/change-sets/{revision}/revert", auth=may("manifest.revert"), response=ChangeSetItem)
def revert(request: HttpRequest, revision: int, body: RevertBody) -> dict[str, Any]:
    """Undo one change set, as a new one; 409 names the later changes that stand in the way."""
    if not 0 < revision <= LARGEST_REVISION:
        raise Http404
    principal = request.principal  # type: ignore[attr-defined]
    made = revert_change_set(
        revision,
        actor=principal,
        actor_name=str(principal),
        message=body.message,
        now=timezone.now(),
    )
    return change_set_answer(made)


def _planned(request: HttpRequest, *, prune: bool) -> Plan:
    made = plan_manifest(request.body, file_name=FILE_NAME, prune=prune)
    if made.problems:
        raise ManifestInvalid(made.problems)
    return made
