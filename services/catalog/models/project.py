"""Projects: groups of services that are planned, built and deployed together."""

from django.db import models

from services.catalog.names import PHASES, Status

STATUS_CHOICES = [(status.value, status.value) for status in Status]
PHASE_CHOICES = [(phase, f"Phase {phase}") for phase in PHASES]


class ProjectQuerySet(models.QuerySet["Project"]):
    """Reads of projects, named after the pages that show them."""

    def current(self) -> "ProjectQuerySet":
        """Leave out what is archived."""
        return self.filter(archived_at__isnull=True)

    def current_name(self, name: str) -> str | None:
        """Find the name of the project that is called so in any case, or was called so before."""
        asked = name.casefold()
        for project in self.only("name", "aliases").order_by("name"):
            if asked in (known.casefold() for known in (project.name, *project.aliases)):
                return project.name
        return None

    def for_roadmap(self) -> "ProjectQuerySet":
        """List the current projects, the soonest target date first, undated ones last."""
        undated = models.Case(models.When(target_date="", then=1), default=0)
        return self.current().order_by(undated, "target_date", "name", "pk")


class Project(models.Model):
    """A group of services with one purpose, one status and one phase."""

    name = models.CharField(max_length=100, unique=True)
    aliases = models.JSONField(default=list, blank=True)
    description = models.TextField(blank=True, default="")
    status = models.CharField(max_length=20, choices=STATUS_CHOICES, default=Status.ACTIVE)
    phase = models.PositiveSmallIntegerField(choices=PHASE_CHOICES, null=True, blank=True)
    target_date = models.CharField(max_length=10, blank=True, default="")
    owner = models.CharField(max_length=200, blank=True, default="")
    tags = models.JSONField(default=list, blank=True)
    repo = models.CharField(max_length=300, blank=True, default="")
    railway_project = models.CharField(max_length=100, blank=True, default="")
    extra = models.JSONField(default=dict, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=[status.value for status in Status]),
                name="project_status_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(phase__isnull=True) | models.Q(phase__in=PHASES),
                name="project_phase_is_1_2_or_3",
            ),
        ]

    def __str__(self) -> str:
        return self.name
