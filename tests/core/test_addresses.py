"""The address policy: a table of spellings and addresses, and properties that hold for all of them."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prism.core.addresses import (
    AddressClass,
    AddressRefused,
    PrivateHosts,
    check_addresses,
    check_name,
    classify,
)

FORBIDDEN, PRIVATE = AddressClass.FORBIDDEN, AddressClass.PRIVATE
LOOPBACK, PUBLIC = AddressClass.LOOPBACK, AddressClass.PUBLIC

DOCUMENTATION = [
    ip_network(text)
    for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20")
]
TABLE = [
    # this network, this host
    ("0.0.0.0", FORBIDDEN), ("0.1.2.3", FORBIDDEN), ("::", FORBIDDEN),
    ("127.0.0.1", LOOPBACK), ("127.1.2.3", LOOPBACK), ("127.255.255.255", LOOPBACK), ("::1", LOOPBACK),
    # metadata services and link-local
    ("169.254.169.254", FORBIDDEN), ("169.254.170.2", FORBIDDEN), ("169.254.0.1", FORBIDDEN),
    ("fe80::1", FORBIDDEN), ("fe80::1%eth0", FORBIDDEN), ("febf::1", FORBIDDEN), ("fec0::1", FORBIDDEN),
    ("fd00:ec2::254", FORBIDDEN), ("fd20:ce::254", FORBIDDEN), ("100.100.100.200", FORBIDDEN),
    ("168.63.129.16", FORBIDDEN), ("192.0.0.192", FORBIDDEN),
    # protocol assignments, benchmarks, multicast, reserved, broadcast
    ("192.0.0.1", FORBIDDEN), ("192.88.99.1", FORBIDDEN), ("198.18.0.1", FORBIDDEN),
    ("198.19.255.255", FORBIDDEN), ("224.0.0.1", FORBIDDEN), ("239.255.255.250", FORBIDDEN),
    ("240.0.0.1", FORBIDDEN), ("255.255.255.255", FORBIDDEN), ("ff02::1", FORBIDDEN),
    ("ff0e::1", FORBIDDEN), ("100::1", FORBIDDEN), ("4000::1", FORBIDDEN), ("5f00::1", FORBIDDEN),
    ("2001:10::1", FORBIDDEN), ("2001:20::1", FORBIDDEN),
    # IPv4 inside IPv6
    ("::ffff:169.254.169.254", FORBIDDEN), ("::ffff:127.0.0.1", LOOPBACK), ("::ffff:10.0.0.1", PRIVATE),
    ("::ffff:8.8.8.8", PUBLIC), ("::ffff:0.0.0.0", FORBIDDEN), ("::127.0.0.1", FORBIDDEN),
    ("::8.8.8.8", FORBIDDEN), ("::ffff:0:127.0.0.1", FORBIDDEN), ("64:ff9b::a9fe:a9fe", FORBIDDEN),
    ("64:ff9b::8.8.8.8", FORBIDDEN), ("64:ff9b:1::7f00:1", FORBIDDEN), ("2002:7f00:1::", FORBIDDEN),
    ("2002:a9fe:a9fe::1", FORBIDDEN), ("2001::1", FORBIDDEN), ("2001:0:53aa:64c::1", FORBIDDEN),
    ("2606:4700::5efe:10.0.0.1", FORBIDDEN), ("2606:4700::200:5efe:10.0.0.1", FORBIDDEN),
    # private
    ("10.0.0.1", PRIVATE), ("10.255.255.255", PRIVATE), ("172.16.0.1", PRIVATE),
    ("172.31.255.255", PRIVATE), ("192.168.0.1", PRIVATE), ("100.64.0.1", PRIVATE),
    ("100.127.255.255", PRIVATE), ("fc00::1", PRIVATE), ("fd12:3456:789a::1", PRIVATE),
    # public, and the neighbours of what is not
    ("8.8.8.8", PUBLIC), ("1.1.1.1", PUBLIC), ("9.255.255.255", PUBLIC), ("11.0.0.0", PUBLIC),
    ("172.15.255.255", PUBLIC), ("172.32.0.0", PUBLIC), ("100.63.255.255", PUBLIC),
    ("100.128.0.0", PUBLIC), ("169.253.255.255", PUBLIC), ("169.255.0.0", PUBLIC),
    ("198.17.255.255", PUBLIC), ("198.20.0.0", PUBLIC), ("223.255.255.255", PUBLIC),
    ("126.255.255.255", PUBLIC), ("128.0.0.0", PUBLIC), ("2606:4700::1111", PUBLIC),
    ("2001:4860:4860::8888", PUBLIC), ("2003::1", PUBLIC),
]  # fmt: skip


def test_the_table_is_long_enough_to_mean_something() -> None:
    assert len({text for text, _ in TABLE}) == len(TABLE) >= 60


@pytest.mark.parametrize(("text", "expected"), TABLE)
def test_an_address_has_its_class(text: str, expected: AddressClass) -> None:
    assert classify(ip_address(text)) is expected


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_the_same_place_in_ipv6_clothes(address: IPv4Address) -> None:
    assert classify(IPv6Address(f"::ffff:{address}")) is classify(address)


@given(st.ip_addresses(v=4), st.sampled_from(["64:ff9b::", "::"]))
def test_a_tunnelled_address_is_never_reached(address: IPv4Address, prefix: str) -> None:
    tunnelled = IPv6Address(int(IPv6Address(prefix)) | int(address))

    assert classify(tunnelled) in (
        FORBIDDEN,
        LOOPBACK if tunnelled == IPv6Address("::1") else FORBIDDEN,
    )


@given(st.ip_addresses(v=4))
def test_six_to_four_is_never_reached(address: IPv4Address) -> None:
    assert classify(IPv6Address((0x2002 << 112) | (int(address) << 80) | 1)) is FORBIDDEN


@given(st.ip_addresses())
def test_what_the_standard_library_knows_as_special_is_never_public(
    address: IPv4Address | IPv6Address,
) -> None:
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if any(address in network for network in DOCUMENTATION):
        return
    if address.is_private or address.is_link_local or address.is_multicast or address.is_reserved:
        assert classify(address) is not PUBLIC


@given(st.ip_addresses(v=6), st.text("abc0123", min_size=1, max_size=5))
def test_an_address_with_a_zone_is_never_reached(address: IPv6Address, zone: str) -> None:
    assert classify(IPv6Address(f"{address}%{zone}")) is FORBIDDEN


# --- names and their addresses -----------------------------------------------------------------

LISTED = PrivateHosts(frozenset(("localhost", "10.1.1.1", "box.corp.example", ".railway.internal")))


def check(host: str, *addresses: str, listed: PrivateHosts = LISTED) -> AddressClass:
    return check_addresses(host, [ip_address(text) for text in addresses], listed)


@pytest.mark.parametrize(
    ("host", "addresses"),
    [
        ("api.example.com", ["8.8.8.8", "2606:4700::1111"]),
        ("api.railway.internal", ["fd12::1"]),
        ("api.railway.internal", ["fd12::1", "10.0.0.1"]),
        ("box.corp.example", ["192.168.1.1"]),
        ("10.1.1.1", ["10.1.1.1"]),
        ("localhost", ["127.0.0.1", "::1"]),
    ],
)
def test_a_name_and_its_addresses_agree(host: str, addresses: list[str]) -> None:
    check(host, *addresses)


@pytest.mark.parametrize(
    ("host", "addresses", "because"),
    [
        ("evil.example.com", ["10.0.0.1"], "private address"),
        ("evil.example.com", ["127.0.0.1"], "loopback"),
        ("evil.example.com", ["8.8.8.8", "10.0.0.1"], "several classes"),
        ("evil.example.com", ["8.8.8.8", "169.254.169.254"], "forbidden"),
        ("evil.example.com", [], "forbidden"),
        ("api.railway.internal", ["169.254.169.254"], "forbidden"),
        ("api.railway.internal", ["8.8.8.8"], "public address of a private name"),
        ("api.railway.internal", ["fd12::1", "8.8.8.8"], "several classes"),
        ("api.railway.internal", ["127.0.0.1"], "loopback"),
        ("railway.internal", ["fd12::1"], "not listed"),
        ("railway.internal.evil.example", ["10.0.0.1"], "not listed"),
        ("xrailway.internal", ["10.0.0.1"], "not listed"),
        ("sub.box.corp.example", ["192.168.1.1"], "not listed"),
        ("printer.local", ["8.8.8.8"], "private name"),
        ("10.2.2.2", ["10.2.2.2"], "not listed"),
    ],
)
def test_a_name_and_its_addresses_disagree(host: str, addresses: list[str], because: str) -> None:
    with pytest.raises(AddressRefused, match=because):
        check(host, *addresses)


@pytest.mark.parametrize("host", ["metadata.google.internal", "metadata", "instance-data"])
def test_a_metadata_service_is_refused_by_its_name(host: str) -> None:
    with pytest.raises(AddressRefused):
        check_name(host)


@given(st.lists(st.ip_addresses(), min_size=1, max_size=4))
def test_no_list_lifts_what_is_forbidden(addresses: list[IPv4Address | IPv6Address]) -> None:
    everything = PrivateHosts(frozenset(("a.example", ".example", ".", "")))
    if FORBIDDEN not in {classify(address) for address in addresses}:
        return

    with pytest.raises(AddressRefused):
        check_addresses("a.example", addresses, everything)
