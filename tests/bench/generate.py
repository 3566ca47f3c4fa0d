"""A manifest of any size, the same text for the same numbers."""

SERVICES_PER_PROJECT = 10
LEVELS = ("required", "important", "optional")


def generate_manifest(services: int = 1_000, variables: int = 30) -> str:
    """Write a manifest of that many services with that many variables each.

    Every service has three domains, two endpoints, deployment settings and, but for the first of
    its project, a dependency on that first one.
    """
    lines = ['version: "1.0"', 'workspace: "Generated Ltd"', "", "projects:"]
    for number in range(0, services, SERVICES_PER_PROJECT):
        project = f"project-{number // SERVICES_PER_PROJECT:04}"
        lines += [f"  {project}:", f'    description: "The services of {project}"']
        lines += ["    phase: 1", "    services:"]
        for index in range(min(SERVICES_PER_PROJECT, services - number)):
            lines += _service(project, index, variables)
    return "\n".join(lines) + "\n"


def service_name(number: int) -> str:
    """Give the name of the service of that number, counted from 0."""
    project, index = divmod(number, SERVICES_PER_PROJECT)
    return f"project-{project:04}-service-{index}"


def _service(project: str, index: int, variables: int) -> list[str]:
    name = f"{project}-service-{index}"
    lines = [
        f"      {name}:",
        '        kind: "backend"',
        f'        repo: "example/{name}"',
        '        language: "python"',
        "        deployment:",
        '          healthcheck_path: "/health"',
        '          start_command: "serve --port $PORT"',
        "        domains:",
        f'          prod: "{name}.example.com"',
        f'          staging: "{name}.staging.example.com"',
        f'          dev: "{name}.dev.example.com"',
        "        entrypoints:",
        '          - path: "/health"',
        '          - path: "/version"',
        "        env:",
    ]
    for position, level in enumerate(LEVELS):
        names = range(position, variables, len(LEVELS))
        lines += [f"          {level}:"] if names else []
        for number in names:
            lines += _variable(number)
    if index:
        lines += ["        depends_on:", f"          - {project}-service-0"]
    return lines


def _variable(number: int) -> list[str]:
    lines = [
        f'            - name: "VARIABLE_{number:03}"',
        f'              description: "What the variable number {number} is for"',
    ]
    if number % 3 == 0:
        return [
            *lines,
            "              secret: true",
            '              generate: "openssl rand -hex 32"',
        ]
    return [*lines, f'              default: "{number}"', '              example: "an example"']
