"""The largest file that is taken in is read in a moment, also one that was made to take long."""

import time
from contextlib import suppress

import pytest

from services.variables.env_file import ALL_READERS, MAX_CHARACTERS, EnvFileError, parse
from services.variables.models import ObservedVariable
from services.variables.value_formats import fault_of

MOST_SECONDS = 4.0  # on a busy machine; each of these took 6 to 100 s before
SLOW = {
    "many lines": "A=1\n" * (MAX_CHARACTERS // 4),
    "blanks that end no value": "A=x" + " " * (MAX_CHARACTERS - 4) + "y",
    "one long word for sh": "A=" + "x" * (MAX_CHARACTERS - 2),
    "escaped quotes that never close": "A='" + "\\'" * (MAX_CHARACTERS // 2 - 3),
    "a name and blank lines": "A" + "\n" * (MAX_CHARACTERS - 3) + "B",
}


@pytest.mark.parametrize("reader", ALL_READERS)
@pytest.mark.parametrize("text", SLOW.values(), ids=SLOW)
def test_no_file_takes_long(text, reader):
    began = time.perf_counter()
    with suppress(EnvFileError):
        parse(text, [reader])
    assert time.perf_counter() - began < MOST_SECONDS


def test_no_value_takes_long_to_be_held_to_a_format():
    began = time.perf_counter()
    fault = fault_of("a@" + "." * (MAX_CHARACTERS - 10) + "@", "email", ())

    assert fault == "not an e-mail address"
    assert time.perf_counter() - began < MOST_SECONDS


def test_what_is_wrong_fits_its_column_whatever_the_format_is():
    fault = fault_of("x", f"{'a' * 1000}://host", ())

    column = ObservedVariable._meta.get_field("fault")
    assert 0 < len(fault) <= column.max_length
