"""The commands about the console itself that need nothing: `version` and `schema`."""

import json
import platform
from argparse import Namespace
from importlib.metadata import version

from prism.core.answer import Answer
from prism.core.terminal import Terminal
from prism.version import VERSION
from services.manifest.json_schema import json_schema


def show_version(arguments: Namespace, terminal: Terminal) -> Answer:
    """Answer `prism version`."""
    document = {
        "version": VERSION,
        "python": platform.python_version(),
        "django": version("django"),
    }
    text = f"prism {VERSION} (Python {document['python']}, Django {document['django']})"
    return Answer(document, text)


def show_schema(arguments: Namespace, terminal: Terminal) -> Answer:
    """Answer `prism schema`; the text is the document itself."""
    document = json_schema()
    return Answer(document, json.dumps(document, indent=2, ensure_ascii=False))
