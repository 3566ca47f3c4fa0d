"""The documents against the code: every setting, command, option and make target is described."""

import re
from pathlib import Path

import pytest

from prism.command_line import COMMANDS, DJANGO_COMMANDS
from tests.servers import ROOT

DOCS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
CODE = [
    path for name in ("prism", "services", "monitoring") for path in (ROOT / name).rglob("*.py")
]
READ_BY_US = re.compile(
    r"""(?:environ(?:ment)?(?:\.get\(|\[)|_env_[a-z]+\()\s*["']([A-Z][A-Z0-9_]+)["']"""
)
NOT_OURS = {"TERM", "XDG_RUNTIME_DIR", "DISPLAY", "WAYLAND_DISPLAY"}  # the system's, only looked at


def text_of(name: str) -> str:
    return (ROOT / name).read_text()


def settings_read() -> set[str]:
    return {name for path in CODE for name in READ_BY_US.findall(path.read_text())} - NOT_OURS


def test_every_setting_is_in_the_configuration() -> None:
    names = settings_read()
    assert {"PRISM_VAR_DIR", "PRISM_DEBUG", "PRISM_ALLOWED_HOSTS", "PORT", "PRISM_BIND"} <= names

    documented = set(
        re.findall(r"^\| `([A-Z_]+)` \|", text_of("docs/configuration.md"), re.MULTILINE)
    )

    assert names - documented == set()


def test_the_configuration_describes_nothing_that_is_not_read() -> None:
    documented = set(
        re.findall(r"^\| `([A-Z_]+)` \|", text_of("docs/configuration.md"), re.MULTILINE)
    )
    assert len(documented) > 15

    read_by_tests_and_terminals = {"PRISM_TEST_DATABASE_URL", "PRISM_TEST_REDIS_URL", "NO_COLOR"}

    assert documented - settings_read() - read_by_tests_and_terminals == set()


def test_every_command_and_option_is_in_the_command_page() -> None:
    page = text_of("docs/cli.md")
    assert len(COMMANDS) > 10

    for command in COMMANDS:
        assert f"`prism {command.name}" in page
        for option in command.options:
            for name in option.names:
                assert not name.startswith("-") or f"`{name}" in page, (command.name, name)
    for name in DJANGO_COMMANDS:
        assert f"`prism {name}" in page


def test_every_make_target_is_in_the_readme() -> None:
    targets = re.findall(r"^([a-z-]+):", text_of("Makefile"), re.MULTILINE)
    assert "run" in targets

    readme = text_of("README.md")

    assert [target for target in targets if f"make {target}" not in readme] == []


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", path.read_text())

    for link in links:
        if "://" not in link:
            assert (path.parent / link).exists(), link


def test_there_are_documents_with_links() -> None:
    assert {"README.md", "architecture.md", "cli.md", "configuration.md"} <= {p.name for p in DOCS}


def test_no_document_names_a_path_or_index_of_one_machine() -> None:
    for path in DOCS:
        assert not re.search(r"index-url|/root/|/home/", path.read_text()), path.name
