"""What is counted of keys: violations, times to live, samples, and patterns for what nobody declared."""

import json
import uuid

import pytest

from monitoring.redis_inspect.clusters import (
    MOST_SUGGESTIONS,
    MOST_TEMPLATES,
    Undeclared,
    pattern_of,
    template_of,
)
from monitoring.redis_inspect.estimates import of_total, wilson
from monitoring.redis_inspect.judging import violations_of
from monitoring.redis_inspect.masking import Masker
from monitoring.redis_inspect.namespaces import DEFAULTS, Matcher, Namespace
from monitoring.redis_inspect.pacing import REST_PINGS, Neighbours, Pace, quantile
from monitoring.redis_inspect.tally import BIGGEST, SAMPLES, Tally
from services.catalog.names import Sensitivity, TtlPolicy

HOUR = Namespace("h:*", ttl_policy=TtlPolicy.MAXIMUM, ttl_max_s=3600, key_type="string")
CHANNELS = Namespace("c:*", ttl_policy=TtlPolicy.CHANNEL_ONLY)
FREE = Namespace("f:*")


def tally(*namespaces: Namespace) -> Tally:
    return Tally(namespaces or (HOUR, CHANNELS, FREE), lambda key, _: key.decode())


@pytest.mark.parametrize(
    ("namespace", "key_type", "ttl_ms", "broken"),
    [
        (HOUR, "string", 3_600_000, ()),
        (HOUR, "string", 0, ()),
        (HOUR, "string", 3_601_000, ()),  # a second of grace
        (HOUR, "string", 3_601_001, ("too_long",)),
        (HOUR, "string", -1, ("no_expiry",)),
        (HOUR, "hash", -1, ("no_expiry", "wrong_type")),
        (HOUR, "hash", 5, ("wrong_type",)),
        (HOUR, "", None, ()),  # not permitted to ask
        (CHANNELS, "string", 5, ("channel_only",)),
        (CHANNELS, "", None, ("channel_only",)),
        (FREE, "hash", -1, ()),
        (Namespace("s", ttl_policy=TtlPolicy.SLIDING, ttl_max_s=1), "x", 9_000, ("too_long",)),
        (Namespace("r", ttl_policy=TtlPolicy.RANGE, ttl_min_s=300, ttl_max_s=600), "x", 5, ()),
        (Namespace("r", ttl_policy=TtlPolicy.MAXIMUM), "x", 10**12, ()),  # no bound was given
    ],
)
def test_only_what_is_certain_is_a_violation(namespace, key_type, ttl_ms, broken):
    assert violations_of(namespace, key_type=key_type, ttl_ms=ttl_ms) == broken

    counted = tally(namespace)
    counted.add(namespace.prefix.encode(), 1, ttl_ms, key_type)
    found = {name for name, count in counted.counts[0].violations.items() if count}
    assert found == set(broken)


def test_the_tally_counts_by_namespace_type_and_remaining_time():
    counted = tally()
    for number in range(30):
        counted.add(f"h:{number}".encode(), 100 + number, 59_000 if number % 2 else -1, "string")
    counted.add(b"f:1", 10, 2_592_000_001, "hash")
    counted.add(b"other", 7, -1, "set")

    hour, _, free = counted.counts
    assert (counted.keys, counted.size_bytes) == (32, 30 * 100 + 435 + 17)
    assert hour.types == {"string": [30, 3435]}
    assert (hour.immortal, hour.ttl_keys[2], hour.ttl_bytes[2]) == (15, 15, 15 * 115)
    assert free.ttl_keys[-1] == 1
    assert hour.violations["no_expiry"] == 15
    assert len(hour.biggest) == BIGGEST
    assert [row["bytes"] for row in hour.biggest_first()] == list(range(129, 119, -1))
    assert counted.nobody.keys == 1


