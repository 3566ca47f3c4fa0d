"""Sessions: SQL holds the truth, a signed copy in the cache saves most of the queries.

What a session promises, Redis or not:

- it ends 8 hours after the last click (`PRISM_SESSION_IDLE_S`) and 24 hours after log-in (`SESSION_COOKIE_AGE`);
- log-out, a changed password and `end_all_sessions` take effect at once where the cache can be reached and
  within a minute (`PRISM_SESSION_VERIFY_S`) where it cannot: a cached copy says when SQL last confirmed
  it, and an older copy is confirmed again before it is believed, also when Redis comes back with
  yesterday's data;
- a cache that is gone, slow or full costs queries, never a log-in.
"""

import json
import logging
import re
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import SESSION_KEY as USER_ID
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.core.cache import caches
from django.db import DatabaseError, models, transaction
from django.db.models.base import ModelBase
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

logger = logging.getLogger(__name__)

CACHE_TTL_S = 3600  # the `session:*` namespace: one hour, renewed by use
SLIDE_S = 300  # a click moves the idle limit at most this often: one UPDATE in five minutes
_KEY = re.compile(r"[a-z0-9]{32}", re.ASCII)  # what SessionBase makes


def _cache_key(session_key: str | None) -> str:
    return f"session:{session_key}"


class SessionQuerySet(models.QuerySet["Session"]):
    """Sessions by whether they still count."""

    def alive(self, now: datetime) -> "SessionQuerySet":
        """Keep those within both limits: idle and absolute."""
        return self.filter(
            expire_date__gt=now,
            created_at__gt=now - timedelta(seconds=settings.SESSION_COOKIE_AGE),
        )


