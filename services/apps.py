"""The catalog application."""

from django.apps import AppConfig


class ServicesConfig(AppConfig):
    """Registers the catalog's models and admin pages."""

    name = "services"
    verbose_name = "Catalog"
