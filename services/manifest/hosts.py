"""Report host names that two services claim in one environment. Pure."""

from collections.abc import Iterable

from services.catalog.names import Status
from services.manifest.problems import Report, shown
from services.manifest.walker import Found


def report_host_conflicts(found: Iterable[Found], report: Report) -> None:
    """Two active services with one host name are a problem; any other claim to it is a warning."""
    domains = [
        record
        for record in found
        if record.place.kind == "domain" and record.values.get("hostname") and record.owner
    ]
    owners: dict[tuple[str, str], Found] = {}
    for domain in domains:
        if _status(domain) == Status.ACTIVE:
            owner = owners.setdefault(_address(domain), domain)
            if owner is not domain:
                _report_taken(domain, owner, report)
    claims: set[tuple[str, str, str]] = set()
    for domain in domains:
        status, (environment, hostname) = _status(domain), _address(domain)
        if status in (None, Status.ACTIVE):
            continue
        claim = (domain.values["service"], environment, hostname)
        if claim in claims:
            report.problem(domain.at, domain.path, f"{shown(hostname)} is listed twice")
        elif active := owners.get((environment, hostname)):
            message = (
                f"the {status} service {shown(claim[0])} claims {shown(hostname)} in {environment}, "
                f"which the active service {shown(active.values['service'])} has "
                f"(line {active.at.line})"
            )
            report.warning(domain.at, domain.path, message)
        claims.add(claim)


def _report_taken(domain: Found, owner: Found, report: Report) -> None:
    hostname = domain.values["hostname"]
    if domain.values["service"] == owner.values["service"]:
        message = f"{shown(hostname)} is listed twice"
    else:
        environment, service = domain.values["environment"], owner.values["service"]
        message = (
            f"{shown(hostname)} already belongs to the active service {shown(service)} "
            f"in {environment} (line {owner.at.line})"
        )
    report.problem(domain.at, domain.path, message)


def _address(domain: Found) -> tuple[str, str]:
    return domain.values["environment"], domain.values["hostname"]


def _status(domain: Found) -> str | None:
    """Give the status of the domain's service; None when it could not be read."""
    return domain.owner.values.get("status") if domain.owner else None
