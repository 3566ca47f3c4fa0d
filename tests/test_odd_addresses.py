"""No address of the console fails, whatever stands in it: NUL for a word, and numbers that no database has."""

import re

import pytest
from django.test import Client

from tests.test_permission_matrix import ALL_ROUTES

WORD, NUMBER = re.compile(r"<(?:str|path|slug):\w+>|<\w+>"), re.compile(r"<int:\w+>")
ODD = [route for route in ALL_ROUTES if WORD.search(route) or NUMBER.search(route)]
ODD = [route for route in ODD if "(?P<" not in route]


@pytest.mark.django_db
@pytest.mark.parametrize("number", [2**31, 2**63, 10**30])
def test_no_address_fails_on_odd_words_and_numbers(admin_client: Client, settings, number: int):
    settings.PRISM_RATE_LIMITS = {}
    admin_client.raise_request_exception = False
    failed = []
    for route in ODD:
        path = "/" + NUMBER.sub(str(number), WORD.sub("a%00b", route))
        status = admin_client.get(path).status_code
        if status >= 500:
            failed.append((path, status))
    assert failed == []
