"""The effective environment: the later layer wins, field by field, and a secret stays one."""

from services.variables.effective import Definition, effective_environment


def merged(*definitions):
    [entry] = effective_environment(definitions)
    return entry


def test_the_later_layer_wins_field_by_field():
    entry = merged(
        Definition("X", "project", level="optional", default="1", description="what", example="2"),
        Definition("X", "service", level="required", example="3"),
        Definition("X", "environment", default="4"),
    )

    assert (entry.level, entry.default, entry.example, entry.description) == (
        *("required", "4", "3", "what"),
    )
    assert (entry.origin, entry.text, entry.layer) == ("default", "4", "environment")
    assert entry.layers == ("project", "service", "environment")


def test_a_value_drops_the_source_below_it_and_a_source_the_value():
    source = Definition("X", "service", level="required", source="${{A.B}}")
    value = Definition("X", "environment", value="plain")

    assert (merged(source, value).origin, merged(source, value).source) == ("value", "")
    assert merged(source).origin == "reference"
    below = Definition("X", "project", level="optional", value="below")
    assert merged(below, source).text == "${{A.B}}"


def test_what_one_layer_calls_a_secret_has_no_value():
    entry = merged(
        Definition("X", "project", level="required", is_secret=True, generate="openssl"),
        Definition("X", "service", level="required", value="no", default="no"),
    )

    assert entry.is_secret
    assert (entry.origin, entry.text, entry.default) == ("generate", "openssl", "")


def test_a_source_in_words_is_no_value():
    assert merged(Definition("X", "service", level="required", source="the vault")).origin == (
        "elsewhere"
    )


def test_an_override_of_nothing_is_optional():
    assert merged(Definition("X", "environment", value="1")).level == "optional"


def test_required_entries_come_first():
    names = [("B", "exported"), ("A", "optional"), ("D", "required"), ("C", "required")]

    entries = effective_environment(Definition(n, "service", level=at) for n, at in names)

    assert [entry.name for entry in entries] == ["C", "D", "A", "B"]
    assert [entry.is_read for entry in entries] == [True, True, True, False]
