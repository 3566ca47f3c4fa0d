"""Which address needs which action: the table that tests/test_permission_matrix.py holds the console to.

Written down by hand and on purpose a second time: it must not be computed from the code it judges.
A new address is one line here. `{pk}`-like words in `sample` come from `make_samples` of the test.
"""

from dataclasses import dataclass

# --- who may do what, in the words of the reference's section 3 ---------------------------------
EVERY_ROLE = {"viewer", "editor", "operator", "admin", "superuser"}
EDITORS = {"editor", "admin", "superuser"}
ADMINS = {"admin", "superuser"}
STAFF = EVERY_ROLE | {"no role"}

WHO = {
    "public": STAFF | {"anonymous", "not staff", "catalog token", "manifest token", "ingest token"},
    "staff": STAFF,
    "catalog.view": EVERY_ROLE,
    "catalog.edit": EDITORS,
    "catalog.archive": EDITORS,
    "catalog.delete": {"superuser"},
    "manifest.view": EVERY_ROLE,
    "manifest.plan": EDITORS,
    "manifest.apply": EDITORS,
    "manifest.revert": EDITORS,
    "analyses.edit": EDITORS,
    "runbooks.run": {"operator", "admin", "superuser"},
    "audit.view": ADMINS,
    "audit.export": ADMINS,
    "audit.verify": ADMINS,
    "people.view": ADMINS,
    "people.manage": {"superuser"},
    "tokens.manage": ADMINS,
    "api catalog.view": EVERY_ROLE | {"catalog token"},
    "api manifest.view": EVERY_ROLE | {"manifest token"},
    "api manifest.plan": EDITORS | {"manifest token"},
    "api manifest.apply": EDITORS | {"manifest token"},
    "api manifest.revert": EDITORS,
    "variables.observe": EDITORS | {"operator"},
    "events.view": EVERY_ROLE,
    "api incidents.view": EVERY_ROLE,  # and a token of that scope
    "api redis.view": EVERY_ROLE,  # and a token of that scope
    "api events.view": EVERY_ROLE,  # and a token of that scope
    "redis.view": EVERY_ROLE,
    "redis.scan": {"operator", "admin", "superuser"},
    "redis.browse": {"operator", "admin", "superuser"},
    "redis.read_value": {"operator", "admin", "superuser"},
    "redis.write": ADMINS,
    "health.view": EVERY_ROLE,
    "health.probe": {"operator", "admin", "superuser"},
    "checks.edit": {"operator", "admin", "superuser"},
    "incidents.view": EVERY_ROLE,
    "incidents.acknowledge": {"operator", "admin", "superuser"},
    "alerts.edit": {"operator", "admin", "superuser"},
    "channels.edit": ADMINS,
    "metrics.view": {"operator", "admin", "superuser"},  # and a token of that scope
    "api health.view": EVERY_ROLE,  # and a token of that scope
    "api deployments.report": {"superuser"},  # and a token of that scope
    "api events.ingest": {"superuser", "ingest token"},
    "nobody": set(),
}


@dataclass(frozen=True)
class Rule:
    """What GET and POST of an address need; every other method needs what GET needs."""

    get: str
    post: str
    query: str = ""


def both(action: str, query: str = "") -> Rule:
    """Need the same for reading and sending."""
    return Rule(action, action, query)


def model_admin(
    model: str, *, view: str, add: str = "nobody", change: str = "nobody", delete: str = "nobody"
) -> dict[str, Rule]:
    """List the addresses that every ModelAdmin has."""
    at = f"admin/{model}/"
    one = f"{at}<path:object_id>/"
    return {
        at: both(view),
        f"{at}add/": both(add),
        one: both("staff"),  # only leads on to the next one
        f"{one}change/": Rule(view, change),
        f"{one}history/": both(view),
        f"{one}delete/": both(delete),
    }


def catalog_admin(model: str) -> dict[str, Rule]:
    """List the addresses of a model that editors edit."""
    edit = "catalog.edit"
    return model_admin(f"services/{model}", view="catalog.view", add=edit, change=edit, delete=edit)


def archiving_admin(model: str) -> dict[str, Rule]:
    """List the addresses of a model whose rows are archived."""
    at = f"admin/services/{model}/"
    bulk_edits = ("set_owner", "set_phase", "add_tags", "remove_tags")
    return {
        **catalog_admin(model),
        # a superuser may delete, but only what is archived, and the sample is not
        f"{at}<path:object_id>/delete/": both("nobody"),
        f"{at}<int:pk>/archive/": both("catalog.archive"),
        # a GET has no rows to work on, and leads back to the list
        **{f"{at}bulk/{name}/": Rule("staff", "catalog.edit") for name in bulk_edits},
        **{
            f"{at}bulk/{name}/": Rule("staff", "catalog.archive") for name in ("archive", "restore")
        },
    }


