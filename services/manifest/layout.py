"""Where every record and field of the catalog stands in a manifest: the one table of the format. Pure.

The reader, the JSON Schema and the exporter all work from `ROOT`; the words are defined in
`services.manifest.shape`. Reading one entry of the table:

    Place("variable", "env", walk=(ByKey("level"), ByItem()), bare=Slot("name"), body=Body(slots))

says: under the key `env` of a service there is a mapping whose keys are the variable's `level`, whose
values are lists; each item is either a bare text, the variable's `name`, or a mapping of `slots`.

**To write a State as YAML**, walk the table from `ROOT` with the record that owns the current mapping:

1. A *slot* writes `slot.yaml_key: value` when the value differs from the one that the reader would
   fill in: the default of the field (`Kind.blank()`), `slot.default` for a key part, and for an
   `is_inherited` slot the value of the enclosing project (so a service states `status` and `phase`
   only where they differ from the project's). `is_required` slots are always written. A slot with
   `is_stored` false (`renamed_from`) is never written.
2. A *place* writes the records of its kind that match `implied` (see `PROJECT_PLACES` for projects,
   `role` for dependencies) and whose `owner_part` is the current record's name, grouped along
   `walk`: `ByKey(part)` groups by `record[part]` as mapping keys, `ByItem(part)` is a list ordered by
   `record[part]` (or in the order of the State, where `part` is empty). With `may_be_lone` a list
   of one is its item. Parts are taken from the record's key first, then from its fields.
3. A *record* at the end of the walk is the bare value of `place.bare` when there is no body, or when
   no slot of the body but the bare one would be written; else a mapping of its slots and places. A
   record that is there but has nothing to write is `{}` (`deployment: {}`).
4. *Extra*: with `rest="extra"`, the items of the record's field `extra` (their keys start with `x-`)
   are written as they are. Sections stand where their dotted name says: `ci_cd.railway` under
   `ci_cd`, and a top-level `x-` key under its own name.
5. *Environments* are written when they are not `DEFAULT_ENVIRONMENTS` in that order: then all of
   them by position. Positions count from 0 without gaps.

What the reader fills in where the file says nothing: `DEFAULT_ENVIRONMENTS`; a project's status by
its place; a service's status and phase from its project; an endpoint's method; the alias of an item
of `depends_on`, which is the name of the service it needs. A dependency's `target` and `usage[].service`
may be written as a name, alias, display name or Railway service in any case; the record holds the name.

A service's part of the table is in `services.manifest.service_layout`.
"""

from services.catalog.names import RedisType, Sensitivity, Status, TtlPolicy
from services.manifest import formats
from services.manifest.service_layout import (
    ALIASES,
    DESCRIPTION,
    LARGE,
    OWNER,
    PHASE,
    RENAMED_FROM,
    REPO,
    SERVICES,
    SHARED_VARIABLES,
    SMALL,
    STATUS,
    TAGS,
)
from services.manifest.shape import Body, ByItem, ByKey, Group, Place, Slot


def _projects(key: str, status: Status, about: str) -> Place:
    return Place(
        "project",
        key,
        about,
        walk=(ByKey("name", "PROJECT", formats.SLUG),),
        implied=(("status", status.value),),
        body=Body(
            slots=(
                RENAMED_FROM,
                DESCRIPTION,
                STATUS,
                PHASE,
                Slot(
                    "target_date",
                    "When it is to be active.",
                    format=formats.TARGET_DATE,
                    max_length=10,
                ),
                OWNER,
                TAGS,
                ALIASES,
                REPO,
                Slot("railway_project", "Its name on Railway.", max_length=100),
            ),
            places=(SHARED_VARIABLES, SERVICES),
            rest="extra",
        ),
    )


