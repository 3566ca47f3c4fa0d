"""The pages of documents: what they show, to whom, what they keep, and with how many queries."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from prism.first_run import load_example
from services.analyses.models import Analysis, AnalysisRevision
from services.catalog.models import RedisNamespace, Service
from tests import make
from tests.services.analyses.making import REDIS, make_document, make_redis

pytestmark = pytest.mark.django_db
PAGE, EDIT = "/services/redis/analysis/", "/services/redis/analysis/edit/"


def fresh(text: str = REDIS) -> str:
    """Give a document whose review is still to come."""
    return text.replace("2026-04-01", str(timezone.localdate() + timedelta(days=9)))


def save(client, text, *, base=1, **over):
    values = {"text": text, "base": base, "message": "", **over}
    return client.post(EDIT, values)


def test_a_document_is_shown_with_nothing_against_it(client_of):
    make_document(make_redis(), fresh())

    page = client_of("viewer").get(PAGE).content.decode()

    assert "nothing speaks against it" in page
    assert '<h3 id="doc-key-namespaces">Key Namespaces</h3>' in page
    assert 'href="#doc-key-namespaces"' in page
    assert EDIT not in page


def test_what_speaks_against_it_is_said_with_both_values(client_of):
    redis = make_redis()
    make_document(redis)
    Service.objects.update(configuration={"maxmemory": "512MB"})

    client = client_of("editor")
    page = client.get(PAGE).content.decode()

    assert "review due" in page
    assert "<del>256MB</del> → <ins>512MB</ins>" in page
    assert "The document says <b>256MB (default, configurable)</b>" in page
    assert "stale" in client.get("/analyses/?state=stale").content.decode()


def test_the_service_page_says_that_its_document_is_stale(client_of):
    redis = make_redis()
    make_document(redis)
    Service.objects.update(configuration={"maxmemory": "512MB"})

    page = client_of("viewer").get("/services/redis/").content.decode()

    assert "Analysis is stale" in page
    assert "its next review was due on 2026-04-01" in page
    assert "Analysis contradicts the catalog" in page
    assert PAGE in page


def test_a_service_without_a_document_offers_an_outline_that_can_be_kept(client_of):
    make_redis()
    editor = client_of("editor")

    assert EDIT in editor.get(PAGE).content.decode()
    text = editor.get(EDIT).context["form"]["text"].value()
    assert save(editor, text, base=0, is_analysed="on").status_code == 302

    page = editor.get(PAGE).content.decode()
    assert "nothing speaks against it" in page
    assert "<strong>Maxmemory</strong>: 256MB" in page


def test_a_preview_shows_the_text_and_keeps_nothing(client_of):
    make_document(make_redis())

    response = save(client_of("editor"), "# New\n\n<b>x</b> **bold**\n", preview="1")

    page = response.content.decode()
    assert "&lt;b&gt;x&lt;/b&gt; <strong>bold</strong>" in page
    assert "# New" in page
    assert AnalysisRevision.objects.count() == 1


def test_a_browsers_line_ends_do_not_become_the_documents(client_of):
    make_document(make_redis())

    save(client_of("editor"), (REDIS + "\nMore.\n").replace("\n", "\r\n"))

    assert AnalysisRevision.objects.get(number=2).text == REDIS + "\nMore.\n"


def test_a_document_with_crlf_keeps_it(client_of):
    text = REDIS.replace("\n", "\r\n")
    make_document(make_redis(), text)

    save(client_of("editor"), text + "More.\r\n")

    assert AnalysisRevision.objects.get(number=2).text == text + "More.\r\n"


def test_whoever_comes_second_sees_what_differs_and_may_save_over_it(client_of):
    redis, editor = make_redis(), client_of("editor")
    make_document(redis)
    make_document(redis, REDIS.replace("256MB", "300MB"), base=1, actor_name="grace")

    late = save(editor, REDIS.replace("256MB", "400MB"))

    page = late.content.decode()
    assert late.status_code == 409
    assert "grace saved revision 2 meanwhile" in page
    assert "300MB" in page
    assert AnalysisRevision.objects.count() == 2
    assert save(editor, REDIS.replace("256MB", "400MB"), base=2).status_code == 302
    assert late.context["form"]["base"].value() == "2"


def test_a_secret_is_refused_and_not_kept(client_of):
    make_document(make_redis())

    response = save(client_of("editor"), REDIS + "\nREDIS_PASSWORD=9f8e7d6c5b4a3928\n")

    assert response.status_code == 400
    assert "seems to hold a secret (line" in response.content.decode()
    assert AnalysisRevision.objects.count() == 1


def test_revisions_are_listed_compared_and_gone_back_to(client_of):
    redis, editor = make_redis(), client_of("editor")
    make_document(redis)
    make_document(redis, REDIS.replace("256MB", "300MB"), base=1, message="Doubled")

    assert "Doubled" in editor.get(f"{PAGE}revisions/").content.decode()
    page = editor.get(f"{PAGE}revisions/2/").content.decode()
    assert '<td class="text">- **Memory**: 300MB' in page
    assert '<td class="text">- **Memory**: 256MB' in page
    assert editor.get(f"{EDIT}?from=1").context["form"]["text"].value() == REDIS
    assert editor.get(f"{PAGE}revisions/3/").status_code == 404


def test_a_review_on_the_page_moves_the_dates(client_of):
    make_document(make_redis())
    later = timezone.localdate() + timedelta(days=90)

    editor = client_of("editor")
    response = editor.post(f"{PAGE}review/", {"review_on": str(later)})

    assert response.status_code == 302
    assert Analysis.objects.get().review_on == later
    assert Analysis.objects.get().analysed_on == timezone.localdate()
    refused = editor.post(f"{PAGE}review/", {"review_on": "2020-01-01"})
    assert refused.status_code == 400
    assert "must be after today" in refused.content.decode()


def test_the_source_is_the_document_byte_for_byte(client_of):
    text = "\ufeff" + REDIS.replace("\n", "\r\n")
    make_document(make_redis(), text)

    response = client_of("viewer").get(f"{PAGE}source/")

    assert response.content == text.encode()
    assert response["Content-Disposition"] == 'attachment; filename="redis.md"'
    assert response["Content-Type"] == "application/octet-stream"


def test_a_link_to_a_file_leads_to_its_services_document(client_of):
    make_document(make_redis())
    viewer = client_of("viewer")

    assert viewer.get("/analyses/Redis.md")["Location"] == PAGE
    assert viewer.get("/analyses/nothing.md").status_code == 404


def test_a_former_name_leads_to_the_document(client_of):
    make_document(make_redis(aliases=["cache"]))

    assert client_of("viewer").get("/services/cache/analysis/")["Location"] == PAGE


def test_declared_namespaces_stand_against_the_catalogs_and_can_be_adopted(client_of):
    make_document(make_redis())
    RedisNamespace.objects.create(pattern="session:*", ttl_policy="sliding", ttl_max_s=3600)
    RedisNamespace.objects.create(pattern="api:cache:*", ttl_policy="maximum", ttl_max_s=60)
    editor = client_of("editor")

    response = editor.get(PAGE)

    assert [row.state for row in response.context["namespaces"]] == ["same", "differs", "new"]
    page = response.content.decode()
    address = page.split('class="adopt" href="')[2].split('"')[0].replace("&amp;", "&")
    form = editor.get(address).context["adminform"].form
    assert form["pattern"].value() == "prism:*"
    assert form["ttl_policy"].value() == "channel_only"
    assert form["purpose"].value() == "Event bus"


@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_others_cannot_write(client_of, role):
    make_document(make_redis())
    client = client_of(role)

    assert client.get(EDIT).status_code == 403
    assert save(client, "x").status_code == 403
    assert client.post(f"{PAGE}review/", {"review_on": str(date.max)}).status_code == 403
    assert AnalysisRevision.objects.count() == 1


def test_an_archived_services_document_is_kept_and_not_edited(client_of):
    make_document(make_redis(archived_at=timezone.now()))
    editor = client_of("editor")

    page = editor.get(PAGE).content.decode()
    assert "its document is kept" in page
    assert EDIT not in page
    assert editor.get(EDIT).status_code == 404
    assert "redis" not in editor.get("/analyses/").content.decode().split("<main")[1]


@pytest.mark.parametrize(
    "path", ["/analyses/", "/analyses/?state=missing", PAGE, "/services/redis/"]
)
def test_the_number_of_queries_does_not_grow(client_of, path):
    make_document(make_redis())
    viewer = client_of("viewer")

    def queries() -> int:
        viewer.get(path)
        with CaptureQueriesContext(connection) as captured:
            assert viewer.get(path).status_code == 200
        return len(captured)

    few = queries()
    for at in range(30):
        make_document(make.make_service(), f"# Document {at}\n")
        make.make_service()

    assert queries() == few <= 15


def test_the_empty_catalog_says_what_to_do(client_of):
    page = client_of("viewer").get("/analyses/").content.decode()

    assert "prism analyses import DIR" in page


def test_the_service_page_of_an_imported_catalog_keeps_its_budget(
    client_of, django_assert_max_num_queries
):
    load_example(timezone.now())
    viewer = client_of("viewer")
    viewer.get("/services/postgres/")

    with django_assert_max_num_queries(15):
        page = viewer.get("/services/postgres/").content.decode()

    assert "Analysis contradicts the catalog" in page
    assert "manifest.yml:" in page
