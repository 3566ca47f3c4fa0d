"""The addresses of the room."""

from django.urls import path

from services.variables import import_views, views

urlpatterns = [
    path("variables/", views.matrix, name="variables"),
    path("variables/export/", views.export, name="variables-export"),
    path("variables/references/", views.references, name="variables-references"),
    path("variables/import/", import_views.take_in, name="variables-import"),
    path("variables/import/keep/", import_views.keep_reviewed, name="variables-keep"),
    path("services/<str:name>/variables/", views.service_environment, name="service-variables"),
]
