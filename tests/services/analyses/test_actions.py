"""Writing, importing and reviewing documents: what is kept, what is refused, who was first."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from prism.core.access import AccessDenied
from prism.core.audit_entry import AuditEntry
from services.analyses.actions import (
    DocumentMoved,
    Incoming,
    import_documents,
    review_document,
    write_document,
)
from services.analyses.document import read_document
from services.analyses.markdown import DocumentRefused
from services.analyses.models import Analysis
from services.catalog.models import Service
from tests import make
from tests.services.analyses.making import CLI, NOW, REDIS, make_document, make_redis

pytestmark = pytest.mark.django_db
TODAY = NOW.date()


def judged(service: Service, *, today: date = TODAY):
    return Analysis.objects.get(service=service).judged(
        Service.objects.select_related("deployment").get(pk=service.pk), today=today
    )


def test_a_first_document_is_revision_one_and_audited():
    analysis = make_document(make_redis(), message="Begun")

    assert (analysis.number, analysis.file_name, analysis.title) == (
        *(1, "redis.md"),
        "Service Analysis: Redis",
    )
    assert analysis.revisions.get().text == REDIS
    entry = AuditEntry.objects.latest("number")
    assert (entry.action, entry.target) == ("analyses.edit", "redis")


def test_the_same_text_again_is_no_revision():
    redis = make_redis()
    make_document(redis)

    make_document(redis, base=1, is_analysed=False)

    assert Analysis.objects.get().revisions.count() == 1


def test_whoever_began_from_an_older_revision_is_told_and_nothing_is_kept():
    redis = make_redis()
    make_document(redis)
    make_document(redis, REDIS + "\nOne.\n", base=1, actor_name="grace")

    with pytest.raises(DocumentMoved) as moved:
        make_document(redis, REDIS + "\nTwo.\n", base=1)

    assert (moved.value.number, moved.value.author_name) == (2, "grace")
    assert Analysis.objects.get().number == 2


def test_a_viewer_may_not_write_import_or_review():
    redis, viewer = make_redis(), make.make_user(is_staff=True)

    with pytest.raises(AccessDenied):
        make_document(redis, actor=viewer)
    with pytest.raises(AccessDenied):
        import_documents([], actor=viewer, actor_name="v", now=NOW)
    with pytest.raises(AccessDenied):
        review_document(
            service=redis, review_on=TODAY + timedelta(1), actor=viewer, actor_name="v", now=NOW
        )


def test_a_document_that_fits_has_nothing_against_it():
    redis = make_redis()
    make_document(redis)

    assert judged(redis).is_clear


def test_a_fact_that_moves_makes_it_stale_and_contradicts_it():
    redis = make_redis()
    make_document(redis)
    redis.configuration["maxmemory"] = "512MB"
    redis.save()

    judgement = judged(redis)

    assert judgement.stale_reasons == ("maxmemory was 256MB when it was written, now 512MB",)
    assert judgement.different_reasons == (
        "the document says 256MB (default, configurable) for Memory, the catalog says 512MB",
    )


def test_a_fact_that_the_document_does_not_mention_makes_it_stale_too():
    redis = make_redis()
    make_document(redis)
    make.make_deployment(redis, replicas=3)

    judgement = judged(redis)

    assert judgement.stale_reasons == ("replicas was not stated when it was written, now 3",)
    assert judgement.differences == ()


@pytest.mark.parametrize(("day", "is_due"), [(date(2026, 4, 1), False), (date(2026, 4, 2), True)])
def test_a_review_is_late_the_day_after_it_was_due(day, is_due):
    redis = make_redis()
    make_document(redis)

    assert judged(redis, today=day).is_stale == is_due


def test_a_typing_error_corrected_does_not_make_it_current_again():
    redis = make_redis()
    make_document(redis)
    Service.objects.update(version="8")

    make_document(redis, REDIS.replace("default", "usual"), base=1, is_analysed=False)
    assert judged(redis).is_stale

    make_document(redis, REDIS.replace("7+ (", "8 ("), base=2, is_analysed=True)
    assert judged(redis).is_clear


def test_a_review_moves_both_dates_in_the_text_and_nothing_else():
    redis = make_redis()
    make_document(redis)
    Service.objects.update(language="c")

    analysis = review_document(
        service=redis, review_on=date(2026, 6, 1), actor=CLI, actor_name="ada", now=NOW
    )

    text = analysis.revisions.get(number=2).text
    assert text == REDIS.replace("2026-02-01", "2026-03-02").replace("2026-04-01", "2026-06-01")
    assert judged(redis).is_clear


def test_a_review_writes_dates_into_a_document_without_any():
    redis = make_redis()
    make_document(redis, "# Redis\r\n\r\nShort.\r\n")

    analysis = review_document(
        service=redis, review_on=date(2026, 6, 1), actor=CLI, actor_name="ada", now=NOW
    )

    text = analysis.revisions.get(number=2).text
    assert text.startswith("# Redis\r\n\r\nShort.\r\n\r\n---\r\n")
    assert "\n" not in text.replace("\r\n", "")
    assert (analysis.analysed_on, analysis.review_on) == (TODAY, date(2026, 6, 1))


@pytest.mark.parametrize("days", [-1, 0])
def test_a_review_in_the_past_is_refused(days):
    redis = make_redis()
    make_document(redis)

    with pytest.raises(DocumentRefused, match="after today"):
        review_document(
            service=redis, review_on=TODAY + timedelta(days), actor=CLI, actor_name="a", now=NOW
        )


def test_an_import_says_what_became_of_each_and_repeats_to_nothing():
    redis, other = make_redis(), make.make_service()
    incoming = [
        Incoming(redis, "redis.md", read_document(REDIS)),
        Incoming(other, "other.md", read_document("# Other\n")),
    ]

    first = import_documents(incoming, actor=CLI, actor_name="cli", now=NOW)
    again = import_documents(incoming, actor=CLI, actor_name="cli", now=NOW)

    assert first == {"redis.md": "created", "other.md": "created"}
    assert again == {"redis.md": "unchanged", "other.md": "unchanged"}
    entry = AuditEntry.objects.latest("number")
    assert (entry.action, Analysis.objects.count()) == ("analyses.import", 2)


def test_an_imported_document_with_a_new_date_counts_as_analysed():
    redis = make_redis()
    make_document(redis)
    Service.objects.update(language="c")

    def take_in(text):
        one = Incoming(redis, "redis.md", read_document(text))
        return import_documents([one], actor=CLI, actor_name="cli", now=NOW)

    assert take_in(REDIS + "\nMore.\n") == {"redis.md": "changed"}
    assert judged(redis).is_stale
    take_in(REDIS.replace("2026-02-01", "2026-03-01"))
    assert judged(redis).is_clear


def test_an_import_with_one_bad_write_keeps_nothing():
    redis, other = make_redis(), make.make_service()
    good = Incoming(redis, "redis.md", read_document(REDIS))
    gone = replace(good, service=other, file_name="other.md")
    other.delete()

    with pytest.raises(Service.DoesNotExist):
        import_documents([good, gone], actor=CLI, actor_name="cli", now=NOW)

    assert Analysis.objects.count() == 0


def test_a_secret_is_kept_nowhere():
    canary = "c4n4ry-9f8e7d6c5b4a3928"

    with pytest.raises(DocumentRefused) as refused:
        make_document(make_redis(), REDIS + f"\nREDIS_PASSWORD={canary}\n")

    assert canary not in str(refused.value)
    assert Analysis.objects.count() == 0
    assert all(canary not in str(entry.details) for entry in AuditEntry.objects.all())


def test_a_new_document_finds_a_free_file_name():
    make_document(make_redis())
    Analysis.objects.update(file_name="Other.md")
    other = make.make_service(name="other")

    analysis = write_document(
        service=other, text="# Other\n", base=0, is_analysed=True, message="",
        actor=CLI, actor_name="ada", now=NOW,
    )  # fmt: skip

    assert analysis.file_name == "other-2.md"
