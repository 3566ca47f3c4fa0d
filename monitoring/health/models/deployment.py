"""Deployments: which version runs where, since when."""

from datetime import datetime

from django.db import models
from django.db.models.functions import RowNumber


class DeploymentQuerySet(models.QuerySet["Deployment"]):
    """Reads of deployments, named after the pages that show them."""

    def for_page(self) -> "DeploymentQuerySet":
        """Give the newest first."""
        return self.order_by("-at", "-pk")

    def now_running(self) -> "DeploymentQuerySet":
        """Give the last of each service in each environment."""
        number = models.Window(
            RowNumber(), partition_by=["subject", "environment"], order_by=["-at", "-pk"]
        )
        return self.annotate(number=number).filter(number=1)

    def changes_since(self, start: datetime) -> "DeploymentQuerySet":
        """Leave out what was there before, and versions that were the first known of their place."""
        before = Deployment.objects.filter(
            subject=models.OuterRef("subject"),
            environment=models.OuterRef("environment"),
            at__lt=models.OuterRef("at"),
        )
        return self.filter(models.Exists(before), at__gte=start)


class Deployment(models.Model):
    """A version that began to run.

    `source` is `seen` when its version endpoint told us, or `reported` when somebody posted it.
    """

    subject = models.CharField(max_length=100)
    environment = models.CharField(max_length=100)
    commit = models.CharField(max_length=64, blank=True, default="")
    version = models.CharField(max_length=100, blank=True, default="")
    built_at = models.DateTimeField(null=True)
    at = models.DateTimeField(db_index=True)
    source = models.CharField(max_length=10, choices=[("seen", "seen"), ("reported", "reported")])
    reported_by = models.CharField(max_length=100, blank=True, default="")
    url = models.CharField(max_length=500, blank=True, default="")

    objects = DeploymentQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["subject", "environment", "-at"], name="deployments_of_a_subject")
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.environment} {self.short}"

    @property
    def short(self) -> str:
        """Give the version as people say it."""
        return self.commit[:7] or self.version
