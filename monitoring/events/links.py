"""Where an event leads: the deployment, incident, check or change that it speaks of, and its own address."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse

from monitoring.events.actions import CONSOLE
from monitoring.events.models import Event

CHANGE_SET = re.compile(r"change set (\d{1,18})")
LARGEST_KEY = 2**63 - 1
LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Link:
    """An address and its words; `is_external` when it leads out of the console."""

    words: str
    url: str
    is_external: bool = False


def links_of(event: Event, payload: object) -> list[Link]:
    """Give the links of an event, those within the console first. No query."""
    return list(_links(event, payload if isinstance(payload, dict) else {}))


def _links(event: Event, payload: dict[str, Any]) -> Iterator[Link]:
    is_ours = event.source.startswith(f"{CONSOLE}/")
    if event.type.startswith("deploy."):
        yield _deployments(event, payload.get("environment"))
    incident = payload.get("incident_id")
    if incident is None and is_ours and event.type.startswith("incident."):
        incident = payload.get("incident")
    yield from _page(f"Incident {incident}", "incident", incident)
    if is_ours and event.type.startswith("health."):
        yield from _page(f"Health of {event.service}", "service-health", event.service)
    if is_ours and (found := CHANGE_SET.fullmatch(str(payload.get("target")))):
        yield from _page(found[0].capitalize(), "change-set", int(found[1]))
    url = payload.get("url")
    # what a stranger sent is only followed over https, and never run
    if isinstance(url, str) and url.startswith("https://"):
        yield Link(url, url, is_external=True)


def _deployments(event: Event, environment: object) -> Link:
    asked = {"service": event.service}
    words = f"Deployments of {event.service}"
    if isinstance(environment, str) and environment:
        asked["environment"] = environment
        words = f"{words} in {environment}"
    return Link(words, f"{reverse('deployments')}?{urlencode(asked)}")


def _page(words: str, name: str, key: object) -> Iterator[Link]:
    """Give the page of a number or a name; nothing for what can be no key or where there is no such page."""
    is_number = isinstance(key, int) and not isinstance(key, bool) and 0 < key <= LARGEST_KEY
    if not is_number and not (isinstance(key, str) and key and len(key) <= LONGEST_NAME):
        return
    try:
        yield Link(words, reverse(name, args=[key]))
    except NoReverseMatch:
        return
