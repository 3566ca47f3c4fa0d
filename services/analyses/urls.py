"""The addresses of documents, runbooks and runs."""

from django.urls import path

from services.analyses import edit_views, run_views, views

urlpatterns = [
    path("analyses/", views.analyses, name="analyses"),
    path("analyses/<str:file_name>", views.by_file, name="analysis-by-file"),
    path("services/<str:name>/analysis/", views.analysis, name="analysis"),
    path("services/<str:name>/analysis/edit/", edit_views.edit, name="analysis-edit"),
    path("services/<str:name>/analysis/review/", views.review, name="analysis-review"),
    path("services/<str:name>/analysis/source/", views.source, name="analysis-source"),
    path(
        "services/<str:name>/analysis/revisions/", edit_views.revisions, name="analysis-revisions"
    ),
    path(
        "services/<str:name>/analysis/revisions/<int:number>/",
        edit_views.revision,
        name="analysis-revision",
    ),
    path("runbooks/", run_views.runbooks, name="runbooks"),
    path("runbooks/<int:pk>/", run_views.runbook, name="runbook"),
    path("runbooks/<int:pk>/start/", run_views.runbook_start, name="runbook-start"),
    path("plans/<int:pk>/", run_views.plan, name="plan"),
    path("plans/<int:pk>/start/", run_views.plan_start, name="plan-start"),
    path("runs/<int:pk>/", run_views.run, name="run"),
    path("runs/<int:pk>/end/", run_views.end, name="run-end"),
    path("runs/<int:pk>/steps/<int:number>/", run_views.step, name="run-step"),
]
