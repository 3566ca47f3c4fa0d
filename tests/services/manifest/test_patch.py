"""Patching YAML in place."""

import pytest
import yaml

from services.manifest.parse import read_tree
from services.manifest.patch import Patch, PatchConflict
from services.manifest.problems import Report
from services.manifest.tree import Entry, Mapping, Node, Sequence

TEXT = """\
# the head
top: "one"  # why one
service:
  # about the branch
  branch: main   # kept
  tags: [a, 'b']
  empty:
  env:
    - name: "A"
      secret: true
    # about B
    - name: "B"
  note: |
    two
    lines

  port: 80
# the foot
"""


def entry_of(node: Node, key: str) -> Entry:
    assert isinstance(node, Mapping)
    return next(entry for entry in node.entries if entry.key.text == key)


def open_patch(text: str = TEXT) -> tuple[Patch, Mapping, Mapping, Sequence]:
    root = read_tree(text, Report("m.yml"))
    assert isinstance(root, Mapping)
    service = entry_of(root, "service").value
    assert isinstance(service, Mapping)
    env = entry_of(service, "env").value
    assert isinstance(env, Sequence)
    return Patch(text, root), root, service, env


def test_no_edit_gives_the_text_back_byte_for_byte():
    patch, *_ = open_patch()

    assert patch.result() == TEXT


@pytest.mark.parametrize(
    ("key", "value", "line"),
    [
        ("branch", "develop", "  branch: develop   # kept"),
        ("branch", "no", '  branch: "no"   # kept'),
        ("branch", "a: b", '  branch: "a: b"   # kept'),
        ("tags", ["b", "c d"], '  tags: ["b", "c d"]'),
        ("port", 81, "  port: 81"),
        ("empty", "now", '  empty: "now"'),
    ],
)
def test_a_value_is_replaced_where_it_stands(key, value, line):
    patch, _, service, _ = open_patch()

    patch.set_value(service, entry_of(service, key), value)

    old = next(text for text in TEXT.splitlines() if text.startswith(f"  {key}:"))
    assert patch.result() == TEXT.replace(old, line)


def test_a_removed_entry_leaves_the_comments_of_its_neighbours():
    patch, _, service, _ = open_patch()

    patch.remove_entry(entry_of(service, "note"))

    assert patch.result() == TEXT.replace("  note: |\n    two\n    lines\n", "")


def test_a_new_entry_goes_below_the_named_one():
    patch, _, service, _ = open_patch()

    patch.add_entry(service, "owner", "Ann", entry_of(service, "branch"))

    assert patch.result() == TEXT.replace("# kept\n", '# kept\n  owner: "Ann"\n')


def test_a_new_entry_at_the_end_goes_above_the_foot():
    patch, _root, service, _ = open_patch()

    patch.add_entry(service, "x", {"deep": ["one", {"two": 2}]}, None)

    assert yaml.safe_load(patch.result())["service"]["x"] == {"deep": ["one", {"two": 2}]}
    assert patch.result().endswith("# the foot\n")


def test_items_come_and_go_without_their_neighbours_noticing():
    patch, _, _, env = open_patch()

    patch.remove_item(env.items[0])
    patch.add_item(env, {"name": "C", "values": []})

    assert yaml.safe_load(patch.result())["service"]["env"] == [
        {"name": "B"},
        {"name": "C", "values": []},
    ]
    assert "# about B" in patch.result()


@pytest.mark.parametrize(
    "new", [[], ["a"], ["b"], ["a", "b", "c"], ["c", "a"], ["x", "y", "z", "w"]]
)
def test_a_list_of_texts_becomes_the_new_list(new):
    text = "steps:\n- a\n- b  # second\nlast: 1\n"
    root = read_tree(text, Report("m.yml"))
    patch = Patch(text, root)
    steps = entry_of(root, "steps").value

    patch.set_items(steps, ["a", "b"], new)

    assert yaml.safe_load(patch.result()) == {"steps": new or None, "last": 1}


def test_windows_line_ends_stay_windows_line_ends():
    text = TEXT.replace("\n", "\r\n")
    patch, _, service, env = open_patch(text)

    patch.add_entry(service, "owner", "Ann", None)
    patch.remove_item(env.items[1])

    assert "\n" not in patch.result().replace("\r\n", "")


def test_overlapping_edits_are_refused():
    patch, root, service, _ = open_patch()

    patch.remove_entry(entry_of(root, "service"))
    patch.set_value(service, entry_of(service, "branch"), "x")

    with pytest.raises(PatchConflict):
        patch.result()


@pytest.mark.parametrize(
    "value",
    ["", " ", "a\nb", "a\nb\n", "\n", " lead\nb", "tab\t", "nul-free \x7f \x85 \u2028", "é 🙂", "'", '"', "#", "a\r\nb", "- a", "yes", "1.0", "${{A.B}}", "a\n\nb", "a\n ", "\ufeffx"],
)  # fmt: skip
def test_any_text_comes_back_as_it_was_written(value):
    patch, _, service, env = open_patch()

    patch.set_value(service, entry_of(service, "branch"), value)
    patch.add_entry(service, "added", {"deep": value, "list": [value]}, None)
    patch.add_item(env, {"name": value})

    read = yaml.safe_load(patch.result())["service"]
    assert (read["branch"], read["added"], read["env"][-1]) == (
        value,
        {"deep": value, "list": [value]},
        {"name": value},
    )
