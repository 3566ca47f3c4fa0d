"""What a manifest says becomes a State, with the lines on which it is said."""

from collections import Counter
from pathlib import Path

import pytest

from services.catalog.records import KINDS
from services.manifest.reader import Manifest, read_manifest
from tests.services.manifest.reading import problems, read, service

REPOSITORY = Path(__file__).parents[3]
EXAMPLE = REPOSITORY / "examples" / "manifest.yml"
OWNERS_MANIFEST = REPOSITORY.parent / "shared" / "samples" / "blackroad-manifest.yml"
EVERYTHING = """\
version: "1.0"
workspace: Acme
control_plane_repo: acme/console
last_updated: 2025-11-19
operator: Ada
environments: [qa, prod]
x-note: {kept: yes}
metadata:
projects:
  core:
    description: The core
    status: development
    phase: 2
    target_date: 2026-Q2
    owner: platform
    tags: [a, 1.0]
    aliases: [Kern]
    repo: acme/core
    railway_project: acme-production
    renamed_from: kernel
    x-cost: 12
    env:
      optional:
        - name: REGION
          description: Where it runs
          source: ${{shared.REGION}}
          value: eu
          default: eu
          values: [eu, us]
          example: eu
          format: text
        - {name: SHARED_TOKEN, generate: openssl rand -hex 32, secret: true}
    services:
      api:
        renamed_from: rest
        display_name: The API
        description: It answers
        kind: backend
        status: active
        phase: null
        owner: team
        tags: [t]
        aliases: [rest-api]
        repo: acme/api
        branch: main
        railway_service: API
        type: http
        version: 1.0
        provider: acme
        language: python
        framework: Django
        runtime: Python 3.13
        configuration: {debug: false, size: 256MB, ratio: 0.5, at: 22:22, none: null, n: 0x1F}
        backups: {enabled: true}
        migrations: {tool: alembic}
        observability: {metrics: [one]}
        cdn: {ssl: true}
        usage:
          - {service: Data, purposes: [reads]}
        x-team: [1, "1"]
        deployment:
          platform: railway
          root_directory: api
          source: src/
          dockerfile: Dockerfile
          build_context: .
          build_command: make
          output_dir: out
          pre_deploy_command: migrate
          start_command: run
          healthcheck_path: /health
          healthcheck_timeout: 300
          port: ${PORT:-8000}
          replicas: 2
          restart_policy: on_failure
          cron_schedule: "*/5 * * * *"
          watch_paths: [api/**]
          x-memory: 1GB
        domains:
          prod: [api.example.com, www.example.com]
          qa: qa.example.com
          dev:
        entrypoints:
          - path: /health
          - {path: /jobs, method: POST, description: Starts one}
        routes:
          - {path: /, serves: UI, type: static, status: planned}
        env:
          required:
            - DATABASE_URL
            - name: KEY
              description: A key
              source: ${{Data.KEY}}
              example: abc
              format: hex
              generate: openssl rand -hex 32
              secret: true
            - {name: DEBUG, values: [yes, no], default: no, value: off}
          exported: []
        env_overrides:
          dev:
            DEBUG: yes
            DATABASE_URL: {level: optional, source: a laptop, default: none}
        databases:
          primary:
            service: DATA
            type: postgresql
            version: 15+
            connection_var: DATABASE_URL
            usage: [rows]
            migrations: alembic
            models_path: api/models
        caches:
        depends_on: [worker, {service: Worker, alias: second}]
      data:
        display_name: Data
      worker:
planned_projects:
  later:
    services: {soon: }
experimental_projects:
  lab:
ci_cd:
  github_actions:
    workflows:
      tests: {file: t.yml, triggers: [push], branches: [main], paths: [a/**]}
      deploy: {requires: [tests], x-slow: true}
    secrets_required: [TOKEN]
  railway: {auto_deploy: true}
runbooks:
  incidents:
    down: [look, act]
    nothing:
migrations:
  split:
    description: In two
    rollback_plan: [go back]
    steps:
      - {step: 1, action: cut, command: git subtree}
      - {step: 3, action: glue}
redis_namespaces:
  "cart:*": {key: "cart:{id}", purpose: Carts, owner: api, ttl: range, ttl_min_s: 60, ttl_max_s: 600, type: hash, sensitivity: private}
"""


@pytest.fixture(scope="module")
def everything() -> Manifest:
    return read(EVERYTHING)


