"""What every test runs on: its own folder, database and Redis server, set before Django starts.

`PRISM_TEST_DATABASE_URL` and `PRISM_TEST_REDIS_URL` choose real servers; without them the tests use
SQLite and an embedded Valkey that this process starts. Under xdist every worker has its own.
"""

import atexit
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_django

# A console's settings in the shell that runs the tests must not reach them.
for name in [name for name in os.environ if name.startswith("PRISM_")]:
    if not name.startswith("PRISM_TEST_"):
        del os.environ[name]

VAR_DIR = Path(tempfile.mkdtemp(prefix="prism-tests-"))
atexit.register(shutil.rmtree, VAR_DIR, ignore_errors=True)
os.environ["PRISM_VAR_DIR"] = str(VAR_DIR)
os.environ["PRISM_SECRET_KEY"] = "tests-only-" * 6
os.environ["DJANGO_SETTINGS_MODULE"] = "prism.settings"
os.environ["DATABASE_URL"] = os.environ.get("PRISM_TEST_DATABASE_URL", "")

if given_redis := os.environ.get("PRISM_TEST_REDIS_URL"):
    os.environ["REDIS_URL"] = given_redis
else:
    from prism.embedded import start_valkey

    _valkey = start_valkey(VAR_DIR)
    atexit.register(_valkey.stop)
    os.environ["REDIS_URL"] = _valkey.url

import django  # noqa: E402
from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402

from prism.core.audit_guard import remove_guard  # noqa: E402

if settings.DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # a file, as in the console: the in-memory database shares one lock between threads
    settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = str(VAR_DIR / "test.sqlite3")
# a collected folder that lies around in the checkout may be older than the templates
settings.STORAGES["staticfiles"] = {
    "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
}
# pytest collects what is logged; a handler of our own would keep the stream of this moment, soon closed
settings.LOGGING["root"]["handlers"] = ["no_mail"]
# it is asynchronous: the test client would start a thread for each request, a fifth of the time of all tests;
# static files are tested on the real web server
settings.MIDDLEWARE.remove("servestatic.middleware.ServeStaticMiddleware")
# a machine that is busy with tests must not make the breaker skip Redis: pages would cost a query more;
# the web servers that tests start keep the console's own limit
settings.PRISM_REDIS_TIMEOUT_MS = 1000
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
django.setup()

if connection.vendor == "postgresql":

    def _delete_rows(operations: Any, style: Any, tables: list[str], **options: bool) -> list[str]:
        """Empty the tables after a test with real transactions: TRUNCATE waits for the disk, 70 times."""
        return [f"DELETE FROM {operations.quote_name(table)}" for table in tables]

    type(connection.ops).sql_flush = _delete_rows  # type: ignore[method-assign,assignment]


@pytest.fixture
def redis_url() -> str:
    """Give the address of the Redis server of the tests; keys carry the test's own prefix."""
    return settings.REDIS_URL


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker
) -> Iterator[None]:
    """Let tests with real transactions empty the audit trail; its own tests put the guard back.

    At the end PostgreSQL forgets connections that a thread of some test still holds: they would keep
    the database from being dropped.
    """
    with django_db_blocker.unblock():
        remove_guard(connection)
    yield
    if connection.vendor == "postgresql":
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@pytest.fixture(autouse=True)
def _nothing_resolved() -> None:
    """Let go of the references that an earlier test resolved in a catalog that was rolled back."""
    if known := sys.modules.get("services.variables.known"):
        known.forget()
