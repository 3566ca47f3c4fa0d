"""The addresses of the inspector."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = [
    # namespaces and scans
    # server and keys
]
