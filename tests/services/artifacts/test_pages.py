"""The page of a service's files, and its downloads."""

import io
import zipfile
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from prism.cli import run
from prism.core.models import AuditEntry
from services.artifacts import views
from services.artifacts.files import KINDS
from tests.make import (
    make_deployment,
    make_domain,
    make_project,
    make_service,
    make_variable,
)
from tests.services.catalog.page_tests import HARMLESS, HOSTILE, signed_in, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def client():
    return signed_in()


@pytest.fixture(autouse=True)
def before_the_cutoff(monkeypatch):
    class Clock:
        @staticmethod
        def localdate():
            return datetime(2026, 11, 23, tzinfo=UTC).date()

    monkeypatch.setattr(views, "timezone", Clock)


def make_backend(**over):
    project = make_project(name="shop", railway_project="shop-production")
    values = {"name": "api", "kind": "backend", "framework": "FastAPI", "repo": "example/shop"}
    service = make_service(project=project, **{**values, **over})
    make_deployment(service, start_command="serve --port $PORT", healthcheck_path="/health")
    make_domain(service, "api.example.com")
    make_variable(service, "DATABASE_URL", source="${{Postgres.DATABASE_URL}}")
    make_service(
        project=project,
        name="postgres",
        kind="database",
        type="postgresql",
        railway_service="Postgres",
    )
    return service


def test_it_shows_every_file_with_its_path_and_the_cutoff(client):
    make_backend()

    page = text_of(client.get("/services/api/files/"))

    for path in ("railway.toml", ".railway/railway.py", "Dockerfile", ".env.example"):
        assert path in page
    assert "on 2026-12-01: 8 days are left" in page
    assert "the_postgres.env[&#x27;DATABASE_URL&#x27;]" in page
    assert "Not made" not in page


def test_a_database_says_why_it_has_no_files(client):
    make_backend()

    page = text_of(client.get("/services/postgres/files/"))

    assert "Railway runs databases and caches itself" in page
    assert "Not made" in page


def test_text_of_the_catalog_stays_text(client):
    service = make_backend()
    make_variable(service, "X", value=HOSTILE, description=HOSTILE)

    page = text_of(client.get("/services/api/files/"))

    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
    assert HARMLESS in page


def test_one_file_is_downloaded_as_it_is_shown(client):
    make_backend()

    answer = client.get("/services/api/files/railway-toml/")

    assert answer.headers["Content-Disposition"] == 'attachment; filename="railway.toml"'
    assert b"healthcheckPath" in answer.content
    assert AuditEntry.objects.filter(action="files.download", target="api: railway.toml").exists()


@pytest.mark.parametrize("kind", KINDS)
def test_the_command_prints_what_the_page_downloads(kind, client, capsys):
    make_backend()

    downloaded = client.get(f"/services/api/files/{kind}/").content.decode()

    assert run(["render", "api", "--only", kind]) == 0
    assert capsys.readouterr().out == downloaded


def test_the_zip_has_the_set_with_its_folders_and_the_same_bytes_each_time(client):
    make_backend()

    first, second = (client.get("/services/api/files/all.zip").content for _ in range(2))

    assert first == second
    assert zipfile.ZipFile(io.BytesIO(first)).namelist() == [
        ".env.example",
        ".github/workflows/deploy-api.yml",
        ".railway/railway.py",
        "Dockerfile",
        "railway.json",
        "railway.toml",
    ]


def test_a_planned_service_has_no_old_files_in_its_zip(client):
    make_backend(status="planned")

    page = text_of(client.get("/services/api/files/"))
    names = zipfile.ZipFile(
        io.BytesIO(client.get("/services/api/files/all.zip").content)
    ).namelist()

    assert "refuses railway.toml and railway.json for new services" in page
    assert page.count("not in the zip") == 2
    assert not {"railway.toml", "railway.json"} & set(names)


@pytest.mark.parametrize(
    "address",
    ["nobody/files/", "nobody/files/all.zip", "api/files/zip/", "postgres/files/workflow/"],
)
def test_what_is_not_there_is_not_found(address, client):
    make_backend()

    assert client.get(f"/services/{address}").status_code == 404


def test_another_spelling_leads_to_the_page(client):
    make_backend(aliases=["backend"])

    assert client.get("/services/Backend/files/").url == "/services/api/files/"


def test_the_number_of_queries_does_not_grow_with_the_project(client):
    service = make_backend()
    few = queries(client)
    for number in range(20):
        other = make_service(project=service.project, name=f"more-{number}", repo="example/more")
        make_deployment(other)
        make_domain(other, f"more-{number}.example.com")
        make_variable(other, "URL", source="${{api.URL}}")

    assert queries(client) == few
    assert few <= 15


def queries(client):
    text_of(client.get("/services/api/files/"))
    with CaptureQueriesContext(connection) as captured:
        client.get("/services/api/files/")
    return len(captured)
