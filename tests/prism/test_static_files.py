"""Collected static files: the steps of the Dockerfile, and what a console serves afterwards."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.servers import ROOT

LOGIN_PAGE = """
import django
django.setup()
from django.template.loader import render_to_string
from django.test import RequestFactory
print(render_to_string("admin/login.html", request=RequestFactory().get("/")))
"""


def run(folder: Path, *arguments: str) -> str:
    environment = {
        **os.environ,
        "PRISM_VAR_DIR": str(folder / "var"),
        "PRISM_STATIC_DIR": str(folder / "static"),
        "DJANGO_SETTINGS_MODULE": "prism.settings",
    }
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=True, timeout=120,
    ).stdout  # fmt: skip


def test_collecting_into_a_folder_that_is_not_there_yet_names_every_file_by_its_hash(
    tmp_path: Path,
) -> None:
    run(tmp_path, "-m", "prism", "manage", "collectstatic", "--noinput", "--verbosity", "0")

    names = json.loads((tmp_path / "static" / "staticfiles.json").read_text())["paths"]
    assert "/static/" + names["css/tokens.css"] in run(tmp_path, "-c", LOGIN_PAGE)


def test_a_folder_without_hashes_does_not_break_the_pages(tmp_path: Path) -> None:
    (tmp_path / "static").mkdir()

    assert '"/static/css/tokens.css"' in run(tmp_path, "-c", LOGIN_PAGE)
