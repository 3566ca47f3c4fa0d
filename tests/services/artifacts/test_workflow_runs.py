"""The scripts of the workflow, run with a Railway CLI, a curl and a clock that only pretend."""

import os
import shutil
import subprocess

import pytest

from tests.services.artifacts.readers import read_workflow, scripts_of
from tests.services.artifacts.states import text_of

pytestmark = pytest.mark.skipif(not shutil.which("jq"), reason="the scripts use jq")

# Each answer to `railway deployment list` is one line of the file `answers`; the last one stays.
RAILWAY = """#!/bin/sh
echo "$@" >>"$FAKE/calls"
case $1 in
    up) exit 0 ;;
    deployment)
        head -n 1 "$FAKE/answers"
        if [ "$(wc -l <"$FAKE/answers")" -gt 1 ]; then sed -i 1d "$FAKE/answers"; fi ;;
esac
"""
CURL = """#!/bin/sh
head -n 1 "$FAKE/codes"
if [ "$(wc -l <"$FAKE/codes")" -gt 1 ]; then sed -i 1d "$FAKE/codes"; fi
"""
SLEEP = "#!/bin/sh\nexit 0\n"
SEQ = "#!/bin/sh\necho 1 2 3\n"  # three turns are as good as a hundred


@pytest.fixture
def scripts():
    _, _, deploy, wait, ask = scripts_of(read_workflow(text_of("workflow")))
    return {"deploy": deploy, "wait": wait, "ask": ask}


@pytest.fixture
def run(tmp_path, scripts):
    for name, text in {"railway": RAILWAY, "curl": CURL, "sleep": SLEEP, "seq": SEQ}.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)

    def run_script(name, *, answers=(), codes=()):
        (tmp_path / "answers").write_text("".join(f"{line}\n" for line in answers))
        (tmp_path / "codes").write_text("".join(f"{line}\n" for line in codes))
        (tmp_path / "output").write_text("")
        return subprocess.run(
            ["bash", "-e", "-c", scripts[name]],
            env={
                "PATH": f"{tmp_path}:{os.environ['PATH']}",
                "FAKE": str(tmp_path),
                "GITHUB_OUTPUT": str(tmp_path / "output"),
                "SERVICE": "api; touch owned",
                "ENVIRONMENT": "production",
                "DEPLOYMENT": "new",
                "HEALTH_URL": "https://api.example.com/health",
            },
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )

    return run_script


def listed(*pairs):
    return "[" + ",".join(f'{{"id":"{id}","status":"{status}"}}' for id, status in pairs) + "]"


def test_the_deployment_that_was_started_is_found(run, tmp_path):
    before, after = listed(("old", "SUCCESS")), listed(("new", "QUEUED"))

    done = run("deploy", answers=[before, before, after])

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "output").read_text() == "deployment=new\n"
    assert "up --service api; touch owned --environment production --detach" in (
        (tmp_path / "calls").read_text()
    )
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize("before", ["[]", listed(("old", "SUCCESS"))])
def test_a_deployment_that_does_not_appear_fails(before, run):
    assert run("deploy", answers=[before]).returncode == 1


@pytest.mark.parametrize(
    ("ends", "status"), [("SUCCESS", 0), ("SLEEPING", 0), ("FAILED", 1), ("CRASHED", 1)]
)
def test_it_waits_for_its_own_deployment(ends, status, run):
    other = ("other", "FAILED" if status == 0 else "SUCCESS")
    answers = [listed(other, ("new", "BUILDING")), listed(other, ("new", ends))]

    assert run("wait", answers=answers).returncode == status


def test_a_deployment_that_never_ends_fails(run):
    assert run("wait", answers=[listed(("new", "BUILDING"))]).returncode == 1


@pytest.mark.parametrize(
    ("codes", "status"), [(["200"], 0), (["000", "502", "200"], 0), (["308"], 1), (["503"], 1)]
)
def test_only_an_answer_of_200_is_well(codes, status, run):
    assert run("ask", codes=codes).returncode == status
