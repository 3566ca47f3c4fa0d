"""docs/health.md against the code: kinds, options, reasons and conditions are those that there are."""

import re

from monitoring.health.conditions import parse
from monitoring.health.options import OPTIONS
from monitoring.health.words import Kind
from prism.core.outcome import Reason
from tests.servers import ROOT

PAGE = (ROOT / "docs" / "health.md").read_text()
BY_THE_CATALOG = {"connection_variable"}  # what derive.py writes, nobody types


def test_every_kind_is_described_with_its_options() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \|(.*)$", PAGE, re.MULTILINE))

    assert rows.keys() == {kind.value for kind in Kind} == OPTIONS.keys()
    for kind, options in OPTIONS.items():
        for name in options.keys() - BY_THE_CATALOG:
            assert f"`{name}`" in rows[kind], (kind, name)


def test_every_reason_is_described() -> None:
    for reason in Reason:
        assert reason.value.partition(":")[0] in PAGE, reason


def test_the_conditions_can_be_read() -> None:
    (block,) = re.findall(r"```conditions\n(.*?)```", PAGE, re.DOTALL)

    assert len(parse(block)) >= 8
