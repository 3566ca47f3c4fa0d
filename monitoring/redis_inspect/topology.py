"""Which servers an instance is made of: one, the primaries of a cluster, or what Sentinel names.

Whoever scans may prefer replicas; one is taken only when it is caught up and really of this primary.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from django.core.exceptions import ImproperlyConfigured

from monitoring.redis_inspect.instances import address_of
from monitoring.redis_inspect.models import RedisInstance
from prism.core.redis import Redis, RedisError, RedisUnavailable, ResponseError, inspector

TIMEOUT_S = 1.0
LAG_S = 10  # a replica that heard of its primary longer ago is not asked
SENTINEL = "+sentinel"
UNREADABLE = (
    "its address cannot be read: what is not a letter or digit in a password is written %2F, not /"
)


class AddressRefused(ValueError):
    """An address asks for what is not done, such as TLS without looking at the certificate."""


@dataclass(frozen=True, slots=True)
class Node:
    """One server of an instance. `address` has no credentials, `url` has."""

    address: str
    url: str = field(repr=False)
    is_replica: bool = False

    def client(self, *, timeout_s: float = TIMEOUT_S) -> Redis:
        """Give the client that looks at this server; raises AddressRefused."""
        try:
            return inspector(self.url, timeout_s=timeout_s, is_replica=self.is_replica)
        except ImproperlyConfigured as error:
            raise AddressRefused(str(error)) from error


@dataclass(frozen=True, slots=True)
class Topology:
    """The servers that hold all keys of an instance, each once. `mode` is standalone, cluster or sentinel."""

    mode: str
    nodes: tuple[Node, ...]
    note: str = ""  # what could not be found out, for people


def topology_of(
    instance: RedisInstance, *, prefer_replicas: bool = False, to_write: bool = False
) -> Topology:
    """Ask an instance for its servers; one or two exchanges. Raises NoAddress and RedisError."""
    return topology_at(address_of(instance, to_write=to_write), prefer_replicas=prefer_replicas)


def topology_at(url: str, *, prefer_replicas: bool = False) -> Topology:
    """The same for an address, with credentials."""
    mode, first = _first_node(url)
    try:
        info = first.client().info("server")
    except ResponseError:
        return Topology(mode, (first,), "this user may not ask INFO: taken for a single server")
    if (info.get("redis_mode") or info.get("server_mode")) == "cluster":  # Valkey has the latter
        return _cluster(first, prefer_replicas=prefer_replicas)
    if prefer_replicas and (replica := _caught_up_replica(first)):
        return Topology(mode, (replica,))
    return Topology(mode, (first,))


def _first_node(url: str) -> tuple[str, Node]:
    """Read an address. What Python says of one that cannot be read quotes it: part of a password, shown to all."""
    try:
        parts = urlsplit(url)
        if parts.scheme.endswith(SENTINEL):
            mode, node = "sentinel", _node(_primary_by_sentinel(parts))
        else:
            mode, node = "standalone", _node(url)
        node.client()  # reads the rest of the address, and connects later
    except AddressRefused:
        raise
    except ValueError:
        raise AddressRefused(UNREADABLE) from None
    return mode, node


def _cluster(seed: Node, *, prefer_replicas: bool) -> Topology:
    try:
        slots = seed.client().execute_command("CLUSTER SLOTS")  # type: ignore[no-untyped-call]
    except ResponseError:
        return Topology("cluster", (seed,), "this user may not ask CLUSTER SLOTS: one server only")
    shards: dict[str, tuple[Node, list[Node]]] = {}
    for _, _, first, *others in sorted(slots):
        primary = _sibling(seed.url, *first[:2])
        replicas = [_sibling(seed.url, *one[:2], is_replica=True) for one in others]
        shards.setdefault(primary.address, (primary, replicas))
    nodes = [
        next(filter(_is_caught_up, replicas), primary) if prefer_replicas else primary
        for primary, replicas in shards.values()
    ]
    return Topology("cluster", tuple(nodes) or (seed,))


def _caught_up_replica(primary: Node) -> Node | None:
    """Find a replica that is of this very primary: the same replication id, not only the same address."""
    try:
        info = primary.client().info("replication")
    except ResponseError:
        return None
    for one in _replicas(info):
        if one.get("state") == "online" and int(one.get("lag", LAG_S)) < LAG_S:
            node = _sibling(primary.url, str(one["ip"]), int(one["port"]), is_replica=True)
            if _is_caught_up(node, of=str(info.get("master_replid", ""))):
                return node
    return None


def _replicas(info: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for name, value in info.items():
        if name.startswith("slave") and isinstance(value, dict):
            yield value


def _is_caught_up(node: Node, of: str = "") -> bool:
    try:
        info = node.client().info("replication")
    except RedisError:
        return False
    return (
        info.get("role") == "slave"
        and info.get("master_link_status") == "up"
        and int(info.get("master_last_io_seconds_ago", LAG_S)) < LAG_S
        and of in ("", info.get("master_replid"))
    )


def _primary_by_sentinel(parts: SplitResult) -> str:
    """Ask the sentinels, one after the other, for the primary; give its address.

    `redis+sentinel://user:password@host:26379,host:26379/name/db`; the sentinels' own credentials
    are `?sentinel_username=` and `?sentinel_password=`.
    """
    credentials, _, hosts = parts.netloc.rpartition("@")
    query = dict(parse_qsl(parts.query))
    own = quote(query.pop("sentinel_username", ""), safe="")
    secret = quote(query.pop("sentinel_password", ""), safe="")
    name, _, db = unquote(parts.path.strip("/")).partition("/")
    scheme = parts.scheme.removesuffix(SENTINEL)
    options = urlencode(query)
    reason = f"no sentinel knows {name!r}"
    for host in hosts.split(","):
        login = f"{own}:{secret}@" if secret else ""
        at = urlunsplit((scheme, f"{login}{host}", "", options, ""))
        try:
            sentinel: Any = inspector(at, timeout_s=TIMEOUT_S)
            found = sentinel.sentinel_get_master_addr_by_name(name)
        except RedisError as error:
            reason = f"{reason}; {error}"
            continue
        if found:
            place = _host_port(*found)
            netloc = f"{credentials}@{place}" if credentials else place
            return urlunsplit((scheme, netloc, f"/{db}" if db else "", options, ""))
    raise RedisUnavailable(server=hosts, reason=reason)


def _node(url: str, *, is_replica: bool = False) -> Node:
    parts = urlsplit(url)
    address = parts.path if parts.scheme == "unix" else parts.netloc.rpartition("@")[2]
    return Node(address or "localhost", url, is_replica)


def _sibling(url: str, host: str | bytes, port: int, *, is_replica: bool = False) -> Node:
    """Give another server reached with the same user and settings; no host is the same host."""
    parts = urlsplit(url)
    credentials, at, own = parts.netloc.rpartition("@")
    name = host.decode() if isinstance(host, bytes) else host
    place = _host_port(name or urlsplit(f"//{own}").hostname or "", port)
    return _node(
        urlunsplit(parts._replace(netloc=f"{credentials}{at}{place}")), is_replica=is_replica
    )


def _host_port(host: Any, port: Any) -> str:
    name = host.decode() if isinstance(host, bytes) else str(host)
    return f"[{name}]:{int(port)}" if ":" in name else f"{name}:{int(port)}"
