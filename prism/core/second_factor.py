"""The second factor of log-in: time-based codes (RFC 6238) and one-time recovery codes."""

import base64
import hashlib
import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

import segno
from django.conf import settings
from django.contrib.auth.models import User
from django.db import models, transaction
from django_otp.oath import TOTP

from prism.core import audit
from prism.core.access import is_allowed

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

# Set in the session when the log-in, or the enrolment, proved the second factor.
SESSION_FLAG = "second_factor"
STEP_S = 30
TOLERANCE_STEPS = 1  # a clock may be half a minute off
RECOVERY_CODES = 10
WRONG_CODES_IN_A_ROW = 10
PAUSE = timedelta(minutes=15)


class SecondFactor(models.Model):
    """One person's authenticator. Until `confirmed_at` is set it protects nothing.

    `last_step` is the time step of the last code that was taken: no code works twice. Wrong codes in
    a row are counted here whatever address they come from: who sends them knows the password.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="second_factor"
    )
    key = models.CharField(max_length=40)
    confirmed_at = models.DateTimeField(null=True)
    last_step = models.BigIntegerField(default=-1)
    failed_codes = models.PositiveIntegerField(default=0)
    last_failed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"second factor of user {self.user_id}"


class RecoveryCode(models.Model):
    """One code that replaces the authenticator once; only its SHA-256 is kept."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "sha256"], name="recovery_code_is_unique"),
        ]

    def __str__(self) -> str:
        return f"recovery code of user {self.user_id}"


def is_required_for(user: "User | AnonymousUser") -> bool:
    """Say whether the policy (`PRISM_REQUIRE_MFA`) demands a second factor of this person."""
    policy = settings.PRISM_REQUIRE_MFA
    if policy == "off" or not user.is_authenticated:
        return False
    return policy == "all" or is_allowed(user, "tokens.manage")


def is_enrolled(user: User) -> bool:
    """Say whether log-in must ask this person for a code. One query."""
    return SecondFactor.objects.filter(user=user, confirmed_at__isnull=False).exists()


def begin_enrolment(user: User) -> SecondFactor:
    """Make a new, unconfirmed authenticator key unless one waits already."""
    factor, _ = SecondFactor.objects.get_or_create(
        user=user, defaults={"key": secrets.token_hex(20)}
    )
    return factor


def confirm_enrolment(*, user: User, code: str, now: datetime) -> list[str] | None:
    """Switch the second factor on when the code fits; give the recovery codes, None when it does not."""
    with transaction.atomic():
        factor = (
            SecondFactor.objects.select_for_update().filter(user=user, confirmed_at=None).first()
        )
        if factor is None or not _take_code(factor, code, now):
            return None
        factor.confirmed_at = now
        factor.save(update_fields=["confirmed_at"])
        codes = _replace_recovery_codes(user)
        audit.record("second_factor.enrolled", actor=user, target=user.get_username())
    return codes


def verify_code(*, user: User, code: str, now: datetime) -> bool:
    """Take a code of the authenticator or a recovery code; either works once.

    After `WRONG_CODES_IN_A_ROW` every code is refused for `PAUSE`.
    """
    with transaction.atomic():
        factor = (
            SecondFactor.objects.select_for_update()
            .filter(user=user, confirmed_at__isnull=False)
            .first()
        )
        if factor is None or _is_paused(factor, now):
            return False
        if _take_code(factor, code, now):
            return True
        used, _ = RecoveryCode.objects.filter(user=user, sha256=_hash(code)).delete()
        if not used:
            factor.failed_codes += 1
            factor.last_failed_at = now
            factor.save(update_fields=["failed_codes", "last_failed_at"])
        else:
            audit.record("second_factor.recovery_code_used", actor=user, target=user.get_username())
    return bool(used)


def renew_recovery_codes(user: User) -> list[str]:
    """Replace the recovery codes; the old ones stop working."""
    with transaction.atomic():
        codes = _replace_recovery_codes(user)
        audit.record("second_factor.codes_renewed", actor=user, target=user.get_username())
    return codes


def remove(*, user: User, actor: User) -> None:
    """Switch the second factor of `user` off and forget its key and recovery codes."""
    with transaction.atomic():
        SecondFactor.objects.filter(user=user).delete()
        RecoveryCode.objects.filter(user=user).delete()
        audit.record("second_factor.removed", actor=actor, target=user.get_username())


def provisioning_uri(factor: SecondFactor) -> str:
    """Write what an authenticator app reads from the QR code. Holds the key: never log it."""
    label = quote(f"Prism:{factor.user.get_username()}")
    return f"otpauth://totp/{label}?secret={readable_key(factor)}&issuer=Prism"


def readable_key(factor: SecondFactor) -> str:
    """Write the key as a person types it into an authenticator app."""
    return base64.b32encode(bytes.fromhex(factor.key)).decode()


def qr_image(uri: str) -> str:
    """Draw the QR code as an SVG image in a data: address, dark on white in every theme."""
    return segno.make(uri, error="m").svg_data_uri(scale=5, border=4, light="#fff")


def _take_code(factor: SecondFactor, code: str, now: datetime) -> bool:
    """Accept a code of this moment, half a minute to either side, that is newer than the last one."""
    digits = code.replace(" ", "")
    if not (digits.isascii() and digits.isdecimal() and len(digits) == 6):
        return False
    totp = TOTP(bytes.fromhex(factor.key), step=STEP_S)
    totp.time = now.timestamp()
    if not totp.verify(int(digits), TOLERANCE_STEPS, factor.last_step + 1):
        return False
    factor.last_step = totp.t()
    factor.failed_codes = 0
    factor.save(update_fields=["last_step", "failed_codes"])
    return True


def _is_paused(factor: SecondFactor, now: datetime) -> bool:
    """Count anew once the pause is over."""
    if factor.last_failed_at and now - factor.last_failed_at >= PAUSE:
        factor.failed_codes = 0
    return factor.failed_codes >= WRONG_CODES_IN_A_ROW


def _replace_recovery_codes(user: User) -> list[str]:
    RecoveryCode.objects.filter(user=user).delete()
    codes = [f"{secrets.token_hex(4)}-{secrets.token_hex(4)}" for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create(RecoveryCode(user=user, sha256=_hash(code)) for code in codes)
    return codes


def _hash(code: str) -> str:
    return hashlib.sha256(code.strip().lower().encode(errors="replace")).hexdigest()
