"""How to ask: one module a kind, and `run_probe` that chooses."""
