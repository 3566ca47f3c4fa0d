""".env.example: every variable that a service reads, with what is known of it, and no secret. Pure."""

from services.artifacts.artifact import NotRenderable, banner, comment, one_line
from services.artifacts.blueprint import Unit, is_held_back
from services.catalog.names import Level
from services.variables.effective import Entry
from services.variables.env_file import PORTABLE, Assignment, NoCommonForm, Reader, render

_TITLES = {
    Level.REQUIRED: "Required: it does not start without",
    Level.IMPORTANT: "Important: it works badly without",
    Level.OPTIONAL: "Optional",
}
# Who can read the file, when no form of a value is the same to all.
_READERS = (PORTABLE, (Reader.PYTHON, Reader.COMPOSE), (Reader.PYTHON,))


def example_text(unit: Unit) -> str:
    """Write .env.example; raises NotRenderable when the service reads no variable."""
    entries = unit.variables()
    if not entries:
        raise NotRenderable("The catalog has no variable that it reads.")
    blocks = [
        comment(
            banner(unit.name),
            "Copy it to .env and fill it in. Never put a .env with secrets under version control.",
        )
    ]
    for level, title in _TITLES.items():
        of_level = [entry for entry in entries if entry.level == level]
        if of_level:
            blocks.append(comment(f"--- {title} ---"))
            blocks += [_block(entry) for entry in of_level]
    return "\n".join(blocks)


def _block(entry: Entry) -> str:
    """Write one variable: comments, then its assignment in a form that every reader reads alike."""
    text = comment(*_about(entry))
    for readers in _READERS:
        try:
            written = render([Assignment(entry.name, example_of(entry))], readers)
        except NoCommonForm:
            continue
        only = "" if readers is _READERS[0] else comment(f"Read so by {', '.join(readers)} only.")
        return text + only + written
    return (
        text
        + comment(f"{entry.name} has an example that no .env file can hold.")
        + f"{entry.name}=\n"
    )


def example_of(entry: Entry) -> str:
    """Give what stands in the file: the value that it has or might have, nothing for a secret."""
    if is_held_back(entry):
        return "" if entry.is_secret else entry.example
    if entry.origin in ("value", "default"):
        return entry.text
    return entry.default or entry.example


def _about(entry: Entry) -> list[str]:
    lines = [entry.description] if entry.description else []
    if is_held_back(entry):
        lines.append("A secret.")
    if entry.origin == "reference":
        lines.append(f"In the deployment: {entry.text}")
    elif entry.origin == "elsewhere":
        lines.append(f"From: {entry.text}")
    if entry.generate:
        lines.append(f"Generate it with: {entry.generate}")
    if entry.allowed_values:
        lines.append(f"One of: {', '.join(entry.allowed_values)}")
    if entry.format:
        lines.append(f"Format: {entry.format}")
    return [one_line(line) for line in lines]
