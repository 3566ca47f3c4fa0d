"""What a server says of itself right now, panel by panel: each is shown, or says why it is not."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from monitoring.redis_inspect.info import Figures, figures_of
from monitoring.redis_inspect.key_access import KeyAccess
from monitoring.redis_inspect.masking import readable
from monitoring.redis_inspect.redaction import redact_command
from monitoring.redis_inspect.topology import Node
from prism.core.redis import NoPermissionError, Redis, RedisError, ResponseError

Data = TypeVar("Data")
SLOW_ROWS = 32
CLIENT_ROWS = 50
MOST_CLIENTS = 3_000  # listing more is a megabyte and a long turn of the server
CHANNEL_ROWS = 100
COMMAND_ROWS = 8
NOT_PERMITTED = "not permitted"


@dataclass(frozen=True, slots=True)
class Panel(Generic[Data]):
    """The data of one panel, or in `why_not` the reason for which there are none."""

    data: Data | None = None
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class SlowCommand:
    """One entry of the slow log, without data."""

    at_s: int
    took_ms: float
    command: str
    client: str

    @property
    def at(self) -> datetime:
        """Give when it ran."""
        return datetime.fromtimestamp(self.at_s, tz=UTC)


@dataclass(frozen=True, slots=True)
class Connection:
    """One entry of CLIENT LIST."""

    name: str
    address: str
    user: str
    command: str
    age_s: int
    idle_s: int
    memory_bytes: int | None


@dataclass(frozen=True, slots=True)
class Clients:
    """The connections, those that hold most memory first, and how many by name."""

    total: int
    rows: list[Connection]
    by_name: list[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Channels:
    """Channels with a subscriber right now, by how many; `patterns` is only a number."""

    rows: list[tuple[str, int]]
    total: int
    patterns: int
    sharded: int


@dataclass(frozen=True, slots=True)
class CommandTimes:
    """The server's own times of one command; percentiles are None before Redis 7.0."""

    name: str
    calls: int
    mean_ms: float
    p50_ms: float | None = None
    p99_ms: float | None = None
    p999_ms: float | None = None


@dataclass(frozen=True, slots=True)
class ServerNow:
    """One server, asked just now."""

    node: Node
    info: Panel[Mapping[str, Any]]
    figures: Figures
    slow: Panel[list[SlowCommand]]
    clients: Panel[Clients]
    channels: Panel[Channels]
    commands: Panel[list[CommandTimes]] = field(
        default_factory=lambda: Panel(why_not=NOT_PERMITTED)
    )


def ask_server(node: Node, access: KeyAccess) -> ServerNow:
    """Ask one server for all panels. About six exchanges; raises RedisError when it is not there."""
    client = node.client()
    info: Panel[Mapping[str, Any]] = _panel(lambda: client.info("all"))
    figures = figures_of(info.data or {})
    return ServerNow(
        node=node,
        info=info,
        figures=figures,
        slow=_panel(lambda: _slow(client, access)),
        clients=_panel(lambda: _clients(client))
        if (figures.connected_clients or 0) <= MOST_CLIENTS
        else Panel(why_not=f"{figures.connected_clients} clients are too many to list"),
        channels=_panel(lambda: _channels(client)),
        commands=Panel(command_times(info.data)) if info.data else Panel(why_not=info.why_not),
    )


def _panel(ask: Callable[[], Data]) -> Panel[Data]:
    """Ask; a refusal is the panel's own, a server that is gone is everybody's."""
    try:
        return Panel(ask())
    except NoPermissionError:
        return Panel(why_not=NOT_PERMITTED)
    except ResponseError as error:
        return Panel(why_not=f"the server answered: {readable(str(error), 120)}")
    except (ValueError, KeyError, IndexError, TypeError) as error:
        return Panel(why_not=f"its answer could not be read ({type(error).__name__})")


def _slow(client: Redis, access: KeyAccess) -> list[SlowCommand]:
    rows: Any = _raw(client, "SLOWLOG", "GET", SLOW_ROWS)
    return [
        SlowCommand(
            at_s=int(row[1]),
            took_ms=int(row[2]) / 1000,
            command=redact_command(row[3], access),
            client=readable((row[5] or row[4]) if len(row) > 5 else "", 80),
        )
        for row in rows
    ]


