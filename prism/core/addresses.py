"""Which network addresses the console may talk to. Pure: names and addresses in, a decision out.

The rule: the zone of a name and the class of its addresses must agree. A public name may only lead to
public addresses; a private address is only reached by a name that an administrator listed; and some
addresses (metadata services, link-local, multicast, tunnelled forms) are reached by nobody.

The tables are our own, because the flags of `ipaddress` answer another question: there 100.64/10 is not
private, 64:ff9b::/96 and fec0::/10 are global, and ::ffff:169.254.169.254 is not link-local.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


class AddressClass(Enum):
    """What kind of place an address is."""

    PUBLIC = "public"
    PRIVATE = "private"
    LOOPBACK = "loopback"
    FORBIDDEN = "forbidden"


def _networks(*texts: str) -> tuple[Network, ...]:
    return tuple(ip_network(text) for text in texts)


_FORBIDDEN = _networks(
    "0.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "224.0.0.0/4",
    "240.0.0.0/4",
    # metadata services inside ranges that are private or public
    "100.100.100.200/32", "168.63.129.16/32", "fd00:ec2::254/128", "fd20:ce::254/128",
    # IPv4 in IPv6 clothes that a router may undress: NAT64, 6to4; and protocol assignments (Teredo, ORCHID)
    "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/23",
)  # fmt: skip
_LOOPBACK = _networks("127.0.0.0/8", "::1/128")
_PRIVATE = _networks(
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"
)  # fmt: skip
_GLOBAL_UNICAST = ip_network("2000::/3")
_ISATAP_MARKS = (0x0000_5EFE, 0x0200_5EFE)  # the middle of an interface id that carries an IPv4

_FORBIDDEN_NAMES = frozenset(
    ("metadata", "metadata.google.internal", "metadata.goog", "metadata.azure.internal",
     "instance-data", "instance-data.ec2.internal")
)  # fmt: skip
# the public DNS holds nothing below these; a public answer is a mistake or a trap
_PRIVATE_ZONES = (".internal", ".local", ".localhost", ".home.arpa", ".lan")


def classify(address: Address) -> AddressClass:
    """Tell what kind of place an address is; one that no table knows is forbidden."""
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            return AddressClass.FORBIDDEN
        if address.ipv4_mapped is not None:
            return classify(address.ipv4_mapped)
        if (int(address) >> 32) & 0xFFFF_FFFF in _ISATAP_MARKS:
            return AddressClass.FORBIDDEN
    if _is_in(address, _FORBIDDEN):
        return AddressClass.FORBIDDEN
    if _is_in(address, _LOOPBACK):
        return AddressClass.LOOPBACK
    if _is_in(address, _PRIVATE):
        return AddressClass.PRIVATE
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return AddressClass.FORBIDDEN
    return AddressClass.PUBLIC


def _is_in(address: Address, networks: tuple[Network, ...]) -> bool:
    return any(address in network for network in networks)


@dataclass(frozen=True, slots=True)
class PrivateHosts:
    """The host names an administrator trusts to be private: exact, or `.suffix` for all below it."""

    entries: frozenset[str] = frozenset()

    def lists(self, host: str) -> bool:
        """Say whether a name (lower case, no final dot) is on the list in either form."""
        return host in self.entries or any(
            entry.startswith(".") and host.endswith(entry) for entry in self.entries
        )

    def names(self, host: str) -> bool:
        """Say whether a name is on the list by itself, not by a suffix."""
        return host in self.entries


class AddressRefused(Exception):
    """A host may not be reached; `because` is for the audit, people are told it is blocked."""

    def __init__(self, because: str) -> None:
        super().__init__(because)
        self.because = because


def check_name(host: str) -> None:
    """Raise AddressRefused for names of metadata services, whatever they resolve to."""
    if host in _FORBIDDEN_NAMES:
        raise AddressRefused("a metadata service")


def check_addresses(
    host: str, addresses: Iterable[Address], private_hosts: PrivateHosts
) -> AddressClass:
    """Give the class that all addresses of a host share, or raise AddressRefused.

    One bad address among good ones refuses the host: whoever mixes them chooses which one is dialled.
    """
    classes = {classify(address) for address in addresses}
    if not classes or AddressClass.FORBIDDEN in classes:
        raise AddressRefused("a forbidden address")
    if len(classes) > 1:
        raise AddressRefused("addresses of several classes")
    (found,) = classes
    if found is AddressClass.LOOPBACK and not private_hosts.names(host):
        raise AddressRefused("a loopback address")
    if found is AddressClass.PRIVATE and not private_hosts.lists(host):
        raise AddressRefused("a private address of a host that is not listed")
    if found is AddressClass.PUBLIC and host.endswith(_PRIVATE_ZONES):
        raise AddressRefused("a public address of a private name")
    return found
