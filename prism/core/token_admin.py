"""The admin pages of tokens: made here, shown once, revoked here."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from prism.core.access import AuthorizedAdmin, logged_in_person
from prism.core.roles import TOKEN_SCOPES
from prism.core.tokens import Token, issue_token, revoke_token


class TokenForm(forms.ModelForm):
    """What a new token may do and for how long."""

    scopes = forms.MultipleChoiceField(
        choices=list(TOKEN_SCOPES.items()), widget=forms.CheckboxSelectMultiple
    )
    days = forms.IntegerField(
        min_value=1, max_value=366, initial=90, help_text="After so many days it stops working."
    )

    class Meta:
        model = Token
        fields = ("name",)

    def clean_scopes(self) -> list[str]:
        """Keep tokens that send events to that alone."""
        scopes: list[str] = self.cleaned_data["scopes"]
        if "events.ingest" in scopes and len(scopes) > 1:
            raise forms.ValidationError("A token that sends events may do nothing else.")
        return scopes


@admin.register(Token)
class TokenAdmin(AuthorizedAdmin, admin.ModelAdmin):
    """Tokens: made here, shown once, revoked here; never changed and never deleted."""

    form = TokenForm
    list_display = ("name", "beginning", "scope_words", "state", "expires_at", "last_used_at")
    search_fields = ("name", "beginning")
    ordering = ("-created_at", "-pk")
    actions = ("revoke",)

    def get_fields(self, request: HttpRequest, obj: Token | None = None) -> tuple[str, ...]:
        """Ask for the three things on creation; show what there is afterwards."""
        if obj is None:
            return ("name", "scopes", "days")
        return (
            "name",
            "beginning",
            "scope_words",
            "state",
            "created_by",
            "created_at",
            "expires_at",
            "last_used_at",
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Token | None = None) -> Any:
        """Change nothing about a token once it is made."""
        return self.get_fields(request, obj) if obj else ()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Show a token without a form; revoking is an action of the list."""
        return obj is None and super().has_change_permission(request, obj)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Offer the one button whose answer shows the secret."""
        buttons = {"show_save_and_add_another": False, "show_save_and_continue": False}
        return super().add_view(request, form_url, {**(extra_context or {}), **buttons})

    @admin.display(description="scopes")
    def scope_words(self, token: Token) -> str:
        """Name what the token may do."""
        return ", ".join(token.scopes)

    @admin.display(description="state")
    def state(self, token: Token) -> str:
        """Say whether the token still opens anything."""
        if token.revoked_at:
            return f"revoked on {token.revoked_at:%Y-%m-%d}"
        return "usable" if token.expires_at > timezone.now() else "expired"

    def save_model(self, request: HttpRequest, obj: Token, form: Any, change: bool) -> None:
        """Issue the token and remember its secret for this one answer."""
        now = timezone.now()
        token, secret = issue_token(
            actor=logged_in_person(request),
            name=obj.name,
            scopes=form.cleaned_data["scopes"],
            expires_at=now + timedelta(days=form.cleaned_data["days"]),
            now=now,
        )
        obj.__dict__.update(token.__dict__)
        request.issued_secret = secret  # type: ignore[attr-defined]

    def response_add(self, request: HttpRequest, obj: Token, *args: Any) -> HttpResponse:
        """Show the secret in this answer and nowhere else: no cookie, no session, no cache."""
        context = admin.site.each_context(request) | {
            "title": "Your new token",
            "token": obj,
            "secret": request.issued_secret,  # type: ignore[attr-defined]
        }
        response = TemplateResponse(request, "core/token_secret.html", context)
        response["Cache-Control"] = "no-store"
        return response

    @admin.action(description="Revoke", permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[Token]) -> None:
        """End the chosen tokens."""
        for token in queryset:
            revoke_token(actor=logged_in_person(request), token=token, now=timezone.now())
        self.message_user(request, "They open nothing any more.", messages.SUCCESS)
