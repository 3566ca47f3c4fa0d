"""What a console with nothing in it gets: an administrator and the example catalog."""

import os
import secrets
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from prism.core.access import CommandLine
from services.analyses.actions import import_documents
from services.analyses.folder import read_folder
from services.catalog.models import ChangeSet, Project
from services.manifest.actions import apply_plan, plan_manifest

ADMIN = "admin"
EXAMPLE = settings.BASE_DIR / "examples" / "manifest.yml"
EXAMPLE_ANALYSES = settings.BASE_DIR / "examples" / "analyses"


@dataclass(frozen=True, slots=True)
class FirstAdmin:
    """The administrator just made; `password` is empty when the operator chose it."""

    username: str
    password: str
    weakness: str


def create_first_admin() -> FirstAdmin | None:
    """Create `admin` when nobody can administer; None when somebody can.

    The password is `PRISM_ADMIN_PASSWORD`, which is used even when it is weak, or a generated one.
    """
    users = get_user_model().objects
    if users.filter(is_superuser=True).exists():
        return None
    given = os.environ.get("PRISM_ADMIN_PASSWORD", "")
    generated = "" if given else secrets.token_urlsafe(15)
    users.create_superuser(ADMIN, password=given or generated)
    return FirstAdmin(ADMIN, generated, _weakness(given) if given else "")


def load_example(now: datetime) -> bool:
    """Fill an empty catalog that never had anything in it from the examples; say whether it was done."""
    if Project.objects.exists() or ChangeSet.objects.exists():
        return False
    plan = plan_manifest(EXAMPLE.read_bytes(), file_name=EXAMPLE.name)
    actor = CommandLine("prism up")
    apply_plan(plan, actor=actor, actor_name=actor.name, message="The example catalog", now=now)
    documents = read_folder(EXAMPLE_ANALYSES).incoming
    import_documents(documents, actor=actor, actor_name=actor.name, now=now)
    return True


def _weakness(password: str) -> str:
    try:
        validate_password(password)
    except ValidationError as error:
        return " ".join(error.messages)
    return ""
