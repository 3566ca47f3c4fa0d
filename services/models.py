"""An index of the catalog's models, by room."""

from services.analyses.models import (  # noqa: F401
    Analysis,
    AnalysisRevision,
    Run,
    RunStep,
)
from services.catalog.models import *  # noqa: F403 - Django finds models here; the rooms define them
from services.manifest.models import PendingManifest  # noqa: F401
from services.variables.models import ObservedEnvironment, ObservedVariable  # noqa: F401
