"""Instances: the Redis servers that are inspected, each under a name of ours."""

from django.db import models

from services.catalog.models import Service

OWN = "console"  # the name of the console's own server


class RedisInstanceQuerySet(models.QuerySet["RedisInstance"]):
    """Reads of instances."""

    def current(self) -> "RedisInstanceQuerySet":
        """Give those that are there now, the console's own first."""
        rows = self.filter(retired_at__isnull=True).select_related("service")
        return rows.order_by("position", "name")


class RedisInstance(models.Model):
    """A Redis or Valkey, of one server or many: the console's own, or a cache of the catalog.

    Its address and credentials are in the environment of the web server and the worker, in `variable`,
    and nowhere else. One that the catalog no longer has is retired; its history stays until it is old.
    """

    name = models.SlugField(max_length=210, unique=True)
    title = models.CharField(max_length=210)
    service = models.ForeignKey(
        Service, null=True, blank=True, on_delete=models.SET_NULL, related_name="redis_instances"
    )
    environment = models.CharField(max_length=100, blank=True, default="")
    variable = models.CharField(max_length=230)
    position = models.PositiveIntegerField(default=0)
    retired_at = models.DateTimeField(null=True, blank=True)

    objects = RedisInstanceQuerySet.as_manager()

    class Meta:
        verbose_name = "Redis instance"

    def __str__(self) -> str:
        return self.title

    @property
    def is_own(self) -> bool:
        """Say whether it is the console's own server."""
        return self.name == OWN
