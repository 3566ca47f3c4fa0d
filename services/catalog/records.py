"""The catalog as plain records: what kinds exist, how each is identified, which fields it has. Pure.

A `State` is the whole catalog as data, whether it was read from a manifest or from the database:
`{kind: {key: {field: value}}}`. Keys are tuples of natural names; every field of the kind is present.
Archived projects and services, and everything in them, are not in a state.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from services.catalog.names import Sensitivity, Status, TtlPolicy

FieldType = Literal["text", "integer", "boolean", "texts", "mapping", "value"]
Key = tuple[str | int, ...]
Fields = dict[str, Any]
State = dict[str, dict[Key, Fields]]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a record kind; `texts` is a list of strings, `value` is any JSON value."""

    name: str
    type: FieldType = "text"
    default: Any = ""

    def empty(self) -> Any:
        """Give a fresh default, safe to change."""
        return self.default.copy() if isinstance(self.default, (list, dict)) else self.default


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of record: the names of its key's parts, and its other fields."""

    name: str
    key: tuple[str, ...]
    fields: tuple[Field, ...]

    def blank(self) -> Fields:
        """Give a record of this kind with every field at its default."""
        return {field.name: field.empty() for field in self.fields}


def _texts(*names: str) -> tuple[Field, ...]:
    return tuple(Field(name) for name in names)


def _lists(*names: str) -> tuple[Field, ...]:
    return tuple(Field(name, "texts", []) for name in names)


def _mappings(*names: str) -> tuple[Field, ...]:
    return tuple(Field(name, "mapping", {}) for name in names)


_STATUS = Field("status", "text", Status.ACTIVE.value)
_PHASE = Field("phase", "integer", None)
_DEFINITION = (
    *_texts("level", "description", "source", "example", "default", "value"),
    *_texts("format", "generate"),
    *_lists("allowed_values"),
    Field("secret", "boolean", False),
)

# In the order in which records must be created; remove in the reverse order.
KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "workspace",
            (),
            _texts("manifest_version", "name", "control_plane_repo", "last_updated", "operator"),
        ),
        Kind("section", ("name",), (Field("value", "value", None),)),
        Kind("environment", ("name",), (Field("position", "integer", 0),)),
        Kind(
            "project",
            ("name",),
            (
                *_lists("aliases", "tags"),
                *_texts("description", "target_date", "owner", "repo", "railway_project"),
                _STATUS,
                _PHASE,
                *_mappings("extra"),
            ),
        ),
        Kind(
            "service",
            ("name",),
            (
                *_texts("project", "display_name", "description", "kind"),
                _STATUS,
                _PHASE,
                *_lists("aliases", "tags"),
                *_texts("owner", "repo", "branch", "railway_service", "type", "version"),
                *_texts("provider", "language", "framework", "runtime"),
                *_mappings("configuration", "backups", "schema_migrations"),
                *_mappings("observability", "cdn", "extra"),
                Field("usage", "value", []),
            ),
        ),
        Kind(
            "deployment",
            ("service",),
            (
                *_texts("platform", "root_directory", "source", "dockerfile", "build_context"),
                *_texts("build_command", "output_dir", "pre_deploy_command", "start_command"),
                *_texts("healthcheck_path", "port", "restart_policy", "cron_schedule"),
                Field("healthcheck_timeout_s", "integer", None),
                Field("replicas", "integer", None),
                *_lists("watch_paths"),
                *_mappings("extra"),
            ),
        ),
        Kind("domain", ("service", "environment", "position"), _texts("hostname")),
        Kind("endpoint", ("service", "method", "path"), _texts("description")),
        Kind("route", ("service", "path"), _texts("serves", "type", "status")),
        Kind("shared_variable", ("project", "name"), _DEFINITION),
        Kind("variable", ("service", "name"), _DEFINITION),
        Kind(
            "variable_override",
            ("service", "environment", "name"),
            _texts("level", "source", "value", "default"),
        ),
        Kind(
            "dependency",
            ("service", "role", "alias"),
            (
                *_texts("target", "type", "version", "connection_variable"),
                *_lists("usage"),
                *_texts("migrations", "models_path"),
            ),
        ),
        Kind(
            "workflow",
            ("name",),
            (
                *_texts("file"),
                *_lists("triggers", "branches", "paths", "requires"),
                *_mappings("extra"),
            ),
        ),
        Kind("runbook", ("category", "name"), _lists("steps")),
        Kind("migration_plan", ("name",), (*_texts("description"), *_lists("rollback_plan"))),
        Kind("migration_step", ("plan", "number"), _texts("action", "command")),
        Kind(
            "redis_namespace",
            ("pattern",),
            (
                *_texts("key_template", "purpose", "owner"),
                Field("ttl_policy", "text", TtlPolicy.NONE.value),
                Field("ttl_min_s", "integer", None),
                Field("ttl_max_s", "integer", None),
                *_texts("key_type"),
                Field("sensitivity", "text", Sensitivity.NORMAL.value),
            ),
        ),
    )
}

_OWNER = {
    name: kind.key[0]
    for name, kind in KINDS.items()
    if kind.key[:1] in (("service",), ("project",))
}
# Definitions of environment variables, each of which may be a secret.
DEFINITION_KINDS = ("shared_variable", "variable")


def subject_of(kind: str, key: Key) -> tuple[str, str]:
    """Name the project, service or workspace whose history a record belongs to."""
    if kind in ("project", "service"):
        return kind, str(key[0])
    if kind in _OWNER:
        return _OWNER[kind], str(key[0])
    return "workspace", ""


def empty_state() -> State:
    """Give a catalog with nothing in it."""
    return {name: {} for name in KINDS}
