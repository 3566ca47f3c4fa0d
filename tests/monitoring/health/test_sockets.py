"""The limit of open files: raised as far as it may be, and never taken for more than it is."""

import resource

import pytest

from monitoring.health.sockets import KEPT, room_for


@pytest.mark.parametrize(
    ("soft", "hard", "room", "raised"),
    [
        (1024, 1_048_576, 2000, 2000 + KEPT),
        (1024, resource.RLIM_INFINITY, 2000, 2000 + KEPT),
        (1024, 1024, 1024 - KEPT, None),
        (1024, 1500, 1500 - KEPT, 1500),
        (20_000, 20_000, 2000, None),
        (resource.RLIM_INFINITY, resource.RLIM_INFINITY, 2000, None),
        (64, 64, 1, None),
    ],
)
def test_probes_get_as_much_room_as_there_is(
    soft: int, hard: int, room: int, raised: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (soft, hard))
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: asked.append(limits))

    assert room_for(2000) == room
    assert raised is None or asked == [(raised, hard)]
