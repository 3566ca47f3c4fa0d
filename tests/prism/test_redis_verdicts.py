"""What the figures of a Redis server mean, and which versions have known holes."""

import pytest
import redis
from django.conf import settings

from prism import redis_doctor, redis_verdicts
from prism.finding import Light
from prism.redis_holes import holes_of
from prism.redis_verdicts import KeySample

HEALTHY = {
    "redis_version": "8.2.6",
    "connected_clients": 3,
    "maxclients": 10000,
    "evicted_keys": 0,
    "maxmemory_policy": "noeviction",
    "used_memory": 1024,
    "maxmemory": 0,
    "rdb_last_bgsave_status": "ok",
}


@pytest.mark.parametrize(
    ("product", "version", "holes"),
    [
        ("redis", "7.0.15", 2),
        ("redis", "7.2.5", 2),
        ("redis", "7.2.6", 1),
        ("redis", "7.2.11", 0),
        ("redis", "6.2.20", 0),
        ("redis", "7.4.6", 1),
        ("redis", "7.4.9", 0),
        ("redis", "8.0.3", 1),
        ("redis", "8.0.4", 0),
        ("redis", "8.4.0", 1),
        ("redis", "8.8.0", 0),
        ("redis", "5.0.14", 2),
        ("valkey", "7.2.4", 3),
        ("valkey", "8.0.6", 1),
        ("valkey", "8.0.8", 0),
        ("valkey", "9.0.3", 1),
        ("valkey", "9.1.2", 0),
        ("valkey", "8.1.7-rc1", 0),
    ],
)
def test_a_series_that_was_not_repaired_has_the_hole(product, version, holes):
    assert len(holes_of(product, version)) == holes


def test_a_valkey_is_judged_by_its_own_version():
    info = {"server_name": "valkey", "redis_version": "7.2.4", "valkey_version": "9.1.2"}

    finding = redis_verdicts.version_finding(info)

    assert finding.light is Light.GREEN
    assert "Valkey 9.1.2" in finding.seen


@pytest.mark.parametrize(
    ("reason", "seen"),
    [
        ("Error -2 connecting to redis:6379. Name or service not known.", "leads nowhere"),
        ("Error 111 connecting to 10.0.0.1:6379. Connection refused.", "nothing listens"),
        ("Timeout connecting to server", "no answer in time"),
        ("invalid username-password pair", "refuses this user"),
        ("something else", "something else"),
    ],
)
def test_a_failed_connection_says_how_far_it_got(reason, seen):
    finding = redis_verdicts.why_not_reached(reason)

    assert finding.light is Light.RED
    assert seen in finding.seen


@pytest.mark.parametrize(
    ("change", "light"),
    [
        ({}, Light.GREEN),
        ({"rejected_connections": 2}, Light.AMBER),
        ({"connected_clients": 8000}, Light.RED),
    ],
)
def test_connections_run_out(change, light):
    assert redis_verdicts.pool_finding(HEALTHY | change, 10).light is light


@pytest.mark.parametrize(
    ("before", "after", "light"), [(0, 0, Light.GREEN), (5, 5, Light.AMBER), (5, 9, Light.RED)]
)
def test_evictions_matter_most_while_they_rise(before, after, light):
    finding = redis_verdicts.eviction_finding({"evicted_keys": before}, {"evicted_keys": after})

    assert finding.light is light


@pytest.mark.parametrize(
    ("used", "light"), [(100, Light.GREEN), (850, Light.AMBER), (960, Light.RED)]
)
def test_a_plan_fills_up(used, light):
    info = HEALTHY | {"used_memory": used, "maxmemory": 1000}

    assert redis_verdicts.memory_finding(info).light is light


def test_a_policy_that_evicts_anything_is_explained():
    finding = redis_verdicts.policy_finding({"maxmemory_policy": "allkeys-lru"})

    assert finding.light is Light.AMBER
    assert "loses nothing" in finding.advice


def test_a_snapshot_that_failed_is_red():
    info = HEALTHY | {"rdb_last_bgsave_status": "err"}

    assert redis_verdicts.persistence_finding(info).light is Light.RED


def test_the_distribution_names_the_biggest_namespaces_and_what_was_not_looked_at():
    sample = KeySample(10_000, 100, {"session:*": 75, "api:*": 25})

    assert redis_verdicts.distribution_finding(sample).seen == (
        "10000 keys of 100 looked at: session:* 75%, api:* 25%"
    )


def test_keys_without_a_ttl_matter_where_only_keys_with_one_are_evicted():
    sample = KeySample(10, 10, {"stream:*": 10}, {"stream:*": 8})

    assert redis_verdicts.ttl_finding(sample, "volatile-lru").light is Light.AMBER
    assert redis_verdicts.ttl_finding(sample, "noeviction").light is Light.GREEN


@pytest.mark.redis
def test_a_real_server_is_asked_and_no_key_is_named():
    server = redis.Redis.from_url(settings.REDIS_URL)
    server.set("doctortest:private-name", "1", ex=60)
    server.set("secretplainname", "1", ex=60)

    findings = {finding.name: finding for finding in redis_doctor.examine_redis()}

    assert findings["redis"].light is Light.GREEN
    assert "doctortest:*" in findings["redis keys"].seen
    text = " ".join(finding.seen for finding in findings.values())
    assert "private-name" not in text
    assert "secretplainname" not in text
    server.delete("doctortest:private-name", "secretplainname")


def test_the_password_of_redis_is_not_shown(settings):
    settings.PRISM_EMBEDDED_REDIS = False
    settings.REDIS_URL = "redis://user:hunter2@127.0.0.1:1/0"

    findings = redis_doctor.examine_redis()

    assert [finding.light for finding in findings] == [Light.GREEN, Light.RED, Light.RED]
    assert "nothing listens" in findings[2].seen
    assert "hunter2" not in str(findings)


def test_a_public_redis_without_tls_is_amber(settings):
    settings.PRISM_EMBEDDED_REDIS = False
    settings.REDIS_URL = "redis://redis.example.com:6379"

    assert redis_doctor._address_finding().light is Light.AMBER


def test_a_number_alone_proves_no_hole():
    finding = redis_verdicts.version_finding({"redis_version": "7.0.15"})

    assert finding.light == "amber"
    assert "CVE-2025-49844" in finding.seen
