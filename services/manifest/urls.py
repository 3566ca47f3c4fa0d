"""The addresses of the manifest and the history."""

from django.urls import path

from services.manifest import history_views, views

urlpatterns = [
    path("manifest/", views.manifest, name="manifest"),
    path("manifest/plan/", views.plan, name="manifest-plan"),
    path("manifest/plan/<int:pk>/", views.preview, name="manifest-preview"),
    path("manifest/plan/<int:pk>/apply/", views.apply, name="manifest-apply"),
    path("manifest/export/", views.export, name="manifest-export"),
    path("manifest/changes/", history_views.change_sets, name="change-sets"),
    path("manifest/changes/<int:revision>/", history_views.change_set, name="change-set"),
    path("manifest/changes/<int:revision>/revert/", history_views.revert, name="change-set-revert"),
]
