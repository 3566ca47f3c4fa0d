"""Finds out what the inspector's user may do on a server, without doing anything."""

from dataclasses import dataclass
from typing import Any

from monitoring.redis_inspect.acl import (
    DRY,
    SCRIPTS,
    SCRIPTS_READ_ONLY,
    TOO_MUCH,
    VALUES,
    Needed,
    Product,
    needed_by,
    product_of,
)
from prism.core.redis import NoPermissionError, Redis, ResponseError


@dataclass(frozen=True, slots=True)
class Checked:
    """One command and whether this user may send it; None when it cannot be told."""

    needed: Needed
    is_allowed: bool | None


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a user may do. `misses` is how many lookups finding out has cost."""

    user: str
    product: Product
    needs: tuple[Checked, ...]
    values: tuple[Checked, ...]
    scripts: tuple[Checked, ...]
    excess: tuple[Checked, ...]
    misses: int = 0

    def allows(self, rule: str) -> bool:
        """Say whether a command such as `slowlog|get` will do; what cannot be told is tried."""
        every = (*self.needs, *self.values, *self.scripts)
        return not any(one.needed.rule == rule and one.is_allowed is False for one in every)

    @property
    def missing(self) -> list[Needed]:
        """List what the printed rule has and this user lacks."""
        return [one.needed for one in self.needs if one.is_allowed is False]

    @property
    def too_much(self) -> list[Needed]:
        """List what this user may do and must not."""
        return [one.needed for one in self.excess if one.is_allowed]

    @property
    def may_scan(self) -> bool:
        """Whether keys can be listed and described at all."""
        return all(self.allows(rule) for rule in ("scan", "type", "pttl"))

    @property
    def may_measure(self) -> bool:
        """Whether the bytes of a key can be asked for."""
        return self.allows("memory|usage")

    @property
    def may_run_scripts(self) -> bool:
        """Whether one of the commands of the fast scan is allowed."""
        return any(one.is_allowed for one in self.scripts)


def probe(client: Redis) -> Capabilities:
    """Ask ACL DRYRUN about each command; where it may not be asked, send a form that changes nothing."""
    try:
        product = product_of(client.info("server"))
    except ResponseError:
        product = Product("Redis", (6, 2))
    scripts = SCRIPTS_READ_ONLY if product.like_redis >= (7, 0) else SCRIPTS
    groups = (tuple(needed_by(product)), VALUES, scripts, TOO_MUCH)
    every = [one for group in groups for one in group]
    user = _who(client)
    verdicts = _ask_dryrun(client, user, every)
    misses = 0
    if verdicts is None:
        verdicts = _try(client, every)
        misses = sum(one.misses for one in every if verdicts[one.rule])
    needs, values, fast, excess = (
        tuple(Checked(one, verdicts[one.rule]) for one in group) for group in groups
    )
    return Capabilities(user, product, needs, values, fast, excess, misses)


def _who(client: Redis) -> str:
    try:
        found: Any = client.execute_command("ACL WHOAMI")  # type: ignore[no-untyped-call]
    except ResponseError:
        return ""
    return found.decode(errors="replace") if isinstance(found, bytes) else str(found)


def _ask_dryrun(client: Redis, user: str, every: list[Needed]) -> dict[str, bool | None] | None:
    """Ask about all in one exchange; None when this server or user has no ACL DRYRUN."""
    if not user:
        return None
    pipeline = client.pipeline(transaction=False)
    for one in every:
        pipeline.execute_command("ACL DRYRUN", user, *(one.sample or DRY[one.rule]))  # type: ignore[no-untyped-call]
    answers = pipeline.execute(raise_on_error=False)
    if all(isinstance(answer, Exception) for answer in answers):
        return None
    return {
        one.rule: None if isinstance(answer, Exception) else answer in (b"OK", "OK", True)
        for one, answer in zip(every, answers, strict=True)
    }


def _try(client: Redis, every: list[Needed]) -> dict[str, bool | None]:
    pipeline = client.pipeline(transaction=False)
    tried = [one for one in every if one.sample]
    for one in tried:
        pipeline.execute_command(*one.sample)  # type: ignore[no-untyped-call]
    answers = pipeline.execute(raise_on_error=False)
    verdicts: dict[str, bool | None] = {one.rule: None for one in every}
    for one, answer in zip(tried, answers, strict=True):
        # any other error comes after the permission was looked at
        verdicts[one.rule] = not isinstance(answer, NoPermissionError)
    return verdicts
