"""References are resolved by any name that a service has; circles and conflicts are told."""

import pytest

from tests.services.manifest.reading import problems, read

POSTGRES = """\
projects:
  p:
    services:
      pg-main: {aliases: [postgres], display_name: Main Database, railway_service: Postgres-PQ}
      api: {databases: {primary: {service: %s}}}
"""


@pytest.mark.parametrize(
    "name", ["pg-main", "PG-Main", "Postgres", "main database", "POSTGRES-pq", '"pg-main"']
)
def test_a_dependency_finds_its_target_by_any_of_its_names(name):
    state = read(POSTGRES % name).state

    assert state["dependency"][("api", "database", "primary")]["target"] == "pg-main"


def test_a_name_wins_over_an_alias_and_an_alias_over_a_display_name():
    state = read(
        """\
        projects:
          p:
            services:
              db: {display_name: store}
              other: {aliases: [store], display_name: DB}
              api: {depends_on: [DB, Store]}
        """
    ).state

    assert [fields["target"] for fields in state["dependency"].values()] == ["db", "other"]


def test_a_name_that_may_mean_two_services_is_a_problem():
    text = """\
        projects:
          p:
            services:
              a: {display_name: Cache}
              b: {display_name: cache}
              c: {depends_on: [CACHE]}
        """

    assert problems(text) == [
        'm.yml:6:24 projects.p.services.c.depends_on[0]: "CACHE" may mean a or b; use the name'
    ]


def test_an_alias_that_is_taken_is_a_problem():
    text = """\
        projects:
          p: {aliases: [q]}
          q:
            services:
              a: {aliases: [B, c]}
              b: {aliases: [C]}
        """

    assert problems(text) == [
        'm.yml:2:17 projects.p.aliases[0]: "q" already names the project "q"',
        'm.yml:5:21 projects.q.services.a.aliases[0]: "B" already names the service "b"',
        'm.yml:6:21 projects.q.services.b.aliases[0]: "C" already names the service "a"',
    ]


def test_a_longer_cycle_is_printed_with_its_path_through_every_kind_of_dependency():
    text = """\
        projects:
          p:
            services:
              free: {depends_on: [a]}
              a: {depends_on: [b]}
              b: {databases: {primary: {service: c}}}
              c: {caches: {primary: {service: a}}, depends_on: [d]}
              d:
        """

    assert problems(text) == [
        "m.yml:7:39 projects.p.services.c.caches.primary.service: "
        "dependency cycle: a -> b -> c -> a"
    ]


def test_every_separate_cycle_is_told():
    text = """\
        projects:
          p:
            services:
              a: {depends_on: [b]}
              b: {depends_on: [a, c]}
              c: {depends_on: [d, c]}
              d: {depends_on: [c]}
        """

    assert [line.partition(": ")[2] for line in problems(text)] == [
        "dependency cycle: a -> b -> a",
        "dependency cycle: c -> c",
        "dependency cycle: c -> d -> c",
    ]


def test_a_long_cycle_is_shortened_and_needs_no_recursion():
    services = "".join(f"      s{i}: {{depends_on: [s{(i + 1) % 5000}]}}\n" for i in range(5000))

    [found] = problems("projects:\n  p:\n    services:\n" + services)

    assert found.endswith(
        "s0 -> s1 -> s2 -> s3 -> s4 -> s5 -> s6 -> s7 -> s8 -> s9 -> s10 -> … -> s0"
    )


def test_two_active_services_cannot_have_one_host_in_one_environment():
    text = """\
        projects:
          p:
            services:
              a: {domains: {prod: x.example.com, dev: y.example.com}}
              b: {domains: {prod: [y.example.com, x.example.com], dev: z.example.com}}
        """

    assert problems(text) == [
        'm.yml:5:43 projects.p.services.b.domains.prod[1]: "x.example.com" already belongs to the '
        'active service "a" in prod (line 4)'
    ]


def test_an_old_name_cannot_be_claimed_twice_or_still_be_there():
    text = """\
        projects:
          p:
            services:
              a: {renamed_from: z}
              b: {renamed_from: z}
              c: {renamed_from: a}
        """

    assert problems(text) == [
        'm.yml:5:25 projects.p.services.b.renamed_from: the service "z" was renamed on line 4 already',
        'm.yml:6:25 projects.p.services.c.renamed_from: the service "a" is still here, on line 4',
    ]


def test_a_mistake_in_a_name_does_not_break_the_references_to_it():
    text = """\
        projects:
          p:
            services:
              Data: {}
              api: {depends_on: [data]}
        """

    assert len(problems(text)) == 1
