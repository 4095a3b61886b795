"""The main pages of every group over a nation of 300,000 projects on PostgreSQL, each beside the limit of a page.

The nation is the demo, copied until it is as large as the country (`large_nation`): applications in every state, money
by year, releases, and an assessment of each. Whole requests through the application, without the network.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from litestar.testing import TestClient
from sqlalchemy import Engine

from bench.figures import Figure, print_figures
from bench.filled_nation import postgresql
from bench.large_nation import grow
from registry.accounts.operations import issue_token
from registry.accounts.queries import actor_by_login
from registry.database import migrate, writing
from registry.settings import load_settings
from registry.web.app import create_app

COMMAND: Final = "registry bench pages"
PROJECTS: Final = 300_000
ROUNDS: Final = 5
LIMIT: Final = 300.0
ONE: Final = "/projects/ML-0000001"
"""A project of the demo with everything: revisions, financial case, assessment, package."""

PAGES: Final[Mapping[str, tuple[str, ...]]] = {
    "huzhou": (
        "/", "/projects", "/projects?search=污水", "/reviews", "/board", "/portfolio", ONE, f"{ONE}/edit",
        f"{ONE}/case", f"{ONE}/trail", "/financing-plans", "/indicators", "/calendar", "/packages",
    ),
    "zhejiang": ("/", "/projects", "/reviews", "/board", "/portfolio", "/duplicates", ONE, "/zones"),
    "ministry": (
        "/", "/projects", "/projects?province=浙江省&sort=investment", "/reviews", "/board", "/portfolio",
        "/portfolio?topic=pipeline", "/duplicates", ONE, "/rule-book", "/programme", "/zones", "/screening", "/audit",
    ),
    "bank": (
        "/", "/projects", "/screening", "/screening?dscr_min=1.2&loan_min=5000", "/screening/policy?full=1",
        "/compare?code=ML-0000001&code=ML-0000003", ONE, f"{ONE}/money", "/packages",
    ),
    "admin": ("/", "/projects", "/people", "/audit"),
    "": ("/display", "/display/projects", "/display/projects?search=污水", "/display/cases"),
}  # fmt: skip
"""By login, and for nobody in particular what the public reads."""


def measured(engine: Engine, login: str) -> Iterator[tuple[str, list[float]]]:
    """Yield each page with the milliseconds of its runs, once it is warm."""
    headers = {"accept": "text/html"}
    if login:
        with writing(engine) as session:
            token = issue_token(session, user_id=actor_by_login(session, login).user_id or 0, name="bench")
        headers["Authorization"] = f"Bearer {token}"
    with TestClient(create_app(engine, replace(load_settings(), is_demo=True))) as client:
        for path in PAGES[login]:
            taken = []
            for _ in range(ROUNDS + 1):
                start = time.perf_counter()
                answer = client.get(path, headers=headers)
                taken.append((time.perf_counter() - start) * 1000)
                if answer.status_code != 200:
                    raise RuntimeError(f"{path} was answered {answer.status_code}")
            yield path, sorted(taken[1:])


def figures(engine: Engine, count: int) -> Iterator[Figure]:
    """Yield a line for each page of each group."""
    for login in PAGES:
        for path, taken in measured(engine, login):
            median = statistics.median(taken)
            name = f"{count:,} projects, PostgreSQL, {login or 'public'}: {path}"
            slowest = f"slowest of {ROUNDS}"
            yield Figure(name, median, "ms", f"< {LIMIT:g} ms", COMMAND, slowest, taken[-1], median < LIMIT)


def run() -> list[Figure]:
    """Return the median of each page, beside it the slowest run; some ten minutes, most of it making the nation."""
    with (
        tempfile.TemporaryDirectory(prefix="registry-pages-", ignore_cleanup_errors=True) as folder,
        postgresql(Path(folder)) as engine,
    ):
        migrate(engine)
        address = engine.url.render_as_string(hide_password=False)
        environment = os.environ | {"REGISTRY_DATABASE_URL": address, "REGISTRY_DATA_DIR": f"{folder}/var"}
        command = [str(Path(sys.executable).parent / "registry"), "demo"]
        subprocess.run(command, env=environment | {"REGISTRY_DEMO": "1"}, check=True, capture_output=True)
        return list(figures(engine, grow(engine, PROJECTS)))


if __name__ == "__main__":
    print_figures(run())
