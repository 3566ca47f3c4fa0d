"""The monitoring application."""

from django.apps import AppConfig


class MonitoringConfig(AppConfig):
    """Registers what watches the catalog's services."""

    name = "monitoring"
    verbose_name = "Monitoring"
