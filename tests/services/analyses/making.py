"""Makers of documents and runs for tests, through the actions that the console itself uses."""

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

from prism.core.access import CommandLine
from services.analyses.actions import write_document
from services.analyses.models import Analysis, Run
from services.analyses.run_actions import start_runbook
from services.catalog.models import Service
from tests import make

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
CLI = CommandLine("cli:test")

REDIS = """\
# Service Analysis: Redis

**Status**: ✅ ACTIVE (Production)
**Last Analyzed**: 2026-02-01
**Service Type**: Managed Cache (Redis)
**Provider**: Railway

---

## Overview

The cache of the [backend](blackroad-backend.md). See [troubleshooting](#troubleshooting).

## Configuration

### Version

- **Redis**: 7+ (Railway managed)

### Resources

- **Memory**: 256MB (default, configurable)
- **Eviction Policy**: `allkeys-lru` (least recently used)
- **Persistence**: RDB snapshots

## Key Namespaces

| Namespace | Pattern | TTL | Purpose |
|-----------|---------|-----|---------|
| `session:*` | `session:{user_id}` | 1 hour | User session data |
| `api:cache:*` | `api:cache:{endpoint}:{hash}` | 5-60 min | Cached API responses |
| `prism:*` | Pub/sub channels | N/A | Event bus |

## Performance

- **Memory**: Monitor for evictions

## Troubleshooting

1. Verify `REDIS_URL` is set

---

*Analysis Date: 2026-02-01*
*Next Review: 2026-04-01*
"""

REDIS_FACTS: dict[str, Any] = {
    "kind": "cache",
    "type": "redis",
    "version": "7+",
    "provider": "railway-managed",
    "configuration": {
        "maxmemory": "256MB",
        "maxmemory_policy": "allkeys-lru",
        "persistence": "RDB snapshots",
    },
}


def make_redis(**over: Any) -> Service:
    """Make the service that the document REDIS is about."""
    return make.make_service(**{"name": "redis", **deepcopy(REDIS_FACTS), **over})


def make_document(service: Service, text: str = REDIS, **over: Any) -> Analysis:
    """Write the first revision of a service's document."""
    values = {
        "base": 0, "is_analysed": True, "message": "", "actor": CLI, "actor_name": "ada", "now": NOW,
    }  # fmt: skip
    return write_document(service=service, text=text, **{**values, **over})


def make_run(**over: Any) -> Run:
    """Start a run of a runbook with two steps."""
    runbook = over.pop("runbook", None) or make.make_runbook()
    values = {"reason": "", "actor": CLI, "actor_name": "ada", "now": NOW}
    return start_runbook(runbook=runbook, **{**values, **over})
