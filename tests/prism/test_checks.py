"""Each check fires on the setting it is about, stays silent on ours, and is documented."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.checks import Tags, run_checks

import prism.checks
import prism.deploy_checks
import services.catalog.level_check
from prism.core.addresses import AddressClass

ROOT = Path(__file__).resolve().parents[2]


def ids(deploy=True):
    """Name what our checks find; Django 6.1's own checks of the models would ask the database."""
    return {
        message.id
        for message in run_checks(tags=[Tags.security], include_deployment_checks=deploy)
        if message.id.startswith("prism.")
    }


def change_cache(settings, **options):
    cache = settings.CACHES["default"]
    settings.CACHES = {"default": cache | {"OPTIONS": cache["OPTIONS"] | options}}


BREAKERS = {
    "E001": lambda s: setattr(s, "SESSION_ENGINE", "django.contrib.sessions.backends.cache"),
    "E002": lambda s: change_cache(
        s, SERIALIZER="django_redis.serializers.pickle.PickleSerializer"
    ),
    "E003": lambda s: setattr(s, "SESSION_ENGINE", "django.contrib.sessions.backends.cached_db"),
    "E004": lambda s: setattr(s, "ALLOWED_HOSTS", [".up.railway.app"]),
    "E005": lambda s: setattr(s, "PRISM_WS_ORIGINS", ["prism.example.com"]),
    "E006": lambda s: setattr(
        s,
        "CHANNEL_LAYERS",
        {"default": {"BACKEND": "channels_redis.core.RedisChannelLayer"}},
    ),
    "E007": lambda s: setattr(s, "SECRET_KEY_FALLBACKS", ["short"]),
    "E008": lambda s: setattr(s, "MIDDLEWARE", []),
    "E010": lambda s: setattr(s, "TIME_ZONE", "Europe/Athens"),
    "E011": lambda s: setattr(s, "SECURE_PROXY_SSL_HEADER", ("HTTP_X_FORWARDED_PROTO", "https")),
    "E012": lambda s: setattr(s, "ASGI_APPLICATION", "django.core.handlers.asgi.ASGIHandler"),
    "W015": lambda s: setattr(s, "PRISM_REQUIRE_MFA", "off"),
    "W017": lambda s: setattr(s, "PRISM_OUTBOUND_PRIVATE_HOSTS", [".internal"]),
}


@pytest.mark.parametrize("name", BREAKERS)
def test_a_wrong_setting_is_found(settings, name):
    settings.PRISM_REQUIRE_MFA = "admins"
    check_id = f"prism.{name}"
    checks = [*prism.checks.ALWAYS, *prism.deploy_checks.ON_DEPLOY]

    def found():
        return {message.id for check in checks for message in check()}

    assert check_id not in found()
    BREAKERS[name](settings)
    assert check_id in found()


@pytest.mark.parametrize("host", ["*", ".fly.dev", ".onrender.com"])
def test_a_host_that_others_can_have_is_refused(settings, host):
    settings.ALLOWED_HOSTS = ["prism.example.com", host]

    assert "prism.E004" in ids()


def test_an_exact_host_below_a_shared_suffix_is_fine(settings):
    settings.ALLOWED_HOSTS = ["prism-console.up.railway.app"]

    assert "prism.E004" not in ids()


@pytest.mark.parametrize(
    "policy", ["script-src 'self'", "default-src 'none'; script-src 'self' 'unsafe-inline'"]
)
def test_a_weakened_policy_is_found(monkeypatch, policy):
    monkeypatch.setattr(prism.checks, "CONTENT_SECURITY_POLICY", policy)

    assert "prism.E008" in ids()


@pytest.mark.parametrize(
    ("engine", "options", "named"),
    [
        ("sqlite3", {}, "begin as writers"),
        ("postgresql", {"connect_timeout": 3}, "statement_timeout"),
        ("postgresql", {"connect_timeout": 3}, "CONN_HEALTH_CHECKS"),
        ("postgresql", {"options": "-c lock_timeout=1"}, "connect_timeout"),
    ],
)
def test_a_database_without_deadlines_is_found(monkeypatch, settings, engine, options, named):
    database = {"ENGINE": f"django.db.backends.{engine}", "OPTIONS": options}
    monkeypatch.setitem(settings.DATABASES, "default", database)

    message = next(iter(prism.checks.check_database()))

    assert message.id == "prism.E009"
    assert named in message.msg


def test_debugging_tools_are_found(monkeypatch):
    monkeypatch.setattr(prism.checks, "DEBUG_APPS", ("services",))

    assert "prism.E013" in ids()


def test_an_opened_metadata_address_is_found(monkeypatch):
    monkeypatch.setattr(prism.checks, "classify", lambda address: AddressClass.PUBLIC)

    assert "prism.E014" in ids()


def test_a_level_for_an_unknown_check_is_found(settings):
    settings.PRISM_CHECKS = {"no-owner": "fail", "no-onwer": "fail"}

    assert "prism.E018" in ids()


def test_a_silent_audit_logger_is_found(caplog):
    caplog.set_level("WARNING", "prism.audit")

    assert "prism.W016" in ids()


def production(**over):
    environment = {
        "PATH": os.environ["PATH"],
        "PRISM_VAR_DIR": os.environ["PRISM_VAR_DIR"],
        "PRISM_SECRET_KEY": "q8Zr2Kp0vXn4Lw7Jb1Tc9Yf5Gh3Dm6Sa8Qe2Uo0Ri4Wt7Py1Xz9",
        "PRISM_PUBLIC_URL": "https://prism.example.com",
        "PRISM_REQUIRE_MFA": "admins",
        "PRISM_TRUSTED_PROXY": "1",
        "DATABASE_URL": "postgres://prism@db.example.com/prism",
        "REDIS_URL": "rediss://redis.example.com:6380/0",
        **over,
    }
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_production_settings_are_clean_and_silence_nothing():
    finished = production()

    assert finished.returncode == 0, finished.stderr
    assert "no issues (0 silenced)" in finished.stdout


def test_production_without_a_second_factor_is_not_clean():
    finished = production(PRISM_REQUIRE_MFA="off")

    assert finished.returncode == 1
    assert "prism.W015" in finished.stderr


def test_every_check_is_documented():
    modules = (prism.checks, prism.deploy_checks, services.catalog.level_check)
    sources = [Path(module.__file__) for module in modules]
    in_code = {
        found for path in sources for found in re.findall(r'"(prism\.[EW]\d{3})"', path.read_text())
    }
    in_docs = set(re.findall(r"prism\.[EW]\d{3}", (ROOT / "docs/checks.md").read_text()))

    assert len(in_code) >= 17
    assert in_code == in_docs
