"""Logs people in: the throttle, the password, the second factor, and an audit entry for each outcome."""

from typing import Any

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone

from prism.core import audit, second_factor
from prism.core.client_address import client_address
from prism.core.login_attempts import LogInThrottled, begin_attempt, end_attempt


class LogInForm(AdminAuthenticationForm):
    """Name, password, and a code for those who set up a second factor.

    1. Write the attempt down, refuse it when there were too many.
    2. Check the password; the same answer, after the same work, whether or not the name exists.
    3. Check the code of whoever has a second factor.
    4. Forgive the earlier failures.
    """

    code = forms.CharField(
        required=False,
        max_length=40,
        label="Authenticator code",
        help_text="A recovery code works too.",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code"}),
    )

    request: HttpRequest
    retry_after_s: int | None = None
    has_proved_second_factor = False

    def clean(self) -> dict[str, Any]:
        """Refuse or let in, and write down which."""
        username = self.cleaned_data.get("username") or ""
        now = timezone.now()
        try:
            attempt = begin_attempt(
                username=username, address=client_address(self.request), now=now
            )
        except LogInThrottled as throttled:
            self.retry_after_s = throttled.retry_after_s
            if throttled.is_first:
                audit.record("login.throttled", actor_name=_known_name(username))
            minutes = -(-throttled.retry_after_s // 60)
            raise ValidationError(
                f"Too many failed log-ins from your address. Try again in {minutes} min.",
                code="throttled",
            ) from throttled
        try:
            cleaned = super().clean()
        except ValidationError:
            audit.record("login.failed", actor_name=_known_name(username))
            raise
        self._check_second_factor(cleaned.get("code") or "")
        end_attempt(attempt)
        return cleaned

    def _check_second_factor(self, code: str) -> None:
        user = self.get_user()
        if not isinstance(user, User) or not second_factor.is_enrolled(user):
            return
        if not code:
            raise ValidationError("Enter the code of your authenticator app.", code="code_required")
        if not second_factor.verify_code(user=user, code=code, now=timezone.now()):
            audit.record("second_factor.failed", actor=user)
            raise ValidationError(
                "This code is not valid, or was used already. Wait for the next one.",
                code="code_invalid",
            )
        self.has_proved_second_factor = True


def _known_name(username: str) -> str:
    """Give the name when there is such an account: what else was typed may be a password."""
    exists = User.objects.filter(username=username.replace("\x00", "")).exists()
    return username if exists else "(unknown name)"
