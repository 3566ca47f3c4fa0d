"""The catalog: what exists. No network, no clock of its own."""
