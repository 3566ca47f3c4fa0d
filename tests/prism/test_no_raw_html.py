"""No template and no script turns text into HTML; who must is named here with the reason.

Python has ruff's S308 for `mark_safe`. Each of these shows hostile text sooner or later: event payloads,
keys of Redis, names of services.
"""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RAW = re.compile(
    r"\|\s*safe(?:seq)?\b|autoescape\s+off|innerHTML|outerHTML"
    r"|insertAdjacentHTML|document\.write|srcdoc|createContextualFragment|\beval\(|new Function\("
)
ALLOWED = {
    # help texts are ours and Django's, written in Python, and contain lists of rules
    "templates/admin/auth/user/change_password.html": ["|safe"],
    "templates/admin/includes/fieldset.html": ["|safe"] * 3,
    "templates/registration/password_change_form.html": ["|safe"],
    # a part of a page that our own server rendered and escaped, as it renders a whole page
    "static/js/search.js": ["innerHTML"],
}
SOURCES = sorted([*(ROOT / "templates").rglob("*.html"), *(ROOT / "static").rglob("*.js")])


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_text_stays_text(path: Path) -> None:
    found = RAW.findall(path.read_text())

    assert found == ALLOWED.get(str(path.relative_to(ROOT)), [])


def test_the_exceptions_are_there() -> None:
    assert ALLOWED.keys() <= {str(path.relative_to(ROOT)) for path in SOURCES}
