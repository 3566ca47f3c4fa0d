"""Where a service and everything in it stands in a manifest: the larger half of the layout. Pure."""

from services.catalog.names import PHASES, Level, Role, Status
from services.manifest import formats
from services.manifest.shape import Body, ByItem, ByKey, Place, Slot

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT")
STATUSES = tuple(status.value for status in Status)
LEVELS = tuple(level.value for level in Level)
SMALL = 32_767  # what a PositiveSmallIntegerField holds everywhere
LARGE = 2_147_483_647  # and a PositiveIntegerField

DESCRIPTION = Slot("description", "What it is, in a sentence.")
STATUS = Slot(
    "status", "Where it is in its life.", choices=STATUSES, max_length=20, is_inherited=True
)
PHASE = Slot("phase", "The phase of the roadmap it belongs to.", choices=PHASES, is_inherited=True)
OWNER = Slot("owner", "The team or person who answers for it.", max_length=200)
TAGS = Slot("tags", "Words to filter by.")
ALIASES = Slot("aliases", "Other names under which references find it.")
REPO = Slot("repo", "The repository, as owner/name on GitHub or as an address.", max_length=300)
RENAMED_FROM = Slot(
    "renamed_from",
    "The name it had before, so that its history stays with it.",
    format=formats.SLUG,
    max_length=100,
    is_stored=False,
)
_DEPENDENCY_SLOTS = (
    Slot("type", "What it is, such as postgresql.", max_length=50),
    Slot("version", "The version that is needed, such as 15+.", max_length=50),
    Slot(
        "connection_variable",
        "The environment variable with the connection address.",
        key="connection_var",
        format=formats.VARIABLE_NAME,
        max_length=128,
    ),
    Slot("usage", "What it is used for."),
    Slot("migrations", "The tool that migrates its schema.", max_length=200),
    Slot("models_path", "Where the models are in the repository.", max_length=300),
)
_TARGET = Slot(
    "target",
    "The service that is needed.",
    key="service",
    max_length=200,
    is_required=True,
    names_service=True,
)

DEPLOYMENT = Place(
    "deployment",
    "deployment",
    "How the service is built and started.",
    owner_part="service",
    body=Body(
        slots=(
            Slot("platform", "Where it runs, such as railway or github-pages.", max_length=100),
            Slot("root_directory", "The service's directory in the repository.", max_length=300),
            Slot("source", "The directory that is built.", max_length=300),
            Slot("dockerfile", "The path of the Dockerfile.", max_length=300),
            Slot("build_context", "The directory that the build sees.", max_length=300),
            Slot("build_command", "The command that builds it."),
            Slot("output_dir", "Where the build puts its result.", max_length=300),
            Slot("pre_deploy_command", "The command before each start of a new version."),
            Slot("start_command", "The command that starts it."),
            Slot(
                "healthcheck_path",
                "The path that answers 200 when it is well.",
                format=formats.URL_PATH,
                max_length=512,
            ),
            Slot(
                "healthcheck_timeout_s",
                "How many seconds a new version has to become well.",
                key="healthcheck_timeout",
                maximum=LARGE,
            ),
            Slot("port", "The port it listens on.", format=formats.PORT, max_length=40),
            Slot("replicas", "How many of it run.", maximum=SMALL),
            Slot("restart_policy", "When it is started again, such as on_failure.", max_length=20),
            Slot("cron_schedule", "When it runs, in five cron fields, UTC.", max_length=100),
            Slot("watch_paths", "The paths whose changes deploy it."),
        ),
        rest="extra",
    ),
)
DOMAINS = Place(
    "domain",
    "domains",
    "The host names it answers on, by environment; the first of a list is the primary one.",
    owner_part="service",
    walk=(
        ByKey("environment", "ENVIRONMENT", formats.SLUG),
        ByItem("position", may_be_lone=True),
    ),
    bare=Slot(
        "hostname", "A host name.", format=formats.HOSTNAME, max_length=253, is_required=True
    ),
)
ENTRYPOINTS = Place(
    "endpoint",
    "entrypoints",
    "The addresses that answer a question, such as /health.",
    owner_part="service",
    walk=(ByItem(),),
    body=Body(
        slots=(
            Slot(
                "path",
                "The path under the domains.",
                format=formats.URL_PATH,
                max_length=512,
                is_required=True,
            ),
            Slot("method", "The HTTP method.", choices=METHODS, max_length=10, default="GET"),
            DESCRIPTION,
        )
    ),
)
ROUTES = Place(
    "route",
    "routes",
    "What it serves under which path.",
    owner_part="service",
    walk=(ByItem(),),
    body=Body(
        slots=(
            Slot(
                "path",
                "The path, with * for anything.",
                format=formats.URL_PATH,
                max_length=512,
                is_required=True,
            ),
            Slot("serves", "What answers there.", max_length=300),
            Slot("type", "What kind of answer, such as static or api.", max_length=50),
            Slot("status", "Where it is in its life.", choices=STATUSES, max_length=20),
        )
    ),
)
_VARIABLE_NAME = Slot(
    "name",
    "The variable's name.",
    format=formats.VARIABLE_NAME,
    max_length=128,
    is_required=True,
)
_SOURCE = Slot("source", "Where the value comes from, such as ${{Postgres.DATABASE_URL}}.")
_VALUE = Slot("value", "The value, where it is the same everywhere and no secret.")
_DEFAULT = Slot("default", "The value when it is not set.")


