"""The addresses of a service's deployment files."""

from django.urls import path

from services.artifacts import views

urlpatterns = [
    path("services/<str:name>/files/", views.files, name="files"),
    path("services/<str:name>/files/all.zip", views.download_all, name="files-zip"),
    path("services/<str:name>/files/<slug:kind>/", views.download, name="file"),
]
