"""The bank's pipeline as served, over 300,000 projects all judged: rows, sums, facets, for a bank and for all of them.

The bank is shown a tenth of the nation, the ministry sees it whole. Whole requests through the application, without
the network; the limit is that of a page.
"""

import statistics
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final

from litestar.testing import TestClient
from sqlalchemy import Engine, insert, select
from sqlmodel import SQLModel

from bench.figures import Figure, print_figures
from bench.filled_nation import both_databases, take_stock
from registry import audit
from registry.accounts.operations import issue_token
from registry.accounts.queries import actor_by_login
from registry.assessments.prospects.words import glance_word
from registry.database import writing
from registry.projects.search.keys import value_numbers
from registry.settings import load_settings
from registry.web.app import create_app

COMMAND: Final = "cd tests && python -m bench.bench_screening"
PROJECTS: Final = 300_000
ROUNDS: Final = 7
LIMIT: Final = 300.0
QUERIES: Final[Mapping[str, Mapping[str, str]]] = {
    "no condition": {},
    "DSCR at least 1.2, loan at least 5000": {"dscr_min": "1.2", "loan_min": "5000"},
    "band, region and verdict": {"coverage": "1.2", "region": "east", "verdicts": "central-eco-fund:eligible"},
    "searched, highest DSCR first": {"search": "污水", "sort": "dscr"},
}
_PACKS: Final = ("central-eco-fund", "climate-investment", "eco-finance-support", "special-bond")
_VERDICTS: Final = ("eligible", "ineligible", "insufficient", "judgement")
_BATCH: Final = 5_000


def judge(engine: Engine, above: int = 0) -> None:
    """Put an assessment with its verdicts' glance on every project numbered above: figures over all bands, unknown."""
    tables, moment = SQLModel.metadata.tables, audit.now()
    texts = [
        " ".join(f"{pack}:{_VERDICTS[(n // 4**i) % 4]}" for i, pack in enumerate(_PACKS))
        for n in range(4 ** len(_PACKS))
    ]
    with writing(engine) as session:
        numbers = value_numbers(session, {("verdicts", text) for text in texts})
        of_project = tables["project"].c.id
        ids = list(session.execute(select(of_project).where(of_project > above)).scalars())
    for start in range(0, len(ids), _BATCH):
        part = ids[start : start + _BATCH]
        with writing(engine) as session:
            session.execute(insert(tables["assessment"]), [_assessment(number, moment) for number in part])
            glances = [
                {"project_id": number, "word": _glance(number, numbers["verdicts", texts[number % len(texts)]])}
                for number in part
            ]
            session.execute(insert(tables["assessment_glance"]), glances)
    take_stock(engine)


def _assessment(number: int, moment: Any) -> dict[str, Any]:
    return {
        "id": number,
        "project_id": number,
        "revision_number": 1,
        "governing_date": date(2026, 11, 21),
        "engine_version": "bench",
        "document": "{}",
        "hash": f"{number:064d}",
        "created_at": moment,
        "dscr_min": _dscr(number),
        "finance_facts": "{}",
    }


def _dscr(number: int) -> float | None:
    return None if number % 7 == 0 else 0.8 + (number % 90) / 100


def _glance(number: int, verdicts: int) -> str:
    cover = _dscr(number)
    figures: dict[Any, float | None] = {
        "dscr": cover,
        "coverage": None if cover is None else cover + 0.4,
        "firr": (number % 120) / 1000,
        "tenor": float(number % 25) or None,
    }
    return glance_word(1, verdicts, figures, float(number % 40_000))


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
                answer = client.get("/screening", params=asked, headers=headers)
                taken.append((time.perf_counter() - start) * 1000)
                if answer.status_code != 200:
                    raise RuntimeError(f"{name} was answered {answer.status_code}")
            yield name, sorted(taken[1:])


def _figures(engine: Engine, database: str) -> Iterator[Figure]:
    for group in ("bank", "ministry"):
        for name, taken in measured(engine, group):
            median = statistics.median(taken)
            yield Figure(
                f"{PROJECTS:,} judged projects, {database}, {group}: {name}",
                median,
                "ms",
                f"< {LIMIT:g} ms",
                COMMAND,
                f"slowest of {ROUNDS}",
                taken[-1],
                median < LIMIT,
            )


def run() -> list[Figure]:
    """Return the median, beside it the slowest run, of each kind of query, for both groups, on both databases."""
    found: list[Figure] = []
    with both_databases(PROJECTS) as databases:
        for name, engine in databases.items():
            judge(engine)
            found += _figures(engine, name)
    return found


if __name__ == "__main__":
    print_figures(run())
