""".railway/railway.py: the whole project at Railway as a program of its SDK. Pure.

What the file does not state, Railway plans to take away. So it holds every service of the project that
is deployed, and every variable of each by name: a reference or a constant as it is, all else as
`preserve()`, which leaves what is there. Texts of the catalog are Python literals in ASCII.
"""

import re
from typing import Any

from services.artifacts.artifact import NotRenderable, banner, comment
from services.artifacts.blueprint import Blueprint, Unit, is_held_back
from services.artifacts.config_as_code import build_of, deploy_of
from services.catalog.references import parse_references
from services.variables.effective import Entry

# Arguments of `service` for keys of `deploy`; the other keys go through its `deploy` argument.
_ARGUMENTS = {
    "startCommand": "start",
    "preDeployCommand": "preDeploy",
    "healthcheckPath": "healthcheck",
    "healthcheckTimeout": "healthcheckTimeout",
    "numReplicas": "replicas",
}
_DOMAINS_HERE = """
def domains_here(ctx, service):
    return DOMAINS.get(service, {}).get(ctx.environment if ctx else None, [])
"""


def project_text(blueprint: Blueprint) -> str:
    """Write railway.py; raises NotRenderable when the catalog cannot state the project in full."""
    _refuse_what_is_incomplete(blueprint)
    data = [unit for unit in blueprint.units if unit.is_data]
    apps = [unit for unit in blueprint.units if not unit.is_data]
    names = _python_names(blueprint.units)
    body = [f"    {names[unit.name]} = {unit.engine}({unit.railway_name!a})" for unit in data]
    for unit in apps:
        body += _service(unit, blueprint, names)
    body.append(f"    return project({blueprint.project!a}, resources=[")
    body += [f"        {names[unit.name]}," for unit in blueprint.units]
    body.append("    ])")
    text = "\n".join([*_domains(apps), "@define_railway", "def main(ctx=None):", *body]) + "\n"
    return f"{_head(blueprint)}{_imports(blueprint, text)}\n\n{text}"


def _refuse_what_is_incomplete(blueprint: Blueprint) -> None:
    if not blueprint.unit.is_on_railway:
        raise NotRenderable("It is not deployed at Railway.")
    lacking = [
        f"{unit.name} has no known engine"
        if unit.is_data
        else f"{unit.name} has no repository at GitHub"
        for unit in blueprint.units
        if not (unit.engine if unit.is_data else unit.repository)
    ]
    if lacking:
        raise NotRenderable(
            "The catalog does not state the whole project, and Railway would take away what the file "
            f"leaves out: {'; '.join(lacking)}."
        )


def _head(blueprint: Blueprint) -> str:
    lines = [
        banner(f"the services of {blueprint.project}"),
        "The whole project: what is not in this file, `railway config apply` takes away.",
        "Look at `railway config plan` first. It needs: pip install railway-sdk",
    ]
    if blueprint.left_out:
        lines.append(f"Not deployed yet, so not here: {', '.join(blueprint.left_out)}.")
    return comment(*lines)


def _imports(blueprint: Blueprint, text: str) -> str:
    engines = {unit.engine for unit in blueprint.units if unit.is_data}
    services = {"github", "service"} if any(not unit.is_data for unit in blueprint.units) else set()
    called = {name for name in ("preserve", "ref") if f"{name}(" in text}
    names = sorted({"define_railway", "project", *engines, *services, *called})
    return f"from railway_sdk import {', '.join(names)}\n"


def _domains(units: list[Unit]) -> list[str]:
    """Write the host names of every service by environment; each with its port, lest it be 8080."""
    lines = []
    for unit in units:
        places = [place for place in unit.places if place.hostnames]
        if not places:
            continue
        lines.append(f"    {unit.railway_name!a}: {{")
        for place in places:
            hosts = [{"domain": hostname, "port": unit.port} for hostname in place.hostnames]
            lines.append(f"        {place.railway_name!a}: {hosts!a},")
        lines.append("    },")
    return ["DOMAINS = {", *lines, "}", "", *_DOMAINS_HERE.splitlines(), "", ""] if lines else []


def _service(unit: Unit, blueprint: Blueprint, names: dict[str, str]) -> list[str]:
    source = {"branch": unit.branch} | ({"rootDirectory": unit.root} if unit.root else {})
    deploy = deploy_of(unit)
    arguments: dict[str, Any] = {"build": build_of(unit)}
    arguments |= {_ARGUMENTS[key]: deploy.pop(key) for key in list(deploy) if key in _ARGUMENTS}
    if deploy:
        arguments["deploy"] = deploy
    options = "".join(f", {key}={value!a}" for key, value in source.items())
    lines = [
        f"    {names[unit.name]} = service(",
        f"        {unit.railway_name!a},",
        f"        source=github({unit.repository!a}{options}),",
        *(f"        {name}={value!a}," for name, value in arguments.items()),
    ]
    if any(place.hostnames for place in unit.places):
        lines.append(f"        domains=domains_here(ctx, {unit.railway_name!a}),")
    if variables := _variables(unit, blueprint, names):
        lines += ["        env={", *variables, "        },"]
    return [*lines, "    )"]


def _variables(unit: Unit, blueprint: Blueprint, names: dict[str, str]) -> list[str]:
    by_name: dict[str, list[Entry]] = {}
    for entries in unit.environments.values():
        for entry in entries:
            by_name.setdefault(entry.name, []).append(entry)
    return [
        f"            {name!a}: {_value(entries, blueprint, names)},"
        for name, entries in sorted(by_name.items())
    ]


def _value(entries: list[Entry], blueprint: Blueprint, names: dict[str, str]) -> str:
    """Write the value that all environments agree on; without one, leave what each has."""
    first = entries[0]
    is_one = all((entry.origin, entry.text) == (first.origin, first.text) for entry in entries)
    if is_one and first.origin == "value" and not is_held_back(first):
        return ascii(first.text)
    if is_one and first.origin == "reference":
        return _reference(first.text, blueprint, names)
    return "preserve()"


def _reference(text: str, blueprint: Blueprint, names: dict[str, str]) -> str:
    """Write a reference to a resource of the file; a text with more in it is resolved by Railway."""
    references = parse_references(text)
    if any(reference.kind in ("malformed", "function") for reference in references):
        return "preserve()"
    targets = {
        reference.namespace: blueprint.names.find(reference.namespace)
        for reference in references
        if reference.kind == "service"
    }
    if None in targets.values():
        return (
            "preserve()"  # it leads nowhere in this project: what is there is better than nothing
        )
    [first, *rest] = references
    if rest or first.kind != "service" or first.text != text:
        return ascii(text)
    target = next(unit for unit in blueprint.units if unit.name == targets[first.namespace])
    if target.is_data:
        return f"{names[target.name]}.env[{first.variable!a}]"
    address = {"address": f"service.{target.railway_name}"}
    return f"ref({address!a}, {first.variable!a})"


def _python_names(units: tuple[Unit, ...]) -> dict[str, str]:
    """Give each service a Python name of its own; the prefix keeps it from any word of the language."""
    names: dict[str, str] = {}
    for unit in units:
        stem = "the_" + re.sub(r"[^a-z0-9]+", "_", unit.name.casefold()).strip("_")
        name, number = stem, 2
        while name in names.values():
            name, number = f"{stem}_{number}", number + 1
        names[unit.name] = name
    return names
