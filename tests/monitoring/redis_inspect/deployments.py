"""Redis in its larger forms, for tests: a cluster, a replica, Sentinel. Real servers on free ports."""

import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from monitoring.redis_inspect.models import RedisInstance
from tests.servers import Process, RedisServer, free_port, redis_server, wait_until

SLOTS = 16_384


def make_instance(url: str, monkeypatch: pytest.MonkeyPatch, name: str = "shared") -> RedisInstance:
    """Make an instance whose address is in the environment, as it is in production."""
    variable = f"PRISM_TARGET_{name.upper()}_PROD"
    monkeypatch.setenv(variable, url)
    return RedisInstance.objects.create(name=name, title=f"{name} prod", variable=variable)


@pytest.fixture(params=["valkey", "redis"])
def server(request: pytest.FixtureRequest) -> Iterator[RedisServer]:
    """Run each test against the embedded Valkey and against the machine's own Redis."""
    program = ""
    if request.param == "redis":
        program = shutil.which("redis-server") or ""
        if not program:
            pytest.skip("redis-server is not on this machine")
    with redis_server(program=program) as running:
        yield running


@pytest.fixture
def valkey() -> Iterator[RedisServer]:
    """Run the embedded Valkey alone, for what does not depend on the server."""
    with redis_server() as running:
        yield running


def _cluster_port() -> int:
    """Give a free port whose cluster bus, 10,000 above, exists too."""
    while (port := free_port()) > 55_000:
        pass
    return port


@contextlib.contextmanager
def redis_cluster(primaries: int = 3, program: str = "") -> Iterator[list[RedisServer]]:
    """Run a cluster of primaries, each with its share of the slots."""
    with contextlib.ExitStack() as stack:
        servers = [_cluster_node(stack, program) for _ in range(primaries)]
        share = -(-SLOTS // primaries)
        for place, server in enumerate(servers):
            admin = server.admin()
            first, last = place * share, min((place + 1) * share, SLOTS) - 1
            admin.execute_command("CLUSTER ADDSLOTSRANGE", first, last)
            admin.execute_command("CLUSTER SET-CONFIG-EPOCH", place + 1)
            if place:
                admin.execute_command("CLUSTER MEET", "127.0.0.1", servers[0].port)
        wait_until(lambda: all(_is_whole(one) for one in servers), what="a whole cluster")
        yield servers


def _cluster_node(stack: contextlib.ExitStack, program: str) -> RedisServer:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="prism-redis-")))
    options = ("--cluster-enabled", "yes", "--cluster-node-timeout", "5000")
    server = RedisServer(folder, options=options, program=program, port=_cluster_port())
    stack.callback(server.kill)
    return server.start()


def _is_whole(server: RedisServer) -> bool:
    info = server.admin().execute_command("CLUSTER INFO")
    return info["cluster_state"] == "ok" and int(info["cluster_slots_assigned"]) == SLOTS


@contextlib.contextmanager
def replica_of(primary: RedisServer, *options: str, program: str = "") -> Iterator[RedisServer]:
    """Run a replica and wait until it has everything."""
    follows = ("--replicaof", "127.0.0.1", str(primary.port))
    primary.admin().config_set("repl-diskless-sync-delay", 0)
    with redis_server(*follows, *options, program=program) as server:
        wait_until(lambda: _is_followed_by(primary, server), what="a replica that follows")
        yield server


def _is_followed_by(primary: RedisServer, replica: RedisServer) -> bool:
    """Ask both: the primary calls a replica online only when it has acknowledged what it got."""
    rows = primary.admin().info("replication").values()
    online = {
        int(one["port"]) for one in rows if isinstance(one, dict) and one["state"] == "online"
    }
    is_linked = replica.admin().info("replication")["master_link_status"] == "up"
    return is_linked and replica.port in online


@contextlib.contextmanager
def sentinel_of(primary: RedisServer, name: str = "mymaster") -> Iterator[RedisServer]:
    """Run one sentinel that watches the primary."""
    program = shutil.which("redis-server") or ""
    if not program:
        pytest.skip("redis-server is not on this machine")
    port = free_port()
    file = primary.folder / "sentinel.conf"
    file.write_text(f"port {port}\nsentinel monitor {name} 127.0.0.1 {primary.port} 1\n")
    with (primary.folder / "sentinel.log").open("ab") as log:
        command = [program, str(file), "--sentinel"]
        popen = subprocess.Popen(command, cwd=primary.folder, stdout=log, stderr=log)
    server = RedisServer(primary.folder, port=port, process=Process(popen))
    try:
        wait_until(server.answers, what="an answer of Sentinel")
        yield server
    finally:
        server.kill()


def client_names(server: RedisServer) -> list[str]:
    """Name the connections that the server has."""
    clients: list[dict[str, str]] = redis.Redis.client_list(server.admin())
    return [one["name"] for one in clients]
