"""`.env` files: what every program reads alike is read, what they read differently is named."""

import json
import subprocess
import time

import pytest
from dotenv import dotenv_values
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.variables.env_file import (
    ALL_READERS,
    PORTABLE,
    Assignment,
    EnvFileError,
    NoCommonForm,
    Reader,
    parse,
    render,
    write_value,
)

CANARY = "c4n4ry-value-that-no-message-may-show"
# Every character that means something to one of the programs, and some that mean nothing.
PIECES = [
    *"'\"\\$`#=~:;*?|&()!{}[]<>^%@,. \n\t\r",
    *("\\n", "\\$", " #", "${A}", "$(id)", "${{Pg.URL}}", "export ", "é", "🙂", "\u2028", "\x85"),
    *("\\\\", "\\'", '\\"', "abc", "0", "-----BEGIN KEY-----\nMII=\n"),
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=8).map("".join) | st.text(
    st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=20
)


def values(text, readers=PORTABLE):
    return {found.name: found.value for found in parse(text, readers)}


def refusal(text, readers=PORTABLE):
    with pytest.raises(EnvFileError) as caught:
        parse(text, readers)
    assert CANARY not in str(caught.value)
    return caught.value.code, caught.value.line


# What all of them agree on: the same cases as in the tests of python-dotenv, Node's dotenv and
# compose-go, written anew.
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("\n\n# only a comment\n   \n", {}),
        ("A=b", {"A": "b"}),
        ("A=b\n", {"A": "b"}),
        ("  A=b", {"A": "b"}),
        ("export A=b", {"A": "b"}),
        ("export \t A=b", {"A": "b"}),
        ("A=", {"A": ""}),
        ("A=\nB=c", {"A": "", "B": "c"}),
        ("A=  \n", {"A": ""}),
        ("A=''", {"A": ""}),
        ('A=""', {"A": ""}),
        ("A='b c'", {"A": "b c"}),
        ('A="b c"', {"A": "b c"}),
        ("A='  b  '", {"A": "  b  "}),
        ("A=b # comment", {"A": "b"}),
        ("A='b # c' # d", {"A": "b # c"}),
        ('A="b # c" # d', {"A": "b # c"}),
        ("A=b=c==", {"A": "b=c=="}),
        ("A=http://x.y/z?q=1", {"A": "http://x.y/z?q=1"}),
        ("A='line one\nline two'", {"A": "line one\nline two"}),
        ('A="line one\nline two"\nB=1', {"A": "line one\nline two", "B": "1"}),
        ("A='$5 ${B} `id`'", {"A": "$5 ${B} `id`"}),
        ("A='${{Postgres.DATABASE_URL}}'", {"A": "${{Postgres.DATABASE_URL}}"}),
        ("A='{\"json\": [1]}'", {"A": '{"json": [1]}'}),
        ('A="it\'s"', {"A": "it's"}),
        ("A='say \"hi\"'", {"A": 'say "hi"'}),
        ("A=1\nA=2", {"A": "2"}),
        ("# a\nA=1 #b\n\n#c\nB=2#d", {"A": "1", "B": "2#d"}),
        ("_a9=é", {"_a9": "é"}),
        ("A=a@b.c:1/2,3%20+-", {"A": "a@b.c:1/2,3%20+-"}),
    ],
)
def test_what_all_agree_on_is_read(text, expected):
    assert values(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A = b", ("name", 1)),
        ("X=1\nA= b", ("unquoted-space", 2)),
        ("A=b c", ("unquoted-space", 1)),
        ("X=1\nA", ("no-equals-sign", 2)),
        ("X=1\n\nA: b", ("no-equals-sign", 3)),
        ("A='b", ("unterminated-quote", 1)),
        ('X=1\nA="b', ("unterminated-quote", 2)),
        ("A=$B", ("interpolation", 1)),
        ("A=${B}", ("interpolation", 1)),
        ('A="${{Postgres.DATABASE_URL}}"', ("interpolation", 1)),
        ("A=`id`", ("interpolation", 1)),
        ("A=$(id)", ("interpolation", 1)),
        ("A=b;c", ("shell-character", 1)),
        ("A=b&c", ("shell-character", 1)),
        ("A=~/b", ("shell-character", 1)),
        ("export A=*", ("shell-character", 1)),
        ("A=b\r\n", ("carriage-return", 1)),
        ("X=1\nA=b\r\n", ("carriage-return", 2)),
        ("\ufeffA=b", ("byte-order-mark", 1)),
        ("A= # b", ("disagreement", 1)),
        ("A=b\\c", ("disagreement", 1)),
        ('X=1\nA="a\\nb"', ("disagreement", 2)),
        ("A='it\\'s'", ("unterminated-quote", 1)),
        ("A='a'b", ("trailing-text", 1)),
        ("a-b=1", ("name", 1)),
        ("é=1", ("name", 1)),
        ("1A=1", ("name", 1)),
        ("=1", ("name", 1)),
        ("'A'=1", ("name", 1)),
        ("A=\0", ("nul", 1)),
        ("just words\n", ("no-equals-sign", 1)),
        ("rm -rf /\n", ("no-equals-sign", 1)),
        ("A='x'\nB='y\n\n", ("unterminated-quote", 2)),
    ],
)
def test_what_they_do_not_agree_on_is_named_with_its_line(text, expected):
    assert refusal(text) == expected


