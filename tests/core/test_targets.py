"""Reading a URL: one reading or none."""
# ruff: noqa: RUF001

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prism.core.targets import UrlRefused, parse_target

REFUSED = [
    # other spellings of an IPv4 address
    "http://127.1/", "http://127.0.1/", "http://2130706433/", "http://0x7f000001/", "http://0x7f.1/",
    "http://0177.0.0.1/", "http://017700000001/", "http://127.0.0.01/", "http://127.0.0.1./",
    "http://①②⑦.⓪.⓪.①/", "http://１２７.0.0.1/", "http://127。0。0。1/", "http://169.254.43518/",
    "http://256.0.0.1/", "http://1.2.3.4.5/", "http://0x/", "http://a.0x7f/", "http://0/", "http://1/",
    # other spellings of an IPv6 address
    "http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/", "http://[0:0:0:0:0:0:0:1]/",
    "http://[::01]/", "http://[fe80::1%25eth0]/", "http://[fe80::1%eth0]/", "http://[::127.0.0.1]/",
    "http://[1::2]x/", "http://[::1/", "http://::1/", "http://[]/", "http://[v1.x]/",
    # two readings of where the host ends
    "http://a@b/", "http://a:b@c/", "http://a\\@b/", "http://a\\b/", "http:\\\\a/", "http://a b/",
    "http://a\tb/", "http://a\nb/", "http://a\r\nHost:b/", "\x01http://a/", " http://a/", "http://a/\x7f",
    "http://a%2eb/", "http://a%00b/", "http://a,b/", "http://a;b/", "http://a..b/", "http://.a/",
    "http://-a/", "http://a-/", "http:///path", "http://", "http:a", "//a/", "a", "",
    "http://a.example..",
    # ports and schemes
    "http://a:0/", "http://a:22/", "http://a:25/", "http://a:1023/", "http://a:5432/", "http://a:6379/",
    "http://a:11211/", "http://a:65536/", "http://a:x/", "http://a:-80/", "http://a:８０/",
    "ftp://a/", "file:///etc/passwd", "gopher://a/", "javascript:alert(1)", "unix:///x", "httpx://a/",
    "http://a/ü", "http://" + "a" * 64 + "/", "http://a/" + "x" * 2048,
]  # fmt: skip


@pytest.mark.parametrize("url", REFUSED)
def test_a_url_with_a_second_reading_is_refused(url: str) -> None:
    with pytest.raises(UrlRefused):
        parse_target(url)


@pytest.mark.parametrize(
    ("url", "again"),
    [
        ("http://example.com", "http://example.com/"),
        ("HTTPS://Example.COM:443/a?b=c#d", "https://example.com/a?b=c"),
        ("http://example.com./x", "http://example.com/x"),
        ("http://münchen.example/", "http://xn--mnchen-3ya.example/"),
        ("http://ⓛocalhost:8000/", "http://localhost:8000/"),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000/"),
        ("http://[::1]:8000/", "http://[::1]:8000/"),
        ("http://[FD12::A]/", "http://[fd12::a]/"),
        ("http://my_service.railway.internal:3000/health", None),
        ("http://a/%2e%2e//x?y=//z", "http://a/%2e%2e//x?y=//z"),
        ("http://1a.example/", None),
    ],
)
def test_a_url_is_written_again_in_the_one_spelling(url: str, again: str | None) -> None:
    assert parse_target(url).url == (again or url)


@given(st.text(max_size=60))
def test_no_text_breaks_the_reader(text: str) -> None:
    for url in (
        text,
        f"http://{text}/",
        f"http://[{text}]/",
        f"http://a:{text}/",
        f"http://a/{text}",
    ):
        try:
            target = parse_target(url)
        except UrlRefused:
            continue
        assert (
            parse_target(target.url) == target
        )  # what was understood is understood the same again


@given(st.integers(0, 2**32 - 1), st.sampled_from(["{}", "0x{:x}", "0{:o}", "{:#x}.", "0X{:X}"]))
def test_no_number_that_a_resolver_takes_for_an_address_passes(number: int, form: str) -> None:
    host = form.format(number)

    with pytest.raises(UrlRefused):
        parse_target(f"http://{host}/")


@given(
    st.lists(st.integers(0, 300), min_size=1, max_size=5),
    st.lists(st.sampled_from("dxo"), min_size=5),
)
def test_dotted_numbers_pass_only_as_the_canonical_address(parts: list[int], forms: str) -> None:
    spelled = {"d": "{}", "x": "0x{:x}", "o": "0{:o}"}
    host = ".".join(spelled[form].format(part) for part, form in zip(parts, forms, strict=False))

    try:
        target = parse_target(f"http://{host}/")
    except UrlRefused:
        return

    assert socket.inet_ntop(socket.AF_INET, socket.inet_aton(host)) == host == target.host
