"""TLS through the outbound door: verified always, and every refusal has its name."""

import ssl
from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import Settings

from prism.core.addresses import PrivateHosts
from prism.core.outbound import Answer, Failure, Policy, Reason, Request, fetch
from tests.certificates import Authority
from tests.hostile_servers import OK, Behaviour, answering, endless_body, serving

HELLO = answering(OK + b"Content-Length: 5\r\n", b"hello")
POLICY = Policy(private_hosts=PrivateHosts(frozenset(("localhost",))))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


async def ask(context: ssl.SSLContext, behaviour: Behaviour = HELLO) -> Answer | Failure:
    async with serving(behaviour, tls=context) as port:
        return await fetch(Request(f"https://localhost:{port}/", deadline_s=5), POLICY)


@pytest.fixture(autouse=True)
def trusted(authority: Authority, settings: Settings) -> None:
    settings.PRISM_OUTBOUND_CA_FILE = str(authority.ca_file)


async def test_a_good_certificate_is_answered_with_its_end_and_the_time_of_tls(
    authority: Authority,
) -> None:
    answer = await ask(authority.context(end_days=20))

    assert isinstance(answer, Answer), answer
    assert answer.certificate_expires_at is not None
    left = answer.certificate_expires_at - datetime.now(UTC)
    assert timedelta(days=19) < left <= timedelta(days=20)
    assert answer.phases.tls_ms is not None
    assert answer.phases.tls_ms > 0
    assert answer.phases.connect_ms is not None
    assert answer.phases.connect_ms < answer.total_ms - answer.phases.tls_ms


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"start_days": -9, "end_days": -1}, Reason.TLS_EXPIRED),
        ({"start_days": 1, "end_days": 9}, Reason.TLS_NOT_YET_VALID),
        ({"host": "other.example"}, Reason.TLS_WRONG_HOST),
        ({"own": True}, Reason.TLS_SELF_SIGNED),
    ],
)
async def test_a_bad_certificate_has_its_own_name(
    authority: Authority, options: dict[str, object], reason: Reason
) -> None:
    outcome = await ask(authority.context(**options))  # type: ignore[arg-type]

    assert isinstance(outcome, Failure), outcome
    assert outcome.reason is reason, outcome.detail


async def test_an_authority_nobody_named_is_not_trusted(
    authority: Authority, settings: Settings
) -> None:
    settings.PRISM_OUTBOUND_CA_FILE = ""

    outcome = await ask(authority.context())

    assert isinstance(outcome, Failure)
    assert outcome.reason is Reason.TLS_INCOMPLETE


async def test_a_chain_without_its_middle_is_incomplete_and_with_it_is_good(
    authority: Authority,
) -> None:
    without = await ask(authority.context(middle="kept back"))
    complete = await ask(authority.context(middle="sent"))

    assert isinstance(without, Failure)
    assert without.reason is Reason.TLS_INCOMPLETE
    assert isinstance(complete, Answer)


async def test_a_server_without_tls_fails_the_handshake() -> None:
    async with serving(answering(b"HTTP/1.1 400 Bad Request\r\n")) as port:
        outcome = await fetch(Request(f"https://localhost:{port}/", deadline_s=1), POLICY)

    assert isinstance(outcome, Failure)
    assert outcome.reason in (Reason.TLS_FAILED, Reason.TIMEOUT), outcome


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
async def test_an_old_protocol_fails_the_handshake(authority: Authority) -> None:
    context = authority.context()
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.maximum_version = ssl.TLSVersion.TLSv1_1

    outcome = await ask(context)

    assert isinstance(outcome, Failure)
    assert outcome.reason is Reason.TLS_FAILED, outcome


async def test_bytes_are_counted_below_tls(authority: Authority) -> None:
    answer = await ask(authority.context(), endless_body)

    assert isinstance(answer, Answer), answer
    assert answer.is_truncated
    assert answer.read_bytes < 64 * 1024
    assert len(answer.body) < answer.read_bytes
