"""The GitHub workflow that builds a service, deploys it, waits for the deployment and asks its health. Pure.

Texts of the catalog are values of `env` and lists of paths and branches, never part of a script: the
scripts below are the same for every service. GitHub evaluates `${{ }}` in any value, so that one in a
text of the catalog is written as an expression that evaluates to itself.
"""

from typing import Any

import yaml

from services.artifacts.artifact import NotRenderable, banner, comment
from services.artifacts.blueprint import Place, Unit

CLI_VERSION = "5.58.0"  # before 5.49.1 `railway config migrate` lost settings; never the latest
CHECKOUT = "actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683"  # v4.2.2
MINUTES_TO_BUILD, MINUTES_TO_DEPLOY = 20, 30

_BUILD = 'docker build --file "$DOCKERFILE" --tag "candidate:$GITHUB_SHA" "$CONTEXT"\n'
_INSTALL = 'npm install --global "@railway/cli@$RAILWAY_CLI_VERSION"\n'
_DEPLOY = """\
newest() {
    railway deployment list --service "$SERVICE" --environment "$ENVIRONMENT" --limit 1 --json |
        jq --raw-output '.[0].id // "none"'
}
before=$(newest)
railway up --service "$SERVICE" --environment "$ENVIRONMENT" --detach
for _ in $(seq 60); do
    started=$(newest)
    if [ "$started" != "$before" ]; then
        echo "deployment=$started" >>"$GITHUB_OUTPUT"
        exit 0
    fi
    sleep 5
done
echo "No deployment appeared within five minutes." >&2
exit 1
"""
_WAIT = """\
for _ in $(seq 120); do
    status=$(railway deployment list --service "$SERVICE" --environment "$ENVIRONMENT" --json |
        jq --raw-output --arg id "$DEPLOYMENT" '.[] | select(.id == $id) | .status')
    echo "Deployment $DEPLOYMENT is $status"
    case $status in
        SUCCESS | SLEEPING) exit 0 ;;
        FAILED | CRASHED | REMOVED | REMOVING | SKIPPED | NEEDS_APPROVAL) exit 1 ;;
    esac
    sleep 10
done
echo "It did not finish within twenty minutes." >&2
exit 1
"""
_ASK = """\
for _ in $(seq 30); do
    code=$(curl --silent --show-error --max-time 10 --output /dev/null --write-out '%{http_code}' "$HEALTH_URL" || true)
    echo "$HEALTH_URL answered $code"
    if [ "$code" = 200 ]; then exit 0; fi
    sleep 10
done
exit 1
"""


def workflow_text(unit: Unit) -> str:
    """Write the workflow; raises NotRenderable for what is not deployed at Railway from GitHub."""
    if unit.is_data:
        raise NotRenderable("Railway runs databases and caches itself; there is nothing to deploy.")
    if not unit.is_on_railway:
        raise NotRenderable("It is not deployed at Railway.")
    if not unit.repository:
        raise NotRenderable("The catalog has no repository at GitHub for it.")
    head = comment(
        banner(unit.name),
        "It needs the secret RAILWAY_TOKEN, a token of the project for this one environment.",
        "Railway must not deploy the same pushes: disconnect the repository there, or set Wait for CI.",
    )
    return head + yaml.dump(
        workflow_of(unit), Dumper=_Dumper, sort_keys=False, width=10**6, allow_unicode=False
    )


def workflow_of(unit: Unit) -> dict[str, Any]:
    """Give the workflow as data."""
    place = unit.primary_place() or (unit.places[0] if unit.places else Place("prod", "production"))
    push: dict[str, Any] = {"branches": [_pattern(unit.branch)]}
    if unit.watch_paths:
        push["paths"] = [path.removeprefix("/") for path in unit.watch_paths]
    deploy: dict[str, Any] = {
        "runs-on": "ubuntu-24.04",
        "timeout-minutes": MINUTES_TO_DEPLOY,
        "environment": literal(place.railway_name),
        "env": {
            "RAILWAY_CLI_VERSION": CLI_VERSION,
            "RAILWAY_TOKEN": "${{ secrets.RAILWAY_TOKEN }}",
            "SERVICE": literal(unit.railway_name),
            "ENVIRONMENT": literal(place.railway_name),
        },
        "steps": [
            _checkout(),
            {"name": "Install the Railway CLI", "run": _INSTALL},
            {"name": "Deploy", "id": "deploy", "run": _DEPLOY},
            {
                "name": "Wait for the deployment",
                "env": {"DEPLOYMENT": "${{ steps.deploy.outputs.deployment }}"},
                "run": _WAIT,
            },
            *_ask_health(unit, place),
        ],
    }
    jobs: dict[str, Any] = {"deploy": deploy}
    if unit.stack or unit.dockerfile:
        jobs = {"build": _build_job(unit), "deploy": {"needs": "build"} | deploy}
    return {
        "name": f"Deploy {unit.name}",
        "on": {"push": push, "workflow_dispatch": {}},
        "permissions": {"contents": "read"},
        "concurrency": {
            "group": literal(f"deploy-{unit.name}-{place.name}"),
            "cancel-in-progress": False,
        },
        "jobs": jobs,
    }


def notes_of(unit: Unit) -> tuple[str, ...]:
    """Say what the workflow cannot do with what the catalog says."""
    if not unit.health_path:
        return ("The catalog has no health path, so the workflow does not ask the service.",)
    if unit.primary_place() is None:
        return ("The catalog has no domain, so the workflow does not ask the service.",)
    return ()


def literal(text: str) -> str:
    """Give a text as GitHub must read it to end up with the text: an expression is not evaluated."""
    return text.replace("${{", "${{ '${{' }}")


def _build_job(unit: Unit) -> dict[str, Any]:
    dockerfile = unit.dockerfile or f"{unit.folder}/Dockerfile".lstrip("/")
    return {
        "runs-on": "ubuntu-24.04",
        "timeout-minutes": MINUTES_TO_BUILD,
        "env": {"DOCKERFILE": dockerfile, "CONTEXT": unit.context or "."},
        "steps": [_checkout(), {"name": "Build the image", "run": _BUILD}],
    }


def _checkout() -> dict[str, Any]:
    return {"uses": CHECKOUT, "with": {"persist-credentials": False}}


def _ask_health(unit: Unit, place: Place) -> list[dict[str, Any]]:
    if not unit.health_path or not place.hostnames:
        return []
    address = f"https://{place.hostnames[0]}{unit.health_path}"
    return [
        {
            "name": "Ask the service whether it is well",
            "env": {"HEALTH_URL": literal(address)},
            "run": _ASK,
        }
    ]


def _pattern(branch: str) -> str:
    """Give a branch as a filter that matches just its name: the marks of patterns are escaped."""
    return "".join(f"\\{mark}" if mark in "*?+[]()!\\" else mark for mark in branch)


class _Dumper(yaml.SafeDumper):
    """Writes scripts as blocks, and nothing by reference."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write a value again where it occurs twice."""
        return True


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    is_script = text in (_BUILD, _INSTALL, _DEPLOY, _WAIT, _ASK)
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if is_script else None)


_Dumper.add_representer(str, _represent_text)
