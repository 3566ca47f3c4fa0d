"""Log lines: one per record, whatever is in it."""

import json
import logging
import sys

from hypothesis import given
from hypothesis import strategies as st

from prism.core.json_log import JsonFormatter, TextFormatter
from prism.core.log_text import escape_control_characters


def make_record(message, **extra):
    record = logging.makeLogRecord({"name": "prism", "levelname": "INFO", "msg": message})
    record.__dict__.update(extra)
    return record


@given(st.text(alphabet=st.characters(codec=None)))
def test_any_text_makes_one_line_of_json(text):
    line = JsonFormatter().format(make_record("%s", args=(text,), actor=text))

    assert len(line.splitlines()) == 1
    assert json.loads(line)["level"] == "info"


@given(st.text(alphabet=st.characters(codec=None)))
def test_any_text_makes_one_line_for_the_terminal(text):
    assert len(TextFormatter().format(make_record("%s", args=(text,))).splitlines()) == 1


@given(st.text(alphabet=st.characters(codec=None)))
def test_escaped_text_goes_into_every_encoding(text):
    escaped = escape_control_characters(text)

    escaped.encode()
    assert "\n" not in escaped
    assert "\r" not in escaped
    assert "\x1b" not in escaped


def test_a_traceback_stays_inside_its_line():
    try:
        raise ValueError("broken\nforged line")
    except ValueError:
        line = JsonFormatter().format(make_record("failed", exc_info=sys.exc_info()))

    assert len(line.splitlines()) == 1
    assert "forged line" in json.loads(line)["exception"]


def test_extra_fields_stand_beside_the_message():
    document = json.loads(JsonFormatter().format(make_record("saved", audit_head="ab", count=3)))

    assert (document["message"], document["audit_head"], document["count"]) == ("saved", "ab", 3)
