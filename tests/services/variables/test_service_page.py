"""The page of a service shows what it inherits, and leads to its effective environment."""

import pytest

from services.variables.known import forget, load_resolution
from tests.make import make_project, make_variable
from tests.services.catalog.page_tests import HARMLESS, HOSTILE, signed_in, text_of
from tests.services.variables.making import NOW, make_api, share

pytestmark = pytest.mark.django_db


def test_what_the_project_shares_is_shown_unless_the_service_says_more():
    api = make_api()
    share(api.project, "REGION", default="eu-1", description=HOSTILE)
    share(api.project, "MODE", default="never-shown")
    make_variable(api, "MODE")

    page_text = text_of(signed_in().get("/services/api/"))

    assert "From shop" in page_text
    assert "eu-1" in page_text
    assert "never-shown" not in page_text
    assert HARMLESS in page_text
    assert HOSTILE not in page_text
    assert 'href="/services/api/variables/"' in page_text


def test_an_archived_project_asks_for_nothing_and_gives_nothing():
    gone = make_project(name="gone", archived_at=NOW)
    share(gone, "OLD", source="${{Nobody.SECRET}}")
    make_variable(make_api(), "LIVE", source="${{Nowhere.SECRET}}")
    forget()

    found = load_resolution().unresolved

    assert [use.reference.text for use in found] == ["${{Nowhere.SECRET}}"]
