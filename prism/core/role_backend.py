"""Answers Django's own permission questions from the table of roles, so that there is one truth."""

from typing import TYPE_CHECKING, Any

from django.contrib.auth.backends import ModelBackend

from prism.core.access import is_allowed
from prism.core.roles import MODEL_ACTIONS

if TYPE_CHECKING:
    from django.contrib.auth.models import _AnyUser


class RoleBackend(ModelBackend):
    """Checks passwords like Django; permission rows of users and groups are not consulted at all."""

    def get_all_permissions(self, user_obj: "_AnyUser", obj: Any = None) -> set[str]:
        """Name the permissions that the user's roles amount to, as `app.verb_model`."""
        names = set()
        for label, verbs in MODEL_ACTIONS.items():
            app, model = label.split(".")
            names |= {
                f"{app}.{verb}_{model}"
                for verb, action in verbs.items()
                if is_allowed(user_obj, action)
            }
        return names

    def get_user_permissions(self, user_obj: "_AnyUser", obj: Any = None) -> set[str]:
        """Give none: people have roles, not permissions of their own."""
        return set()

    def get_group_permissions(self, user_obj: "_AnyUser", obj: Any = None) -> set[str]:
        """Give what the roles allow."""
        return self.get_all_permissions(user_obj, obj)

    def has_perm(self, user_obj: "_AnyUser", perm: str, obj: Any = None) -> bool:
        """Decide one permission by the table."""
        return perm in self.get_all_permissions(user_obj)

    def has_module_perms(self, user_obj: "_AnyUser", app_label: str) -> bool:
        """Say whether the user may do anything in the app."""
        return any(name.startswith(f"{app_label}.") for name in self.get_all_permissions(user_obj))
