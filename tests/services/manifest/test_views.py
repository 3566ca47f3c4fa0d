from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from prism.core.models import AuditEntry
from services.catalog.models import ChangeSet, Project, Service
from services.manifest.models import PendingManifest
from tests import make

pytestmark = pytest.mark.django_db
SMALL = """\
version: "1.0"
projects:
  core:
    status: active
    services:
      api: # the one
        repo: org/api
        domains:
          prod: api.example.com
"""
BROKEN = """\
projects:
  core:
    services:
      api:
        domains:
          prod: https://api.example.com
        env:
          required:
            - name: KEY
              secret: true
              value: hunter2
        bogus: 1
"""


@pytest.fixture
def admin(client):
    client.force_login(make.make_administrator())
    return client


def log_in(client, role):
    user = make.make_user(is_staff=True)
    user.groups.add(Group.objects.get_or_create(name=role)[0])
    client.force_login(user)


def upload(client, text, name="manifest.yml"):
    file = SimpleUploadedFile(name, text.encode())
    return client.post(reverse("manifest-plan"), {"file": file}, follow=True)


def apply(client, preview, **values):
    form = preview.context["form"].initial | values
    url = reverse("manifest-apply", args=[preview.context["pending"].pk])
    return client.post(url, {name: value for name, value in form.items() if value is not False})


def imported(client, text=SMALL):
    response = apply(client, upload(client, text), message="First import")
    assert response.status_code == 302
    return ChangeSet.objects.latest("revision")


def test_an_empty_catalog_says_what_to_do_next(admin):
    page = admin.get(reverse("manifest"))

    assert b"no file has been applied yet" in page.content
    assert b"Import a manifest" in page.content


def test_an_upload_is_previewed_and_then_applied(admin):
    preview = upload(admin, SMALL)
    assert not Project.objects.exists()
    assert [subject.name for subject in preview.context["subjects"]][-2:] == ["core", "api"]

    response = apply(admin, preview, message="First import")

    assert response.url == reverse("change-set", args=[1])
    assert Service.objects.get().name == "api"
    made = ChangeSet.objects.get()
    assert (made.kind, made.actor_name, made.message) == ("manifest", "admin", "First import")
    assert not PendingManifest.objects.exists()


def test_the_page_tells_what_is_current_and_who_applied_it(admin):
    imported(admin)

    page = admin.get(reverse("manifest")).content.decode()

    assert "Revision 1 of the catalog, as the file says" in page
    assert "manifest.yml" in page
    assert "First import" in page


def test_the_same_file_again_is_no_changes_and_writes_no_row(admin):
    imported(admin)

    preview = upload(admin, SMALL)

    assert preview.context["plan"].is_empty
    assert b"There is nothing to apply" in preview.content
    assert apply(admin, preview).url == reverse("manifest")
    assert ChangeSet.objects.count() == 1


def test_only_another_comment_keeps_the_new_text(admin):
    imported(admin)

    preview = upload(admin, SMALL.replace("the one", "the other"))
    apply(admin, preview)

    assert b"same in other words" in preview.content
    assert b"the other" in admin.get(reverse("manifest-export")).content


def test_every_problem_is_listed_with_its_place_and_its_line(admin):
    page = upload(admin, BROKEN)

    assert page.status_code == 422
    places = [(shown.problem.line, shown.after) for shown in page.context["problems"]]
    assert (6, "https://api.example.com") in places
    assert (12, "bogus: 1") in places
    assert b"manifest.yml:6:17" in page.content


def test_a_file_with_problems_is_not_kept_and_a_secret_in_it_not_shown(admin):
    page = upload(admin, BROKEN)

    assert not PendingManifest.objects.exists()
    assert b"secret" in page.content
    assert b"hunter2" not in page.content


@pytest.mark.parametrize("content", ["\x00\x01", "", "[[[[", "{" * 5_000, "a: &x [*x]"])
def test_a_hostile_file_gets_an_answer(admin, content):
    response = upload(admin, content, name="../../<b>.yml")

    assert response.status_code in (400, 422)
    assert b"<b>.yml" not in response.content


def test_a_file_that_is_too_large_is_refused_before_it_is_read(admin):
    response = upload(admin, "x" * (8 * 2**20 + 1))

    assert response.status_code == 400
    assert b"at most 8 MiB" in response.content


def test_a_catalog_that_moved_since_the_preview_is_not_written_over(admin):
    imported(admin)
    preview = upload(admin, SMALL.replace("org/api", "org/other"))
    imported(admin, SMALL.replace("active", "development"))
    pending = PendingManifest.objects.create(
        owner_id=preview.context["user"].pk,
        file_name="manifest.yml",
        compressed_text=preview.context["pending"].compressed_text,
        created_at=timezone.now(),
    )

    response = admin.post(
        reverse("manifest-apply", args=[pending.pk]), {"revision": "1"}, follow=True
    )

    assert b"the plan was made against revision 1" in response.content
    assert Service.objects.get().repo == "org/api"


