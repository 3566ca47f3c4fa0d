"""Every mistake in a manifest is told with its line, column, path and a way out, all in one pass."""

import pytest

from services.manifest.problems import MAX_PROBLEMS
from tests.services.manifest.reading import problems, service

S = "projects.p.services.s"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ('verison: "1"', f'5:9 {S}.verison: unknown key; did you mean "version"?'),
        ("zzz: 1", f"5:9 {S}.zzz: unknown key"),
        ("kind: [a]", f"5:15 {S}.kind: expected a text, got a list"),
        ("kind: {a: b}", f"5:15 {S}.kind: expected a text, got a mapping"),
        ("tags: web", f'5:15 {S}.tags: expected a list of texts, got "web"; write ["web"]'),
        ("tags: [a, [b]]", f"5:19 {S}.tags[1]: expected a text, got a list"),
        ("tags: [a, null]", f"5:19 {S}.tags[1]: expected a text, got nothing"),
        (
            "status: activ",
            f"5:17 {S}.status: expected one of active, development, planned, research; "
            'got "activ"; did you mean "active"?',
        ),
        ("phase: 4", f'5:16 {S}.phase: expected one of 1, 2, 3; got "4"'),
        ('phase: "1"', f'5:16 {S}.phase: expected one of 1, 2, 3; got "1"; remove the quotes'),
        (
            "deployment: {replicas: -1}",
            f'5:32 {S}.deployment.replicas: expected a whole number from 0 to 32767; got "-1"',
        ),
        ("deployment: []", f"5:21 {S}.deployment: expected a mapping, got a list"),
        (
            "deployment: {healthcheck_path: health}",
            f"5:40 {S}.deployment.healthcheck_path: expected a path that starts with a slash and "
            'has no spaces, such as /health; got "health"',
        ),
        (
            "deployment: {port: 70000}",
            f"5:28 {S}.deployment.port: expected a port from 1 to 65535, or ${{PORT:-8000}}; "
            'got "70000"',
        ),
        (
            "domains: {prod: https://example.com}",
            f"5:25 {S}.domains.prod: expected a host name in lower case without scheme, port or "
            'path, such as api.example.com; got "https://example.com"',
        ),
        ("domains: {prod: {a: b}}", f"5:25 {S}.domains.prod: expected a list, got a mapping"),
        ("domains: {prod: [a.b, a.b]}", f'5:31 {S}.domains.prod[1]: "a.b" is listed twice'),
        (
            "status: planned\ndomains: {prod: [a.b, a.b]}",
            f'6:31 {S}.domains.prod[1]: "a.b" is listed twice',
        ),
        (
            "domains: {stagin: [a.b, c.d]}",
            f'5:19 {S}.domains.stagin: no environment is called "stagin"; did you mean "staging"?',
        ),
        (
            "domains: {stagin: a.b}",
            f'5:19 {S}.domains.stagin: no environment is called "stagin"; did you mean "staging"?',
        ),
        (
            "domains: {qa: a.b}",
            f'5:19 {S}.domains.qa: no environment is called "qa"; '
            'list it under the top-level key "environments"',
        ),
        (
            "entrypoints: [{path: /a, method: get}]",
            f"5:42 {S}.entrypoints[0].method: expected one of GET, HEAD, POST, PUT, PATCH, "
            'DELETE, OPTIONS, TRACE, CONNECT; got "get"; did you mean "GET"?',
        ),
        ("entrypoints: [{method: GET}]", f'5:23 {S}.entrypoints[0]: missing key "path"'),
        ("entrypoints: [/a]", f'5:23 {S}.entrypoints[0]: expected a mapping, got "/a"'),
        (
            "entrypoints: [{path: /a}, {path: /a, method: GET}]",
            f'5:35 {S}.entrypoints[1]: the endpoint "GET /a" is already declared on line 5',
        ),
        ("entrypoints: {a: b}", f"5:22 {S}.entrypoints: expected a list, got a mapping"),
        (
            "env: {required: [DATABASE-URL]}",
            f"5:26 {S}.env.required[0]: expected a variable name of capital letters, digits and "
            'underscores, such as DATABASE_URL; got "DATABASE-URL"',
        ),
        (
            "env: {requierd: [A]}",
            f"5:15 {S}.env.requierd: expected one of required, important, optional, exported; "
            'got "requierd"; did you mean "required"?',
        ),
        ("env: {required: A}", f'5:25 {S}.env.required: expected a list, got "A"'),
        ("env: [A]", f"5:14 {S}.env: expected a mapping, got a list"),
        (
            "env: {required: [A], optional: [{name: A}]}",
            f'5:41 {S}.env.optional[0]: the variable "A" is already declared on line 5',
        ),
        (
            "env: {required: [[A]]}",
            f"5:26 {S}.env.required[0]: expected a text or a mapping, got a list",
        ),
        ("env: {required: [~]}", f"5:26 {S}.env.required[0]: an item is missing"),
        (
            "env: {required: [{name: A, secret: yes}]}",
            f'5:44 {S}.env.required[0].secret: expected true or false, got "yes"',
        ),
        (
            "env: {required: [{name: A, secret: true, value: x}]}",
            f"5:57 {S}.env.required[0].value: a secret's value must not be written down; remove it",
        ),
        (
            "env: {required: [{name: A, secret: true, default: x}]}",
            f"5:59 {S}.env.required[0].default: a secret's value must not be written down; remove it",
        ),
        (
            "databases: {primary: {service: Postgres}}",
            f'5:40 {S}.databases.primary.service: no service is called "Postgres"',
        ),
        ("databases: {primary: }", f'5:21 {S}.databases.primary: missing key "service"'),
        (
            "depends_on: [s]",
            f"5:22 {S}.depends_on[0]: dependency cycle: s -> s",
        ),
        (
            "usage: [{service: other}]",
            f'5:27 {S}.usage[0].service: no service is called "other"',
        ),
        ("usage: [{purposes: []}]", f'5:17 {S}.usage[0]: missing key "service"'),
        (
            "usage: [{service: s, purpose: []}]",
            f'5:30 {S}.usage[0].purpose: unknown key; did you mean "purposes"?',
        ),
        ("usage: {service: s}", f"5:16 {S}.usage: expected a list, got a mapping"),
        (
            "usage: [s]",
            f'5:17 {S}.usage[0]: expected a mapping of service and purposes, got "s"',
        ),
        (
            "configuration: {limit: .inf}",
            f'5:32 {S}.configuration.limit: ".inf" is no number that JSON can hold; '
            "quote it to keep a text",
        ),
        (
            "configuration: {big: 9223372036854775808}",
            f'5:30 {S}.configuration.big: "9223372036854775808" is too large a number to be kept '
            "exactly; quote it to keep a text",
        ),
        (
            "configuration: {big: 1e999}",
            f'5:30 {S}.configuration.big: "1e999" is too large a number to be kept exactly; '
            "quote it to keep a text",
        ),
        ("configuration: 3", f'5:24 {S}.configuration: expected a mapping, got "3"'),
        ('kind: "a\\0"', f"5:15 {S}.kind: a text must not hold a NUL character"),
        ('backups: {"\\0": 1}', f"5:19 {S}.backups.\\x00: a key must not hold a NUL character"),
        ("branch: " + "b" * 201, f"5:17 {S}.branch: longer than 200 characters"),
        (
            "renamed_from: Old Name",
            f"5:23 {S}.renamed_from: expected a name of lower-case letters, digits, dots, dashes "
            'and underscores; got "Old Name"',
        ),
        ("renamed_from: s", f'5:23 {S}.renamed_from: the service "s" is this name'),
    ],
)
def test_a_mistake_in_a_service_is_told_exactly(lines, expected):
    assert problems(service(lines)) == [f"m.yml:{expected}"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("worksapce: A", '1:1 worksapce: unknown key; did you mean "workspace"?'),
        ("just a text", '1:1: expected a mapping, got "just a text"'),
        ("projects: []", "1:11 projects: expected a mapping, got a list"),
        ("projects: {p: x}", '1:15 projects.p: expected a mapping, got "x"'),
        (
            "projects: {Core: }",
            "1:12 projects.Core: expected a name of lower-case letters, digits, dots, dashes and "
            'underscores; got "Core"',
        ),
        (
            "projects: {p: }\nplanned_projects: {p: }",
            '2:20 planned_projects.p: the project "p" is already declared on line 1',
        ),
        (
            "projects: {p: {services: {s: }}, q: {services: {s: }}}",
            '1:49 projects.q.services.s: the service "s" is already declared on line 1',
        ),
        (
            "projects: {p: {target_date: soon}}",
            "1:29 projects.p.target_date: expected a date such as 2026, 2026-Q2, 2026-03 or "
            '2026-03-31; got "soon"',
        ),
        ("environments: prod", '1:15 environments: expected a list, got "prod"'),
        (
            "environments: [qa, qa]",
            '1:20 environments[1]: the environment "qa" is already declared on line 1',
        ),
        ("ci_cd: [a]", "1:8 ci_cd: expected a mapping, got a list"),
        ("ci_cd: {a.b: 1}", "1:9 ci_cd.a.b: a key here must not hold a dot"),
        (
            "ci_cd: {github_actions: {workflows: {a: {requires: [b]}}}}",
            '1:53 ci_cd.github_actions.workflows.a.requires[0]: no workflow is called "b"',
        ),
        (
            "ci_cd: {github_actions: {workflows: {a: {requires: [a]}}}}",
            "1:53 ci_cd.github_actions.workflows.a.requires[0]: workflow cycle: a -> a",
        ),
        (
            "runbooks: {a: {b: look}}",
            '1:19 runbooks.a.b: expected a list of texts, got "look"; write ["look"]',
        ),
        (
            "migrations: {m: {steps: [{step: 1, action: a}, {step: 1, action: b}]}}",
            '1:48 migrations.m.steps[1]: the migration step "1" is already declared on line 1',
        ),
        (
            "migrations: {m: {steps: [{action: a}]}}",
            '1:26 migrations.m.steps[0]: missing key "step"',
        ),
        (
            "metadata: {a: .nan}",
            '1:15 metadata.a: ".nan" is no number that JSON can hold; quote it to keep a text',
        ),
        (
            f"ci_cd: {{{'a' * 195}: 1}}",
            f"1:9 ci_cd.{'a' * 59}…: a section's name is longer than 200 characters",
        ),
        (
            "ci_cd: {github_actions: {workflows: {a: {requires: [[b], c]}}}}",
            "1:53 ci_cd.github_actions.workflows.a.requires[0]: expected a text, got a list",
        ),
        (f"x-{'a' * 200}: 1", f"1:1 x-{'a' * 57}…: longer than 200 characters"),
    ],
)
def test_a_mistake_outside_services_is_told_exactly(text, expected):
    assert problems(text) == [f"m.yml:{expected}"]


