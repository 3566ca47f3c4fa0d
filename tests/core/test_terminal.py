"""Text for a terminal."""

from prism.core.terminal import Terminal, cut, printable, table, width


def test_hostile_text_cannot_steer_the_terminal() -> None:
    assert printable("a\x1b[31mb\n\u202ec") == "a\\x1b[31mb\\n\\u202ec"


def test_columns_line_up_with_wide_and_combining_characters() -> None:
    text = table(("NAME", "X"), [("日本", 1), ("e\u0301", 2), ("abc", None)], Terminal())

    lines = text.splitlines()
    assert [width(line.rstrip("X12").rstrip()) for line in lines] == [4, 4, 1, 3]
    assert lines[1] == "日本  1"
    assert lines[2] == "e\u0301     2"
    assert lines[3] == "abc"


def test_a_pipe_gets_everything_and_no_colour() -> None:
    text = table(("A", "B"), [("x" * 300, "active")], Terminal(), colours={"active": "green"})

    assert "x" * 300 in text
    assert "\x1b" not in text


def test_a_narrow_terminal_gets_the_widest_column_cut() -> None:
    terminal = Terminal(colour=False, columns=40)

    text = table(("A", "B"), [("x" * 300, "short"), ("y", "日" * 50)], terminal)

    assert all(width(line) <= 40 for line in text.splitlines())
    assert "…" in text
    assert "short" in text


def test_colour_marks_whole_cells_on_a_terminal() -> None:
    terminal = Terminal(colour=True, columns=80)

    text = table(("A",), [("active",), ("inactive",)], terminal, colours={"active": "green"})

    assert text.splitlines()[1] == "\x1b[32mactive\x1b[0m"
    assert text.splitlines()[2] == "inactive"


def test_cutting_never_splits_a_wide_character() -> None:
    assert cut("日本語", 4) == "日…"
    assert cut("abc", 3) == "abc"
