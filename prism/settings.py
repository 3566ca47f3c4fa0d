"""Settings of the console, all from the environment; docs/configuration.md describes each.

One file. A missing secret or a bad value stops the start and names its variable.
"""

import contextlib
import os
import secrets
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import django
import environ
from django.core.exceptions import ImproperlyConfigured

from prism.core.postgres import connection_class
from prism.embedded import redis_url, socket_path
from services.catalog.checks import LevelsInvalid, read_levels

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()


def _env_bool(name: str, default: bool) -> bool:
    """Read a boolean strictly: a misspelt value must not silently mean False."""
    text = os.environ.get(name, "").strip().lower()
    if text in ("1", "true", "yes", "on"):
        return True
    if text in ("0", "false", "no", "off"):
        return False
    if text:
        raise ImproperlyConfigured(f"{name} must be true or false, not {text!r}")
    return default


def _env_int(name: str, default: int, *, minimum: int, maximum: int) -> int:
    text = os.environ.get(name, "").strip() or str(default)
    if not text.isdecimal() or not minimum <= int(text) <= maximum:
        raise ImproperlyConfigured(f"{name} must be {minimum} to {maximum}, not {text!r}")
    return int(text)


def _env_list(name: str) -> list[str]:
    return [part.strip() for part in os.environ.get(name, "").split(",") if part.strip()]


# --- state and secrets -------------------------------------------------------------------------
PRISM_VAR_DIR = Path(os.environ.get("PRISM_VAR_DIR") or BASE_DIR / "var").resolve()
PRISM_VAR_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)  # it holds keys and the database

DATABASE_URL = os.environ.get("DATABASE_URL", "")
PRISM_EMBEDDED_DATABASE = not DATABASE_URL


def _secret_key() -> str:
    """Take `PRISM_SECRET_KEY`; on the embedded database make one once and keep it in the var folder."""
    if given := os.environ.get("PRISM_SECRET_KEY", ""):
        if len(given) < 50:
            raise ImproperlyConfigured("PRISM_SECRET_KEY must have at least 50 characters")
        return given
    if not PRISM_EMBEDDED_DATABASE:
        raise ImproperlyConfigured(
            "PRISM_SECRET_KEY is not set; DATABASE_URL is, so this is a shared installation: "
            "set PRISM_SECRET_KEY to the same 50 or more random characters for every process"
        )
    path = PRISM_VAR_DIR / "secret-key"
    if not path.exists():
        # linked when it is whole: another process that starts now must never read half a key
        descriptor, draft = tempfile.mkstemp(dir=PRISM_VAR_DIR)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(60))
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        os.unlink(draft)
    return path.read_text().strip()


SECRET_KEY = _secret_key()
SECRET_KEY_FALLBACKS = _env_list("PRISM_SECRET_KEY_FALLBACKS")
DEBUG = _env_bool("PRISM_DEBUG", default=False)

# --- where the console is reached --------------------------------------------------------------
PRISM_PUBLIC_URL = os.environ.get("PRISM_PUBLIC_URL", "").rstrip("/")
_public = urlsplit(PRISM_PUBLIC_URL)
if PRISM_PUBLIC_URL and (_public.scheme not in ("http", "https") or not _public.hostname):
    raise ImproperlyConfigured("PRISM_PUBLIC_URL must look like https://prism.example.com")
PRISM_HTTPS = _public.scheme == "https"
ALLOWED_HOSTS = _env_list("PRISM_ALLOWED_HOSTS") or ["localhost", "127.0.0.1", "[::1]"]
if _public.hostname:
    ALLOWED_HOSTS += [_public.hostname]
if os.environ.get("RAILWAY_ENVIRONMENT_ID"):
    ALLOWED_HOSTS += ["healthcheck.railway.app"]
CSRF_TRUSTED_ORIGINS = [f"{_public.scheme}://{_public.netloc}"] if PRISM_PUBLIC_URL else []
PRISM_WS_ORIGINS = _env_list("PRISM_WS_ORIGINS") or CSRF_TRUSTED_ORIGINS

# --- applications ------------------------------------------------------------------------------
INSTALLED_APPS = [
    "prism.apps.PrismAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "servestatic.runserver_nostatic",
    "django.contrib.staticfiles",
    "prism.core.apps.CoreConfig",
    "services.apps.ServicesConfig",
    "monitoring.apps.MonitoringConfig",
]
MIDDLEWARE = [
    "prism.core.request_context.RequestContextMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "servestatic.middleware.ServeStaticMiddleware",
    "prism.security_headers.SecurityHeadersMiddleware",
    "prism.core.ratelimit.RateLimitMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "prism.core.gates.AddressGate",
    "prism.core.gates.SecondFactorGate",
    "prism.core.gates.DenialMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "prism.urls"
ASGI_APPLICATION = "prism.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "prism.navigation.navigation",
                "prism.live_updates.live_updates",
            ],
        },
    },
]

