"""Which servers an instance is made of."""

import shutil
from pathlib import Path

import pytest

from monitoring.redis_inspect.topology import AddressRefused, topology_at
from prism.core.redis import NoPermissionError, RedisUnavailable
from tests.certificates import Authority
from tests.monitoring.redis_inspect.deployments import (
    client_names,
    redis_cluster,
    replica_of,
    sentinel_of,
)
from tests.servers import RedisServer, free_port, redis_server, wait_until


def test_one_server_is_one_server(server: RedisServer) -> None:
    topology = topology_at(server.url)

    assert topology.mode == "standalone"
    assert [node.address for node in topology.nodes] == [f"127.0.0.1:{server.port}"]
    assert "prism:inspect" in client_names(server)


def test_looking_leaves_idle_times_as_they_are() -> None:
    with redis_server() as server:
        admin = server.admin()
        admin.set("key", "value")
        wait_until(lambda: int(admin.object("idletime", "key")) >= 1, what="a second of idleness")

        topology_at(server.url).nodes[0].client().getrange("key", 0, 1)

        assert int(admin.object("idletime", "key")) >= 1


def test_a_user_without_any_right_but_one_may_still_look(server: RedisServer) -> None:
    server.admin().execute_command("ACL SETUSER little on >secret -@all +ping")

    topology = topology_at(server.url.replace("//", "//little:secret@"))

    assert "INFO" in topology.note
    assert topology.nodes[0].client().ping()
    with pytest.raises(NoPermissionError):
        topology.nodes[0].client().info()
    assert "secret" not in repr(topology)


def test_a_cluster_is_all_its_primaries() -> None:
    program = shutil.which("redis-server") or ""
    with redis_cluster(3, program) as servers:
        topology = topology_at(servers[1].url)

        assert topology.mode == "cluster"
        assert [n.address for n in topology.nodes] == [f"127.0.0.1:{s.port}" for s in servers]
        assert all(node.client().ping() for node in topology.nodes)


def test_a_caught_up_replica_is_preferred_by_who_asks_for_it(server: RedisServer) -> None:
    with replica_of(server, program=server.program) as replica:
        assert not topology_at(server.url).nodes[0].is_replica
        (node,) = topology_at(server.url, prefer_replicas=True).nodes
        assert (node.address, node.is_replica) == (f"127.0.0.1:{replica.port}", True)

        replica.freeze()
        assert not topology_at(server.url, prefer_replicas=True).nodes[0].is_replica
        replica.thaw()


def test_sentinel_names_the_primary(server: RedisServer) -> None:
    with sentinel_of(server) as sentinel:
        url = f"redis+sentinel://127.0.0.1:1,127.0.0.1:{sentinel.port}/mymaster/2"

        topology = topology_at(url)

        assert topology.mode == "sentinel"
        assert topology.nodes[0].address == f"127.0.0.1:{server.port}"
        assert topology.nodes[0].url.endswith("/2")
        with pytest.raises(RedisUnavailable, match="no sentinel knows 'other'"):
            topology_at(url.replace("mymaster", "other"))


def test_a_server_that_is_not_there_is_an_error_without_a_password() -> None:
    with pytest.raises(RedisUnavailable) as refused:
        topology_at("redis://user:secret@127.0.0.1:1")

    assert "secret" not in str(refused.value)


def test_tls_is_verified_and_a_private_authority_can_be_named(tmp_path: Path) -> None:
    program = shutil.which("redis-server")
    if not program:
        pytest.skip("redis-server is not on this machine; the embedded Valkey has no TLS")
    authority = Authority(tmp_path)
    authority.context("localhost")
    port = free_port()
    with redis_server(
        *("--tls-port", str(port), "--tls-auth-clients", "no"),
        *("--tls-cert-file", str(tmp_path / "leaf.pem")),
        *("--tls-key-file", str(tmp_path / "leaf.key")),
        *("--tls-ca-cert-file", str(authority.ca_file)),
        program=program,
    ):
        url = f"rediss://localhost:{port}/0"

        with pytest.raises(RedisUnavailable, match=r"(?i)certificate verify failed"):
            topology_at(url)
        assert topology_at(f"{url}?ssl_ca_certs={authority.ca_file}").nodes[0].client().ping()
        with pytest.raises(RedisUnavailable, match=r"(?i)certificate"):  # it names another host
            topology_at(f"rediss://127.0.0.1:{port}/0?ssl_ca_certs={authority.ca_file}")
        with pytest.raises(AddressRefused, match="verification off"):
            topology_at(f"{url}?ssl_cert_reqs=none")
