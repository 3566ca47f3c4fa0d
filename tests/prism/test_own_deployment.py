"""The console's own deployment files: made by its own generator, and a compose file that fits itself."""

import re
from pathlib import Path
from typing import Any

import yaml

from prism import cli

ROOT = Path(__file__).resolve().parents[2]


def test_the_files_at_the_top_are_what_the_manifest_of_the_console_makes(capsys: Any) -> None:
    words = ["render", "prism-web", "--manifest", str(ROOT / "examples/console.yml")]

    status = cli.run(
        [*words, "--only", "railway-toml", "--only", "railway-py", "--check", str(ROOT)]
    )

    assert status == 0, capsys.readouterr().out


def test_compose_starts_what_the_deployment_page_describes() -> None:
    document = yaml.safe_load((ROOT / "compose.yaml").read_text())
    services = document["services"]

    assert services.keys() == {
        *("migrate", "web", "worker", "postgres", "valkey-state", "valkey-cache")
    }
    assert services["web"]["command"][0] == "gunicorn"
    assert services["worker"]["command"] == ["prism", "worker"]
    assert "noeviction" in services["valkey-state"]["command"]
    assert "allkeys-lru" in services["valkey-cache"]["command"]
    for name in ("migrate", "web", "worker"):
        environment = services[name]["environment"]
        assert "valkey-state" in environment["REDIS_URL"]
        assert "valkey-cache" in environment["REDIS_CACHE_URL"]
        assert set(services[name]["depends_on"]) <= services.keys()


def test_the_image_is_run_by_a_user_without_rights_and_gets_its_signals() -> None:
    text = (ROOT / "Dockerfile").read_text()
    final = text.rpartition("\nFROM ")[2]

    assert re.search(r"^USER prism$", final, re.MULTILINE)
    assert re.search(r'^CMD \["', final, re.MULTILINE)
    assert "HEALTHCHECK" in final
    assert "--require-hashes" in text