def _definitions(kind: str, owner: str, about: str) -> Place:
    return Place(
        kind,
        "env",
        about,
        owner_part=owner,
        walk=(ByKey("level", "LEVEL", choices=LEVELS, max_length=20), ByItem()),
        bare=_VARIABLE_NAME,
        body=_DEFINITION,
    )


_DEFINITION = Body(
    slots=(
        _VARIABLE_NAME,
        DESCRIPTION,
        _SOURCE,
        _VALUE,
        _DEFAULT,
        Slot("allowed_values", "The values it may have.", key="values"),
        Slot("example", "A value that shows the form."),
        Slot("format", "The form of the value."),
        Slot("generate", "The command that makes a new value.", max_length=300),
        Slot("secret", "Whether the value must never be shown or written down."),
    )
)
VARIABLES = _definitions(
    "variable",
    "service",
    "The environment variables it reads, by level, and those it exports to others.",
)
SHARED_VARIABLES = _definitions(
    "shared_variable",
    "project",
    "The environment variables that all its services inherit, by level.",
)
VARIABLE_OVERRIDES = Place(
    "variable_override",
    "env_overrides",
    "What is different of its environment variables in one environment.",
    owner_part="service",
    walk=(
        ByKey("environment", "ENVIRONMENT", formats.SLUG),
        ByKey("name", "VARIABLE", formats.VARIABLE_NAME, max_length=128),
    ),
    bare=_VALUE,
    body=Body(
        slots=(
            Slot("level", "How much it is needed there.", choices=LEVELS, max_length=20),
            _SOURCE,
            _VALUE,
            _DEFAULT,
        )
    ),
)


def _dependencies(role: Role, key: str, about: str) -> Place:
    return Place(
        "dependency",
        key,
        about,
        owner_part="service",
        walk=(ByKey("alias", "ALIAS"),),
        body=Body(slots=(_TARGET, *_DEPENDENCY_SLOTS)),
        implied=(("role", role.value),),
    )


DATABASES = _dependencies(Role.DATABASE, "databases", "The databases it needs, by alias.")
CACHES = _dependencies(Role.CACHE, "caches", "The caches it needs, by alias.")
DEPENDS_ON = Place(
    "dependency",
    "depends_on",
    "The other services it needs.",
    owner_part="service",
    walk=(ByItem(),),
    bare=_TARGET,
    body=Body(
        slots=(
            _TARGET,
            Slot("alias", "Its alias, when it is not the service's name.", max_length=100),
            *_DEPENDENCY_SLOTS,
        )
    ),
    implied=(("role", Role.SERVICE.value),),
)
SERVICES = Place(
    "service",
    "services",
    "The services of the project, by name.",
    owner_part="project",
    walk=(ByKey("name", "SERVICE", formats.SLUG),),
    body=Body(
        slots=(
            RENAMED_FROM,
            Slot("display_name", "The name that people read.", max_length=200),
            DESCRIPTION,
            Slot("kind", "What it is: backend, worker, database, cache, docs…", max_length=50),
            STATUS,
            PHASE,
            OWNER,
            TAGS,
            ALIASES,
            REPO,
            Slot("branch", "The branch that is deployed.", max_length=200),
            Slot("railway_service", "Its name on Railway.", max_length=100),
            Slot("type", "The product, such as postgresql.", max_length=50),
            Slot("version", "The product's version, such as 15+.", max_length=50),
            Slot("provider", "Who runs it, such as railway-managed.", max_length=100),
            Slot("language", "The programming language.", max_length=50),
            Slot("framework", "The framework and its version.", max_length=100),
            Slot("runtime", "The runtime and its version.", max_length=100),
            Slot("configuration", "Its settings, as names and values."),
            Slot("backups", "How it is backed up."),
            Slot("schema_migrations", "How its schema is migrated.", key="migrations"),
            Slot("observability", "Its metrics, logs, traces and alerts."),
            Slot("cdn", "What stands in front of it."),
            Slot("usage", "Which services use it, and for what.", type="usage"),
        ),
        places=(
            DEPLOYMENT,
            DOMAINS,
            ENTRYPOINTS,
            ROUTES,
            VARIABLES,
            VARIABLE_OVERRIDES,
            DATABASES,
            CACHES,
            DEPENDS_ON,
        ),
        rest="extra",
    ),
)
