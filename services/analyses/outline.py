"""The outline that a new document begins with, filled with what the catalog knows. Pure."""

from collections.abc import Mapping
from datetime import date

SECTIONS = (
    ("Overview", "What it is for, and who needs it."),
    ("Usage Patterns", "How it is used, with an example."),
    ("Performance", "What is normal, and what is too slow."),
    ("Monitoring", "What to look at, and when to worry."),
    ("Security", "Who can reach it, and how they log in."),
    ("Troubleshooting", "1. What to look at first"),
)


def outline(name: str, facts: Mapping[str, str], *, today: date, review_on: date) -> str:
    """Write a document's beginning: its head, the catalog's facts, and a section for each question."""
    head = [f"# Service Analysis: {name}", ""]
    head += [f"**Status**: {_one_line(facts.get('status', 'active'))}"]
    head += [f"**Last Analyzed**: {today}"]
    if kind := facts.get("type") or facts.get("kind"):
        head.append(f"**Service Type**: {_one_line(kind)}")
    if provider := facts.get("provider"):
        head.append(f"**Provider**: {_one_line(provider)}")
    settings = {
        field.partition(".")[2] or field: value
        for field, value in facts.items()
        if field == "version" or field.startswith(("configuration.", "deployment."))
    }
    body = [f"## {SECTIONS[0][0]}", "", SECTIONS[0][1], ""]
    if settings:
        body += ["## Configuration", ""]
        body += [f"- **{_words(key)}**: {_one_line(value)}" for key, value in settings.items()]
        body.append("")
    for title, text in SECTIONS[1:]:
        body += [f"## {title}", "", text, ""]
    ends = ["---", "", f"Analysis Date: {today}  ", f"Next Review: {review_on}", ""]
    return "\n".join([*head, "", *body, *ends])


def _words(key: str) -> str:
    text = key.replace("_", " ").replace(".", " ")
    return text[:1].upper() + text[1:]


def _one_line(text: str) -> str:
    """Keep a value of several lines in one, and its Markdown to the letter."""
    line = " ".join(text.split())
    return (
        f"`{line}`"
        if line and any(character in line for character in "*_`<[|\\") and "`" not in line
        else line
    )
