"""What people do by hand, in order: runbooks and migration plans."""

from django.db import models


class Runbook(models.Model):
    """The ordered steps for one situation; `steps` is a list of texts."""

    category = models.CharField(max_length=100)
    name = models.CharField(max_length=100)
    steps = models.JSONField(default=list, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["category", "name"], name="runbook_name_is_unique_per_category"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.category} / {self.name}"


class MigrationPlanQuerySet(models.QuerySet["MigrationPlan"]):
    """Reads of migration plans, named after the pages that show them."""

    def for_roadmap(self) -> "MigrationPlanQuerySet":
        """List the plans by name, each with its steps in order. Two queries."""
        steps = MigrationStep.objects.order_by("number", "pk")
        return self.prefetch_related(models.Prefetch("steps", steps)).order_by("name", "pk")


class MigrationPlan(models.Model):
    """A planned change of the platform; `rollback_plan` is a list of texts."""

    name = models.CharField(max_length=100, unique=True)
    description = models.TextField(blank=True, default="")
    rollback_plan = models.JSONField(default=list, blank=True)

    objects = MigrationPlanQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class MigrationStep(models.Model):
    """One step of a migration plan."""

    plan = models.ForeignKey(MigrationPlan, on_delete=models.CASCADE, related_name="steps")
    number = models.PositiveSmallIntegerField()
    action = models.TextField()
    command = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "number"], name="migration_step_number_is_unique_per_plan"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.action}"