def test_what_is_kept_does_not_grow_with_the_keys():
    counted = tally()
    for number in range(3_000):
        counted.add(b"c:%d" % number, number, 5, "string")

    assert counted.counts[1].violations["channel_only"] == 3_000
    assert len(counted.counts[1].samples["channel_only"]) == SAMPLES
    assert len(json.dumps(counted.to_json())) < 8_000


def test_a_tally_goes_on_where_another_left_off():
    whole, first, second = tally(), tally(), tally()
    for number in range(200):
        for one in (whole, first if number < 100 else second):
            one.add(b"h:%d" % number, number, -1 if number % 3 else 10, "string")
            one.add(b"u:%d" % number, number, 10, "list")
        if number == 99:
            second.resume(json.loads(json.dumps(first.to_json())))

    whole_json, resumed_json = whole.to_json(), second.to_json()
    for document in (whole_json, resumed_json):
        for counts in document["counts"]:
            counts.pop("samples")  # which ones are named is chance
            counts["biggest"] = sorted(counts["biggest"])
        document["nobody"]["biggest"] = sorted(document["nobody"]["biggest"])
    assert json.dumps(resumed_json) == json.dumps(whole_json)


def test_a_tally_of_other_namespaces_is_not_gone_on_with():
    with pytest.raises(ValueError, match="changed"):
        tally(HOUR).resume(tally(FREE).to_json())


@pytest.mark.parametrize(
    ("key", "template", "pattern"),
    [
        (b"cart:7:items", "cart:{number}:items", "cart:*"),
        (b"s:550e8400-e29b-41d4-a716-446655440000", "s:{uuid}", "s:*"),
        (b"r:10.0.0.1:login", "r:{ip}:login", "r:*"),
        (b"u:a.b@example.com", "u:{email}", "u:*"),
        (b"day:2026-03-01:x", "day:{date}:x", "day:*"),
        (b"c:3f2a9bc1d4", "c:{hex}", "c:*"),
        (b"t:aB3dE5gH7jK9mN1p", "t:{id}", "t:*"),
        (b":1:views:42", ":{number}:views:{number}", ":*"),
        (b"feature:beta", "feature:beta", "feature:*"),
        (b"config", "config", "config"),
        (b"v2:x", "v2:x", "v2:*"),
        (b"a*b", "a*b", "a\\*b"),
        (b"7:a", "{number}:a", "*:a"),
        (b"<script>", "<script>", "<script>"),
        (b"\xff\x00a:1", "\\xff\\x00a:{number}", "??a:*"),
    ],
)
def test_names_become_templates_and_patterns_that_match_them(key, template, pattern):
    assert template_of(key) == template
    assert pattern_of(template_of(key)) == pattern
    assert Matcher([Namespace(pattern)]).index_of(key) == 0


def test_many_words_in_one_place_are_values():
    undeclared = Undeclared()
    for number in range(600):
        word = "".join("abcdefghij"[int(digit)] for digit in str(number))
        undeclared.add(f"tenant:{word}:cart".encode(), 10, -1, "hash")
        undeclared.add(f"lock:{uuid.uuid4()}".encode(), 1, 50_000, "string")
    undeclared.add(b"feature:dark", 1, -1, "string")

    found = {one.pattern: one for one in undeclared.suggestions()}

    assert set(found) == {"tenant:*", "lock:*", "feature:*"}
    assert found["tenant:*"].templates == ("tenant:{*}:cart",)
    assert (found["tenant:*"].ttl_max_s, found["lock:*"].ttl_max_s) == (None, 60)
    assert (found["tenant:*"].key_type, found["lock:*"].group.keys) == ("hash", 600)


def test_names_without_end_are_bounded():
    undeclared = Undeclared()
    for number in range(MOST_TEMPLATES + 500):
        word = "".join("abcdefghij"[int(digit)] for digit in str(number))
        undeclared.add(f"{word}:x".encode(), 1, -1, "string")

    found = undeclared.suggestions()

    assert len(undeclared.groups) == MOST_TEMPLATES + 1
    assert len(found) <= MOST_SUGGESTIONS
    assert sum(one.group.keys for one in found) == MOST_TEMPLATES + 500


