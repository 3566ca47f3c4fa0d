"""What the catalog's own checks look at, out of a state instead of the database. Pure."""

from collections.abc import Mapping
from datetime import date
from typing import Literal

from services.catalog.attention import (
    Claim,
    Facts,
    ProjectFacts,
    ServiceFacts,
    VariableFacts,
    variable_facts,
)
from services.catalog.deployment_checks import DeploymentFacts, is_on_railway
from services.catalog.listing import DEPLOYMENT_STATE
from services.catalog.names import Status
from services.catalog.needs import Dangling, Graph, Node, Reference
from services.catalog.records import KINDS, Fields, Key, State
from services.catalog.references import holds_reference


def facts_of(state: State, today: date) -> Facts:
    """Take the facts out of a whole catalog, as `load_facts` reads them."""
    section = state["section"].get((DEPLOYMENT_STATE,))
    return Facts(
        services=_services(state),
        projects=[
            ProjectFacts(str(name), fields["status"], fields["target_date"])
            for (name,), fields in state["project"].items()
        ],
        variables=[
            *_variables(state["variable"], "service"),
            *_variables(state["shared_variable"], "project"),
        ],
        claims=_claims(state),
        dangling=_dangling(state),
        deployment_state=section["value"] if section else None,
        today=today,
    )


def _variables(
    records: Mapping[Key, Fields], kind: Literal["service", "project"]
) -> list[VariableFacts]:
    return [
        variable_facts(
            kind,
            *(str(owner), str(name), fields["level"], fields["secret"], fields["source"]),
            *(fields["generate"], fields["value"], fields["default"], fields["example"]),
        )
        for (owner, name), fields in sorted(records.items())
    ]


def _services(state: State) -> list[ServiceFacts]:
    with_domain = {str(key[0]) for key in state["domain"]}
    with_health = {str(key[0]) for key in state["endpoint"] if "health" in str(key[2]).casefold()}
    services = []
    for (key,), fields in sorted(state["service"].items()):
        name = str(key)
        project = state["project"][fields["project"],]
        deployment = state["deployment"].get((name,)) or KINDS["deployment"].blank()
        services.append(
            ServiceFacts(
                name,
                fields["kind"],
                fields["status"],
                is_owned=bool(fields["owner"] or project["owner"]),
                has_domain=name in with_domain,
                has_health_path=name in with_health or bool(deployment["healthcheck_path"]),
                deployment=DeploymentFacts(
                    is_on_railway(
                        deployment["platform"],
                        fields["railway_service"],
                        project["railway_project"],
                    ),
                    fields["framework"],
                    deployment["root_directory"],
                    tuple(deployment["watch_paths"]),
                    deployment["cron_schedule"],
                    deployment["healthcheck_path"],
                ),
                project=str(fields["project"]),
            )
        )
    return services


def _claims(state: State) -> list[Claim]:
    serving = {
        (environment, fields["hostname"]): str(service)
        for (service, environment, _), fields in state["domain"].items()
        if state["service"][service,]["status"] == Status.ACTIVE
    }
    claims = []
    for (service, environment, position), fields in state["domain"].items():
        rival = serving.get((environment, fields["hostname"]))
        is_waiting = state["service"][service,]["status"] != Status.ACTIVE
        if is_waiting and rival and rival != service:
            claims.append(
                Claim(str(service), fields["hostname"], str(environment), rival, int(position))
            )
    return sorted(claims, key=lambda claim: (claim.hostname, claim.environment, claim.service))


def _dangling(state: State) -> list[Dangling]:
    nodes = [
        Node(
            str(name),
            display_name=fields["display_name"],
            aliases=tuple(fields["aliases"]),
            railway_service=fields["railway_service"],
        )
        for (name,), fields in state["service"].items()
    ]
    references = [
        Reference(str(service), str(name), fields["source"])
        for (service, name), fields in sorted(state["variable"].items())
        if holds_reference(fields["source"])
    ]
    return Graph(nodes, references=references).dangling
