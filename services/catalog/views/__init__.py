"""The pages of the catalog outside the admin, one a file."""
