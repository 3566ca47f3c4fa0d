"""`prism analyses import` and `export`: a folder comes in, and goes out byte for byte."""

import json
import os
from argparse import Namespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prism.core.answer import CommandFailed
from prism.core.audit_entry import AuditEntry
from prism.core.terminal import Terminal
from services.analyses.commands import analyses
from services.analyses.folder import read_folder, write_folder
from services.analyses.models import Analysis, AnalysisRevision
from tests import make
from tests.servers import ROOT
from tests.services.analyses.making import REDIS, make_redis

pytestmark = pytest.mark.django_db


def run(what, folder):
    return analyses(Namespace(what=what, folder=str(folder), json=False), Terminal())


def test_a_folder_comes_back_byte_for_byte(tmp_path):
    make_redis()
    make.make_service(name="docs-site")
    contents = {
        "redis.md": b"\xef\xbb\xbf" + REDIS.replace("\n", "\r\n").encode(),
        "docs-site.md": "# Docs\r\n\nmixed\tends  \n\n\n— ✅".encode(),
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)

    answer = run("import", tmp_path)
    out = tmp_path / "out" / "deep"
    exported = run("export", out)

    assert answer.exit_status == 0
    assert {path.name: path.read_bytes() for path in out.iterdir()} == contents
    assert exported.text.endswith("2 written.")
    assert run("export", out).text.endswith("0 written.")


def test_a_file_is_about_the_service_that_its_name_or_title_says(tmp_path):
    make_redis(aliases=["cache"], railway_service="Redis Prod")
    make.make_service(name="postgres", display_name="The Database")
    gateway = make.make_project(name="blackroad-api")
    make.make_service(name="public-api", project=gateway)
    console = make.make_project(name="console", repo="example/console")
    make.make_service(name="console-web", project=console)
    make.make_service(name="worker")
    (tmp_path / "blackroad-api.md").write_text("# Service Analysis: blackroad-api (PLANNED)\n")
    (tmp_path / "web.md").write_text("# x\n\n**Repository**: `example/console` (to be created)\n")
    (tmp_path / "redis-2.md").write_text("# Redis\n\nService: `worker`\n")
    (tmp_path / "01.md").write_text("# Service Analysis: the database\n")
    (tmp_path / "CACHE.md").write_text("# x\n")

    folder = read_folder(tmp_path)

    assert {one.file_name: one.service.name for one in folder.incoming} == {
        "01.md": "postgres",
        "CACHE.md": "redis",
        "blackroad-api.md": "public-api",
        "redis-2.md": "worker",
        "web.md": "console-web",
    }


def test_what_does_not_fit_is_named_and_the_rest_is_kept(tmp_path):
    make_redis(aliases=["cache"])
    (tmp_path / "redis.md").write_text(REDIS)
    (tmp_path / "cache.md").write_text("# Again\n")
    (tmp_path / "nobody.md").write_text("# Analysis of nothing known\n")
    (tmp_path / "bad name.md").write_text("# x\n")
    (tmp_path / "bytes.md").write_bytes(b"\xff\xfe")
    (tmp_path / "README.md").write_text("# Read me\n")
    (tmp_path / "notes.txt").write_text("not a document")
    (tmp_path / "folder.md").mkdir()
    os.mkfifo(tmp_path / "pipe.md")

    answer = run("import", tmp_path)

    assert answer.exit_status == 2
    rows = {row["file"]: (row["outcome"], row["reason"]) for row in answer.document["documents"]}
    assert rows.keys() == {"redis.md", "cache.md", "nobody.md", "bad name.md", "bytes.md"}
    assert rows["cache.md"][0] == "created"  # the first by name; the second is refused
    assert "cache.md is about redis already" in rows["redis.md"][1]
    assert "no service is called nobody, nor “nothing known”" in rows["nobody.md"][1]
    assert "is not UTF-8 on line 1" in rows["bytes.md"][1]
    assert answer.document["passed_over"] == ["README.md"]
    assert Analysis.objects.count() == 1
    json.dumps(answer.document)


def test_a_canary_in_a_folder_is_refused_and_found_nowhere(tmp_path, caplog):
    make_redis()
    canary = "c4n4ry-9f8e7d6c5b4a3928"
    (tmp_path / "redis.md").write_text(f"{REDIS}\nredis://default:{canary}@10.0.0.1:6379\n")

    answer = run("import", tmp_path)

    assert answer.exit_status == 2
    assert "line 47: a password in an address" in answer.document["documents"][0]["reason"]
    assert canary not in str(answer.document) + answer.text + caplog.text
    dump = "".join(
        str(list(model.objects.values_list())) for model in (Analysis, AnalysisRevision, AuditEntry)
    )
    assert "analyses.import" in dump
    assert canary not in dump


def test_no_link_leads_out_of_the_folder(tmp_path):
    make_redis()
    folder, outside = tmp_path / "documents", tmp_path / "outside"
    folder.mkdir()
    outside.write_text("# Somebody's private notes\n")
    (folder / "redis.md").symlink_to(outside)

    refused = read_folder(folder).refused
    (folder / ".a.md.part").symlink_to(outside)
    write_folder(folder, [("a.md", "# A\n")])

    assert [one.reason for one in refused] == ["is a link that leads out of the folder"]
    assert outside.read_text() == "# Somebody's private notes\n"
    assert (folder / "a.md").read_text() == "# A\n"


def test_a_folder_that_is_not_there_is_a_mistake_with_its_name(tmp_path):
    with pytest.raises(CommandFailed, match="nowhere: No such file"):
        run("import", tmp_path / "nowhere")


def test_another_services_file_name_is_refused(tmp_path):
    make_redis()
    make.make_service(name="postgres", aliases=["REDIS.MD"])
    (tmp_path / "redis.md").write_text(REDIS)
    run("import", tmp_path)
    (tmp_path / "redis.md").rename(tmp_path / "Redis.md")
    (tmp_path / "Redis.md").write_text("# Service Analysis: postgres\n")

    folder = read_folder(tmp_path)

    assert [one.service.name for one in folder.incoming] == ["redis"]


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=200))
def test_any_text_is_written_as_it_is(tmp_path, text):
    write_folder(tmp_path, [("a.md", text)])

    assert (tmp_path / "a.md").read_bytes() == text.encode()


def test_the_example_folder_fits_the_example_catalog(tmp_path):
    from django.utils import timezone

    from prism.first_run import load_example

    load_example(timezone.now())

    answer = run("import", ROOT / "examples" / "analyses")

    assert answer.exit_status == 0
    run("export", tmp_path)
    for path in (ROOT / "examples" / "analyses").glob("*.md"):
        assert (tmp_path / path.name).read_bytes() == path.read_bytes()
