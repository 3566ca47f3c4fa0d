"""The catalog editor: the admin pages of projects, services and what surrounds them."""

from services.catalog.admin import operations, project, service, workspace

__all__ = ["operations", "project", "service", "workspace"]
