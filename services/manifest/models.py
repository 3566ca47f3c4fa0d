"""The table of uploaded manifests that wait between preview and apply."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models

LIFETIME = timedelta(hours=1)


class PendingManifestQuerySet(models.QuerySet["PendingManifest"]):
    """Reads of uploads, named after who asks."""

    def waiting(self, now: datetime) -> "PendingManifestQuerySet":
        """Leave out what is too old to apply."""
        return self.filter(created_at__gt=now - LIFETIME)

    def expired(self, now: datetime) -> "PendingManifestQuerySet":
        """Give what is too old to apply."""
        return self.filter(created_at__lte=now - LIFETIME)


class PendingManifest(models.Model):
    """A readable manifest that its owner has uploaded and not applied yet.

    Only texts that were read without problems are kept, so no secret's value is ever in here.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    file_name = models.CharField(max_length=300)
    compressed_text = models.BinaryField()
    created_at = models.DateTimeField()

    objects = PendingManifestQuerySet.as_manager()

    def __str__(self) -> str:
        return self.file_name
