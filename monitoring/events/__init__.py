"""Live events: what other services publish, stored in one order and shown as it happens."""
