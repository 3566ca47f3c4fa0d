"""What the workers write about themselves: who is alive, and which step is due when."""

from django.db import models


class WorkerHeartbeat(models.Model):
    """One running worker; a row that is not renewed is a worker that died."""

    name = models.CharField(max_length=200, unique=True)
    version = models.CharField(max_length=50)
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.name


class StepSchedule(models.Model):
    """When a step of the workers is due; raising `due_at` is how one worker claims it.

    `last_error` is the final line of the latest failure, empty after a success.
    """

    name = models.CharField(max_length=100, unique=True)
    due_at = models.DateTimeField(db_index=True)
    claimed_by = models.CharField(max_length=200, blank=True, default="")
    finished_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    last_error = models.TextField(blank=True, default="")

    def __str__(self) -> str:
        return self.name