# `implied` is here the status of a project that does not state one: a project may stand under any
# of the three keys with any status. A new one is written under the key of its status, `projects` when
# its status is development.
PROJECT_PLACES = (
    _projects("projects", Status.ACTIVE, "The projects of today, by name."),
    _projects("planned_projects", Status.PLANNED, "The projects that are planned, by name."),
    _projects("experimental_projects", Status.RESEARCH, "Research, not for production, by name."),
)
ENVIRONMENTS = Place(
    "environment",
    "environments",
    "The environments in their order; prod, staging and dev are there even when they are not listed.",
    walk=(ByItem("position"),),
    bare=Slot("name", "An environment.", format=formats.SLUG, max_length=100, is_required=True),
)
WORKFLOWS = Place(
    "workflow",
    "workflows",
    "The CI/CD workflows, by name.",
    walk=(ByKey("name", "WORKFLOW", formats.SLUG),),
    body=Body(
        slots=(
            Slot("file", "The workflow's file in the repository.", max_length=300),
            Slot("triggers", "The events that start it."),
            Slot("branches", "The branches whose events start it."),
            Slot("paths", "The paths whose changes start it."),
            Slot("requires", "The workflows that must pass before it."),
        ),
        rest="extra",
    ),
)
RUNBOOKS = Place(
    "runbook",
    "runbooks",
    "What people do by hand: steps, by situation, by category.",
    walk=(ByKey("category", "CATEGORY"), ByKey("name", "SITUATION")),
    bare=Slot("steps", "The steps in their order."),
)
MIGRATION_STEPS = Place(
    "migration_step",
    "steps",
    "The steps of the plan.",
    owner_part="plan",
    walk=(ByItem(),),
    body=Body(
        slots=(
            Slot("number", "The step's number.", key="step", maximum=SMALL, is_required=True),
            Slot("action", "What is done.", is_required=True),
            Slot("command", "The command that does it."),
        )
    ),
)
MIGRATIONS = Place(
    "migration_plan",
    "migrations",
    "The planned changes of the platform, by name.",
    walk=(ByKey("name", "PLAN"),),
    body=Body(
        slots=(
            DESCRIPTION,
            Slot("rollback_plan", "What is done when it fails."),
        ),
        places=(MIGRATION_STEPS,),
    ),
)


def _section(name: str, about: str) -> Place:
    value = Slot("value", about)
    return Place("section", name, about, bare=value, implied=(("name", name),))


REDIS_NAMESPACES = Place(
    "redis_namespace",
    "redis_namespaces",
    "The keys that Redis is to hold, by pattern; the console's own are there even when they are not listed.",
    walk=(ByKey("pattern", "PATTERN", max_length=200),),
    body=Body(
        slots=(
            Slot("key_template", "How a key is made.", key="key", max_length=300),
            Slot("purpose", "What the keys are for.", max_length=300),
            Slot("owner", "The service that writes them.", max_length=100),
            Slot(
                "ttl_policy",
                "How long a key may live.",
                key="ttl",
                choices=tuple(policy.value for policy in TtlPolicy),
                max_length=20,
            ),
            Slot("ttl_min_s", "The shortest time to live, in seconds.", maximum=LARGE),
            Slot("ttl_max_s", "The longest time to live, in seconds.", maximum=LARGE),
            Slot(
                "key_type",
                "The type of the values.",
                key="type",
                choices=tuple(kind.value for kind in RedisType),
                max_length=20,
            ),
            Slot(
                "sensitivity",
                "What may be shown of them.",
                choices=tuple(level.value for level in Sensitivity),
                max_length=20,
            ),
        )
    ),
)


# What has no model yet: kept whole, exported whole.
SECTIONS = (
    _section("deployment_state", "Where the company stands, in its own words."),
    _section("railway", "The Railway project of production."),
    _section("domains", "The company's host names by purpose."),
    _section("infrastructure", "DNS, hosting, code and monitoring."),
    _section("metadata", "Who maintains the manifest, and when it is reviewed."),
)
CI_CD = Group(
    "ci_cd",
    "Continuous integration and delivery; other keys than the workflows are kept whole.",
    Body(
        groups=(
            Group(
                "github_actions",
                "GitHub Actions; other keys than the workflows are kept whole.",
                Body(places=(WORKFLOWS,), rest="sections"),
            ),
        ),
        rest="sections",
    ),
)
ROOT = Place(
    "workspace",
    "",
    "A service manifest.",
    body=Body(
        slots=(
            Slot("manifest_version", "The version of the format.", key="version", max_length=20),
            Slot("name", "The company.", key="workspace", max_length=200),
            Slot("control_plane_repo", "The repository that holds this file.", max_length=200),
            Slot("last_updated", "The day of the last change.", max_length=40),
            Slot("operator", "The person who answers for it.", max_length=200),
        ),
        places=(ENVIRONMENTS, *PROJECT_PLACES, RUNBOOKS, MIGRATIONS, REDIS_NAMESPACES, *SECTIONS),
        groups=(CI_CD,),
        rest="x-sections",
    ),
)
