"""Checks of the settings that matter where other people can reach the console: `prism check --deploy`.

They touch no network and no database. docs/checks.md lists them.
"""

import logging
from collections.abc import Iterator
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning
from django.utils.module_loading import import_string

from prism.core.body_limit import BodyLimit

SHARED_SUFFIXES = (
    ".up.railway.app",
    ".onrender.com",
    ".fly.dev",
    ".herokuapp.com",
    ".vercel.app",
    ".azurewebsites.net",
    ".run.app",
    ".ngrok.io",
    ".ngrok-free.app",
    ".trycloudflare.com",
)


def check_hosts(**options: object) -> Iterator[CheckMessage]:
    """E004: anybody can have a name under a shared suffix."""
    for host in settings.ALLOWED_HOSTS:
        if host == "*" or (host.startswith(".") and host.endswith(SHARED_SUFFIXES)):
            yield Error(
                f"ALLOWED_HOSTS takes {host!r}, which other people's names fit too.",
                hint="List the exact host in PRISM_ALLOWED_HOSTS or PRISM_PUBLIC_URL.",
                id="prism.E004",
            )


def check_origins(**options: object) -> Iterator[CheckMessage]:
    """E005: a page of another origin must not open a live connection in somebody's name."""
    for origin in [*settings.PRISM_WS_ORIGINS, *settings.CSRF_TRUSTED_ORIGINS]:
        parts = urlsplit(origin)
        if parts.scheme != "https" or not parts.hostname or "*" in origin or parts.path.strip("/"):
            yield Error(
                f"{origin!r} is not a whole https origin.",
                hint="Write https://host in PRISM_PUBLIC_URL and PRISM_WS_ORIGINS.",
                id="prism.E005",
            )


def check_channel_layer(**options: object) -> Iterator[CheckMessage]:
    """E006: the in-memory layer reaches one process, the core layer goes deaf after an eviction."""
    for layer in getattr(settings, "CHANNEL_LAYERS", {}).values():
        if layer["BACKEND"].endswith(("InMemoryChannelLayer", "core.RedisChannelLayer")):
            yield Error(
                f"Live pages run on {layer['BACKEND']}.",
                hint="Use channels_redis.pubsub.RedisPubSubChannelLayer.",
                id="prism.E006",
            )


def check_proxy(**options: object) -> Iterator[CheckMessage]:
    """E011: a header that anybody can send must not say that a request came over https."""
    if settings.SECURE_PROXY_SSL_HEADER and not settings.PRISM_TRUSTED_PROXY:
        yield Error(
            "X-Forwarded-Proto is believed without a trusted proxy.",
            hint="Set PRISM_TRUSTED_PROXY=1 only where every request comes through that proxy.",
            id="prism.E011",
        )


def check_body_limit(**options: object) -> Iterator[CheckMessage]:
    """E012: what stands outside of the cap reads bodies without one."""
    if not isinstance(import_string(settings.ASGI_APPLICATION), BodyLimit):
        yield Error(
            "The cap on request bodies is not the outermost layer.",
            hint="Wrap the application in prism/asgi.py in BodyLimit.",
            id="prism.E012",
        )


def check_second_factor(**options: object) -> Iterator[CheckMessage]:
    """W015: an administrator's password is worth stealing."""
    if settings.PRISM_REQUIRE_MFA == "off":
        yield Warning(
            "Administrators need no second factor.",
            hint="Set PRISM_REQUIRE_MFA=admins or all.",
            id="prism.W015",
        )


def check_audit_sink(**options: object) -> Iterator[CheckMessage]:
    """W016: a trail cut off at its end is noticed only by the heads in the log."""
    if not logging.getLogger("prism.audit").isEnabledFor(logging.INFO):
        yield Warning(
            "The head of the audit chain is not logged.",
            hint="Set PRISM_LOG_FORMAT=json and keep the log elsewhere.",
            id="prism.W016",
        )


def check_private_hosts(**options: object) -> Iterator[CheckMessage]:
    """W017: a suffix of one label opens private addresses to names that nobody listed."""
    for host in settings.PRISM_OUTBOUND_PRIVATE_HOSTS:
        if host.startswith(".") and host.count(".") == 1:
            yield Warning(
                f"Every name under {host!r} may lead to private addresses.",
                hint="List exact names, or a longer suffix, in PRISM_OUTBOUND_PRIVATE_HOSTS.",
                id="prism.W017",
            )


ON_DEPLOY = (
    check_hosts,
    check_origins,
    check_channel_layer,
    check_proxy,
    check_body_limit,
    check_second_factor,
    check_audit_sink,
    check_private_hosts,
)
