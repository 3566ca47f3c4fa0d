"""The addresses of health."""

from django.urls import path

from monitoring.health import views

urlpatterns = [
    path("system/", views.system, name="system"),
    path("system/probe/", views.probe_all, name="probe-all"),
    # paths, not strings: a check made by hand may be of anything, and its page must open all the same
    path("system/services/<path:name>/probe/", views.probe_now, name="probe-now"),
    path("system/services/<path:name>/badge.svg", views.badge, name="health-badge"),
    path("system/services/<path:name>/", views.service_health, name="service-health"),
    path("deployments/", views.deployments, name="deployments"),
    path("heartbeat/<str:key>/", views.heartbeat, name="heartbeat"),
]
