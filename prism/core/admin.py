"""An index of the ground floor's admin pages."""

from prism.core.people_admin import PersonAdmin
from prism.core.token_admin import TokenAdmin

__all__ = ["PersonAdmin", "TokenAdmin"]
