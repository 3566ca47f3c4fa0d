"""Every address, as another site would send to it: with the cookie and without the token of a form."""

import pytest
from django.test import Client

from tests import make
from tests.test_permission_matrix import ALL_ROUTES, fill, make_samples


@pytest.mark.django_db
def test_no_address_takes_what_another_site_sends_in_somebodys_name():
    samples = make_samples()
    client = Client(enforce_csrf_checks=True)
    client.force_login(make.make_administrator("root"))

    answers = {route: client.post(f"/{fill(route, samples)}").status_code for route in ALL_ROUTES}

    assert set(answers.values()) <= {403, 404, 405}, answers
    assert list(answers.values()).count(403) > len(answers) * 0.9