def test_every_kind_and_field_of_the_catalog_can_be_written_in_a_manifest(everything):
    fields_with_a_value = {
        (kind, name)
        for kind, records in everything.state.items()
        for fields in records.values()
        for name, value in fields.items()
        if value != KINDS[kind].blank()[name]
    }
    all_fields = {(kind.name, field.name) for kind in KINDS.values() for field in kind.fields}

    assert all_fields - fields_with_a_value == set()
    assert all(
        fields.keys() == KINDS[kind].blank().keys()
        for kind, records in everything.state.items()
        for fields in records.values()
    )


def test_texts_stay_the_texts_that_were_written(everything):
    state = everything.state

    assert state["workspace"][()]["last_updated"] == "2025-11-19"
    assert state["service"][("api",)]["version"] == "1.0"
    assert state["project"][("core",)]["tags"] == ["a", "1.0"]
    debug = state["variable"][("api", "DEBUG")]
    assert (debug["allowed_values"], debug["default"], debug["value"]) == (
        ["yes", "no"],
        "no",
        "off",
    )
    assert state["dependency"][("api", "database", "primary")]["version"] == "15+"


def test_values_without_a_model_follow_yaml_1_2(everything):
    state = everything.state

    assert state["service"][("api",)]["configuration"] == {
        "debug": False,
        "size": "256MB",
        "ratio": 0.5,
        "at": "22:22",
        "none": None,
        "n": 31,
    }
    assert state["section"][("x-note",)] == {"value": {"kept": "yes"}}
    assert state["service"][("api",)]["extra"] == {"x-team": [1, "1"]}
    assert state["deployment"][("api",)]["extra"] == {"x-memory": "1GB"}


def test_sections_are_kept_whole_under_their_dotted_names(everything):
    assert everything.state["section"] == {
        ("x-note",): {"value": {"kept": "yes"}},
        ("metadata",): {"value": None},
        ("ci_cd.github_actions.secrets_required",): {"value": ["TOKEN"]},
        ("ci_cd.railway",): {"value": {"auto_deploy": True}},
    }


def test_references_become_the_names_of_services(everything):
    dependencies = {key: fields["target"] for key, fields in everything.state["dependency"].items()}

    assert dependencies == {
        ("api", "database", "primary"): "data",
        ("api", "service", "worker"): "worker",
        ("api", "service", "second"): "worker",
    }
    assert everything.state["service"][("api",)]["usage"] == [
        {"service": "data", "purposes": ["reads"]}
    ]


def test_projects_take_their_status_from_their_place_and_services_from_their_project(everything):
    state = everything.state

    assert {key[0]: fields["status"] for key, fields in state["project"].items()} == {
        "core": "development",
        "later": "planned",
        "lab": "research",
    }
    assert {
        key[0]: (fields["status"], fields["phase"]) for key, fields in state["service"].items()
    } == {
        "api": ("active", None),
        "data": ("development", 2),
        "worker": ("development", 2),
        "soon": ("planned", None),
    }


def test_listed_environments_come_after_the_default_ones_that_are_not_listed(everything):
    positions = {
        key[0]: fields["position"] for key, fields in everything.state["environment"].items()
    }

    assert positions == {"staging": 0, "dev": 1, "qa": 2, "prod": 3}


def test_a_host_may_be_alone_or_in_a_list(everything):
    assert {key: fields["hostname"] for key, fields in everything.state["domain"].items()} == {
        ("api", "prod", 0): "api.example.com",
        ("api", "prod", 1): "www.example.com",
        ("api", "qa", 0): "qa.example.com",
    }


def test_old_names_are_told(everything):
    assert everything.renamed_from == {("project", "core"): "kernel", ("service", "api"): "rest"}


def test_lines_are_those_of_the_keys_and_only_of_what_is_stated(everything):
    text, lines = everything.text.splitlines(), everything.lines
    line_of = {line.strip(): number for number, line in enumerate(text, 1)}

    assert lines["project"][("core",)]["status"] == line_of["status: development"]
    assert lines["service"][("api",)]["usage"] == line_of["usage:"]
    assert lines["variable"][("api", "DATABASE_URL")] == {"level": line_of["required:"] + 1}
    assert lines["service"][("data",)] == {
        "project": line_of["data:"],
        "display_name": line_of["display_name: Data"],
        "status": line_of["status: development"],
        "phase": line_of["phase: 2"],
    }
    assert lines["deployment"][("api",)]["extra"] == line_of["x-memory: 1GB"]
    assert lines["service"][("soon",)]["status"] == line_of["later:"]
    assert "status" not in lines["workflow"][("tests",)]
    assert ("prod",) in lines["environment"]
    assert ("staging",) not in lines["environment"]


