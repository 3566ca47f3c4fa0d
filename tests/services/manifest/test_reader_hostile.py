"""Files that were made to hurt are refused, at once and with a reason."""

import time
from pathlib import Path

import pytest

from services.manifest.reader import ManifestInvalid, read_manifest
from services.manifest.source import MAX_BYTES, MAX_FLOW_MARKS, MAX_LINES

CORPUS = Path(__file__).parent / "hostile"
REFUSALS = {
    "alias-bomb.yml": (80, "2:6 metadata.a: anchors (&name) are not used in a manifest"),
    "anchors.yml": (2, "1:11 projects: anchors (&name) are not used in a manifest"),
    "binary.yml": (1, "3:115: not UTF-8: byte 0x80 (invalid start byte)"),
    "collection-as-key.yml": (1, "1:3: a key must be a text, not a collection"),
    "deep-lists.yml": (1, "1:30 metadata" + "[0]" * 19 + ": nested more than 20 levels deep"),
    "deep-mappings.yml": (1, "21:41 metadata.k0.k1"),
    "duplicate-keys.yml": (2, "3:1 projects: duplicate key, first given on line 1"),
    "escaped-nul.yml": (2, "1:12 workspace: a text must not hold a NUL character"),
    "escaped-surrogate.yml": (1, "1:15 workspace: not YAML: found invalid Unicode character"),
    "huge-float.yml": (5, '1:12 metadata[0]: "1e999" is too large a number'),
    "huge-integer.yml": (2, '1:15 metadata.a: "99999999999'),
    "long-cycle.yml": (1, "303:27 projects.p.services.s299.depends_on[0]: dependency cycle: s0"),
    "many-documents.yml": (1, "2:1: a second document; a manifest is one document"),
    "merge-bomb.yml": (91, "2:7 metadata.m0: anchors (&name) are not used in a manifest"),
    "not-utf-8.yml": (1, "1:15: not UTF-8: byte 0xe9"),
    "nul.yml": (1, "1:13: not YAML: control characters are not allowed (U+0000)"),
    "python-object.yml": (2, "1:11 metadata: tags (!name) are not used in a manifest"),
    "self-alias.yml": (2, "1:11 metadata: anchors (&name) are not used in a manifest"),
    "surrogate-bytes.yml": (1, "1:12: not UTF-8: byte 0xed"),
    "tag-directive.yml": (2, "1:1: %TAG directives are not used in a manifest"),
    "terminal-escapes.yml": (1, "1:1 \\x1b[2J\\x1b]0;owned\\x07\\u202eevil: unknown key"),
    "unknown-everywhere.yml": (1001, '1:1 project0: unknown key; did you mean "projects"?'),
    "utf-16.yml": (1, "1:1: not UTF-8: byte 0xff"),
    "xml.yml": (1, '1:1: expected a mapping, got "<?xml'),
}
GENERATED = {
    "brackets": ("[" * 50_000, "nested more than 20 levels deep"),
    "brackets to the brim": ("[" * MAX_BYTES, "commas and opening brackets"),
    "braces": ("{a: " * 50_000, "nested more than 20 levels deep"),
    "dashes": ("- " * 50_000, "nested more than 20 levels deep"),
    "question marks": ("? " * 50_000, "a key must be a text"),
    "too many bytes": ("#" * (MAX_BYTES + 1), "8.0 MiB; a manifest has at most 8 MiB"),
    "too many bytes, not characters": ("é" * (MAX_BYTES // 2 + 1), "a manifest has at most 8 MiB"),
    "a list to the brim": ("- a\n" * (MAX_BYTES // 4), "more than 400,000 lines"),
    "a long list": ("- a\n" * (MAX_LINES - 1), "more than 20,000 items"),
    "lines of other kinds": ("- a\u2028" * (MAX_LINES + 1), "more than 400,000 lines"),
    "carriage returns": ("- a\r" * (MAX_LINES + 1), "more than 400,000 lines"),
    "a flow list to the brim": ("[" + "a," * (MAX_BYTES // 2 - 1), "commas and opening brackets"),
    "a long flow list": ("[" + "a," * (MAX_FLOW_MARKS - 2) + "]", "more than 20,000 items"),
    "one key again and again": ("a: b\n" * (MAX_LINES - 1), "duplicate key"),
    "keys that look known": ("".join(f"project{i}: x\n" for i in range(19_999)), "did you mean"),
    "dangling references": (
        "projects: {p: {services: {"
        + "".join(f"service-{i}: {{depends_on: [servise-{i}]}}, " for i in range(1_500))
        + "}}}",
        "no service is called",
    ),
    "an endless key": ("? " + "k" * (MAX_BYTES - 8) + "\n: 1", "unknown key"),
    "an endless text": ("workspace: " + "x " * (MAX_BYTES // 2 - 8), "longer than 200 characters"),
    "endless escapes": ('workspace: "' + "\\n" * (MAX_BYTES // 2 - 8) + '"', "longer than 200"),
    "an endless number": ("metadata: " + "9" * (MAX_BYTES - 16), "too large a number"),
    "an endless anchor": ("metadata: &" + "a" * (MAX_BYTES - 16) + " x", "anchors"),
    "colons": (":" * MAX_BYTES, "not YAML"),
    "blanks": (" " * MAX_BYTES, "the file is empty"),
    "a lone surrogate": ("a: \udfff", "not Unicode text: a lone surrogate (U+DFFF)"),
    "an endless comment, then a control": ("#" * (MAX_BYTES - 9) + "\na: \x07", "U+0007"),
}
# A linear reader needs about 0.1 s of CPU for the largest of them, a bomb minutes. The bound leaves
# room for a slow machine; `make bench` has the real figures.
CPU_BOUND_S = 2.0


def refused(source: str | bytes) -> list[str]:
    started = time.process_time()
    with pytest.raises(ManifestInvalid) as caught:
        read_manifest(source, file_name="m.yml")
    assert time.process_time() - started < CPU_BOUND_S
    return [str(problem) for problem in caught.value.problems]


def test_the_corpus_is_complete():
    assert {path.name for path in CORPUS.iterdir()} == REFUSALS.keys()


@pytest.mark.parametrize("name", REFUSALS)
def test_a_file_of_the_corpus_is_refused(name):
    count, first = REFUSALS[name]

    found = refused((CORPUS / name).read_bytes())

    assert found[0].startswith(f"m.yml:{first}")
    assert len(found) == count


@pytest.mark.parametrize("name", GENERATED)
def test_a_generated_file_is_refused(name):
    source, reason = GENERATED[name]

    found = refused(source)

    assert reason in found[0]
    assert all(len(problem) < 1_000 for problem in found)
