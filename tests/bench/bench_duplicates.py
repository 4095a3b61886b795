"""How well and how fast projects entered twice are found: precision, recall, and one new project among 300,000."""

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import polars as pl
from rapidfuzz import fuzz, process
from sqlalchemy import Engine, insert
from sqlmodel import SQLModel

from bench.duplicate_pairs import labelled_pairs
from bench.figures import Figure, print_figures
from registry import audit
from registry.accounts.model import Actor
from registry.accounts.operations import add_organisation, ensure_operator
from registry.database import migrate, open_engine, reading, writing
from registry.demo.dice import Dice
from registry.demo.kinds import draw_kind
from registry.demo.money import draw_plan
from registry.demo.names import draw_implementer, draw_project_name
from registry.demo.places import draw_place
from registry.projects.columns import read_projects
from registry.projects.duplicates.keys import write_keys
from registry.projects.duplicates.matching import match_batch
from registry.projects.duplicates.queries import find_candidates_of
from registry.projects.duplicates.scoring import CANDIDATE, CERTAIN, score
from registry.projects.model import Dossier

COMMAND: Final = "cd tests && python -m bench.bench_duplicates"
PROJECTS: Final = 300_000
ASKED: Final = 40
LIMIT_SECONDS: Final = 0.5
_BATCH: Final = 10_000


def quality() -> list[Figure]:
    """Return precision and recall on the labelled pairs; the weights were set on the first seed, not the second."""
    figures = []
    for seed, label in ((20261121, "the pairs the weights were set on"), (7, "pairs of another seed")):
        pairs = labelled_pairs(seed)
        points = [score(pair.one, pair.other).points for pair in pairs]
        same = sum(pair.is_same for pair in pairs)
        for least, name in ((CANDIDATE, "candidate"), (CERTAIN, "certain")):
            hits = sum(value >= least and pair.is_same for value, pair in zip(points, pairs, strict=True))
            shown = sum(value >= least for value in points)
            subject = f"of {name}s (>= {least:g} points), {len(pairs)} pairs, {same} the same: {label}"
            figures += [
                Figure(f"precision {subject}", hits / max(shown, 1), "", "none", COMMAND),
                Figure(f"recall {subject}", hits / same, "", "none", COMMAND),
            ]
    return figures


def _dossiers(count: int) -> Iterator[Dossier]:
    """Yield what the search reads of a nation: names, places, sums, codes and contents, without all other facts."""
    dice = Dice(20261121)
    for _ in range(count):
        city, county = draw_place(dice)
        kind = draw_kind(dice)
        implementer = draw_implementer(dice, 1, kind, city)
        plan = draw_plan(dice, kind, city)
        yield Dossier.model_construct(
            name=draw_project_name(dice, kind, city, county),
            city_code=county.code if county else city.code,
            province_name=city.province,
            city_name=city.name,
            county_name=county.name if county else None,
            implementer_credit_code=implementer.credit_code,
            total_investment=plan.total,
            content_summary=kind.scale.sentence.format(round(float(plan.total) * kind.scale.per_wan)),
            construction_start=str(plan.start_year),
            construction_end=str(plan.start_year + plan.build_years - 1),
        )


_COLUMNS = (
    "name",
    "city_code",
    "province_name",
    "city_name",
    "county_name",
    "implementer_credit_code",
    "total_investment",
    "content_summary",
    "construction_start",
    "construction_end",
)


def fill(engine: Engine, count: int) -> Actor:
    """Put projects with their keys into an empty database, straight into the tables; return the operator."""
    with writing(engine) as session:
        owner = add_organisation(session, name="示例", group="city", division_code="330500").id
        operator = ensure_operator(session)
    made = _dossiers(count)
    moment = audit.now()
    for start in range(1, count + 1, _BATCH):
        part = [(number, next(made)) for number in range(start, min(start + _BATCH, count + 1))]
        rows = [
            {
                "id": number,
                "code": f"ML-{number:07d}",
                "owner_id": owner,
                "revision_number": 1,
                "is_demo": True,
                "created_at": moment,
                "updated_at": moment,
                "performance_goal_count": 0,
                "component_count": 0,
                "quantified_benefit_count": 0,
                **{name: getattr(dossier, name) for name in _COLUMNS},
            }
            for number, dossier in part
        ]
        with writing(engine) as session:
            session.execute(insert(SQLModel.metadata.tables["project"]), rows)
            write_keys(session, part)
    return operator