class Session(AbstractBaseSession):
    """One browser that is logged in, or has something to remember before it is."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        related_name="+",
        # with the constraint, a session of a user who is deleted meanwhile could never be saved:
        # Django takes the IntegrityError for a taken key and tries the next one, forever
        db_constraint=False,
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = BaseSessionManager.from_queryset(SessionQuerySet)()  # type: ignore[misc]

    class Meta:
        db_table = "prism_session"

    def __str__(self) -> str:
        return f"session of user {self.user_id}"  # never the key: it is a password

    @classmethod
    def get_session_store_class(cls) -> "type[SessionStore]":
        """Name the store that reads these rows."""
        return SessionStore

    def save(
        self,
        *,
        force_insert: bool | tuple[ModelBase, ...] = False,
        force_update: bool = False,
        using: str | None = None,
        update_fields: Iterable[str] | None = None,
    ) -> None:
        """Write the row; an update never touches `created_at`, the start of the absolute limit."""
        if force_update and update_fields is None:
            update_fields = ["session_data", "expire_date", "user"]
        super().save(
            force_insert=force_insert,
            force_update=force_update,
            using=using,
            update_fields=update_fields,
        )


class SessionStore(DatabaseStore):
    """What `request.session` is: rows of `Session`, read through the cache."""

    def __init__(self, session_key: str | None = None) -> None:
        self._cache = caches[settings.SESSION_CACHE_ALIAS]
        super().__init__(session_key)

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """Name the model of the rows."""
        return Session

    def _validate_session_key(self, key: str | None) -> bool:
        """Refuse anything we would not have made: a cookie may hold NUL bytes or a kilobyte."""
        return bool(key and _KEY.fullmatch(key))

    # --- reading -------------------------------------------------------------------------------

    def load(self) -> dict[str, Any]:
        """Give the session's data, {} when it is over. At most one SELECT and one UPDATE."""
        if (data := self._cached()) is not None:
            return data
        asked_at = time.time()  # before the query: what is deleted meanwhile counts as stale
        row = Session.objects.alive(timezone.now()).filter(session_key=self.session_key).first()
        if row is None:
            self._session_key = None
            return {}
        data = self.decode(row.session_data)
        if "_session_expiry" not in data:
            self._slide(row)
        self._store(data, asked_at)
        return data

    def _slide(self, row: Session) -> None:
        """Move the idle limit; a database that cannot write (read-only, disk full) may still be read."""
        expire_date = timezone.now() + timedelta(seconds=settings.PRISM_SESSION_IDLE_S)
        if expire_date - row.expire_date < timedelta(seconds=SLIDE_S):
            return
        try:
            with transaction.atomic():
                Session.objects.filter(pk=row.pk).update(expire_date=expire_date)
        except DatabaseError as error:
            logger.warning("the idle limit of a session could not be moved: %s", error)

    def exists(self, session_key: str) -> bool:
        """Ask SQL alone: a key that is only in the cache is nobody's session."""
        return Session.objects.filter(session_key=session_key).exists()

    # --- writing -------------------------------------------------------------------------------

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """Make the row, with its owner in a column and the idle limit as its expiry."""
        idle_limit = timezone.now() + timedelta(seconds=settings.PRISM_SESSION_IDLE_S)
        return Session(
            session_key=self._get_or_create_session_key(),  # type: ignore[attr-defined]
            session_data=self.encode(data),
            expire_date=min(idle_limit, self.get_expiry_date()),
            user_id=data.get(USER_ID),
        )

    def save(self, must_create: bool = False) -> None:
        """Write SQL first, then the copy; raises UpdateError when somebody ended the session."""
        asked_at = time.time()
        super().save(must_create)
        if not must_create and self.session_key is not None:
            self._store(self._session, asked_at)  # type: ignore[attr-defined]

    def delete(self, session_key: str | None = None) -> None:
        """End one session, this one by default."""
        session_key = session_key or self.session_key
        if session_key is None:
            return
        Session.objects.filter(session_key=session_key).delete()
        self._cache.delete(_cache_key(session_key))

    @classmethod
    def clear_expired(cls) -> None:
        """Delete the rows of sessions that are over."""
        now = timezone.now()
        Session.objects.exclude(pk__in=Session.objects.alive(now).values("pk")).delete()

    # --- the copy ------------------------------------------------------------------------------

    def _cached(self) -> dict[str, Any] | None:
        """Give the copy when it is ours, unchanged, and confirmed by SQL lately."""
        if self.session_key is None:
            return None
        entry = self._cache.get(_cache_key(self.session_key))
        try:
            data, verified_at, seal = entry["data"], entry["verified_at"], entry["seal"]
        except (TypeError, KeyError):  # absent, or somebody else wrote something there
            return None
        if not constant_time_compare(seal, self._seal(data, verified_at)):
            return None
        return data if 0 <= time.time() - verified_at < settings.PRISM_SESSION_VERIFY_S else None

    def _store(self, data: dict[str, Any], verified_at: float) -> None:
        entry = {"data": data, "verified_at": verified_at, "seal": self._seal(data, verified_at)}
        self._cache.set(_cache_key(self.session_key), entry, CACHE_TTL_S)

    def _seal(self, data: object, verified_at: object) -> str:
        """Sign the copy with its key, so that who can write to Redis cannot log in as somebody."""
        text = json.dumps([self.session_key, verified_at, data])
        return salted_hmac("prism.core.sessions", text, algorithm="sha256").hexdigest()

    # --- the same for async callers, which Django's store would send to SQL by other ways --------

    async def aload(self) -> dict[str, Any]:
        """See load."""
        return await sync_to_async(self.load)()

    async def aexists(self, session_key: str) -> bool:
        """See exists."""
        return await sync_to_async(self.exists)(session_key)

    async def asave(self, must_create: bool = False) -> None:
        """See save."""
        await sync_to_async(self.save)(must_create)

    async def adelete(self, session_key: str | None = None) -> None:
        """See delete."""
        await sync_to_async(self.delete)(session_key)


def end_all_sessions(user: AbstractBaseUser, *, keep: str | None = None) -> int:
    """Log a user out everywhere, except in the session `keep`; return how many sessions ended."""
    ending = Session.objects.filter(user_id=user.pk).exclude(session_key=keep or "")
    keys = list(ending.values_list("session_key", flat=True))
    Session.objects.filter(pk__in=keys).delete()
    caches[settings.SESSION_CACHE_ALIAS].delete_many([_cache_key(key) for key in keys])
    return len(keys)