def test_the_interval_of_a_share():
    low, high = wilson(30, 100)

    assert (round(low, 3), round(high, 3)) == (0.219, 0.396)  # Wilson 1927, z = 1.96
    assert wilson(0, 0) == (0.0, 1.0)
    assert of_total(5, 10, 10).low == of_total(5, 10, 10).high == 5
    assert of_total(0, 100, 1_000).high > 0


def test_a_count_follows_the_time_that_a_batch_takes():
    pace = Pace(target_ms=2.0)
    for _ in range(50):
        pace.took(pace.count * 0.01, pace.count)

    assert pace.count == 200
    assert Pace(duty=1.0).target_ms > Pace().target_ms
    pace.took(1_000, 200)
    assert pace.count == 200  # once is chance
    for _ in range(3):
        pace.took(1_000, 200)
    assert pace.count == 100  # then it follows, never by more than half at once
    assert pace.rest_s(1.0) == pytest.approx(3.0)
    assert Pace(duty=1.0).rest_s(1.0) == 0


def test_a_scan_waits_when_others_do():
    neighbours = Neighbours(idle_ms=0.1)
    for _ in range(50):
        neighbours.felt(0.2)
    assert not neighbours.suffer()
    for _ in range(3):
        neighbours.felt(40.0)
    assert neighbours.suffer()
    neighbours.rest()
    assert not neighbours.recovered()
    for _ in range(5):
        neighbours.felt(0.2)
    assert neighbours.recovered()
    assert not neighbours.suffer()


def test_a_server_that_is_slow_while_the_scan_rests_is_not_slow_because_of_it():
    neighbours = Neighbours(idle_ms=0.1)
    for _ in range(30):
        neighbours.felt(30.0)
    assert neighbours.suffer()
    neighbours.rest()
    for _ in range(REST_PINGS):
        assert not neighbours.recovered()
        neighbours.felt(30.0)
    assert neighbours.recovered()
    assert neighbours.limit_ms == 60.0
    for _ in range(30):
        neighbours.felt(50.0)
    assert not neighbours.suffer()


def test_nothing_has_no_quantile():
    assert quantile([], 0.5) == 0


def test_names_are_shown_as_their_namespaces_allow():
    secret = Namespace("secret:*", sensitivity=Sensitivity.SECRET)
    masker = Masker([*DEFAULTS, secret, Namespace("open:*")], b"key")

    assert masker.show(b"open:<b>\x00").name == "open:<b>\\x00"
    hidden = masker.show(b"secret:token-of-somebody")
    assert hidden.name.startswith("secret:… #")
    assert "token" not in hidden.name
    undeclared = masker.show(b"reset:3f2a9bc1d4e5")
    assert undeclared.name.startswith("reset:{hex} #")
    assert undeclared.is_masked
    assert masker.show(b"plain").name == "plain"
    assert "…" in masker.show(b"open:" + b"x" * 10_000).name


def test_what_follows_the_word_for_a_credential_is_in_no_report():
    declared = Namespace("app:*", ttl_policy=TtlPolicy.MAXIMUM, ttl_max_s=60)
    tally = Tally([declared], Masker([declared], b"key").name_of)
    for key in (
        b"reset:token:correcthorse",
        b"app:session:batterystaple",
        b"jwt:" + b"troubador" * 40,
    ):
        tally.add(key, 100, -1, "string")

    found = tally.undeclared.suggestions()
    kept = json.dumps(tally.to_json()) + repr(found)

    assert {one.pattern for one in found} == {"reset:token:*", "jwt:*"}
    assert not any(word in kept for word in ("correct", "battery", "troubador"))
    assert "app:session:\\u2026 #" in kept