def test_all_mistakes_are_told_in_one_pass_in_the_order_of_the_file():
    text = """\
        worksapce: Acme
        projects:
          core:
            status: activ
            services:
              api:
                phase: "1"
                domains: {prod: API.example.com}
                databases: {primary: {service: postgress}}
                depends_on: [worker]
              worker:
                depends_on: [api]
              postgres: {verison: 15}
              postgres: {}
        """

    assert problems(text) == [
        'm.yml:1:1 worksapce: unknown key; did you mean "workspace"?',
        "m.yml:4:13 projects.core.status: expected one of active, development, planned, research; "
        'got "activ"; did you mean "active"?',
        "m.yml:7:16 projects.core.services.api.phase: expected one of 1, 2, 3; "
        'got "1"; remove the quotes',
        "m.yml:8:25 projects.core.services.api.domains.prod: expected a host name in lower case "
        'without scheme, port or path, such as api.example.com; got "API.example.com"',
        "m.yml:9:40 projects.core.services.api.databases.primary.service: "
        'no service is called "postgress"; did you mean "postgres"?',
        "m.yml:12:22 projects.core.services.worker.depends_on[0]: "
        "dependency cycle: api -> worker -> api",
        'm.yml:13:18 projects.core.services.postgres.verison: unknown key; did you mean "version"?',
        "m.yml:14:7 projects.core.services.postgres: duplicate key, first given on line 13",
    ]


def test_a_syntax_error_is_told_with_its_line():
    assert problems("workspace: Acme\nprojects:\n  core: [\n") == [
        "m.yml:4:1 projects.core[0]: not YAML: did not find expected node content, "
        "while parsing a flow node"
    ]


def test_problems_are_collected_up_to_a_limit_which_is_told():
    text = "metadata:\n" + "  - .inf\n" * (MAX_PROBLEMS + 50)

    found = problems(text)

    assert len(found) == MAX_PROBLEMS + 1
    assert found[-1] == (
        f"m.yml:{MAX_PROBLEMS + 1}:5: more than 1,000 problems; the rest of the file was not examined"
    )


def test_exactly_the_limit_of_problems_is_not_too_many():
    assert len(problems("metadata:\n" + "  - .inf\n" * MAX_PROBLEMS)) == MAX_PROBLEMS


def test_a_wrong_file_name_or_key_cannot_reach_the_terminal_as_controls():
    [found] = problems('"\\e]0;title\\a": 1\n')

    assert found.startswith("m.yml:1:1 \\x1b]0;title\\x07: unknown key")
