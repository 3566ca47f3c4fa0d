"""The addresses of alerts."""

from django.urls import path

from monitoring.alerts import metrics, views

urlpatterns = [
    path("incidents/", views.incidents, name="incidents"),
    path("incidents/<int:pk>/", views.incident, name="incident"),
    path("incidents/<int:pk>/act/", views.act, name="incident-act"),
    path("alerts/rules/", views.rules, name="alert-rules"),
    path("alerts/channels/", views.channels, name="alert-channels"),
    path("alerts/channels/<int:pk>/test/", views.test_channel, name="channel-test"),
    path("alerts/maintenance/", views.maintenance, name="maintenance"),
    path("alerts/silences/", views.silences, name="silences"),
    path("alerts/silences/<int:pk>/end/", views.end, name="silence-end"),
    path("metrics", metrics.metrics, name="metrics"),
]
