"""The addresses of the feed."""

from django.urls import path

from monitoring.events import views

urlpatterns = [
    path("events/", views.events, name="events"),
    path("events/<int:seq>/", views.event, name="event"),
]
