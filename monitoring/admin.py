"""An index of monitoring's admin pages, by room."""

import monitoring.alerts.admin
import monitoring.events.admin
import monitoring.health.admin  # noqa: F401