# --- database ----------------------------------------------------------------------------------
DATABASES = {
    "default": env.db_url_config(DATABASE_URL or f"sqlite:///{PRISM_VAR_DIR / 'prism.sqlite3'}")
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        # a deferred transaction that later writes fails at once under contention
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA foreign_keys=ON;",
    }
else:
    # a client-side limit over the server's own ones, which a server that is frozen does not keep
    PRISM_DATABASE_DEADLINE_S = _env_int("PRISM_DATABASE_DEADLINE_S", 35, minimum=1, maximum=3600)
    # the pool asks each connection whether it is alive before it hands it out
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    DATABASES["default"].setdefault("OPTIONS", {}).update(
        {
            "pool": {
                "min_size": 1,
                "max_size": 4,
                "timeout": 5,
                "connection_class": connection_class(PRISM_DATABASE_DEADLINE_S),
            },
            "connect_timeout": 3,
            "options": "-c statement_timeout=30000 -c lock_timeout=5000"
            " -c idle_in_transaction_session_timeout=30000",
        }
    )
PRISM_SLOW_QUERY_MS = _env_int("PRISM_SLOW_QUERY_MS", 500, minimum=0, maximum=600_000)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Redis: cache, sessions, wake-ups ----------------------------------------------------------
PRISM_EMBEDDED_REDIS = not os.environ.get("REDIS_URL")
REDIS_URL = os.environ.get("REDIS_URL") or redis_url(socket_path(PRISM_VAR_DIR))
# a server of its own for the cache, which may then evict what it likes; the stream must not be evicted
REDIS_CACHE_URL = os.environ.get("REDIS_CACHE_URL") or REDIS_URL
# the same server as a user who may only look; `prism doctor` tries whether that is so
REDIS_READONLY_URL = os.environ.get("REDIS_READONLY_URL", "")
PRISM_REDIS_POOL_SIZE = _env_int("PRISM_REDIS_POOL_SIZE", 10, minimum=1, maximum=1000)
# the most that one exchange may cost a page; three failures and Redis is skipped for 5 seconds
PRISM_REDIS_TIMEOUT_MS = _env_int("PRISM_REDIS_TIMEOUT_MS", 90, minimum=5, maximum=5000)
# how often a worker scans every Redis by itself; 0 leaves it to people
PRISM_REDIS_SCAN_EVERY_H = _env_int("PRISM_REDIS_SCAN_EVERY_H", 24, minimum=0, maximum=8760)
# whether administrators may delete keys and let them expire, on the pages of the inspector
PRISM_REDIS_WRITE = _env_bool("PRISM_REDIS_WRITE", default=False)
PRISM_API_CACHE_S = _env_int("PRISM_API_CACHE_S", 300, minimum=300, maximum=3600)
CACHES = {
    "default": {
        "BACKEND": "prism.core.cache.Cache",
        "LOCATION": REDIS_CACHE_URL,
        # keys are written as they are: session:..., api:cache:...
        "KEY_FUNCTION": "prism.core.cache.key_as_it_is",
        "REVERSE_KEY_FUNCTION": "prism.core.cache.reverse_key_as_it_is",
        "OPTIONS": {
            "CLIENT_CLASS": "prism.core.cache.CacheClient",
            "CONNECTION_FACTORY": "prism.core.redis.CacheConnectionFactory",
            "SERIALIZER": "django_redis.serializers.json.JSONSerializer",
            "IGNORE_EXCEPTIONS": True,
        },
    }
}
SESSION_ENGINE = "prism.core.sessions"
# wake-ups of the live pages; every option is given because redis-py's own defaults end idle sockets
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {
            "hosts": [
                {
                    "address": REDIS_URL,
                    "client_name": "prism:channels",
                    "max_connections": PRISM_REDIS_POOL_SIZE,
                    "socket_connect_timeout": 2,
                    "socket_timeout": None,
                }
            ],
            "prefix": "channels:",
            "serializer_format": "json",
        },
    }
}
# endpoint -> what its paths start with, and how many requests one address may make in how many seconds
PRISM_RATE_LIMITS = {
    # the first that fits counts
    "events": (
        "/api/v1/events",
        _env_int("PRISM_RATE_LIMIT_EVENTS", 60_000, minimum=1, maximum=10_000_000),
        60,
    ),
    "api": ("/api/", _env_int("PRISM_RATE_LIMIT_API", 600, minimum=1, maximum=1_000_000), 60),
}

