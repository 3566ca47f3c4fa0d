"""The one workspace, and the manifest sections that have no model of their own."""

from django.db import models


class Workspace(models.Model):
    """The company whose services these are: one row, which also carries the catalog's revision.

    Every write to the catalog locks this row and raises `revision` by one, so that a plan made
    against an older catalog can be refused.
    """

    SINGLETON_ID = 1

    manifest_version = models.CharField(max_length=20, blank=True, default="")
    name = models.CharField(max_length=200, blank=True, default="")
    control_plane_repo = models.CharField(max_length=200, blank=True, default="")
    last_updated = models.CharField(max_length=40, blank=True, default="")
    operator = models.CharField(max_length=200, blank=True, default="")
    revision = models.PositiveBigIntegerField(default=0, editable=False)

    class Meta:
        verbose_name_plural = "workspace"
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="there_is_one_workspace"),
        ]

    def __str__(self) -> str:
        return self.name or "Workspace"


class Section(models.Model):
    """A part of the manifest that is kept whole and exported whole, named by its dotted path."""

    name = models.CharField(max_length=200, unique=True)
    value = models.JSONField(null=True)

    def __str__(self) -> str:
        return self.name
