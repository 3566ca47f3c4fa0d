"""Servers that the tests of the inspector run against."""

from tests.monitoring.redis_inspect.deployments import server

__all__ = ["server"]
