"""The tables of the inspector."""
