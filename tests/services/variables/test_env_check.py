"""`prism env-check`: what is missing in an environment, from a file, from the database, for CI."""

import io
import json

import pytest

from prism import cli
from services.variables.models import ObservedVariable
from tests.make import make_variable
from tests.services.variables.making import CANARY, make_api, make_environments, see

MANIFEST = """\
version: "1.0"
projects:
  shop:
    env:
      required: [REGION]
    services:
      api:
        railway_service: Shop API
        env:
          required:
            - {name: TOKEN, secret: true}
            - {name: MODE, values: [a, b], default: a}
          optional: [EXTRA]
        env_overrides:
          dev: {REGION: {default: eu}}
"""


@pytest.fixture
def manifest(tmp_path):
    file = tmp_path / "m.yml"
    file.write_text(MANIFEST)
    return str(file)


@pytest.fixture
def env_file(tmp_path):
    def write(text):
        file = tmp_path / ".env"
        file.write_text(text)
        return str(file)

    return write


def check(capsys, *words):
    """Run the command with --json; give the exit status and the verdicts by name."""
    status = cli.run(["env-check", *words, "--json"])
    out = capsys.readouterr().out
    document = json.loads(out)
    assert CANARY not in out
    words = {row["name"]: row["word"] for row in document.get("variables", ())}
    return status, words, document


def test_a_file_that_has_everything_is_fine(capsys, manifest, env_file):
    file = env_file(f"TOKEN={CANARY}\nREGION=eu\n")

    status, words, document = check(capsys, "api", "--manifest", manifest, "--file", file)

    assert status == 0
    assert document["ok"]
    assert words == {"TOKEN": "set", "REGION": "set", "MODE": "default", "EXTRA": "not set"}
    assert document["variables"][1]["layer"] == "project"


def test_what_is_missing_or_wrong_makes_it_two(capsys, manifest, env_file):
    file = env_file("TOKEN=\nMODE=c\n")

    status, words, document = check(capsys, "api", "--manifest", manifest, "--file", file)

    assert status == 2
    assert words == {"TOKEN": "empty", "REGION": "missing", "MODE": "wrong", "EXTRA": "not set"}
    assert document["counts"] == {"down": 3, "none": 1}


def test_environments_differ(capsys, manifest, env_file):
    file = env_file("TOKEN=x1\n")

    assert check(capsys, "api", "--manifest", manifest, "--file", file, "-e", "dev")[0] == 0
    assert check(capsys, "api", "--manifest", manifest, "--file", file, "-e", "prod")[0] == 2


def test_standard_input_and_railway_are_read(capsys, manifest, monkeypatch):
    document = json.dumps({"TOKEN": CANARY, "REGION": "eu"}).encode()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(document)))

    assert check(capsys, "Shop API", "--manifest", manifest, "--railway", "-")[0] == 0


def test_the_environment_of_the_process_is_read(capsys, manifest, monkeypatch):
    monkeypatch.setenv("TOKEN", CANARY)
    monkeypatch.setenv("REGION", "eu")

    assert check(capsys, "api", "--manifest", manifest, "--process")[0] == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["nobody"], "no service called nobody"),
        (["api", "-e", "moon"], "there is no environment moon"),
        (["api"], "with --manifest there is no database"),
        (["api", "--process", "--file", "x"], "give one of"),
        (["api", "--file", "/nowhere/x"], "No such file"),
        (["api", "--file", "/"], "Is a directory"),
        (["api", "--record"], "give --file"),
        (["api", "--process", "--record"], "no database to record in"),
        (["api", "--file", "x", "--reader", "bash"], "there is no r bash"),
    ],
)
def test_a_mistake_is_an_error_and_not_a_difference(capsys, manifest, words, told):
    status = cli.run(["env-check", *words, "--manifest", manifest])

    assert status == 1
    assert told in capsys.readouterr().err


@pytest.mark.parametrize("text", [f"A={CANARY} b", f"TOKEN='{CANARY}", f"A={CANARY}$X"])
def test_a_file_that_cannot_be_read_is_an_error_without_its_values(
    capsys, manifest, env_file, text
):
    status = cli.run(["env-check", "api", "--manifest", manifest, "--file", env_file(text)])

    captured = capsys.readouterr()
    assert status == 1
    assert "line 1" in captured.err
    assert CANARY not in captured.err + captured.out


def test_the_text_says_what_to_do_first(capsys, manifest, env_file):
    cli.run(["env-check", "api", "--manifest", manifest, "--file", env_file("REGION=eu")])

    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == ["missing", "TOKEN", "required", "was", "not", "there", "in", *lines[1].split()[7:]]  # fmt: skip
    assert lines[-1] == "api in prod: 1 required and not well"


def test_the_command_env_lists_what_is_inherited_too(capsys, manifest):
    assert cli.run(["env", "api", "--manifest", manifest, "--json"]) == 0

    rows = json.loads(capsys.readouterr().out)["variables"]
    assert [row["name"] for row in rows] == ["MODE", "REGION", "TOKEN", "EXTRA"]


@pytest.mark.django_db
def test_without_a_file_it_says_what_the_console_saw(capsys):
    make_environments("prod", "dev")
    api = make_api()
    make_variable(api, "TOKEN", secret=True)
    assert cli.run(["env-check", "api"]) == 1
    assert "nobody looked at api in prod yet" in capsys.readouterr().err

    see(api, "prod", TOKEN="x")
    see(api, "dev")

    assert check(capsys, "api")[0] == 0
    assert check(capsys, "api", "-e", "dev")[:2] == (2, {"TOKEN": "missing"})


@pytest.mark.django_db
def test_what_it_looked_at_is_kept_when_asked(capsys, env_file):
    make_environments("prod")
    make_variable(make_api(), "TOKEN", secret=True)
    file = env_file(f"TOKEN={CANARY}\n")

    assert check(capsys, "api", "--file", file)[0] == 0
    assert not ObservedVariable.objects.exists()
    assert check(capsys, "api", "--file", file, "--record")[0] == 0
    row = ObservedVariable.objects.get()
    assert (row.state, row.length_class, len(row.fingerprint)) == ("set", "16-31", 32)
    assert check(capsys, "api")[0] == 0
