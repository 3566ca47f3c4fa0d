"""Checks of the settings as a whole; they touch no network and no database. docs/checks.md lists them.

Each yields nothing when all is well. These run before every command; those that only matter where
other people can reach the console are in deploy_checks.py.
"""

from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from prism.core.addresses import AddressClass, classify
from prism.deploy_checks import ON_DEPLOY
from prism.security_headers import CONTENT_SECURITY_POLICY

SAFE_SERIALIZER = "django_redis.serializers.json.JSONSerializer"
NEVER_REACHED = (
    "169.254.169.254",
    "100.100.100.200",
    "168.63.129.16",
    "fd00:ec2::254",
    "224.0.0.1",
)
DEBUG_APPS = ("debug_toolbar", "silk", "django_extensions", "django_browser_reload")
SHORTEST_SECRET = 50


def check_sessions(**options: object) -> Iterator[CheckMessage]:
    """E001, E003: a log-in must survive Redis, and a log-out must hold."""
    engine = settings.SESSION_ENGINE
    if engine.endswith((".cache", ".signed_cookies", ".file")):
        yield Error(
            f"Sessions live in {engine}: an evicted key logs people out, a stale one logs them in.",
            hint='Set SESSION_ENGINE = "prism.core.sessions".',
            id="prism.E001",
        )
    cache: dict[str, Any] = settings.CACHES.get(settings.SESSION_CACHE_ALIAS, {})
    ignores = cache.get("OPTIONS", {}).get("IGNORE_EXCEPTIONS")
    if ignores and engine.startswith("django."):
        yield Error(
            "The session cache ignores errors under Django's own engine, which then never returns.",
            hint='Set SESSION_ENGINE = "prism.core.sessions".',
            id="prism.E003",
        )


def check_serializers(**options: object) -> Iterator[CheckMessage]:
    """E002: a pickled value is code execution for whoever can write to Redis."""
    caches: dict[str, dict[str, Any]] = settings.CACHES
    for alias, cache in caches.items():
        if "redis" not in cache["BACKEND"].lower() and not cache["BACKEND"].startswith("prism."):
            continue
        if cache.get("OPTIONS", {}).get("SERIALIZER") != SAFE_SERIALIZER:
            yield Error(
                f"The cache {alias!r} may pickle its values.",
                hint=f'Set OPTIONS["SERIALIZER"] = "{SAFE_SERIALIZER}".',
                id="prism.E002",
            )


def check_secrets(**options: object) -> Iterator[CheckMessage]:
    """E007: signatures, the audit chain and the log-in throttle all hang on these."""
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    if any(len(secret) < SHORTEST_SECRET for secret in secrets):
        yield Error(
            f"A secret key has fewer than {SHORTEST_SECRET} characters.",
            hint="Look at PRISM_SECRET_KEY and PRISM_SECRET_KEY_FALLBACKS.",
            id="prism.E007",
        )
    if len(set(secrets)) < len(secrets):
        yield Error(
            "A secret key is listed twice.",
            hint="PRISM_SECRET_KEY_FALLBACKS holds earlier keys, not the current one.",
            id="prism.E007",
        )


def check_content_security_policy(**options: object) -> Iterator[CheckMessage]:
    """E008: the console shows hostile text to privileged people."""
    middleware = "prism.security_headers.SecurityHeadersMiddleware"
    forbidden = ("unsafe-inline", "unsafe-eval", "unsafe-hashes", "http:", "https:", "*")
    if middleware not in settings.MIDDLEWARE:
        yield Error(
            "No content security policy is sent.", hint=f"Add {middleware}.", id="prism.E008"
        )
    elif "default-src 'none'" not in CONTENT_SECURITY_POLICY or any(
        word in CONTENT_SECURITY_POLICY for word in forbidden
    ):
        yield Error(
            "The content security policy lets in code from elsewhere.",
            hint="Move the script or style into static/.",
            id="prism.E008",
        )


def check_database(**options: object) -> Iterator[CheckMessage]:
    """E009: a query must end, a dead connection must be noticed, a writer must wait its turn."""
    database = settings.DATABASES["default"]
    chosen: dict[str, Any] = database.get("OPTIONS", {})
    if database["ENGINE"].endswith("sqlite3"):
        if chosen.get("transaction_mode") != "IMMEDIATE":
            yield Error(
                "SQLite transactions do not begin as writers and fail under contention.",
                hint='Set OPTIONS["transaction_mode"] = "IMMEDIATE".',
                id="prism.E009",
            )
        return
    missing = [
        name
        for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
        if name not in str(chosen.get("options", ""))
    ]
    missing += [] if "connect_timeout" in chosen else ["connect_timeout"]
    missing += [] if database.get("CONN_HEALTH_CHECKS") else ["CONN_HEALTH_CHECKS"]
    if missing:
        yield Error(
            f"The database connection lacks {', '.join(missing)}.",
            hint="Set them in DATABASES.",
            id="prism.E009",
        )


def check_time_zone(**options: object) -> Iterator[CheckMessage]:
    """E010: every time in the console is UTC."""
    if settings.TIME_ZONE != "UTC" or not settings.USE_TZ:
        yield Error("The time zone is not UTC.", hint='Set TIME_ZONE = "UTC".', id="prism.E010")


def check_debugging_tools(**options: object) -> Iterator[CheckMessage]:
    """E013: these show settings and queries to whoever asks."""
    installed = [app for app in settings.INSTALLED_APPS if app.split(".")[0] in DEBUG_APPS]
    if installed:
        yield Error(
            f"Debugging tools are installed: {', '.join(installed)}.",
            hint="Remove them from INSTALLED_APPS.",
            id="prism.E013",
        )


def check_never_reached(**options: object) -> Iterator[CheckMessage]:
    """E014: no setting may open these addresses to probes and webhooks."""
    reached = [
        text for text in NEVER_REACHED if classify(ip_address(text)) is not AddressClass.FORBIDDEN
    ]
    if reached:
        yield Error(
            f"Outgoing requests may reach {', '.join(reached)}.",
            hint="Restore the table in prism/core/addresses.py.",
            id="prism.E014",
        )


ALWAYS = (
    check_sessions,
    check_serializers,
    check_secrets,
    check_content_security_policy,
    check_database,
    check_time_zone,
    check_debugging_tools,
    check_never_reached,
)


def register_checks() -> None:
    """Hand the checks to Django; called once the applications are ready."""
    for check in ALWAYS:
        register(check, Tags.security)
    for check in ON_DEPLOY:
        register(check, Tags.security, deploy=True)
