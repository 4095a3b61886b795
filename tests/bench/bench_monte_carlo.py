"""Full model with IRR and DSCR on 1,000 drawn inputs for each of 1,000 projects."""

import json
import os
import resource
import time
from pathlib import Path
from typing import Final

import numpy as np

from bench.figures import Figure, print_figures
from registry.finance.draws import DrawPlan
from registry.finance.engine import evaluate_case_model
from registry.finance.monte_carlo import MonteCarloRun, ProjectRow, run_projects
from registry.finance.reading import read_document
from registry.finance.shocks import shocked
from registry.projects.financials import FinancialCase

COMMAND: Final = "cd tests && python -m bench.bench_monte_carlo"
_CASE: Final = Path(__file__).parents[1] / "golden" / "finance" / "G1-sewage-network-plant.json"
_PLAN: Final = {
    "factors": {
        "revenue": {"kind": "triangular", "low": -0.2, "mode": 0.0, "high": 0.1},
        "investment": {"kind": "normal", "mean": 0.0, "sd": 0.08, "low": -0.2, "high": 0.3},
        "operating_cost": {"kind": "lognormal", "mean": 1.0, "sd": 0.1, "shift": 1.0},
    },
    "correlations": [{"first": "revenue", "second": "operating_cost", "value": 0.4}],
}


def projects_like_the_sewage_case(count: int) -> list[ProjectRow]:
    """Return projects of golden case G1, each with an own investment and revenue."""
    case = read_document(FinancialCase, json.loads(_CASE.read_text(encoding="utf-8"))["inputs"])
    batch = evaluate_case_model(case)
    rng = np.random.default_rng(8)
    changes = {"investment": rng.uniform(-0.3, 0.3, count), "revenue": rng.uniform(-0.1, 0.4, count)}
    cells = shocked(batch.cells, changes)
    return [
        ProjectRow(i, batch.structure, {key: values[..., i : i + 1] for key, values in cells.items()})
        for i in range(count)
    ]


def run() -> list[Figure]:
    """Return seconds for a million full evaluations, and the most memory this process ever held."""
    workers = min(2, os.cpu_count() or 1)
    projects = projects_like_the_sewage_case(1_000)
    start = time.perf_counter()
    results = list(run_projects(projects, MonteCarloRun(DrawPlan.model_validate(_PLAN), 20261121), workers=workers))
    seconds = time.perf_counter() - start
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    assert all(result.irr is not None for result in results)
    name = f"Monte Carlo 1,000 projects x 1,000 draws, full model, {workers} workers"
    return [
        Figure(name, seconds, "s", "< 60 s on two cores", COMMAND, is_met=seconds < 60),
        Figure("largest worker of that run", children, "MiB", "bounded by chunks", COMMAND),
    ]


if __name__ == "__main__":
    print_figures(run())
