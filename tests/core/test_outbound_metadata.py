"""A metadata service that really listens hears nothing: in a network of its own, production rules on."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
TARGETS = """
http://169.254.169.254/latest/meta-data/
http://[::ffff:169.254.169.254]/
http://[::ffff:a9fe:a9fe]/
http://2852039166/
http://0xa9fea9fe/
http://0251.0376.0251.0376/
http://169.254.43518/
http://169.254.169.254./
http://①⑥⑨.②⑤④.①⑥⑨.②⑤④/
http://[64:ff9b::a9fe:a9fe]/
http://[2002:a9fe:a9fe::1]/
http://metadata.google.internal/
http://rebind.example.com/
http://listed.railway.internal/
"""
# Runs as root of a new network namespace: lo is up and owns the metadata address. Every name resolves to it.
SCRIPT = """
import asyncio, os, socket, sys
import django
django.setup()
from ipaddress import ip_address
from prism.core import outbound
from prism.core.addresses import PrivateHosts
heard = 0
def hear(reader, writer):
    global heard
    heard += 1
    writer.close()
async def to_metadata(host, port):
    return [ip_address("169.254.169.254")]
async def main():
    server = await asyncio.start_server(hear, "169.254.169.254", 80)
    with socket.create_connection(("169.254.169.254", 80)): pass   # it does listen
    await asyncio.sleep(0.1)
    assert heard == 1, "the fake metadata service does not work"
    outbound.resolve = to_metadata
    listed = outbound.Policy(private_hosts=PrivateHosts(frozenset((".railway.internal", "169.254.169.254"))))
    for target in sys.stdin.read().split():
        outcome = await outbound.fetch(outbound.Request(target, deadline_s=2), listed)
        print(target, outcome.reason.name)
        assert outcome.reason is outbound.Reason.BLOCKED, outcome
    await asyncio.sleep(0.1)
    print("heard", heard - 1)
asyncio.run(main())
"""


def test_a_metadata_service_hears_nothing_whatever_the_spelling() -> None:
    if not shutil.which("unshare") or not shutil.which("ip") or os.geteuid() != 0:
        pytest.skip("a network namespace needs root, unshare and ip")
    prepare = 'ip link set lo up && ip addr add 169.254.169.254/32 dev lo && exec "$@"'
    command = ["unshare", "--net", "sh", "-c", prepare, "sh", sys.executable, "-c", SCRIPT]

    run = subprocess.run(
        command, input=TARGETS, text=True, capture_output=True, timeout=40, cwd=ROOT, check=False
    )

    if "Operation not permitted" in run.stderr and "unshare" in run.stderr:
        pytest.skip("this machine does not let us make a network namespace")
    assert run.returncode == 0, run.stderr
    assert run.stdout.count("BLOCKED") == len(TARGETS.split())
    assert run.stdout.endswith("heard 0\n")
