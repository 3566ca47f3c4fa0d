"""The addresses of the inspector."""

from django.urls import URLPattern, path

from monitoring.redis_inspect import key_views, removal_views, scan_views, server_views

urlpatterns: list[URLPattern] = [
    path("redis/namespaces/", scan_views.namespaces, name="redis-own-namespaces"),
    path("redis/namespaces/<slug:name>/", scan_views.namespaces, name="redis-namespaces"),
    path("redis/namespaces/<slug:name>/progress/", scan_views.progress, name="redis-progress"),
    path("redis/namespaces/<slug:name>/scan/", scan_views.ask, name="redis-ask-scan"),
    path("redis/scans/", scan_views.scans, name="redis-scans"),
    path("redis/scans/<int:pk>/", scan_views.scan_report, name="redis-scan"),
    path("redis/scans/<int:pk>/pause/", scan_views.pause, name="redis-pause-scan"),
    path("redis/scans/<int:pk>/resume/", scan_views.resume, name="redis-resume-scan"),
    path("redis/scans/<int:pk>/cancel/", scan_views.cancel, name="redis-cancel-scan"),
    path("redis/scans/<int:scan>/<int:pk>/", scan_views.scanned_namespace, name="redis-scanned"),
    path("redis/scans/<int:scan>/<int:pk>/declare/", scan_views.declare, name="redis-declare"),
    # server and keys
    path("redis/servers/", server_views.servers, name="redis-servers"),
    path("redis/<slug:name>/", server_views.server, name="redis-server"),
    path("redis/<slug:name>/permissions/", server_views.permissions, name="redis-permissions"),
    path("redis/<slug:name>/keys/", key_views.keys, name="redis-keys"),
    path("redis/<slug:name>/keys/<str:reference>/", key_views.key, name="redis-key"),
    path("redis/<slug:name>/removals/new/", removal_views.new_removal, name="redis-removal-new"),
    path("redis/<slug:name>/removals/<int:pk>/", removal_views.removal, name="redis-removal"),
]