def test_a_file_of_one_key_is_a_manifest():
    manifest = read("version: 1\n")

    assert manifest.format == "yaml"
    assert manifest.state["workspace"] == {
        (): {**KINDS["workspace"].blank(), "manifest_version": "1"}
    }
    assert [key[0] for key in manifest.state["environment"]] == ["prod", "staging", "dev"]


def test_bytes_with_a_byte_order_mark_and_windows_line_ends_keep_both_in_the_text():
    source = "\ufeffversion: 1\r\nworkspace: Acme\r\n"

    manifest = read(source.encode())

    assert manifest.text == source
    assert manifest.lines["workspace"][()] == {"manifest_version": 1, "name": 2}


def test_a_text_and_its_bytes_give_the_same():
    assert read(EVERYTHING.encode()).state == read(EVERYTHING).state


def test_json_is_a_manifest_too():
    text = '{"projects": {"p": {"services": {"s": {"domains": {"prod": ["a.example.com"]}}}}}}'

    assert read(text).state["domain"] == {("s", "prod", 0): {"hostname": "a.example.com"}}


def test_an_empty_text_in_quotes_is_the_default():
    manifest = read(service('deployment: {healthcheck_path: "", port: ""}'))

    assert manifest.state["deployment"][("s",)] == KINDS["deployment"].blank()


def test_a_planned_service_may_claim_the_host_of_an_active_one_with_a_warning():
    manifest = read(
        """\
        planned_projects:
          new: {services: {web: {domains: {prod: example.com}}}}
        projects:
          old: {services: {backend: {domains: {prod: example.com}}}}
        """
    )

    assert [str(warning) for warning in manifest.warnings] == [
        "m.yml:2:42 planned_projects.new.services.web.domains.prod: "
        'the planned service "web" claims "example.com" in prod, '
        'which the active service "backend" has (line 4)'
    ]


def test_one_host_may_serve_two_environments_and_two_planned_services():
    text = """\
        projects:
          p: {services: {s: {domains: {prod: example.com, dev: example.com}}}}
        planned_projects:
          q: {services: {t: {domains: {staging: b.c}}, u: {domains: {staging: b.c}}}}
        """

    assert read(text).warnings == ()


def test_the_garbage_collector_is_left_as_it_was():
    import gc

    problems("[")

    assert gc.isenabled()


@pytest.mark.skipif(not OWNERS_MANIFEST.exists(), reason="the owner's samples are not here")
def test_the_owners_manifest_reads_with_no_problems_and_all_its_records():
    manifest = read_manifest(OWNERS_MANIFEST.read_bytes(), file_name="blackroad-manifest.yml")
    state = manifest.state

    counts = {kind: len(records) for kind, records in state.items()}
    assert counts == {
        "workspace": 1,
        "section": 7,
        "environment": 3,
        "project": 10,
        "service": 10,
        "deployment": 2,
        "domain": 14,
        "endpoint": 7,
        "route": 4,
        "variable": 40,
        "dependency": 2,
        "workflow": 3,
        "runbook": 4,
        "migration_plan": 1,
        "migration_step": 4,
        "redis_namespace": 0,
        "shared_variable": 0,
        "variable_override": 0,
    }
    statuses = Counter(fields["status"] for fields in state["service"].values())
    assert statuses == {"active": 4, "development": 1, "planned": 5}
    levels = Counter(fields["level"] for fields in state["variable"].values())
    assert levels == {"required": 28, "important": 5, "optional": 5, "exported": 2}
    assert [warning.path for warning in manifest.warnings] == [
        "planned_projects.blackroad-web.services.web-app.domains.prod",
        "planned_projects.blackroad-web.services.web-app.domains.staging",
    ]
    assert 'claims "blackroad.systems" in prod' in manifest.warnings[0].message
    assert sorted(key[0] for key in state["section"]) == [
        "ci_cd.github_actions.secrets_required",
        "ci_cd.railway",
        "deployment_state",
        "domains",
        "infrastructure",
        "metadata",
        "railway",
    ]


def test_the_example_reads_with_no_problems():
    manifest = read_manifest(EXAMPLE.read_bytes(), file_name="manifest.yml")

    assert all(manifest.state[kind] for kind in KINDS)
