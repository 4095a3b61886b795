"""The page of projects as served, over 300,000 of them: rows, count, sum and facets, for each group and kind of query.

Both databases are filled alike. The time is that of the whole request through the application, without the network.
"""

import statistics
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from litestar.testing import TestClient
from sqlalchemy import Engine

from bench.figures import Figure, print_figures
from bench.filled_nation import both_databases
from registry.accounts.operations import issue_token
from registry.accounts.queries import actor_by_login
from registry.database import writing
from registry.settings import load_settings
from registry.web.app import create_app

COMMAND: Final = "cd tests && python -m bench.bench_search"
PROJECTS: Final = 300_000
ROUNDS: Final = 7
LIMITS: Final = {"SQLite": 300.0, "PostgreSQL": 150.0}
QUERIES: Final[Mapping[str, Mapping[str, str]]] = {
    "no condition": {},
    "污水处理": {"search": "污水处理"},
    "污水处理 湖州": {"search": "污水处理 湖州"},
    "one character 水": {"search": "水"},
    "nothing found 鑫鑫鑫": {"search": "鑫鑫鑫"},
    "pinyin wushui": {"search": "wushui"},
    "initials wscl": {"search": "wscl"},
    "initials, nothing found qxqxq": {"search": "qxqxq"},
    "part of an approval code": {"search": "330500-04-01"},
    "code in full width": {"search": "ＭＬ－0000001"},
    "sorted by investment, filtered": {"sort": "investment", "nature": "demo", "status": "under_construction"},
    "sorted by latest, searched and filtered": {
        "search": "管网",
        "sort": "saved",
        "province": "浙江省",
        "investment_min": "5000",
    },
}
GROUPS: Final = ("city", "province", "ministry", "bank", "public")


def measured(engine: Engine, group: str) -> Iterator[tuple[str, list[float]]]:
    """Yield each kind of query with the milliseconds of its runs, once it is warm."""
    with writing(engine) as session:
        token = issue_token(session, user_id=actor_by_login(session, group).user_id or 0, name="bench")
    with TestClient(create_app(engine, replace(load_settings(), is_demo=False))) as client:
        headers = {"Authorization": f"Bearer {token}"}
        for name, asked in QUERIES.items():
            taken = []
            for _ in range(ROUNDS + 1):
                start = time.perf_counter()
                answer = client.get("/projects", params=asked, headers=headers)
                taken.append((time.perf_counter() - start) * 1000)
                if answer.status_code != 200:
                    raise RuntimeError(f"{name} was answered {answer.status_code}")
            yield name, sorted(taken[1:])


def _figures(engine: Engine, database: str) -> Iterator[Figure]:
    limit = LIMITS[database]
    for group in GROUPS:
        for name, taken in measured(engine, group):
            median = statistics.median(taken)
            yield Figure(
                f"{PROJECTS:,} projects, {database}, {group}: {name}",
                median,
                "ms",
                f"< {limit:g} ms",
                COMMAND,
                f"slowest of {ROUNDS}",
                taken[-1],
                median < limit,
            )


def run() -> list[Figure]:
    """Return the median, beside it the slowest run, of each kind of query, for each group, on both databases."""
    with both_databases(PROJECTS) as databases:
        return [figure for name, engine in databases.items() for figure in _figures(engine, name)]


if __name__ == "__main__":
    print_figures(run())
