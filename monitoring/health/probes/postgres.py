"""Asks a PostgreSQL server for `SELECT 1`; the console's own database may be SQLite too."""

import asyncio
import sqlite3
import time
from contextlib import closing
from typing import Any

import psycopg

from monitoring.health import own
from monitoring.health.checking import Asked, Found, Running
from monitoring.health.evidence import with_phases, without_secrets
from monitoring.health.grade import grade
from monitoring.health.probes.place import (
    NotAsked,
    Place,
    private_hosts,
    read_url,
    target_text,
)
from monitoring.health.words import Verdict
from prism.core.outcome import Phases
from prism.core.streams import Timings, checked_addresses

DEFAULT_PORT = 5432
SCHEMES = ("postgres", "postgresql", "postgresql+asyncpg", "postgresql+psycopg")
CREDENTIALS = ("28P01", "28000", "3D000")  # wrong password, no such role, no such database
# libpq has no codes for what happens before the server speaks
_REASONS = (
    ("starting up", "starting up"),
    ("too many", "too many connections"),
    ("remaining connection slots", "too many connections"),
    ("refused", "connection refused"),
    ("closed the connection", "it hung up"),
    ("invalid response", "it does not answer like PostgreSQL"),
    ("expected authentication request", "it does not answer like PostgreSQL"),
)


async def probe_postgres(asked: Asked) -> Found:
    """Connect afresh, `SELECT 1`, and let the server say its version."""
    if asked.target == own.DATABASE:
        database = own.database_settings()
        if database["ENGINE"] == "django.db.backends.sqlite3":
            return await _sqlite(asked, str(database["NAME"]))
        place = Place(
            "postgres",
            str(database.get("HOST") or "127.0.0.1"),
            int(database.get("PORT") or DEFAULT_PORT),
            str(database.get("USER", "")),
            str(database.get("PASSWORD", "")),
            str(database["NAME"]),
        )
    else:
        place = read_url(target_text(asked), DEFAULT_PORT)
        if place.scheme not in SCHEMES:
            raise NotAsked("its address must start with postgres://")
    return await _ask(asked, place)


async def _ask(asked: Asked, place: Place) -> Found:
    timings = Timings()
    started = time.perf_counter()
    try:
        async with await _connect(asked, place, timings) as connection:
            await connection.execute("SELECT 1")
            latency_ms = (time.perf_counter() - started) * 1000
            version = connection.info.parameter_status("server_version") or ""
    except psycopg.Error as error:
        return _failed(error, (time.perf_counter() - started) * 1000, timings)
    verdict, reason = grade(asked, {"latency_ms": latency_ms})
    evidence = with_phases(timings.phases(), address=place.host, version=version)
    running = Running(version=version.partition(" ")[0])
    return Found(verdict, latency_ms, reason, evidence, running=running)


async def _connect(
    asked: Asked, place: Place, timings: Timings
) -> psycopg.AsyncConnection[tuple[Any, ...]]:
    where: dict[str, Any] = {"host": place.host}  # a path is the folder of a socket
    if not place.host.startswith("/"):
        addresses = await checked_addresses(place.host, place.port, private_hosts(asked), timings)
        where["hostaddr"] = str(addresses[0])
    began = time.perf_counter()
    connection = await psycopg.AsyncConnection.connect(
        **where,
        port=place.port,
        user=place.user,
        password=place.password,
        dbname=place.path,
        connect_timeout=max(2, round(asked.deadline_s)),
        autocommit=True,
        application_name="prism-probe",
        options=f"-c statement_timeout={round(asked.deadline_s * 1000)}",
    )
    timings.connect_ms = (time.perf_counter() - began) * 1000
    return connection


def _failed(error: psycopg.Error, latency_ms: float, timings: Timings) -> Found:
    text = without_secrets(str(error).strip())
    state = getattr(error, "sqlstate", None) or ""
    if state in CREDENTIALS or "password authentication failed" in text:
        raise NotAsked("the server wants other credentials") from error
    lines = text.splitlines()
    reason = next((reason for words, reason in _REASONS if words in text), "no connection")
    evidence = with_phases(timings.phases(), detail=" ".join(lines)[:300])
    return Found(Verdict.DOWN, latency_ms, reason, evidence)


async def _sqlite(asked: Asked, path: str) -> Found:
    """Ask the embedded database, in a thread: SQLite has no other way."""
    started = time.perf_counter()
    try:
        await asyncio.to_thread(_select_one, path, asked.deadline_s)
    except sqlite3.Error as error:
        latency_ms = (time.perf_counter() - started) * 1000
        return Found(Verdict.DOWN, latency_ms, f"SQLite: {error}"[:200])
    latency_ms = (time.perf_counter() - started) * 1000
    verdict, reason = grade(asked, {"latency_ms": latency_ms})
    evidence = with_phases(Phases(), engine=f"SQLite {sqlite3.sqlite_version}")
    running = Running(version=sqlite3.sqlite_version)
    return Found(verdict, latency_ms, reason, evidence, running=running)


def _select_one(path: str, timeout_s: float) -> None:
    """Read a page of the file itself; `SELECT 1` would not touch it."""
    with closing(sqlite3.connect(path, timeout=timeout_s)) as connection:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
