"""How well and how fast projects entered twice are found: precision, recall, and one new project among 300,000."""

import statistics
import time
from collections.abc import Callable
from typing import Any, Final

import polars as pl
from rapidfuzz import fuzz, process
from sqlalchemy import Engine

from bench.duplicate_pairs import labelled_pairs
from bench.figures import Figure, print_figures
from bench.filled_nation import COLUMNS, both_databases, dossiers
from registry.accounts.model import Actor
from registry.accounts.queries import actor_by_login
from registry.database import reading
from registry.projects.columns import read_projects
from registry.projects.duplicates.matching import match_batch
from registry.projects.duplicates.queries import find_candidates_of
from registry.projects.duplicates.scoring import CANDIDATE, CERTAIN, score
from registry.projects.model import Dossier

COMMAND: Final = "cd tests && python -m bench.bench_duplicates"
PROJECTS: Final = 300_000
ASKED: Final = 40
LIMIT_SECONDS: Final = 0.5


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


def _asked() -> list[Dossier]:
    """Return the first projects entered once more: every tenth masked and without a place, the others reworded."""
    found = []
    for number, (_, dossier) in enumerate(dossiers(ASKED)):
        values: dict[str, Any] = {name: getattr(dossier, name) for name in COLUMNS if name != "approval_code"}
        if number % 10 == 0:
            values |= {"name": f"**市{values['name'][-9:]}", "city_code": None, "city_name": None, "county_name": None}
        elif number % 2:
            values |= {"name": f"{values['name']}（示例）".replace("工程", "项目")}
        else:
            values |= {"name": values["name"].replace("及", ""), "total_investment": values["total_investment"] + 7}
        found.append(Dossier.model_construct(**values))
    return found


def _timed(work: Callable[[Dossier], object], asked: list[Dossier]) -> list[float]:
    seconds = []
    for dossier in asked:
        start = time.perf_counter()
        work(dossier)
        seconds.append(time.perf_counter() - start)
    return sorted(seconds)


def _one_database(engine: Engine, label: str, count: int) -> list[Figure]:
    with reading(engine) as session:
        actor = actor_by_login(session, "ministry")
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
    """Return quality, then speed on both databases."""
    figures = quality()
    with both_databases(PROJECTS) as databases:
        for name, engine in databases.items():
            figures += _one_database(engine, name, PROJECTS)
    return figures


if __name__ == "__main__":
    print_figures(run())
