"""Who may do what."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import AnonymousUser, Group

from prism.core import roles
from prism.core.access import AccessDenied, AuthorizedAdmin, CommandLine, authorize, is_allowed
from tests.make import make_administrator, make_user

pytestmark = pytest.mark.django_db


def make_member(*role_names, **over):
    user = make_user(**{"is_staff": True, **over})
    user.groups.set(Group.objects.filter(name__in=role_names))
    return user


@pytest.mark.parametrize(
    ("role", "allowed", "refused"),
    [
        ("viewer", "catalog.view", "catalog.edit"),
        ("editor", "manifest.apply", "redis.browse"),
        ("operator", "redis.browse", "catalog.edit"),
        ("admin", "tokens.manage", "people.manage"),
    ],
)
def test_a_role_allows_its_actions_and_nothing_else(role, allowed, refused):
    member = make_member(role)

    authorize(member, allowed)
    with pytest.raises(AccessDenied) as denial:
        authorize(member, refused, "some target")
    assert denial.value.actor == member
    assert denial.value.action == refused
    assert denial.value.target == "some target"


def test_roles_add_up():
    member = make_member("editor", "operator")

    authorize(member, "catalog.edit")
    authorize(member, "redis.browse")


def test_a_person_without_a_role_may_only_look_after_their_account():
    member = make_member()

    assert is_allowed(member, "account.own")
    assert not any(is_allowed(member, action) for action in roles.ALL_ACTIONS - roles.OWN_ACCOUNT)


@pytest.mark.parametrize("over", [{"is_active": False}, {"is_staff": False}])
def test_who_is_not_active_staff_may_do_nothing(over):
    member = make_member("admin", **over)
    superuser = make_member(is_superuser=True, **over)

    assert not any(is_allowed(member, action) for action in roles.ALL_ACTIONS)
    assert not any(is_allowed(superuser, action) for action in roles.ALL_ACTIONS)


@pytest.mark.parametrize("nobody", [None, AnonymousUser()])
def test_nobody_may_do_nothing(nobody):
    assert not any(is_allowed(nobody, action) for action in roles.ALL_ACTIONS)


def test_an_action_in_no_table_is_refused_to_superusers_as_well():
    assert is_allowed(make_administrator(), "people.manage")
    assert not is_allowed(make_administrator("second"), "catalog.vew")
    assert not is_allowed(CommandLine("root@host"), "catalog.vew")


def test_rights_cost_one_query_per_request(django_assert_num_queries):
    member = make_member("editor")

    with django_assert_num_queries(1):
        authorize(member, "catalog.view")
        authorize(member, "catalog.edit")


def test_no_scope_lets_a_token_manage_people_tokens_or_the_trail():
    assert roles.TOKEN_SCOPES.keys() <= roles.ALL_ACTIONS
    for scope in roles.TOKEN_SCOPES:
        assert scope.partition(".")[0] not in {"account", "audit", "people", "sessions", "tokens"}


def test_every_page_of_the_admin_asks_the_table_of_models():
    admins = list(admin.site._registry.items())
    admins += [
        (inline.model, inline) for _, model_admin in list(admins) for inline in model_admin.inlines
    ]

    assert len(admins) > 1
    for model, model_admin in admins:
        kind = model_admin if isinstance(model_admin, type) else type(model_admin)
        assert issubclass(kind, AuthorizedAdmin), f"{kind.__name__} decides by itself"
        assert model._meta.label_lower in roles.MODEL_ACTIONS


def test_the_table_of_models_names_known_models_and_actions():
    for label, verbs in roles.MODEL_ACTIONS.items():
        apps.get_model(label)
        assert verbs.keys() <= {"view", "add", "change", "delete"}
        assert set(verbs.values()) <= roles.ALL_ACTIONS


def test_the_groups_of_the_roles_come_with_the_migrations():
    assert set(Group.objects.values_list("name", flat=True)) >= set(roles.ROLES)
