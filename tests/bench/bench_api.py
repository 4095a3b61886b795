"""Reads over the API, signed in and through the permission root, beside a bare FastAPI peer and the bare limit.

The three servers run as processes of their own on one SQLite file, with the same event loop and HTTP parser; each is
asked in turn, several rounds, in one run. `wrk` makes the load where it is installed, else a small loader of our own.
"""

import asyncio
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.figures import Figure, print_figures
from builders import dossier
from registry.accounts.operations import add_organisation, add_user, issue_token
from registry.accounts.queries import actor_by_login
from registry.database import migrate, open_engine, reading, writing
from registry.projects.operations import Draft, save_many

PROJECTS = 2000
CONNECTIONS = 32
SECONDS = 2
ROUNDS = 3
START_SECONDS = 60
COMMAND = "python -m bench.bench_api (from tests/)"
KINDS = ("registry", "fastapi", "limit")


def seed(url: str) -> tuple[str, str]:
    """Fill a registry; return a token of the city that owns every project, and one project's code."""
    engine = open_engine(url)
    migrate(engine)
    with writing(engine) as session:
        place = add_organisation(session, name="湖州市财政局", group="city", division_code="330500")
        add_user(session, login="city", display_name="湖州", password="a sample", organisation_id=place.id or 0)
    with reading(engine) as session:
        city = actor_by_login(session, "city")
    drafts = [
        Draft(dossier(name=f"第 {number} 号污水处理厂扩建工程", province_name="浙江省", city_name="湖州市"))
        for number in range(PROJECTS)
    ]
    with writing(engine) as session:
        outcomes = save_many(session, city, drafts, reason="导入")
        token = issue_token(session, user_id=city.user_id or 0, name="bench")
    engine.dispose()
    return token, outcomes[PROJECTS // 2].code


@contextmanager
def served(kind: str, url: str) -> Iterator[str]:
    """Run one of the servers and give its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    tests = Path(__file__).resolve().parents[1]
    command = [sys.executable, "-m", "bench.api_servers", kind, url, str(port)]
    process = subprocess.Popen(command, cwd=tests, env={**os.environ, "REGISTRY_DATABASE_URL": url})
    try:
        until = time.monotonic() + START_SECONDS
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"the {kind} server did not start")
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=10)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def requests_per_second(url: str, token: str) -> float:
    """Return how many answers of 200 a second one server gives to `CONNECTIONS` callers."""
    wrk = shutil.which("wrk")
    if wrk is None:
        return asyncio.run(_own_load(url, token))
    load = [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "-H", f"Authorization: Bearer {token}", url]
    said = subprocess.run(load, capture_output=True, text=True, check=True).stdout
    found = re.search(r"Requests/sec:\s+([\d.]+)", said)
    if found is None or "Non-2xx" in said:
        raise RuntimeError(f"no clean load on {url}: {said}")
    return float(found[1])


async def _own_load(url: str, token: str) -> float:
    host, _, path = url.removeprefix("http://").partition("/")
    name, _, port = host.partition(":")
    asked = f"GET /{path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
    until = time.perf_counter() + SECONDS

    async def caller() -> int:
        reader, writer = await asyncio.open_connection(name, int(port))
        done = 0
        while time.perf_counter() < until:
            writer.write(asked)
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"(?i)content-length: (\d+)", head)
            if not head.startswith(b"HTTP/1.1 200") or length is None:
                raise RuntimeError(f"no clean load on {url}: {head!r}")
            await reader.readexactly(int(length[1]))
            done += 1
        writer.close()
        return done

    return sum(await asyncio.gather(*(caller() for _ in range(CONNECTIONS)))) / SECONDS


def measured(addresses: Mapping[str, str], path: str, token: str) -> dict[str, float]:
    """Return the median of alternating rounds for each server, after one round to warm up."""
    rounds: dict[str, list[float]] = {kind: [] for kind in addresses}
    for number in range(ROUNDS + 1):
        for kind, address in addresses.items():
            rate = requests_per_second(address + path, token)
            if number:
                rounds[kind].append(rate)
    return {kind: statistics.median(rates) for kind, rates in rounds.items()}


def run() -> list[Figure]:
    """Measure a read by code and a page of 50."""
    figures = []
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        url = f"sqlite:///{folder}/registry.db"
        token, code = seed(url)
        addresses = {kind: stack.enter_context(served(kind, url)) for kind in KINDS}
        for name, path, times in (
            ("read one project", f"/api/v1/projects/{code}", 3),
            ("page of 50 projects", "/api/v1/projects?limit=50", 2),
        ):
            rates = measured(addresses, path, token)
            ours, peer, limit = (rates[kind] for kind in KINDS)
            figures += [
                Figure(
                    f"{name}, signed in",
                    ours,
                    "requests/s",
                    f"≥ {times} × the peer",
                    COMMAND,
                    "bare FastAPI + SQLModel",
                    peer,
                    ours >= times * peer,
                ),
                Figure(
                    f"{name}, against the limit",
                    ours,
                    "requests/s",
                    "≥ 1/4 of the limit",
                    COMMAND,
                    "raw SQL and bytes",
                    limit,
                    ours >= limit / 4,
                ),
            ]
    return figures


if __name__ == "__main__":
    print_figures(run())