@pytest.mark.parametrize("written", ["#b", "b#c", '"a\\\\"', '"say \\"hi\\""', "`b`"])
def test_the_dotenv_of_node_can_be_asked_for_too(written):
    code, line = refusal(f"X=1\nA={written}", ALL_READERS)

    assert code in ("disagreement", "interpolation")
    assert line == 2


@pytest.mark.parametrize(
    ("reader", "text", "expected"),
    [
        (Reader.PYTHON, "A = b c", "b c"),
        (Reader.PYTHON, "A= # b", ""),
        (Reader.PYTHON, "A=b#c", "b#c"),
        (Reader.PYTHON, 'A="a\\nb\\t\\"\\\\"', 'a\nb\t"\\'),
        (Reader.PYTHON, "A='a\\nb\\''", "a\\nb'"),
        (Reader.PYTHON, "\ufeffA=b\r\n", "b"),
        (Reader.NODE, "A=b#c", "b"),
        (Reader.NODE, "A: b", "b"),
        (Reader.NODE, "A=`b 'c' \"d\"`", "b 'c' \"d\""),
        (Reader.NODE, 'A="a\\nb\\t"', "a\nb\\t"),
        (Reader.NODE, "garbage\nA=1\r\n", "1"),
        (Reader.COMPOSE, "A: b c", "b c"),
        (Reader.COMPOSE, "A=b#c #d", "b#c"),
        (Reader.COMPOSE, "A=#b", "#b"),
        (Reader.COMPOSE, "A= #b", "#b"),
        (Reader.COMPOSE, "A='it\\'s \\n'", "it's \\n"),
        (Reader.COMPOSE, 'A="a\\nb\\t\\"\\$x \\\\"', 'a\nb\t"$x \\'),
        (Reader.COMPOSE, 'A="\\0101"', "A"),
        # what Docker's page of the syntax says, in our words
        (Reader.COMPOSE, "A=b# c", "b# c"),
        (Reader.COMPOSE, 'A="b # c" # d', "b # c"),
        (Reader.COMPOSE, "A='${B}'", "${B}"),
        (Reader.COMPOSE, 'A="{\\"b\\": \\"c\\"}"', '{"b": "c"}'),
        (Reader.COMPOSE, "A=b\\tc", "b\\tc"),
        (Reader.COMPOSE, "A='b\\tc'", "b\\tc"),
        (Reader.COMPOSE, 'A="\\${B}"', "${B}"),
        (Reader.COMPOSE, "\ufeffexport A = b", "b"),
        (Reader.SH, "A=a\\ b'c'\"d\"", "a bcd"),
        (Reader.SH, "A='it'\\''s'", "it's"),
        (Reader.SH, 'A="\\$x \\` \\\\ \\n"', "$x ` \\ \\n"),
        (Reader.SH, "A=a\\\nb", "ab"),
    ],
)
def test_each_program_can_be_asked_for_alone(reader, text, expected):
    assert values(text, [reader]) == {"A": expected}


def test_a_refusal_names_the_readers_and_the_reason_but_never_the_value():
    with pytest.raises(EnvFileError) as caught:
        parse(f'OK=1\nA="{CANARY}\\n"')

    assert str(caught.value) == (
        "line 2: python-dotenv and compose / sh read it differently, because of a backslash"
        " (disagreement)"
    )
    assert CANARY not in repr(Assignment("A", CANARY, 1))


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(TEXTS, min_size=1, max_size=4), st.sampled_from([*ALL_READERS[:3], None]))
def test_what_is_rendered_parses_back_to_the_same(texts, reader):
    readers = PORTABLE if reader is None else [reader]
    entries = [Assignment(f"N{at}", text) for at, text in enumerate(texts)]
    if reader is None:
        entries = [entry for entry in entries if write_value(entry.value) is not None]

    text = render(entries, readers, comments={"N0": "why\nand how"})

    assert values(text, readers) == {entry.name: entry.value for entry in entries}


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_only_what_is_documented_has_no_common_form(text):
    is_live = "$" in text or "`" in text
    is_escaped = "'" in text or "\\\\" in text or text.endswith("\\")

    if write_value(text) is None:
        assert (is_live and is_escaped) or "\r" in text
        with pytest.raises(NoCommonForm, match="SECRET_NAME"):
            render([Assignment("SECRET_NAME", text)])


