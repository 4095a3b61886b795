"""Screening a million projects by every rule in force, explaining one, rehearsing a change; zen-engine beside it.

OpenFisca (AGPL) is never a dependency of this project, not even of its bench: its row is measured where somebody has
installed it by hand, and says so where nobody has.
"""

import importlib.util
import json
import resource
import subprocess
import sys
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
import zen

from bench.figures import Figure, best_seconds, print_figures
from registry.eligibility.binding import bound_packs
from registry.eligibility.checked import Packs
from registry.eligibility.evaluate import screen
from registry.eligibility.explain import assess
from registry.eligibility.facts import Fact
from registry.eligibility.packs import load_packs
from registry.eligibility.rehearsal import rehearse

COMMAND: Final = "cd tests && python -m bench.bench_rules"
RULES: Final = Path(__file__).parents[2] / "rules"
DAY: Final = date(2026, 3, 1)
MANY: Final = 1_000_000
ZEN_PROJECTS: Final = 300
ZEN_RULES: Final = 19
"""As many as one of our libraries has on average: one decision of zen-engine is one verdict."""
MISSING: Final = 0.1


@cache
def packs() -> Packs:
    """Return the packs beside the program."""
    return load_packs(RULES)


@cache
def read_facts() -> tuple[Fact, ...]:
    """Return the entered facts that rules in force read."""
    vocabulary = packs().vocabulary
    names = vocabulary.closure({name for each in bound_packs(packs(), as_of=DAY) for name in each.facts})
    return tuple(vocabulary[name] for name in names if vocabulary[name].build is None and name != "governing_date")


def fact_frame(rows: int, seed: int = 20261121) -> pl.DataFrame:
    """Return projects with a tenth of every fact missing, typed as `Fact.dtype` says."""
    rng = np.random.default_rng(seed)
    columns: dict[str, pl.Series] = {}
    for fact in read_facts():
        full = _column(fact, rows, rng).alias(fact.name)
        known = pl.Series(rng.random(rows) >= MISSING)
        columns[fact.name] = pl.select(pl.when(known).then(full)).to_series()
    return pl.DataFrame(columns)


def _column(fact: Fact, rows: int, rng: np.random.Generator) -> pl.Series:
    if fact.sql_type == "number":
        return pl.Series(rng.random(rows) * (1.0 if fact.kind == "ratio" else 1e5))
    if fact.sql_type == "boolean":
        return pl.Series(rng.random(rows) < 0.7)
    places = ["370102", "440305", "110112", "330500", "510100"]
    words = list(fact.choices or (places if fact.name.endswith("_code") else ["2024-05", "2023", "2025-01-03"]))
    return pl.Series(words).gather(rng.integers(0, len(words), rows)).cast(fact.dtype)


def rule_count() -> int:
    """Return how many rules are in force."""
    return sum(len(each.rules) for each in bound_packs(packs(), as_of=DAY))


def run() -> list[Figure]:
    """Return seconds and evaluations per second, the explained project, the rehearsal and the peak memory."""
    rules, facts = rule_count(), fact_frame(MANY)
    seconds = best_seconds(lambda: screen(packs(), facts, as_of=DAY))
    ours, zens = MANY * rules / seconds, zen_rate()
    name = f"1,000,000 projects x {rules} rules to verdicts with counts"
    memory = _peak_mib()
    one = facts.row(1, named=True)
    explained = best_seconds(lambda: [each.as_dict() for each in assess(packs(), one, as_of=DAY)], rounds=20) * 1000
    some = facts.head(100_000)
    rehearsed = best_seconds(lambda: rehearse(packs(), packs(), some, as_of=date(2023, 6, 1), as_of_new=DAY), rounds=3)
    return [
        Figure(name, seconds, "s", "< 1 s", COMMAND, is_met=seconds < 1.0),
        Figure("peak memory of a process doing only that", memory, "MiB", "< 1,500 MiB", COMMAND, is_met=memory < 1500),
        Figure("rule evaluations", ours, "/s", ">= 2,000 x", COMMAND, "zen-engine", zens, ours >= 2000 * zens),
        _open_fisca(ours),
        Figure(f"one project, {rules} rules, explained", explained, "ms", "< 25 ms", COMMAND, is_met=explained < 25),
        Figure("rehearsal, 100,000 projects, 2023 to 2026", rehearsed, "s", "< 2 s", COMMAND, is_met=rehearsed < 2.0),
    ]


