"""The manifest room: read, plan, apply, export; change sets and revert."""
