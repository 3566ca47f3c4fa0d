"""Tokens for scripts and services: principals with scopes and an end, kept as a hash, shown once."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models, transaction

from prism.core import audit
from prism.core.access import Actor, authorize
from prism.core.roles import INGEST, TOKEN_SCOPES

PREFIX = "prism_"
INGEST_PREFIX = "prism_ing_"
LONGEST_LIFE = timedelta(days=366)
USE_RESOLUTION = timedelta(minutes=5)  # `last_used_at` costs one UPDATE in five minutes at most


class TokenQuerySet(models.QuerySet["Token"]):
    """Reads of tokens, named after the page that shows them."""

    def usable(self, now: datetime) -> "TokenQuerySet":
        """Keep the tokens that open anything now."""
        return self.filter(revoked_at__isnull=True, expires_at__gt=now)


class Token(models.Model):
    """Something that may act without being a person. The secret itself is nowhere.

    `beginning` is the first few characters, to tell tokens apart. `scopes` are actions.
    """

    name = models.CharField(max_length=100, unique=True)
    beginning = models.CharField(max_length=20, editable=False)
    sha256 = models.CharField(max_length=64, unique=True, editable=False)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField(editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = TokenQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    def allowed_actions(self) -> frozenset[str]:
        """Allow the scopes, and of those only what a token may ever do."""
        return frozenset(self.scopes) & TOKEN_SCOPES.keys()


def issue_token(
    *, actor: Actor, name: str, scopes: list[str], expires_at: datetime, now: datetime
) -> tuple[Token, str]:
    """Make a token and give it with its secret, which cannot be had again.

    Raises `AccessDenied`, and ValueError for a scope no token may have, ingest mixed with anything
    else, or a life longer than `LONGEST_LIFE`.
    """
    authorize(actor, "tokens.manage", name)
    wanted = frozenset(scopes)
    if not wanted or not wanted <= TOKEN_SCOPES.keys():
        raise ValueError(f"no such scope: {', '.join(sorted(wanted - TOKEN_SCOPES.keys()))}")
    if wanted & INGEST and wanted - INGEST:
        raise ValueError("a token that sends events may do nothing else")
    if not now < expires_at <= now + LONGEST_LIFE:
        raise ValueError(f"a token lives for at most {LONGEST_LIFE.days} days")
    secret = (INGEST_PREFIX if wanted & INGEST else PREFIX) + secrets.token_urlsafe(32)
    with transaction.atomic():
        token = Token.objects.create(
            name=name,
            beginning=secret[:14],
            sha256=_hash(secret),
            scopes=sorted(wanted),
            created_at=now,
            created_by_id=getattr(actor, "pk", None),
            expires_at=expires_at,
        )
        details: dict[str, object] = {"scopes": token.scopes, "expires_at": expires_at.isoformat()}
        audit.record("token.created", actor=actor, target=name, details=details)
    return token, secret


def revoke_token(*, actor: Actor, token: Token, now: datetime) -> None:
    """End the token at once; revoking it again changes nothing."""
    authorize(actor, "tokens.manage", token.name)
    with transaction.atomic():
        if Token.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now):
            audit.record("token.revoked", actor=actor, target=token.name)


def find_token(secret: str, now: datetime) -> Token | None:
    """Find the usable token with this secret, None for every other text. One or two queries.

    The use of an expired or revoked token is audited: somebody still has it.
    """
    if not secret.startswith(PREFIX) or len(secret) > 100:
        return None
    token = Token.objects.filter(sha256=_hash(secret)).first()
    if token is None:
        return None
    if token.revoked_at or token.expires_at <= now:
        word = "revoked" if token.revoked_at else "expired"
        if _note_use(token, now):
            audit.record(f"token.used_after_{word}", actor=token, target=token.name)
        return None
    _note_use(token, now)
    return token


def _note_use(token: Token, now: datetime) -> bool:
    """Remember when the token was last used, coarsely; say whether that was worth a write."""
    if token.last_used_at and now - token.last_used_at < USE_RESOLUTION:
        return False
    return bool(Token.objects.filter(pk=token.pk).update(last_used_at=now))


def _hash(secret: str) -> str:
    """Hash fast: a 256-bit random secret needs no slow hash."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
