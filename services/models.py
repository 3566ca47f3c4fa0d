"""An index of the catalog's models, by room."""

from services.catalog.models import *  # noqa: F403 - Django finds models here; the rooms define them
from services.manifest.models import PendingManifest  # noqa: F401