def _clients(client: Redis) -> Clients:
    text: bytes = _raw(client, "CLIENT", "LIST")
    found = [dict(_pairs(line)) for line in text.decode(errors="replace").splitlines()]
    names: dict[str, int] = {}
    for one in found:
        name = readable(one.get("name", "") or one.get("lib-name", "") or "no name", 60)
        names[name] = names.get(name, 0) + 1
    found.sort(key=lambda one: -_integer(one.get("tot-mem", "0")))
    return Clients(
        total=len(found),
        rows=[
            Connection(
                name=readable(one.get("name", ""), 60),
                address=readable(one.get("addr", ""), 60),
                user=readable(one.get("user", ""), 60),
                command=readable(one.get("cmd", ""), 40),
                age_s=_integer(one.get("age", "0")),
                idle_s=_integer(one.get("idle", "0")),
                memory_bytes=_integer(one["tot-mem"]) if "tot-mem" in one else None,
            )
            for one in found[:CLIENT_ROWS]
        ],
        by_name=sorted(names.items(), key=lambda pair: (-pair[1], pair[0]))[:20],
    )


def _channels(client: Redis) -> Channels:
    names: Sequence[bytes] = _raw(client, "PUBSUB", "CHANNELS")
    shown = sorted(names)[:CHANNEL_ROWS]
    counts: Any = _raw(client, "PUBSUB", "NUMSUB", *shown) if shown else []
    try:
        sharded = len(_raw(client, "PUBSUB", "SHARDCHANNELS"))
    except ResponseError:  # before 7.0
        sharded = 0
    rows = [(readable(name), int(n)) for name, n in zip(counts[::2], counts[1::2], strict=True)]
    return Channels(rows, len(names), int(_raw(client, "PUBSUB", "NUMPAT")), sharded)


def command_times(info: Mapping[str, Any]) -> list[CommandTimes]:
    """List the commands that cost the server most time, with its own percentiles."""
    stats = [
        (name.removeprefix("cmdstat_"), value)
        for name, value in info.items()
        if name.startswith("cmdstat_") and isinstance(value, dict)
    ]
    stats.sort(key=lambda pair: -float(pair[1].get("usec", 0)))
    return [_times(name, value, info) for name, value in stats[:COMMAND_ROWS]]


def _times(name: str, stat: Mapping[str, Any], info: Mapping[str, Any]) -> CommandTimes:
    spread = info.get(f"latency_percentiles_usec_{name}")
    known = spread if isinstance(spread, dict) else {}

    def ms(percentile: str) -> float | None:
        return float(known[percentile]) / 1000 if percentile in known else None

    return CommandTimes(
        name=readable(name, 40).upper().replace("|", " "),
        calls=int(stat.get("calls", 0)),
        mean_ms=float(stat.get("usec_per_call", 0)) / 1000,
        p50_ms=ms("p50"),
        p99_ms=ms("p99"),
        p999_ms=ms("p99.9"),
    )


def reachable(
    nodes: Sequence[Node], access: KeyAccess
) -> tuple[list[ServerNow], list[tuple[Node, str]]]:
    """Ask all servers of an instance; give what they say, and those that do not answer with why."""
    answered, gone = [], []
    for node in nodes:
        try:
            answered.append(ask_server(node, access))
        except RedisError as error:
            gone.append((node, str(error)))
    return answered, gone


def _raw(client: Redis, *words: Any) -> Any:
    """Send a command whose answer is taken as it is: redis-py reads those whose name it gets in one piece."""
    return client.execute_command(*words)  # type: ignore[no-untyped-call]


def _pairs(line: str) -> list[tuple[str, str]]:
    return [
        (name, value)
        for name, equals, value in (p.partition("=") for p in line.split(" "))
        if equals
    ]


def _integer(text: str) -> int:
    return int(text) if text.isdecimal() else 0