def test_the_text_is_not_taken_from_the_browser_a_second_time(admin):
    preview = upload(admin, SMALL)

    apply(admin, preview, text="projects: {}", file="x")

    assert Service.objects.get().name == "api"


def test_an_upload_of_somebody_else_or_of_an_hour_ago_is_gone(admin, client):
    preview = upload(admin, SMALL)
    url = reverse("manifest-preview", args=[preview.context["pending"].pk])

    PendingManifest.objects.update(created_at=timezone.now() - timedelta(hours=1, minutes=1))
    assert admin.get(url).url == reverse("manifest")

    PendingManifest.objects.update(created_at=timezone.now())
    client.force_login(make.make_administrator("other"))
    assert client.get(url).url == reverse("manifest")
    assert apply(client, preview).url == reverse("manifest")
    assert not Service.objects.exists()


def test_what_the_file_does_not_list_is_shown_and_left_alone_without_prune(admin):
    imported(admin)
    make.make_service(name="extra", project=Project.objects.get())

    preview = upload(admin, SMALL.replace("org/api", "org/other"))
    apply(admin, preview)

    assert ("service", "extra") in preview.context["unlisted"]
    assert Service.objects.current().count() == 2


def test_prune_lists_first_then_archives(admin):
    imported(admin)
    make.make_service(name="extra", project=Project.objects.get())

    preview = upload(admin, SMALL)
    pruning = admin.get(preview.request["PATH_INFO"], {"prune": "1"})
    apply(admin, pruning)

    assert [entry.action for entry in pruning.context["plan"].entries] == ["archive"]
    assert list(Service.objects.current().values_list("name", flat=True)) == ["api"]


def test_a_prune_of_nearly_everything_needs_a_second_yes(admin):
    imported(admin)
    for _ in range(10):
        make.make_service(project=Project.objects.get())
    preview = upload(admin, SMALL)
    pruning = admin.get(preview.request["PATH_INFO"], {"prune": "1"})

    refused = apply(admin, pruning)
    assert refused.url.endswith("?prune=1")
    assert Service.objects.current().count() == 11

    apply(admin, pruning, force_prune="on")
    assert Service.objects.current().count() == 1


def test_a_plan_at_odds_with_the_catalog_cannot_be_applied(admin):
    make.make_domain(make.make_service(name="owner"), "api.example.com")

    preview = upload(admin, SMALL)
    response = apply(admin, preview)

    assert b"1 conflict" in preview.content
    assert response.status_code == 302
    assert not Service.objects.filter(name="api").exists()


def test_a_huge_plan_is_shown_in_pages_with_its_count(admin):
    services = "".join(f"      s{number}: {{repo: org/s{number}}}\n" for number in range(700))

    preview = upload(admin, f"projects:\n  core:\n    services:\n{services}")
    second = admin.get(preview.request["PATH_INFO"], {"page": "2"})

    total = preview.context["page"].paginator.count
    assert total > 700
    assert f"{total} changes" in preview.content.decode()
    assert sum(len(subject.entries) for subject in preview.context["subjects"]) == 500
    assert sum(len(subject.entries) for subject in second.context["subjects"]) == total - 500


def test_the_export_is_the_import_byte_for_byte_and_is_audited(admin):
    imported(admin)

    response = admin.get(reverse("manifest-export"))

    assert response.content == SMALL.encode()
    assert response["Content-Disposition"] == 'attachment; filename="manifest.yml"'
    assert AuditEntry.objects.latest("number").action == "manifest.export"


def test_the_plan_page_says_what_each_role_may_do(client):
    log_in(client, "viewer")
    assert client.get(reverse("manifest")).status_code == 200
    assert client.get(reverse("manifest-export")).status_code == 200
    file = SimpleUploadedFile("manifest.yml", SMALL.encode())
    assert client.post(reverse("manifest-plan"), {"file": file}).status_code == 403

    log_in(client, "editor")
    assert apply(client, upload(client, SMALL)).status_code == 302


@pytest.mark.parametrize("name", ["manifest", "manifest-plan", "manifest-export", "change-sets"])
def test_nobody_gets_in_without_logging_in(client, name):
    response = client.get(reverse(name))

    assert response.status_code == 302
    assert "login" in response.url


def test_the_page_costs_the_same_queries_with_many_services(admin):
    def queries():
        admin.get(reverse("manifest"))
        with CaptureQueriesContext(connection) as captured:
            admin.get(reverse("manifest"))
        return len(captured)

    imported(admin)
    few = queries()
    for _ in range(27):
        make.make_service()

    assert queries() == few
    assert few <= 15
