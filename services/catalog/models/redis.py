"""Which keys Redis is to hold."""

from django.db import models

from services.catalog.names import RedisType, Sensitivity, TtlPolicy


class RedisNamespace(models.Model):
    """A declared namespace: the keys that a glob pattern matches, and what is asked of them.

    `owner` is the name of a service, as it was written. The bounds of the time to live are those of
    `ttl_policy`: `range` has both, `maximum` and `sliding` the longest. An empty `key_type` asks nothing.
    """

    pattern = models.CharField(max_length=200, unique=True)
    key_template = models.CharField(max_length=300, blank=True, default="")
    purpose = models.CharField(max_length=300, blank=True, default="")
    owner = models.CharField(max_length=100, blank=True, default="")
    ttl_policy = models.CharField(
        max_length=20,
        choices=[(policy.value, policy.value.replace("_", " ")) for policy in TtlPolicy],
        default=TtlPolicy.NONE.value,
    )
    ttl_min_s = models.PositiveIntegerField(null=True, blank=True)
    ttl_max_s = models.PositiveIntegerField(null=True, blank=True)
    key_type = models.CharField(
        max_length=20,
        choices=[(kind.value, kind.value) for kind in RedisType],
        blank=True,
        default="",
    )
    sensitivity = models.CharField(
        max_length=20,
        choices=[(level.value, level.value) for level in Sensitivity],
        default=Sensitivity.NORMAL.value,
    )

    class Meta:
        verbose_name = "Redis namespace"

    def __str__(self) -> str:
        return self.pattern
