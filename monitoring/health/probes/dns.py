"""Asks the DNS for a record, by one question to one resolver over UDP (RFC 1035)."""

import asyncio
import os
import struct
import time
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

from monitoring.health.checking import Asked, Found
from monitoring.health.grade import grade, worse
from monitoring.health.options import RECORDS
from monitoring.health.probes.place import NotAsked, private_hosts
from monitoring.health.words import Verdict
from prism.core.addresses import AddressRefused, PrivateHosts, check_addresses
from prism.core.targets import UrlRefused, parse_address, parse_target

CODES = {1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED"}
RETRY_S = 2.0  # a datagram may be lost
RESOLV_CONF = Path("/etc/resolv.conf")


class NotDns(ValueError):
    """The answer is no message of the DNS."""


async def probe_dns(asked: Asked) -> Found:
    """Ask for `record` (A unless told); with `expect` one of the answers must be it."""
    record = str(asked.options.get("record", "A")).upper()
    if record not in RECORDS:
        raise NotAsked(f"record must be one of {', '.join(RECORDS)}")
    try:
        name = parse_target(f"https://{asked.target}/").host
    except UrlRefused as error:
        raise NotAsked(f"its name cannot be used: {error}") from error
    resolver = _resolver(asked)
    started = time.perf_counter()
    code, answers = await _ask(resolver, question(name, RECORDS[record]))
    latency_ms = (time.perf_counter() - started) * 1000
    verdict, reason = worse(_judge(asked, code, answers), grade(asked, {"latency_ms": latency_ms}))
    evidence = {"address": resolver, "code": CODES.get(code, "NOERROR"), "answers": answers[:20]}
    return Found(verdict, latency_ms, reason, evidence)


def _judge(asked: Asked, code: int, answers: list[str]) -> tuple[Verdict, str]:
    if code:
        return Verdict.DOWN, CODES.get(code, f"code {code}")
    if not answers:
        return Verdict.DOWN, "no such record"
    expected = str(asked.options.get("expect", ""))
    if expected and expected.rstrip(".").lower() not in [answer.lower() for answer in answers]:
        return Verdict.DOWN, f"{expected} is not among the answers"
    return Verdict.UP, ""


def _resolver(asked: Asked) -> str:
    """Give the resolver of the check, which must pass the policy, else the system's first."""
    given = str(asked.options.get("resolver", ""))
    if not given:
        return system_resolver()
    try:
        check_addresses(given, [parse_address(given)], PrivateHosts(private_hosts(asked).entries))
    except ValueError as error:
        raise NotAsked("resolver must be an IP address") from error
    except AddressRefused as error:
        raise NotAsked("blocked by policy") from error
    return given


def system_resolver() -> str:
    """Read the first resolver of the system; raises NotAsked."""
    try:
        lines = RESOLV_CONF.read_text().splitlines()
    except OSError as error:
        raise NotAsked("this machine names no resolver") from error
    found = [line.split()[1] for line in lines if line.startswith("nameserver ")]
    if not found:
        raise NotAsked("this machine names no resolver")
    return found[0]


class _Answer(asyncio.DatagramProtocol):
    """Waits for the one datagram that answers the question."""

    def __init__(self, question_id: bytes) -> None:
        self.question_id = question_id
        self.received: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, source: object) -> None:
        if data[:2] == self.question_id and not self.received.done():
            self.received.set_result(data)

    def error_received(self, error: Exception) -> None:
        if not self.received.done():
            self.received.set_exception(error)


async def _ask(resolver: str, message: bytes) -> tuple[int, list[str]]:
    loop = asyncio.get_running_loop()
    transport, answer = await loop.create_datagram_endpoint(
        lambda: _Answer(message[:2]), remote_addr=(resolver, 53)
    )
    try:
        while True:
            transport.sendto(message)
            done, _ = await asyncio.wait([answer.received], timeout=RETRY_S)
            if done:
                return read_answer(answer.received.result())
    finally:
        transport.close()


def question(name: str, record: int) -> bytes:
    """Write a question that wants recursion, under a random number."""
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    return (
        os.urandom(2)
        + struct.pack(">HHHHH", 0x0100, 1, 0, 0, 0)
        + labels
        + struct.pack(">BHH", 0, record, 1)
    )


def read_answer(message: bytes) -> tuple[int, list[str]]:
    """Give the response code and the answers as text; raises NotDns."""
    try:
        _, flags, questions, answers, _, _ = struct.unpack_from(">HHHHHH", message)
        place = 12
        for _ in range(questions):
            _, place = _name(message, place)
            place += 4
        found = []
        for _ in range(answers):
            _, place = _name(message, place)
            record, _, _, length = struct.unpack_from(">HHIH", message, place)
            place += 10
            if (text := _value(message, record, place, length)) is not None:
                found.append(text)
            place += length
    except (struct.error, IndexError, ValueError) as error:
        raise NotDns("not valid DNS") from error
    return flags & 0xF, found


def _value(message: bytes, record: int, place: int, length: int) -> str | None:
    data = message[place : place + length]
    if record == RECORDS["A"]:
        return str(IPv4Address(data))
    if record == RECORDS["AAAA"]:
        return str(IPv6Address(data))
    if record in (RECORDS["NS"], RECORDS["CNAME"]):
        return _name(message, place)[0]
    if record == RECORDS["MX"]:
        return f"{int.from_bytes(data[:2], 'big')} {_name(message, place + 2)[0]}"
    if record == RECORDS["TXT"]:
        parts, at = [], 0
        while at < len(data):
            parts.append(data[at + 1 : at + 1 + data[at]].decode("utf-8", "replace"))
            at += 1 + data[at]
        return "".join(parts)
    return None


def _name(message: bytes, place: int) -> tuple[str, int]:
    """Read a name, which may end in a pointer to an earlier place; give it and what follows."""
    labels: list[str] = []
    after = 0
    for _ in range(128):  # a loop of pointers must end
        length = message[place]
        if length >= 0xC0:
            after = after or place + 2
            place = (length & 0x3F) << 8 | message[place + 1]
        elif length:
            labels.append(message[place + 1 : place + 1 + length].decode("latin-1"))
            place += 1 + length
        else:
            return ".".join(labels), after or place + 1
    raise NotDns("not valid DNS")
