"""Every address of the console."""

from django.contrib import admin
from django.urls import include, path

from prism import endpoints
from prism.api import api
from prism.api_docs import api_docs
from prism.console_page import console_page

urlpatterns = [
    path("health", endpoints.health, name="health"),
    path("version", endpoints.version, name="version"),
    path("ready", endpoints.ready, name="ready"),
    path("", include("prism.core.urls")),
    path("", include("services.catalog.urls")),
    path("", include("services.manifest.urls")),
    path("", include("services.artifacts.urls")),
    path("", include("services.analyses.urls")),
    path("", include("services.variables.urls")),
    path("", include("monitoring.events.urls")),
    path("", include("monitoring.health.urls")),
    path("", include("monitoring.alerts.urls")),
    path("", include("monitoring.redis_inspect.urls")),
    path("console/", console_page, name="console"),
    path("api/docs/", api_docs, name="api-docs"),
    path("api/v1/", api.urls),
    path("admin/", admin.site.urls),
]

handler400 = "prism.errors.bad_request"
handler403 = "prism.errors.permission_denied"
handler404 = "prism.errors.not_found"
handler500 = "prism.errors.server_error"
