"""The analysis documents of services, and the runs of runbooks and migration plans."""
