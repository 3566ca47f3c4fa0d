"""The log of slow queries: the statement without its values, and nothing about fast ones."""

import logging

import pytest
from django.contrib.auth.models import User
from django.db import connection

from prism.core.slow_queries import watch_connection

pytestmark = pytest.mark.django_db
LOGGER = "prism.core.slow_queries"


@pytest.fixture(autouse=True)
def _watched():
    before = list(connection.execute_wrappers)
    yield
    connection.execute_wrappers[:] = before


def test_a_slow_statement_is_logged_without_its_values(settings, caplog):
    settings.PRISM_SLOW_QUERY_MS = 0.000001
    watch_connection(connection)

    with caplog.at_level(logging.WARNING, logger=LOGGER):
        User.objects.filter(username="canary-value").exists()

    assert "auth_user" in caplog.text
    assert "canary-value" not in caplog.text
    assert caplog.records[-1].took_ms > 0


def test_a_statement_that_fails_is_logged_too(settings, caplog):
    settings.PRISM_SLOW_QUERY_MS = 0.000001
    watch_connection(connection)

    with (
        caplog.at_level(logging.WARNING, logger=LOGGER),
        connection.cursor() as cursor,
        pytest.raises(Exception, match=r"(?i)no such|does not exist"),
    ):
        cursor.execute("SELECT * FROM not_there")

    assert "not_there" in caplog.text


@pytest.mark.parametrize("limit_ms", [0, 600_000])
def test_a_fast_statement_is_not(settings, caplog, limit_ms):
    settings.PRISM_SLOW_QUERY_MS = limit_ms
    watch_connection(connection)

    with caplog.at_level(logging.WARNING, logger=LOGGER):
        User.objects.exists()

    assert not caplog.records


def test_a_connection_is_watched_once(settings):
    settings.PRISM_SLOW_QUERY_MS = 200
    count = len(connection.execute_wrappers)

    watch_connection(connection)
    watch_connection(connection)

    assert len(connection.execute_wrappers) <= count + 1
