"""Servers that the tests of the inspector run against."""

from tests.monitoring.redis_inspect.deployments import server, valkey

__all__ = ["server", "valkey"]
