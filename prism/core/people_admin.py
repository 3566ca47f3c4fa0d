"""The admin pages of people: administrators look, superusers change."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from prism.core import audit, second_factor
from prism.core.access import AuthorizedAdmin, is_allowed, logged_in_person
from prism.core.roles import ROLES
from prism.core.sessions import end_all_sessions

# Roles are made by migration and decided in prism/core/roles.py; there is nothing to edit.
admin.site.unregister(Group)
admin.site.unregister(User)


@admin.register(User)
class PersonAdmin(AuthorizedAdmin, UserAdmin):
    """People and their roles: administrators look, superusers change."""

    list_display = ("username", "email", "role_names", "is_active", "is_superuser", "last_login")
    list_filter = ("is_active", "is_superuser", "groups")
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined")
    actions = ("end_sessions", "remove_second_factor")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
        ("Rights", {"fields": ("is_active", "is_staff", "groups", "is_superuser")}),
        ("History", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"classes": ("wide",), "fields": ("username", "usable_password")}),
        (None, {"classes": ("wide",), "fields": ("password1", "password2")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Load the roles with the people. Two queries for the list."""
        return super().get_queryset(request).prefetch_related("groups")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show nothing of a password's hash to who may only look."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        return [(None, {"fields": ("username",)}), *fieldsets[1:]]

    @admin.display(description="roles")
    def role_names(self, user: User) -> str:
        """Name the roles of one person."""
        return ", ".join(sorted(group.name for group in user.groups.all())) or "none"

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the roles as check boxes, and no other group."""
        if db_field.name == "groups":
            kwargs["queryset"] = Group.objects.filter(name__in=ROLES).order_by("pk")
            kwargs["widget"] = forms.CheckboxSelectMultiple()
            field = super(UserAdmin, self).formfield_for_manytomany(db_field, request, **kwargs)
            if field:
                field.label, field.help_text = "Roles", "What a role may do adds up."
            return field
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Let everybody who is made here into the console, as a person without a role."""
        if not change:
            obj.is_staff = True
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Write down what changed, in the transaction of the change."""
        person = form.instance
        before = set(person.groups.values_list("name", flat=True))
        super().save_related(request, form, formsets, change)
        after = set(person.groups.values_list("name", flat=True))
        fields = sorted(set(form.changed_data) - {"password1", "password2", "usable_password"})
        event = "person.changed" if change else "person.created"
        _record(request, event, person, {"fields": fields})
        if before != after:
            roles = {"before": sorted(before), "after": sorted(after)}
            _record(request, "person.roles_changed", person, roles)
        if "is_superuser" in form.changed_data:
            _record(request, "person.superuser_changed", person, {"now": person.is_superuser})
        if change and not person.is_active:
            end_all_sessions(person)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> Any:
        """Save the password and its audit entry together."""
        with transaction.atomic():
            return super().user_change_password(request, id, form_url)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """Note a password that a superuser set; everything else is written in `save_related`."""
        if isinstance(obj, User) and request.path.endswith("/password/"):
            end_all_sessions(obj)
            _record(request, "password.changed", obj, {"by_superuser": True})
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        """Write down who is about to be deleted, and end their sessions."""
        for person in queryset:
            end_all_sessions(person)
            _record(request, "person.deleted", person, {})
        return super().log_deletions(request, queryset)

    @admin.action(description="End all sessions", permissions=["end_sessions"])
    def end_sessions(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Log the chosen people out everywhere."""
        with transaction.atomic():
            for person in queryset:
                ended = end_all_sessions(person)
                _record(request, "sessions.ended", person, {"sessions_ended": ended})
        self.message_user(request, "They are logged out everywhere.", messages.SUCCESS)

    @admin.action(description="Remove the second factor", permissions=["change"])
    def remove_second_factor(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Help somebody who lost their phone and their recovery codes."""
        for person in queryset:
            second_factor.remove(user=person, actor=logged_in_person(request))
            end_all_sessions(person)
        self.message_user(request, "They log in with the password alone now.", messages.WARNING)

    def has_end_sessions_permission(self, request: HttpRequest) -> bool:
        """Let administrators end sessions of people they may not change."""
        return is_allowed(request.user, "sessions.end")


def _record(request: HttpRequest, action: str, person: User, details: Mapping[str, object]) -> None:
    audit.record(action, actor=request.user, target=person.get_username(), details=dict(details))
