"""Template tags that join rooms of the catalog on one page."""
