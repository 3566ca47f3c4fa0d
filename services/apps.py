"""The catalog application."""

from importlib import import_module

from django.apps import AppConfig
from django.core.checks import Tags, register

# The rooms with catalog checks of their own, as `module:SUITE`; they import models, so they come late.
SUITES = ("services.variables.checks:SUITE", "services.analyses.checks:SUITE")


class ServicesConfig(AppConfig):
    """Registers the catalog's models, admin pages and checks."""

    name = "services"
    verbose_name = "Catalog"

    def ready(self) -> None:
        """Register every room's catalog checks, and the check of the levels that are set for them."""
        registry = import_module("services.catalog.checks")
        for suite in SUITES:
            module, _, name = suite.partition(":")
            registry.register(getattr(import_module(module), name))
        register(import_module("services.catalog.level_check").check_levels, Tags.security)
