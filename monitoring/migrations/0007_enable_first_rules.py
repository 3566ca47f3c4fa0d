"""The rules that every console starts with. The first three are the alerts that the owner asked for."""

from django.db import migrations

CRITICAL, WARNING = "critical", "warning"
RULES = (
    # name, kind, severity, fire, clear, for_s, clear_s, is_enabled, advice
    ("Redis memory over 90 %", "redis-memory", CRITICAL, 90, 85, 120, 120, True,
     "Writes fail when it is full. Look for keys without an expiry in the inspector, or raise maxmemory."),
    ("High eviction rate", "redis-evictions", WARNING, 1, 1, 120, 300, True,
     "The cache is too small for what it is asked for: raise maxmemory, or shorten what is kept."),
    ("Redis connection errors", "redis-connection", CRITICAL, 1, 1, 30, 60, True,
     "Is the server up, and are the address and the password those of the server?"),
    ("Service down", "down", CRITICAL, 1, 1, 0, 30, True, ""),
    ("Service degraded", "degraded", WARNING, 1, 1, 300, 60, False, ""),
    ("Service flapping", "flapping", WARNING, 1, 1, 0, 60, True, ""),
    ("Certificate runs out", "certificate", WARNING, 14, 20, 0, 0, True, "Renew it; a renewal that fails is found in its log."),
    ("No reading", "silent", WARNING, 5, 5, 120, 60, True, "Is a worker running?"),
    ("Redis hit rate under 80 %", "redis-hit-rate", WARNING, 80, 85, 600, 300, False, ""),
    ("Redis latency over 1 ms", "redis-latency", WARNING, 1, 0.8, 300, 300, False, ""),
    ("Redis rejects connections", "redis-rejected", CRITICAL, 1, 1, 0, 300, True,
     "maxclients is reached: look for clients that do not use a pool."),
    ("Redis cannot save", "redis-persistence", CRITICAL, 1, 1, 0, 60, True, "Is its disk full?"),
    ("Redis replica is cut off", "redis-replication", CRITICAL, 1, 1, 60, 60, True, ""),
    ("Redis keys break their rules", "redis-violations", WARNING, 1, 1, 0, 0, False, ""),
    ("Critical event", "events", WARNING, 1, 1, 0, 300, True, ""),
    ("Console: no worker", "worker", CRITICAL, 60, 60, 0, 30, True, "Start one: prism worker"),
    ("Console: nobody on prism:events", "bridge", WARNING, 30, 30, 30, 30, True, ""),
    ("Console: checks are late", "schedule", WARNING, 30, 10, 120, 120, True,
     "More workers, or longer intervals."),
    ("Console: disk full", "disk", CRITICAL, 10, 15, 60, 60, True, ""),
    ("Console: audit trail broken", "audit", CRITICAL, 1, 1, 0, 0, True, "prism audit verify"),
)  # fmt: skip


def add_rules(apps, schema_editor):
    Rule = apps.get_model("monitoring", "Rule")
    for name, kind, severity, fire, clear, for_s, clear_s, is_enabled, advice in RULES:
        Rule.objects.get_or_create(
            name=name,
            defaults={
                "kind": kind, "severity": severity, "fire": fire, "clear": clear, "for_s": for_s,
                "clear_s": clear_s, "is_enabled": is_enabled, "advice": advice,
                "event_severity": "critical" if kind == "events" else "",
            },
        )


def remove_rules(apps, schema_editor):
    apps.get_model("monitoring", "Rule").objects.filter(name__in=[row[0] for row in RULES]).delete()


class Migration(migrations.Migration):

    dependencies = [
        ('monitoring', '0006_create_redis_scans'),
    ]

    operations = [migrations.RunPython(add_rules, remove_rules)]
