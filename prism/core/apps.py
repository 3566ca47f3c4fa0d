"""The ground floor as a Django application: access, audit, sessions."""

from django.apps import AppConfig, apps
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate

from prism.core.roles import ROLES
from prism.core.slow_queries import watch_connection


def ensure_roles(using: str, **signal: object) -> None:
    """Create the groups of the roles where they are missing; runs after every migrate."""
    groups = apps.get_model("auth", "Group").objects.using(using)
    present = set(groups.filter(name__in=ROLES).values_list("name", flat=True))
    groups.bulk_create([groups.model(name=name) for name in ROLES if name not in present])


class CoreConfig(AppConfig):
    """Registers what every room stands on."""

    name = "prism.core"
    label = "core"
    verbose_name = "Console"

    def ready(self) -> None:
        """Keep the roles in place (a deleted group is back after a migrate), and time every query."""
        connection_created.connect(watch_connection)
        post_migrate.connect(ensure_roles, sender=self)
