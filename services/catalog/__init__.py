"""The catalog room: models, reads, the admin pages, the dependency graph and search."""
