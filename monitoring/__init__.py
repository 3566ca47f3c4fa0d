"""What is happening: probes, Redis, events, alerts and the worker that runs them."""
