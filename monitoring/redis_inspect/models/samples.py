"""What a server said of itself: samples every few seconds, their sums by the hour, and our own lookups."""

from django.db import models

from monitoring.redis_inspect.models.instances import RedisInstance


class RedisSampleQuerySet(models.QuerySet["RedisSample"]):
    """Reads of samples, named after who asks."""

    def latest_of_each(self) -> "RedisSampleQuerySet":
        """Give the newest sample of every current instance, with the instance."""
        newest = (
            RedisSample.objects.filter(instance=models.OuterRef("pk"))
            .order_by("-at", "-pk")
            .values("pk")[:1]
        )
        current = RedisInstance.objects.filter(retired_at__isnull=True)
        rows = self.filter(pk__in=current.annotate(newest=models.Subquery(newest)).values("newest"))
        return rows.select_related("instance").order_by("instance__position", "instance__name")


class RedisSample(models.Model):
    """One look at an instance; of a cluster, the sum over its primaries. Kept for two days.

    Figures are those of INFO, in the units that their names say; null where they could not be had:
    the server did not answer (`connection_ok` is false, `error` says why), or the user may not ask.
    `commands`, `hits`, `misses`, `evicted_keys`, `expired_keys` and `rejected_connections` count since
    the server's start. `maxmemory_bytes` 0 is no limit. `latency_ms` is the median of warm PINGs.
    `hit_rate` (0 to 1) is that of the last five minutes without our own lookups.
    """

    instance = models.ForeignKey(RedisInstance, on_delete=models.CASCADE, related_name="samples")
    at = models.DateTimeField()
    connection_ok = models.BooleanField()
    error = models.CharField(max_length=300, blank=True, default="")
    latency_ms = models.FloatField(null=True)

    run_id = models.CharField(max_length=100, blank=True, default="")
    version = models.CharField(max_length=60, blank=True, default="")
    mode = models.CharField(max_length=20, blank=True, default="")
    uptime_s = models.BigIntegerField(null=True)

    used_memory_bytes = models.BigIntegerField(null=True)
    used_memory_rss_bytes = models.BigIntegerField(null=True)
    used_memory_peak_bytes = models.BigIntegerField(null=True)
    maxmemory_bytes = models.BigIntegerField(null=True)
    maxmemory_policy = models.CharField(max_length=40, blank=True, default="")
    fragmentation_ratio = models.FloatField(null=True)

    connected_clients = models.BigIntegerField(null=True)
    blocked_clients = models.BigIntegerField(null=True)
    maxclients = models.BigIntegerField(null=True)
    rejected_connections = models.BigIntegerField(null=True)

    commands = models.BigIntegerField(null=True)
    hits = models.BigIntegerField(null=True)
    misses = models.BigIntegerField(null=True)
    evicted_keys = models.BigIntegerField(null=True)
    expired_keys = models.BigIntegerField(null=True)
    commands_per_s = models.FloatField(null=True)
    evicted_per_s = models.FloatField(null=True)
    hit_rate = models.FloatField(null=True)

    keys = models.BigIntegerField(null=True)
    expiring_keys = models.BigIntegerField(null=True)

    persistence_ok = models.BooleanField(null=True)
    role = models.CharField(max_length=20, blank=True, default="")
    replicas = models.IntegerField(null=True)
    replication_ok = models.BooleanField(null=True)

    objects = RedisSampleQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["instance", "at"], name="redis_samples_of_an_instance")]

    def __str__(self) -> str:
        return f"{self.instance_id} {self.at:%H:%M:%S}"


class RedisHour(models.Model):
    """One hour of an instance, summed up from its samples; kept for 400 days.

    Counters hold what was added in the hour. `latency_ms` and `used_memory_bytes` are means,
    the `highest` ones maxima.
    """

    instance = models.ForeignKey(RedisInstance, on_delete=models.CASCADE, related_name="hours")
    start = models.DateTimeField()
    samples = models.PositiveIntegerField()
    answered = models.PositiveIntegerField()
    latency_ms = models.FloatField(null=True)
    highest_latency_ms = models.FloatField(null=True)
    used_memory_bytes = models.BigIntegerField(null=True)
    highest_used_memory_bytes = models.BigIntegerField(null=True)
    highest_connected_clients = models.BigIntegerField(null=True)
    commands = models.BigIntegerField(default=0)
    hits = models.BigIntegerField(default=0)
    misses = models.BigIntegerField(default=0)
    evicted_keys = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["instance", "start"], name="instance_has_one_row_per_hour"
            )
        ]

    def __str__(self) -> str:
        return f"{self.instance_id} {self.start:%Y-%m-%d %H:00}"


class OwnLookups(models.Model):
    """Lookups that the inspector itself caused on an instance, to be taken out of its hit rate."""

    instance = models.ForeignKey(
        RedisInstance, on_delete=models.CASCADE, related_name="own_lookups"
    )
    at = models.DateTimeField()
    hits = models.BigIntegerField(default=0)
    misses = models.BigIntegerField(default=0)

    class Meta:
        verbose_name_plural = "own lookups"
        indexes = [models.Index(fields=["instance", "at"], name="own_lookups_of_an_instance")]

    def __str__(self) -> str:
        return f"{self.instance_id} {self.hits} hits, {self.misses} misses"
