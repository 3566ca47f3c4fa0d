"""Who looks at the pages of this room."""

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from tests import make


@pytest.fixture
def client_of():
    """Log somebody with one role in."""

    def log_in(role: str) -> Client:
        person = make.make_user(role, is_staff=True)
        person.groups.set(Group.objects.filter(name=role))
        client = Client()
        client.force_login(person)
        return client

    return log_in