def test_every_text_has_a_form_for_each_program_alone():
    for reader in PORTABLE:
        for piece in PIECES:
            for text in (piece, f"a'{piece}", f'{piece}$"`', f"{piece}\\", f"{piece}\n'$x\r"):
                assert write_value(text, [reader]) is not None, (reader, text)


def test_python_dotenv_itself_reads_what_is_rendered(tmp_path):
    entries = [Assignment(f"N{at}", text) for at, text in enumerate(nasty_texts(Reader.PYTHON))]
    file = tmp_path / ".env"
    file.write_text(render(entries, [Reader.PYTHON]), encoding="utf-8", newline="")

    found = dotenv_values(file, interpolate=False, encoding="utf-8")

    assert found == {entry.name: entry.value for entry in entries}


@pytest.mark.parametrize("readers", [PORTABLE, [Reader.SH]], ids=["portable", "sh"])
def test_a_real_sh_reads_what_is_rendered(tmp_path, readers):
    texts = [text for text in nasty_texts() if write_value(text, readers) is not None]
    entries = [Assignment(f"N{at}", text) for at, text in enumerate(texts)]
    file = tmp_path / "env"
    file.write_bytes(render(entries, readers).encode())
    names = " ".join(entry.name for entry in entries)
    show = f'set -a; . "$0"; for n in {names}; do eval "v=\\$$n"; printf "%s\\0" "$v"; done'

    ran = subprocess.run(["sh", "-c", show, file], capture_output=True, env={}, check=True)

    assert ran.stderr == b""
    assert ran.stdout.decode().split("\0")[:-1] == texts
    assert len(texts) > 150


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from([*PIECES, "A=", "\nB=", "\nexport C="]), max_size=12).map("".join))
def test_python_dotenv_reads_any_file_as_our_reader_of_it_does(tmp_path, text):
    file = tmp_path / ".env"
    file.write_text(text, encoding="utf-8", newline="")

    try:
        ours = values(text, [Reader.PYTHON])
    except EnvFileError:
        return  # it warns and skips the line; we refuse the file

    assert dict(dotenv_values(file, interpolate=False, encoding="utf-8")) == ours


def test_the_dotenv_of_node_reads_any_file_as_our_reader_of_it_does():
    """Needs Node.js and its dotenv where `require` finds it; the console needs neither."""
    script = (
        "const {parse} = require('dotenv'); const all = JSON.parse(require('fs').readFileSync(0));"
        "console.log(JSON.stringify(all.map((text) => Object.entries(parse(text)))))"
    )
    texts = [f"A={text}\nB=1\n" for text in nasty_texts()] + [f"x\n{text}" for text in PIECES]
    try:
        ran = subprocess.run(
            ["node", "-e", script], input=json.dumps(texts), capture_output=True, text=True
        )
    except FileNotFoundError:
        pytest.skip("there is no node here")
    if "Cannot find module" in ran.stderr:
        pytest.skip("node has no dotenv here")

    read = [dict(map(tuple, found)) for found in json.loads(ran.stdout)]

    assert read == [values(text, [Reader.NODE]) for text in texts]


def test_reading_stays_fast_whatever_is_in_the_file():
    size = 60_000
    started = time.monotonic()

    for text in ("\n" * size, "A='" + "\\'" * (size // 2), "A=" + " #" * (size // 2),
                 '"' * size, "A=\n" * (size // 4), "A=$" * (size // 4), "a" * size, "\\\n" * (size // 2)):  # fmt: skip
        for reader in ALL_READERS:
            try:
                parse(text, [reader])
            except EnvFileError:
                continue

    assert time.monotonic() - started < 15


def test_a_file_that_is_too_long_is_refused():
    assert refusal("A=1\n" * 100_000) == ("too-long", 1)


def nasty_texts(reader=None):
    """Give every pair of pieces, between letters and bare."""
    pairs = [first + second for first in PIECES for second in PIECES]
    texts = [*PIECES, *pairs[::3], *(f"a{pair}b" for pair in pairs[1::7])]
    return [text for text in texts if reader is None or write_value(text, [reader]) is not None]