ROUTES: dict[str, Rule] = {
    # the console itself
    "health": both("public"),
    "version": both("public"),
    "ready": both("public"),
    # pages
    "": both("catalog.view"),
    "events/": both("events.view"),
    "events/<int:seq>/": both("events.view"),
    "deployments/": both("health.view"),
    "incidents/": both("incidents.view"),
    "incidents/<int:pk>/": both("incidents.view"),
    "incidents/<int:pk>/act/": both("incidents.acknowledge"),
    "alerts/rules/": both("incidents.view"),
    "alerts/channels/": both("channels.edit"),
    "alerts/channels/<int:pk>/test/": both("channels.edit"),
    "alerts/maintenance/": both("incidents.view"),
    "alerts/silences/": Rule("incidents.view", "alerts.edit"),
    "alerts/silences/<int:pk>/end/": both("alerts.edit"),
    "metrics": both("metrics.view"),
    "system/": both("health.view"),
    "system/probe/": both("health.probe"),
    "system/services/<path:name>/": both("health.view"),
    "system/services/<path:name>/badge.svg": both("health.view"),
    "system/services/<path:name>/probe/": both("health.probe"),
    "heartbeat/<str:key>/": both("public"),  # the key is the secret
    "checks/": both("catalog.view"),
    "graph/": both("catalog.view"),
    "projects/<str:name>/": both("catalog.view"),
    "redis/namespaces/": both("redis.view"),
    "redis/namespaces/<slug:name>/": both("redis.view"),
    "redis/namespaces/<slug:name>/progress/": both("redis.view"),
    "redis/namespaces/<slug:name>/scan/": both("redis.scan"),
    "redis/scans/": both("redis.view"),
    "redis/scans/<int:pk>/": both("redis.view"),
    "redis/scans/<int:pk>/pause/": both("redis.scan"),
    "redis/scans/<int:pk>/resume/": both("redis.scan"),
    "redis/scans/<int:pk>/cancel/": both("redis.scan"),
    "redis/scans/<int:scan>/<int:pk>/": both("redis.view"),
    "redis/scans/<int:scan>/<int:pk>/declare/": both("catalog.edit"),
    "redis/servers/": both("redis.view"),
    "redis/<slug:name>/": both("redis.view"),
    "redis/<slug:name>/permissions/": both("redis.view"),
    "redis/<slug:name>/keys/": both("redis.browse"),
    "redis/<slug:name>/keys/<str:reference>/": Rule("redis.browse", "redis.read_value"),
    "redis/<slug:name>/removals/new/": both("redis.write"),
    "redis/<slug:name>/removals/<int:pk>/": both("redis.write"),
    "roadmap/": both("catalog.view"),
    "search": both("catalog.view"),
    "services/<str:name>/": both("catalog.view"),
    # variables
    "services/<str:name>/variables/": both("catalog.view"),
    "variables/": both("catalog.view"),
    "variables/export/": both("catalog.view"),
    "variables/references/": both("catalog.view"),
    "variables/import/": both("variables.observe"),
    "variables/import/keep/": both("variables.observe"),
    "services/<str:name>/files/": both("catalog.view"),
    "services/<str:name>/files/all.zip": both("catalog.view"),
    "services/<str:name>/files/<slug:kind>/": both("catalog.view"),
    # documents and runs
    "analyses/": both("catalog.view"),
    "analyses/<str:file_name>": both("catalog.view"),
    "services/<str:name>/analysis/": both("catalog.view"),
    "services/<str:name>/analysis/edit/": both("analyses.edit"),
    "services/<str:name>/analysis/review/": both("analyses.edit"),
    "services/<str:name>/analysis/source/": both("catalog.view"),
    "services/<str:name>/analysis/revisions/": both("catalog.view"),
    "services/<str:name>/analysis/revisions/<int:number>/": both("catalog.view"),
    "runbooks/": both("catalog.view"),
    "runbooks/<int:pk>/": both("catalog.view"),
    "runbooks/<int:pk>/start/": both("runbooks.run"),
    "plans/<int:pk>/": both("catalog.view"),
    "plans/<int:pk>/start/": both("runbooks.run"),
    "runs/<int:pk>/": both("catalog.view"),
    "runs/<int:pk>/end/": both("runbooks.run"),
    "runs/<int:pk>/steps/<int:number>/": both("runbooks.run"),
    # people
    "admin/login/": both("public"),
    "admin/logout/": both("public"),
    "admin/password_change/": both("staff"),
    "admin/password_change/done/": both("staff"),
    "account/": both("staff"),
    "account/end-sessions/": both("staff"),
    "account/second-factor/": both("staff"),
    "account/second-factor/codes/": both("staff"),
    "account/second-factor/remove/": both("staff"),
    "audit/": both("audit.view"),
    "audit/export/": both("audit.export"),
    "audit/verify/": both("audit.verify"),
    # manifest
    "manifest/": both("manifest.view"),
    "manifest/plan/": both("manifest.plan"),
    "manifest/plan/<int:pk>/": both("manifest.plan"),
    "manifest/plan/<int:pk>/apply/": both("manifest.apply"),
    "manifest/export/": both("manifest.view"),
    "manifest/changes/": both("manifest.view"),
    "manifest/changes/<int:revision>/": both("manifest.view"),
    "manifest/changes/<int:revision>/revert/": both("manifest.revert"),
    # API
    "console/": both("metrics.view"),
    "api/docs/": both("catalog.view"),
    "api/v1/": both("public"),  # nothing is there
    "api/v1/manifest": both("api manifest.view"),
    "api/v1/manifest/plan": both("api manifest.plan"),
    "api/v1/manifest/apply": both("api manifest.apply"),
    "api/v1/change-sets": both("api manifest.view"),
    "api/v1/change-sets/<revision>/revert": both("api manifest.revert"),
    "api/v1/openapi.json": both("api catalog.view"),
    "api/v1/deployments": Rule("api health.view", "api deployments.report"),
    "api/v1/health/<name>": both("api health.view"),
    "api/v1/checks": both("api health.view"),
    "api/v1/incidents": both("api incidents.view"),
    "api/v1/incidents/<incident_id>": both("api incidents.view"),
    "api/v1/redis/instances": both("api redis.view"),
    "api/v1/redis/scans": both("api redis.view"),
    "api/v1/redis/scans/<scan_id>": both("api redis.view"),
    "api/v1/checks/<check_id>/readings": both("api health.view"),
    "api/v1/events": Rule("api events.view", "api events.ingest"),
    "api/v1/projects": both("api catalog.view"),
    "api/v1/projects/<name>": both("api catalog.view"),
    "api/v1/services": both("api catalog.view"),
    "api/v1/services/<name>": both("api catalog.view"),
    # admin
    "admin/": both("staff"),
    "admin/autocomplete/": both(
        "catalog.view", "app_label=services&model_name=service&field_name=project"
    ),
    "admin/jsi18n/": both("staff"),
    "admin/r/<path:content_type_id>/<path:object_id>/": both("staff"),
    "admin/(?P<app_label>": both("staff"),
    "admin/(?P<url>.*)$": both("staff"),
    **model_admin(
        "auth/user",
        view="people.view",
        add="people.manage",
        change="people.manage",
        delete="people.manage",
    ),
    "admin/auth/user/<id>/password/": both("people.manage"),
    **model_admin("core/token", view="tokens.manage", add="tokens.manage"),
    **catalog_admin("environment"),
    **catalog_admin("migrationplan"),
    **catalog_admin("redisnamespace"),
    **catalog_admin("runbook"),
    **catalog_admin("section"),
    **catalog_admin("workflow"),
    **archiving_admin("project"),
    **archiving_admin("service"),
    **model_admin("services/workspace", view="catalog.view", change="catalog.edit"),
    "admin/services/workspace/": both("staff"),  # leads on to the one workspace
    **model_admin("monitoring/check", view="health.view", add="checks.edit", change="checks.edit"),
    **model_admin(
        "monitoring/rule",
        view="incidents.view",
        add="alerts.edit",
        change="alerts.edit",
        delete="alerts.edit",
    ),
    **model_admin(
        "monitoring/maintenancewindow",
        view="incidents.view",
        add="alerts.edit",
        change="alerts.edit",
    ),
    **model_admin(
        "monitoring/channel", view="channels.edit", add="channels.edit", change="channels.edit"
    ),
    **model_admin("monitoring/event", view="events.view"),
    **model_admin("monitoring/quarantinedmessage", view="events.view"),
    **model_admin("monitoring/busgap", view="events.view"),
    **model_admin("services/change", view="manifest.view"),
    **model_admin("services/changeset", view="manifest.view"),
    **model_admin("services/manifestdocument", view="manifest.view"),
}
