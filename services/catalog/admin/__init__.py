"""The catalog editor: the admin pages of projects, services and what surrounds them."""

from services.catalog.admin import operations, project, redis, service, workspace

__all__ = ["operations", "project", "redis", "service", "workspace"]
