"""The addresses of the catalog's own pages."""

from django.urls import path

from services.catalog.views import checks, graph, home, project, roadmap, search, service

urlpatterns = [
    path("", home.home, name="home"),
    path("services/<str:name>/", service.service, name="service"),
    path("projects/<str:name>/", project.project, name="project"),
    path("checks/", checks.checks, name="catalog-checks"),
    path("graph/", graph.graph, name="graph"),
    path("roadmap/", roadmap.roadmap, name="roadmap"),
    path("search", search.search, name="search"),
]
