"""An index of the catalog's admin pages, by room."""

import services.catalog.admin
import services.manifest.admin  # noqa: F401 - importing them registers the pages
