"""Makes the console's own admin site the default one."""

from django.contrib.admin.apps import AdminConfig

from prism.checks import register_checks


class PrismAdminConfig(AdminConfig):
    """The Django admin with the console's shell."""

    default_site = "prism.admin_site.PrismAdminSite"

    def ready(self) -> None:
        """Register the checks of the settings."""
        super().ready()
        register_checks()
