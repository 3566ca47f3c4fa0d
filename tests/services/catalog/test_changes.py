"""Two states are compared field by field, and what was done can be turned around."""

import copy

import pytest

from services.catalog.changes import (
    MASK,
    Entry,
    as_json,
    as_row,
    diff_states,
    from_row,
    invert,
    is_same,
)
from services.catalog.integrity import find_faults
from tests.services.manifest.catalogs import make_state, record


def shop():
    return make_state(
        environment={("prod",): {}},
        project={("shop",): {}},
        service={
            ("api",): {"project": "shop", "configuration": {"size": 1}},
            ("db",): {"project": "shop"},
        },
        domain={("api", "prod", 0): {"hostname": "api.example.com"}},
        dependency={("api", "database", "primary"): {"target": "db"}},
        variable={("api", "TOKEN"): {"level": "required", "default": "hunter2"}},
    )


def test_equal_states_have_no_differences():
    assert diff_states(shop(), shop()) == []


def test_a_changed_field_gives_its_old_and_new_value():
    after = shop()
    after["service"]["api",]["owner"] = "core team"

    assert diff_states(shop(), after) == [
        Entry("change", "service", ("api",), {"owner": ("", "core team")})
    ]


def test_a_mapping_is_compared_part_by_part():
    after = shop()
    after["service"]["api",]["configuration"] = {"max.size": 2}

    [entry] = diff_states(shop(), after)

    assert entry.fields == {
        "configuration.size": (1, None),
        "configuration.max.size": (None, 2),
    }


def test_a_mapping_with_a_null_is_compared_as_a_whole():
    after = shop()
    after["service"]["api",]["configuration"] = {"size": None}

    [entry] = diff_states(shop(), after)

    assert entry.fields == {"configuration": ({"size": 1}, {"size": None})}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (True, 1, False),
        ([True], [1], False),
        ({"a": False}, {"a": 0}, False),
        (1, 1.0, True),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ([1, 2], [2, 1], False),
        ([], {}, False),
    ],
)
def test_values_are_compared_as_json_does(one, other, same):
    assert is_same(one, other) is same


def test_a_new_record_lists_only_what_is_not_a_default():
    after = shop()
    after["service"]["web",] = record("service", project="shop", tags=["new"])

    assert diff_states(shop(), after) == [
        Entry("create", "service", ("web",), {"project": (None, "shop"), "tags": (None, ["new"])})
    ]


def test_a_vanished_service_is_archived_with_all_it_owns():
    after = copy.deepcopy(shop())
    del after["service"]["api",]
    after["domain"].clear()
    after["dependency"].clear()
    after["variable"].clear()

    assert diff_states(shop(), after) == [Entry("archive", "service", ("api",), {})]


def test_a_domain_does_not_outlive_its_environment_even_in_the_archive():
    before = shop()
    archive = make_state(domain={("old", "prod", 0): {"hostname": "old.example.com"}})
    after = copy.deepcopy(before)
    after["environment"].clear()
    after["domain"].clear()

    entries = diff_states(before, after, archive=archive)

    assert [(entry.action, entry.kind, entry.name) for entry in entries] == [
        ("remove", "domain", "old/prod/0"),
        ("remove", "domain", "api/prod/0"),
        ("remove", "environment", "prod"),
    ]


def test_a_service_that_is_in_the_archive_is_restored_and_compared_with_what_it_was():
    archived = make_state(service={("web",): {"project": "shop", "owner": "old team"}})
    after = shop()
    after["service"]["web",] = record("service", project="shop", owner="new team")

    assert diff_states(shop(), after, archive=archived) == [
        Entry("restore", "service", ("web",), {}),
        Entry("change", "service", ("web",), {"owner": ("old team", "new team")}),
    ]


def test_a_rename_carries_everything_that_names_the_service_along():
    after = make_state(
        environment={("prod",): {}},
        project={("shop",): {}},
        service={
            ("api",): {"project": "shop", "configuration": {"size": 1}},
            ("postgres",): {"project": "shop"},
        },
        domain={("api", "prod", 0): {"hostname": "api.example.com"}},
        dependency={("api", "database", "primary"): {"target": "postgres"}},
        variable={("api", "TOKEN"): {"level": "required", "default": "hunter2"}},
    )

    entries = diff_states(shop(), after, renames={("service", "postgres"): "db"})

    assert entries == [Entry("rename", "service", ("postgres",), {"name": ("db", "postgres")})]


def test_what_a_variable_held_before_it_became_a_secret_is_not_told():
    after = copy.deepcopy(shop())
    after["variable"]["api", "TOKEN"].update(secret=True, default="")

    [entry] = diff_states(shop(), after)

    assert entry.fields == {"default": (MASK, ""), "secret": (False, True)}
    assert "hunter2" not in repr(entry)


@pytest.mark.parametrize(
    ("entry", "inverse"),
    [
        (
            Entry("change", "service", ("api",), {"owner": ("a", "b")}),
            Entry("change", "service", ("api",), {"owner": ("b", "a")}),
        ),
        (
            Entry("rename", "service", ("new",), {"name": ("old", "new")}),
            Entry("rename", "service", ("old",), {"name": ("new", "old")}),
        ),
        (
            Entry("create", "workflow", ("ci",), {"file": (None, "ci.yml")}),
            Entry("remove", "workflow", ("ci",), {"file": ("ci.yml", None)}),
        ),
        (Entry("create", "project", ("p",), {}), Entry("archive", "project", ("p",), {})),
        (Entry("archive", "service", ("s",), {}), Entry("restore", "service", ("s",), {})),
        (Entry("restore", "service", ("s",), {}), Entry("archive", "service", ("s",), {})),
    ],
)
def test_every_entry_has_an_inverse(entry, inverse):
    assert invert(entry) == inverse


def test_an_entry_survives_storage():
    entry = Entry("create", "domain", ("api", "prod", 0), {"hostname": (None, "a.example.com")})

    assert from_row(as_row(entry)) == entry


def test_an_entry_is_told_to_scripts_under_one_name():
    entry = Entry("change", "domain", ("api", "prod", 0), {"hostname": ("a.example", "b.example")})

    assert as_json(entry) == {
        "action": "change",
        "model": "domain",
        "name": "api/prod/0",
        "fields": {"hostname": ["a.example", "b.example"]},
    }


def test_a_sound_state_has_no_faults():
    assert list(find_faults(shop())) == []


def test_faults_name_the_record_and_its_rival():
    state = shop()
    state["service"]["web",] = record("service", project="nowhere")
    state["domain"]["web", "prod", 0] = record("domain", hostname="api.example.com")
    state["dependency"]["web", "service", "web"] = record("dependency", target="web")
    state["variable"]["api", "KEY"] = record("variable", secret=True, value="open")

    found = [(fault.kind, fault.key, fault.message) for fault in find_faults(state)]

    assert found == [
        ("service", ("web",), "there is no project nowhere"),
        ("dependency", ("web", "service", "web"), "web depends on itself"),
        ("variable", ("api", "KEY"), "a secret must not have a value"),
        (
            "domain",
            ("web", "prod", 0),
            "api.example.com (prod) belongs to api, which is active as well",
        ),
    ]
