"""Services: the units that are deployed, probed and depended upon."""

from typing import Any

from django.db import models

from services.catalog.models.project import PHASE_CHOICES, STATUS_CHOICES, Project
from services.catalog.names import PHASES, Status


class ServiceQuerySet(models.QuerySet["Service"]):
    """Reads of services, named after the pages that show them."""

    def current(self) -> "ServiceQuerySet":
        """Leave out what is archived."""
        return self.filter(archived_at__isnull=True)

    def for_page(self) -> "ServiceQuerySet":
        """Load what the page of one service says in its own fields; archived ones have a page too.

        The analysis comes along for its checks: it holds no text.
        """
        return self.select_related("project", "deployment", "analysis")

    def of_project(self, project: Project) -> "ServiceQuerySet":
        """List the services on their project's page; those archived with the project too."""
        services = self if project.archived_at else self.current()
        return services.filter(project=project).order_by("name", "pk")

    def for_roadmap(self) -> "ServiceQuerySet":
        """List the current services by name, only what the roadmap shows of them."""
        shown = ("name", "status", "phase", "kind", "project_id", "archived_at")
        return self.current().only(*shown).order_by("name", "pk")

    def for_graph(self) -> models.QuerySet["Service", tuple[Any, ...]]:
        """Give each current service once for every dependency, and once when it has none."""
        return (
            self.current()
            .order_by("name", "dependencies__role", "dependencies__alias", "dependencies__pk")
            .values_list(
                *("name", "project__name", "kind", "status"),
                *("display_name", "aliases", "railway_service"),
                *("dependencies__target__name", "dependencies__role", "dependencies__alias"),
                *("dependencies__type", "dependencies__version"),
                *("dependencies__connection_variable", "dependencies__usage"),
                *("dependencies__migrations", "dependencies__models_path"),
            )
        )


class Service(models.Model):
    """One deployable thing: a backend, a database, a cache, a site, a worker.

    `status` and `phase` hold the effective values: a manifest that leaves them out takes them
    from the project. `configuration`, `backups`, `schema_migrations`, `observability` and `cdn`
    are small mappings; `usage` is a list of `{"service": name, "purposes": [text]}`.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="services")
    name = models.CharField(max_length=100, unique=True)
    display_name = models.CharField(max_length=200, blank=True, default="")
    aliases = models.JSONField(default=list, blank=True)
    description = models.TextField(blank=True, default="")
    kind = models.CharField(max_length=50, blank=True, default="")
    status = models.CharField(max_length=20, choices=STATUS_CHOICES, default=Status.ACTIVE)
    phase = models.PositiveSmallIntegerField(choices=PHASE_CHOICES, null=True, blank=True)
    owner = models.CharField(max_length=200, blank=True, default="")
    tags = models.JSONField(default=list, blank=True)
    repo = models.CharField(max_length=300, blank=True, default="")
    branch = models.CharField(max_length=200, blank=True, default="")
    railway_service = models.CharField(max_length=100, blank=True, default="")
    type = models.CharField(max_length=50, blank=True, default="")
    version = models.CharField(max_length=50, blank=True, default="")
    provider = models.CharField(max_length=100, blank=True, default="")
    language = models.CharField(max_length=50, blank=True, default="")
    framework = models.CharField(max_length=100, blank=True, default="")
    runtime = models.CharField(max_length=100, blank=True, default="")
    configuration = models.JSONField(default=dict, blank=True)
    backups = models.JSONField(default=dict, blank=True)
    schema_migrations = models.JSONField(default=dict, blank=True)
    observability = models.JSONField(default=dict, blank=True)
    cdn = models.JSONField(default=dict, blank=True)
    usage = models.JSONField(default=list, blank=True)
    extra = models.JSONField(default=dict, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ServiceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=[status.value for status in Status]),
                name="service_status_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(phase__isnull=True) | models.Q(phase__in=PHASES),
                name="service_phase_is_1_2_or_3",
            ),
        ]

    def __str__(self) -> str:
        return self.name
