"""The roles of the console and what each may do: the one table that access is decided by.

An action is two words joined by a dot. What is in no role is done by nobody but a superuser, and
what is in no table is done by nobody at all.
"""

from collections.abc import Mapping
from types import MappingProxyType

# Everybody who may open the console at all may look after their own account.
OWN_ACCOUNT = frozenset({"account.own"})

_VIEWER = frozenset(
    {
        "catalog.view",
        "manifest.view",
        "events.view",
        "health.view",
        "incidents.view",
        "redis.view",
    }
)
_EDITOR = _VIEWER | {
    "catalog.edit",
    "catalog.archive",
    "manifest.plan",
    "manifest.apply",
    "manifest.revert",
    "analyses.edit",
    "variables.observe",
}
_OPERATOR = _VIEWER | {
    "health.probe",
    "checks.edit",
    "incidents.acknowledge",
    "alerts.edit",
    "metrics.view",
    "events.replay",
    "runbooks.run",
    "variables.observe",
    "redis.scan",
    "redis.browse",
    "redis.read_value",
}
_ADMIN = (
    _EDITOR
    | _OPERATOR
    | {
        "audit.view",
        "audit.export",
        "audit.verify",
        "people.view",
        "tokens.manage",
        "channels.edit",
        "sessions.end",
        "redis.write",
    }
)

ROLES: Mapping[str, frozenset[str]] = MappingProxyType(
    {"viewer": _VIEWER, "editor": _EDITOR, "operator": _OPERATOR, "admin": _ADMIN}
)

# Who may change people decides who may do everything else; what is deleted has no way back.
SUPERUSER_ONLY = frozenset({"people.manage", "catalog.delete"})

# Only tokens send events and report deployments; a person has no use for it.
INGEST = frozenset({"events.ingest", "deployments.report"})

ALL_ACTIONS = OWN_ACCOUNT | _ADMIN | SUPERUSER_ONLY | INGEST

# What a token may be given. Nothing that manages people, tokens or the trail is here.
TOKEN_SCOPES: Mapping[str, str] = MappingProxyType(
    {
        "catalog.view": "Read projects and services",
        "manifest.view": "Read and export the manifest, list change sets",
        "manifest.plan": "Plan a manifest",
        "manifest.apply": "Apply a manifest",
        "manifest.revert": "Revert a change set",
        "events.view": "Read events",
        "events.ingest": "Send events",
        "health.view": "Read health and deployments",
        "incidents.view": "Read incidents",
        "redis.view": "Read what scans found in Redis, and how it does",
        "deployments.report": "Report deployments, from CI",
        "metrics.view": "Read /metrics, for Prometheus",
    }
)


def actions_of_roles(names: frozenset[str]) -> frozenset[str]:
    """Add up what the named roles may do; a group that is no role adds nothing."""
    return OWN_ACCOUNT.union(*(ROLES.get(name, frozenset()) for name in names))


# Which action stands behind view, add, change and delete of a model in the plain admin. A verb
# that is missing is refused to everybody, superusers included.
_CATALOG = {
    "view": "catalog.view",
    "add": "catalog.edit",
    "change": "catalog.edit",
    "delete": "catalog.edit",
}
_CATALOG_SUBJECT = _CATALOG | {"delete": "catalog.delete"}
_HISTORY = {"view": "manifest.view"}
_EVENTS = {"view": "events.view"}
_PEOPLE = {
    "view": "people.view",
    "add": "people.manage",
    "change": "people.manage",
    "delete": "people.manage",
}

MODEL_ACTIONS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "auth.user": _PEOPLE,
        "core.token": {"view": "tokens.manage", "add": "tokens.manage", "change": "tokens.manage"},
        "core.auditentry": {"view": "audit.view"},
        "monitoring.check": {
            "view": "health.view",
            "add": "checks.edit",
            "change": "checks.edit",
        },
        "monitoring.rule": {
            "view": "incidents.view",
            "add": "alerts.edit",
            "change": "alerts.edit",
            "delete": "alerts.edit",
        },
        "monitoring.maintenancewindow": {
            "view": "incidents.view",
            "add": "alerts.edit",
            "change": "alerts.edit",
        },
        "monitoring.channel": {
            "view": "channels.edit",
            "add": "channels.edit",
            "change": "channels.edit",
        },
        "monitoring.event": _EVENTS,
        "monitoring.quarantinedmessage": _EVENTS,
        "monitoring.busgap": _EVENTS,
        "services.project": _CATALOG_SUBJECT,
        "services.service": _CATALOG_SUBJECT,
        "services.workspace": {"view": "catalog.view", "change": "catalog.edit"},
        "services.changeset": _HISTORY,
        "services.change": _HISTORY,
        "services.manifestdocument": _HISTORY,
        "services.statedfields": _HISTORY,
        **{
            f"services.{name}": _CATALOG
            for name in (
                "dependency",
                "deploymentsettings",
                "domain",
                "endpoint",
                "environment",
                "migrationplan",
                "migrationstep",
                "redisnamespace",
                "route",
                "runbook",
                "section",
                "sharedvariable",
                "variable",
                "variableoverride",
                "workflow",
            )
        },
    }
)


def action_for(model_label: str, verb: str) -> str | None:
    """Name the action behind a verb (view, add, change, delete) on a model, None when refused."""
    return MODEL_ACTIONS.get(model_label, {}).get(verb)
