"""Which pages may open a WebSocket (reference F9: a host name alone is not enough)."""

import pytest

from prism.origins import OriginValidator, is_ours, normal_origin

HOSTS = ["prism.example.com", "localhost", "127.0.0.1", "[::1]"]


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        ("https://prism.example.com", True),
        ("https://prism.example.com:443", True),
        ("https://PRISM.example.com", True),
        ("http://prism.example.com", False),
        ("https://prism.example.com:8443", False),
        ("https://evil.prism.example.com", False),
        ("https://prism.example.com.evil.com", False),
        ("https://prism.example.com@evil.com", False),
        ("https://user@prism.example.com", False),
        ("https://prism.example.com/path", False),
        ("wss://prism.example.com", False),
        ("null", False),
        ("", False),
        ("*", False),
        ("https://", False),
        ("https://prism.example.com:port", False),
    ],
)
def test_only_the_whole_public_origin_is_ours(origin, expected):
    allowed = ["https://prism.example.com"]

    ours = is_ours(origin, host="prism.example.com", scheme="http", allowed=allowed, hosts=HOSTS)

    assert ours is expected


@pytest.mark.parametrize(
    ("origin", "host", "expected"),
    [
        ("http://127.0.0.1:8000", "127.0.0.1:8000", True),
        ("http://localhost:8000", "localhost:8000", True),
        ("http://[::1]:8000", "[::1]:8000", True),
        ("http://localhost:8000", "127.0.0.1:8000", False),
        ("http://localhost:9000", "localhost:8000", False),
        ("https://localhost:8000", "localhost:8000", False),
        ("http://rebound.evil.com:8000", "rebound.evil.com:8000", False),
        ("", "", False),
    ],
)
def test_without_a_public_address_a_page_talks_to_its_own_server(origin, host, expected):
    assert is_ours(origin, host=host, scheme="http", allowed=[], hosts=HOSTS) is expected


def test_an_origin_is_written_with_its_port():
    assert normal_origin("https://a.example") == "https://a.example:443"


async def test_a_missing_or_doubled_origin_is_refused(settings):
    settings.PRISM_WS_ORIGINS = ["https://prism.example.com"]
    reached, sent = [], []

    async def app(scope, receive, send):
        reached.append(scope)

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        sent.append(message)

    good = (b"origin", b"https://prism.example.com")
    for headers in ([], [good, good], [(b"origin", b"https://evil.com")]):
        scope = {"type": "websocket", "scheme": "wss", "headers": headers}
        await OriginValidator(app)(scope, receive, send)
    assert sent == [{"type": "websocket.close", "code": 4403}] * 3
    assert not reached

    await OriginValidator(app)({"type": "websocket", "headers": [good]}, receive, send)
    assert len(reached) == 1
