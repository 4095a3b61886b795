"""A newcomer's first minute: `make run` in a fresh copy, from a warm package cache to a served page."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from bench.figures import Figure
from registry.settings import HOME

COMMAND = "registry bench run"
LONGEST_SECONDS = 180


def run() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="registry-run-") as folder:
        checkout = Path(folder) / "checkout"
        subprocess.run(["git", "clone", "--quiet", str(HOME), str(checkout)], check=True)
        first, memory = _serve(checkout)
        second, _ = _serve(checkout)
        shutil.rmtree(checkout)
    return [
        Figure("make run, fresh copy to served page", first, "s", "< 60 s", COMMAND, is_met=first < 60),
        Figure("make run, second time", second, "s", "seconds", COMMAND),
        Figure("memory of the server with the demo", memory, "MB", "< 250 MB", COMMAND, is_met=memory < 250),
    ]


def _serve(checkout: Path) -> tuple[float, float]:
    """Return the seconds until the sign-in page answers, and the server's resident memory then, in MB."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("REGISTRY_", "UV_"))}
    start = time.perf_counter()
    make = subprocess.Popen(
        ["make", "run"],
        cwd=checkout,
        env={**environment, "REGISTRY_PORT": str(port)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        while not _answers(f"http://127.0.0.1:{port}/sign-in"):
            if time.perf_counter() - start > LONGEST_SECONDS or make.poll() is not None:
                raise RuntimeError("make run did not serve a page")
            time.sleep(0.1)
        return time.perf_counter() - start, _largest_memory(make.pid)
    finally:
        os.killpg(make.pid, signal.SIGTERM)
        make.wait()


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310 - an address of this machine
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError):
        return False


def _largest_memory(group: int) -> float:
    """Return the resident memory of the largest process of the group."""
    lines = subprocess.run(["ps", "-o", "rss=", "-g", str(group)], capture_output=True, text=True, check=True).stdout
    return max(int(line) for line in lines.split()) / 1024