# --- events ------------------------------------------------------------------------------------
# how long events are kept, by severity, and how many at most
PRISM_EVENT_DAYS = {
    "debug": timedelta(days=_env_int("PRISM_EVENT_DAYS_DEBUG", 7, minimum=1, maximum=3660)),
    "info": timedelta(days=_env_int("PRISM_EVENT_DAYS_INFO", 30, minimum=1, maximum=3660)),
    "warning": timedelta(days=_env_int("PRISM_EVENT_DAYS_WARNING", 90, minimum=1, maximum=3660)),
    "error": timedelta(days=_env_int("PRISM_EVENT_DAYS_ERROR", 365, minimum=1, maximum=3660)),
}
PRISM_EVENT_DAYS["critical"] = PRISM_EVENT_DAYS["error"]
PRISM_EVENTS_MOST = _env_int("PRISM_EVENTS_MOST", 1_000_000, minimum=1000, maximum=1_000_000_000)

# --- checks of the catalog -----------------------------------------------------------------------
try:
    PRISM_CHECKS = read_levels(os.environ.get("PRISM_CHECKS", ""))
except LevelsInvalid as error:
    raise ImproperlyConfigured(f"PRISM_CHECKS: {error}") from error

# --- requests to other servers: probes, webhooks -----------------------------------------------
# host names that may lead to private addresses: exact, or .suffix for all below it
PRISM_OUTBOUND_PRIVATE_HOSTS = [
    host.lower().rstrip(".") for host in _env_list("PRISM_OUTBOUND_PRIVATE_HOSTS")
]
if os.environ.get("RAILWAY_ENVIRONMENT_ID"):
    PRISM_OUTBOUND_PRIVATE_HOSTS += [".railway.internal"]
for _host in PRISM_OUTBOUND_PRIVATE_HOSTS:
    if "*" in _host or "/" in _host or not _host.strip("."):
        raise ImproperlyConfigured(
            f"PRISM_OUTBOUND_PRIVATE_HOSTS takes host names and .suffixes, not {_host!r}"
        )
# a private authority whose certificates probes and webhooks trust, besides the system's
PRISM_OUTBOUND_CA_FILE = os.environ.get("PRISM_OUTBOUND_CA_FILE", "")

# host names that webhooks may reach privately; everything else must be public https
PRISM_WEBHOOK_PRIVATE_HOSTS = [
    host.lower().rstrip(".") for host in _env_list("PRISM_WEBHOOK_PRIVATE_HOSTS")
]
for _host in PRISM_WEBHOOK_PRIVATE_HOSTS:
    if "*" in _host or "/" in _host or not _host.strip("."):
        raise ImproperlyConfigured(
            f"PRISM_WEBHOOK_PRIVATE_HOSTS takes host names and .suffixes, not {_host!r}"
        )
# called every minute by the workers, so that somebody else notices when they stop
PRISM_DEADMAN_URL = os.environ.get("PRISM_DEADMAN_URL", "")

# --- e-mail of alerts --------------------------------------------------------------------------
PRISM_EMAIL_URL = os.environ.get("PRISM_EMAIL_URL", "")
if PRISM_EMAIL_URL:
    try:
        _email = env.email_url_config(PRISM_EMAIL_URL)
    except (ImproperlyConfigured, ValueError):
        # not the original message: it repeats the address with its password
        raise ImproperlyConfigured(
            "PRISM_EMAIL_URL must look like smtp+tls://user:password@host:587"
        ) from None
else:
    _email = {"EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend"}
_smtp = {
    "host": _email.get("EMAIL_HOST") or "localhost",
    "port": _email.get("EMAIL_PORT") or 25,
    "username": _email.get("EMAIL_HOST_USER") or "",
    "password": _email.get("EMAIL_HOST_PASSWORD") or "",
    "use_tls": _email.get("EMAIL_USE_TLS", False),
    "use_ssl": _email.get("EMAIL_USE_SSL", False),
    "timeout": 10,
}
if django.VERSION >= (6, 1):  # until 5.2 is gone: it knows only the settings that 6.1 warns about
    _options = _smtp if "smtp" in _email["EMAIL_BACKEND"] else {}  # no other takes them
    MAILERS = {"default": {"BACKEND": _email["EMAIL_BACKEND"], "OPTIONS": _options}}
