"""What a URL points to, read once and strictly. Pure.

Two programs that read one address differently are how a filter is passed, so everything with a second
reading is refused: numbers that some resolvers take for IPv4, credentials, backslashes, control characters.
"""

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import urlsplit

import idna

from prism.core.addresses import Address

URL_CHARACTERS = 2048
_DEFAULT_PORTS = {"http": 80, "https": 443}
# back-ends that speak something else but answer an HTTP request in ways that reveal them
_REFUSED_PORTS = frozenset(
    (2375, 2376, 2379, 3306, 5432, 6379, 9200, 10250, 11211, 27017)
)  # fmt: skip
_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*", re.ASCII)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)
_PRINTABLE = re.compile(r"[!-~]*", re.ASCII)


class UrlRefused(ValueError):
    """A URL cannot be used; the message says which part and why, for the person who typed it."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where one request goes: `host` in ASCII and lower case, `address` when it is a literal."""

    scheme: str
    host: str
    port: int
    path: str
    query: str
    address: Address | None = None

    @property
    def host_in_url(self) -> str:
        """Give the host as a URL writes it."""
        return f"[{self.host}]" if ":" in self.host else self.host

    @property
    def origin(self) -> tuple[str, str, int]:
        """Give what a secret may be sent to."""
        return self.scheme, self.host, self.port

    @property
    def url(self) -> str:
        """Give the URL again, in the one spelling."""
        port = "" if self.port == _DEFAULT_PORTS[self.scheme] else f":{self.port}"
        query = f"?{self.query}" if self.query else ""
        return f"{self.scheme}://{self.host_in_url}{port}{self.path}{query}"


def parse_target(url: str, *, schemes: frozenset[str] = frozenset(("http", "https"))) -> Target:
    """Read a URL; raises UrlRefused. The fragment is dropped, it never leaves a browser either."""
    if len(url) > URL_CHARACTERS:
        raise UrlRefused(f"the URL is longer than {URL_CHARACTERS} characters")
    if "\\" in url or any(character <= " " or character == "\x7f" for character in url):
        raise UrlRefused("the URL has a space, a backslash or a control character in it")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UrlRefused(f"the URL cannot be read: {error}") from error
    if parts.scheme not in schemes:
        raise UrlRefused(f"the URL must start with {' or '.join(sorted(schemes))}")
    if "@" in parts.netloc:
        raise UrlRefused("the URL has a user name or password in it")
    if not _PRINTABLE.fullmatch(parts.path + parts.query):
        raise UrlRefused("the path must be percent-encoded")
    host, address = _parse_host(parts.netloc)
    port = _DEFAULT_PORTS[parts.scheme] if port is None else port
    _check_port(port)
    return Target(parts.scheme, host, port, parts.path or "/", parts.query, address)


def parse_address(text: str) -> Address:
    """Read an IP address in its canonical spelling only; raises ValueError."""
    address: Address = IPv6Address(text) if ":" in text else IPv4Address(text)
    if isinstance(address, IPv6Address) and (address.scope_id or address.ipv4_mapped):
        raise AddressValueError("no zone and no IPv4 address may stand in it")
    if str(address) != text.lower():
        raise AddressValueError(f"write it {address}")
    return address


def _parse_host(netloc: str) -> tuple[str, Address | None]:
    if netloc.startswith("["):
        literal, _, rest = netloc[1:].partition("]")
        if rest and not rest.startswith(":"):
            raise UrlRefused("the URL has something between the address and the port")
        try:
            address = parse_address(literal)
        except ValueError as error:
            raise UrlRefused(f"[{literal}] is no canonical IPv6 address: {error}") from error
        return str(address), address
    typed = netloc.partition(":")[0].lower()
    host = _ascii_name(typed.removesuffix("."))
    if _NUMBER.fullmatch(host.rpartition(".")[2]):
        try:
            address = parse_address(typed)
        except ValueError as error:
            raise UrlRefused(f"{typed} is no canonical IPv4 address: {error}") from error
        return host, address
    return host, None


def _ascii_name(name: str) -> str:
    """Write a name as the DNS has it; what people see and what is matched must be the same."""
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True).decode()
        except idna.IDNAError as error:
            raise UrlRefused(f"the host name cannot be written in ASCII: {error}") from error
    if len(name) > 253 or not _NAME.fullmatch(name):
        raise UrlRefused("the URL has no valid host name")
    return name


def _check_port(port: int) -> None:
    if port in (80, 443) or (port >= 1024 and port not in _REFUSED_PORTS):
        return
    raise UrlRefused(f"port {port} is not used for HTTP here: 80, 443 or one above 1023")