def _asked() -> list[Dossier]:
    """Return the first projects entered once more: every tenth masked and without a place, the others reworded."""
    found = []
    for number, dossier in enumerate(_dossiers(ASKED)):
        values: dict[str, Any] = {name: getattr(dossier, name) for name in _COLUMNS}
        if number % 10 == 0:
            values |= {"name": f"**市{values['name'][-9:]}", "city_code": None, "city_name": None, "county_name": None}
        elif number % 2:
            values |= {"name": f"{values['name']}（示例）".replace("工程", "项目")}
        else:
            values |= {"name": values["name"].replace("及", ""), "total_investment": values["total_investment"] + 7}
        found.append(Dossier.model_construct(**values))
    return found


def _timed(work: Callable[[Dossier], object], dossiers: list[Dossier]) -> list[float]:
    seconds = []
    for dossier in dossiers:
        start = time.perf_counter()
        work(dossier)
        seconds.append(time.perf_counter() - start)
    return sorted(seconds)


def _one_database(engine: Engine, label: str, count: int) -> list[Figure]:
    migrate(engine)
    actor = fill(engine, count)
    answers: list[list[str]] = []
    asked = _asked()
    with reading(engine) as session:

        def search(dossier: Dossier) -> None:
            answers.append([candidate.code for candidate in find_candidates_of(session, actor, dossier)])

        find_candidates_of(session, actor, asked[0])
        seconds = _timed(search, asked)
    hits = sum(f"ML-{number:07d}" in answer for number, answer in enumerate(answers, 1))
    others = sum(map(len, answers)) - hits
    loading, rival = _in_memory(engine, actor, asked)
    start = time.perf_counter()
    matched = match_batch(engine)
    each = (time.perf_counter() - start) / matched
    name = f"candidates for one new project among {count:,}, {label}"
    target = f"< {LIMIT_SECONDS:g} s"
    median, slowest = statistics.median(seconds), seconds[-1]
    peer = "names in memory, polars + rapidfuzz"
    return [
        Figure(f"{name}, median", median, "s", target, COMMAND, peer, rival, median < LIMIT_SECONDS),
        Figure(f"{name}, slowest of {ASKED}", slowest, "s", target, COMMAND, is_met=slowest < LIMIT_SECONDS),
        Figure(f"{name}, share found again", hits / ASKED, "", "none", COMMAND),
        Figure(f"{name}, other projects shown beside it", others / ASKED, "each", "none", COMMAND),
        Figure(f"keeping the pairs of one changed project, {label}", each, "s", "background", COMMAND),
        Figure(f"the peer reads all names first, {label}", loading, "s", "none", COMMAND),
    ]


def _in_memory(engine: Engine, actor: Actor, asked: list[Dossier]) -> tuple[float, float]:
    """Return the rival's seconds to read all names (again after every save of anybody), and for one project."""
    start = time.perf_counter()
    frame = read_projects(engine, actor, ["name", "city_code", "total_investment_fen"])
    names = frame.get_column("name").to_list()
    loading = time.perf_counter() - start

    def search(dossier: Dossier) -> object:
        best = process.extract(dossier.name, names, scorer=fuzz.ratio, limit=300, score_cutoff=50)
        return frame[[index for _, _, index in best]].filter(pl.col("city_code").eq_missing(dossier.city_code))

    return loading, statistics.median(_timed(search, asked[:10]))


def run() -> list[Figure]:
    """Return quality, then speed on SQLite, and on PostgreSQL when a server is named in BENCH_POSTGRESQL_URL."""
    figures = quality()
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{Path(folder) / 'duplicates.db'}")
        figures += _one_database(engine, "SQLite", PROJECTS)
        engine.dispose()
    if url := os.environ.get("BENCH_POSTGRESQL_URL"):
        engine = open_engine(url)
        figures += _one_database(engine, "PostgreSQL", PROJECTS)
        engine.dispose()
    return figures


if __name__ == "__main__":
    print_figures(run())