def _peak_mib() -> float:
    """Return the peak memory of a fresh process that makes the facts and screens them."""
    found = subprocess.run(
        [sys.executable, "-m", "bench.bench_rules", "--memory"],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[1],
    )
    return float(found.stdout)


def zen_rate() -> float:
    """Return rule evaluations per second of zen-engine: one decision of so many expressions, facts all known."""
    expressions = [
        {
            "id": f"e{i}",
            "key": f"r{i}",
            "value": f"status != 'building' or (capital_ratio >= {i / 50} and progress <= 0.5)",
        }
        for i in range(ZEN_RULES)
    ]
    nodes = [
        {"id": "in", "type": "inputNode", "name": "in", "position": {"x": 0, "y": 0}},
        {
            "id": "rules",
            "type": "expressionNode",
            "name": "rules",
            "position": {"x": 1, "y": 0},
            "content": {"expressions": expressions},
        },
        {"id": "out", "type": "outputNode", "name": "out", "position": {"x": 2, "y": 0}},
    ]
    edges = [
        {"id": "1", "sourceId": "in", "targetId": "rules", "type": "edge"},
        {"id": "2", "sourceId": "rules", "targetId": "out", "type": "edge"},
    ]
    decision = zen.ZenEngine().create_decision(json.dumps({"nodes": nodes, "edges": edges}))
    project: dict[str, Any] = {"status": "building", "capital_ratio": 0.25, "progress": 0.4}
    answered = decision.evaluate(project)["result"]
    if answered["r12"] is not True or answered["r13"] is not False:
        raise AssertionError(answered)
    seconds = best_seconds(lambda: [decision.evaluate(project) for _ in range(ZEN_PROJECTS)], rounds=3)
    return ZEN_PROJECTS * ZEN_RULES / seconds


def _open_fisca(ours: float) -> Figure:
    if importlib.util.find_spec("openfisca_core") is None:
        return Figure("rule evaluations", ours, "/s", ">= 1/3 x", COMMAND, "OpenFisca: not installed", None, None)
    rate = open_fisca_rate()
    return Figure("rule evaluations", ours, "/s", ">= 1/3 x", COMMAND, "OpenFisca", rate, ours >= rate / 3)


def open_fisca_rate() -> float:
    """Return rule evaluations per second of OpenFisca: ten variables over a million entities, nothing unknown."""
    periods = importlib.import_module("openfisca_core.periods")
    entities = importlib.import_module("openfisca_core.entities")
    builders = importlib.import_module("openfisca_core.simulation_builder")
    systems = importlib.import_module("openfisca_core.taxbenefitsystems")
    variables = importlib.import_module("openfisca_core.variables")
    project = entities.build_entity("project", "projects", "Project", is_person=True)
    shared = {"entity": project, "definition_period": periods.YEAR}
    ratio = type("capital_ratio", (variables.Variable,), {**shared, "value_type": float})

    def floor(number: int) -> Any:
        return lambda people, period: (
            (people("capital_ratio", period) >= number / 10) * (people("capital_ratio", period) < 2)
        )

    rules = [
        type(f"rule_{i}", (variables.Variable,), {**shared, "value_type": bool, "formula": floor(i)}) for i in range(10)
    ]
    system = systems.TaxBenefitSystem([project])
    for variable in (ratio, *rules):
        system.add_variable(variable)
    values = np.random.default_rng(1).random(MANY)

    def once() -> None:
        simulation = builders.SimulationBuilder().build_default_simulation(system, MANY)
        simulation.set_input("capital_ratio", "2026", values)
        for number in range(10):
            simulation.calculate(f"rule_{number}", "2026")

    return MANY * 10 / best_seconds(once, rounds=3)


def main() -> None:
    """Print the figures, or the peak memory alone."""
    if "--memory" in sys.argv:
        screen(packs(), fact_frame(MANY), as_of=DAY)
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)  # noqa: T201 - read by the parent process
        return
    print_figures(run())


if __name__ == "__main__":
    main()
