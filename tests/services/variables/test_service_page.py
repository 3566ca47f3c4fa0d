"""The page of a service shows what it inherits, and leads to its effective environment."""

import pytest

from tests.make import make_variable
from tests.services.catalog.page_tests import HARMLESS, HOSTILE, signed_in, text_of
from tests.services.variables.making import make_api, share

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
