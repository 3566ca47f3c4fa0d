"""Tells which network address a request came from, without believing what the client says."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """Give the address of the client in its canonical form, empty when there is none (a socket file).

    Behind a trusted proxy it is the last entry of `X-Forwarded-For`, the one that proxy wrote itself;
    everything to the left of it came from the client.
    """
    text = request.META.get("REMOTE_ADDR", "")
    if settings.PRISM_TRUSTED_PROXY:
        forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
        text = forwarded.rsplit(",", 1)[-1].strip() or text
    return canonical_address(text)


def canonical_address(text: str) -> str:
    """Write an address the one way; an IPv4 address inside IPv6 is the IPv4 address."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return str(address)


def address_group(text: str) -> str:
    """Give what to count attempts by: an IPv4 address, or the /64 that one IPv6 customer owns."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return text
    if address.version == 4:
        return text
    return str(ipaddress.ip_network((address, 64), strict=False).network_address) + "/64"
