"""The addresses of health."""

from django.urls import path

from monitoring.health import views

urlpatterns = [
    path("system/", views.system, name="system"),
    path("system/probe/", views.probe_all, name="probe-all"),
    path("system/services/<str:name>/", views.service_health, name="service-health"),
    path("system/services/<str:name>/probe/", views.probe_now, name="probe-now"),
    path("system/services/<str:name>/badge.svg", views.badge, name="health-badge"),
    path("deployments/", views.deployments, name="deployments"),
    path("heartbeat/<str:key>/", views.heartbeat, name="heartbeat"),
]