else:
    EMAIL_BACKEND = _email["EMAIL_BACKEND"]
    EMAIL_HOST, EMAIL_PORT = _smtp["host"], _smtp["port"]
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _smtp["username"], _smtp["password"]
    EMAIL_USE_TLS, EMAIL_USE_SSL = _smtp["use_tls"], _smtp["use_ssl"]
    EMAIL_TIMEOUT = _smtp["timeout"]
DEFAULT_FROM_EMAIL = os.environ.get("PRISM_EMAIL_FROM") or "prism@localhost"

# what is connected to, when nothing else answers, to tell whether this machine is on the network
PRISM_HEALTH_CANARIES = _env_list("PRISM_HEALTH_CANARIES") or [
    "one.one.one.one:443",
    "dns.quad9.net:443",
]
if PRISM_HEALTH_CANARIES == ["off"]:
    PRISM_HEALTH_CANARIES = []

# --- people ------------------------------------------------------------------------------------
LOGIN_URL = "admin:login"
AUTHENTICATION_BACKENDS = ["prism.core.role_backend.RoleBackend"]
PRISM_REQUIRE_MFA = os.environ.get("PRISM_REQUIRE_MFA", "").strip().lower() or "off"
if PRISM_REQUIRE_MFA not in ("off", "admins", "all"):
    raise ImproperlyConfigured(
        f"PRISM_REQUIRE_MFA must be off, admins or all, not {PRISM_REQUIRE_MFA!r}"
    )
LOGIN_REDIRECT_URL = "home"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# --- HTTP --------------------------------------------------------------------------------------
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 24 * 3600  # the absolute limit; SQL also ends a session that is idle
PRISM_SESSION_IDLE_S = 8 * 3600
# how long a cached session is believed before SQL is asked again, and so how late a log-out may be
PRISM_SESSION_VERIFY_S = _env_int("PRISM_SESSION_VERIFY_S", 60, minimum=1, maximum=60)
# how often the people behind open live pages are asked for again
PRISM_LIVE_VERIFY_S = _env_int("PRISM_LIVE_VERIFY_S", 30, minimum=1, maximum=30)
CSRF_FAILURE_VIEW = "prism.errors.csrf_failure"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000  # a service's page has about 14 fields a variable
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024  # a manifest may have 8 MiB
if PRISM_HTTPS:
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    # the prefix makes browsers refuse the cookie from a sub-domain or over plain HTTP
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-prism", "__Host-csrf"
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^(health|ready|version)$"]
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
PRISM_TRUSTED_PROXY = _env_bool("PRISM_TRUSTED_PROXY", default=False)
if PRISM_TRUSTED_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- logs --------------------------------------------------------------------------------------
PRISM_LOG_FORMAT = os.environ.get("PRISM_LOG_FORMAT", "").strip().lower() or (
    "text" if PRISM_EMBEDDED_DATABASE else "json"
)
if PRISM_LOG_FORMAT not in ("json", "text"):
    raise ImproperlyConfigured(f"PRISM_LOG_FORMAT must be json or text, not {PRISM_LOG_FORMAT!r}")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "prism.core.json_log.RequestIdFilter"}},
    "formatters": {
        "json": {"()": "prism.core.json_log.JsonFormatter"},
        "text": {"()": "prism.core.json_log.TextFormatter"},
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": PRISM_LOG_FORMAT,
            "filters": ["request_id"],
        },
        "no_mail": {"class": "logging.NullHandler"},
    },
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        # Django's own handlers write tracebacks to a mailbox and to DEBUG consoles only
        "django": {"handlers": ["no_mail"], "level": "WARNING"},
        # its traceback every second while Redis is away; the hub of the live pages says it once
        "channels_redis": {"level": "CRITICAL"},
        # the head of the audit chain: keep these lines somewhere else than the database
        "prism.audit": {"level": "INFO" if PRISM_LOG_FORMAT == "json" else "WARNING"},
    },
}

# --- static files, time, language --------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = Path(os.environ.get("PRISM_STATIC_DIR") or BASE_DIR / "staticfiles").resolve()
STATICFILES_DIRS = [BASE_DIR / "static"]
# collected files are served under the names with their hashes, which collecting writes into this
# file; without it (development, tests) they are served from where they are
_hashed = (STATIC_ROOT / "staticfiles.json").is_file() or "collectstatic" in sys.argv[1:3]
SERVESTATIC_USE_FINDERS = SERVESTATIC_AUTOREFRESH = not _hashed
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "servestatic.storage.CompressedManifestStaticFilesStorage"
        if _hashed
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False
LANGUAGE_CODE = "en-gb"
