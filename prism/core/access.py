"""Who may do what: the one `authorize` that views, the admin, sockets, the API and the CLI call."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from django.contrib import admin
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from prism.core.roles import ALL_ACTIONS, action_for, actions_of_roles

if TYPE_CHECKING:
    _AdminBase = admin.ModelAdmin[Any]
else:
    _AdminBase = object


@runtime_checkable
class Principal(Protocol):
    """Somebody who is not a user but may act: a token, or the command line of this machine."""

    def allowed_actions(self) -> frozenset[str]:
        """Name everything this principal may do."""


Actor = AbstractBaseUser | AnonymousUser | Principal | None


class AccessDenied(PermissionDenied):
    """The actor may not do the action. Carries both; the message names only the action."""

    def __init__(self, actor: Actor, action: str, target: object = None) -> None:
        super().__init__(f"not allowed: {action}")
        self.actor = actor
        self.action = action
        self.target = target


@dataclass(frozen=True, slots=True)
class CommandLine:
    """Whoever runs `prism` on the console's own machine: they hold its database and its keys."""

    name: str

    def allowed_actions(self) -> frozenset[str]:
        """Allow everything; `--as USER` acts with that user's rights instead."""
        return ALL_ACTIONS


def actions_of(actor: Actor) -> frozenset[str]:
    """Name everything the actor may do. One query per user object, none for superusers.

    The answer is kept on the user object, which lives for one request; a long-lived connection
    loads the user again to notice a changed role.
    """
    if actor is None or isinstance(actor, AnonymousUser):
        return frozenset()
    if isinstance(actor, Principal):
        return actor.allowed_actions()
    if not actor.is_active or not getattr(actor, "is_staff", False):
        return frozenset()
    if getattr(actor, "is_superuser", False):
        return ALL_ACTIONS
    known: frozenset[str] | None = getattr(actor, "_prism_actions", None)
    if known is None:
        groups = getattr(actor, "groups").values_list("name", flat=True)  # noqa: B009
        known = actions_of_roles(frozenset(groups))
        actor._prism_actions = known  # type: ignore[attr-defined]
    return known


def is_allowed(actor: Actor, action: str) -> bool:
    """Say whether the actor may do the action; an action in no table is refused to everybody."""
    return action in ALL_ACTIONS and action in actions_of(actor)


def authorize(actor: Actor, action: str, target: object = None) -> None:
    """Let the actor do the action, or raise `AccessDenied`; whoever answers the denial audits it."""
    if not is_allowed(actor, action):
        raise AccessDenied(actor, action, target)


def logged_in_person(request: HttpRequest) -> User:
    """Give the user of a request that passed the admin site's door, or raise `AccessDenied`."""
    if not isinstance(request.user, User):
        raise AccessDenied(request.user, "account.own")
    return request.user


View = Callable[..., HttpResponseBase]


def console_view(action: str) -> Callable[[View], View]:
    """Put a page in the console: staff logged in through the admin site who may do the action."""

    def decorate(view: View) -> View:
        @wraps(view)
        def authorized(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            authorize(request.user, action)
            return view(request, *args, **kwargs)

        guarded = admin.site.admin_view(authorized)
        guarded.required_action = action  # type: ignore[attr-defined]
        return guarded

    return decorate


class AuthorizedAdmin(_AdminBase):
    """Makes a ModelAdmin or an inline ask `authorize`'s table; put it first among the bases."""

    def allows(self, request: HttpRequest, verb: str) -> bool:
        """Look the verb up for this model."""
        action = action_for(self.opts.label_lower, verb)
        return action is not None and is_allowed(request.user, action)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show the model in the index to whoever may see it."""
        return self.allows(request, "view")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Decide by the table."""
        return self.allows(request, "view") or self.allows(request, "change")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Decide by the table."""
        return self.allows(request, "add")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Decide by the table."""
        return self.allows(request, "change")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Decide by the table."""
        return self.allows(request, "delete")
