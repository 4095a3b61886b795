"""Full statements and indicators: one project, and ten thousand over 30 years."""

import copy
import json
import resource
import time
from pathlib import Path
from typing import Any, Final

import numpy as np

from bench.figures import Figure, print_figures
from registry.finance.engine import evaluate_cases
from registry.finance.findings import findings_of
from registry.finance.reading import read_document
from registry.projects.financials import FinancialCase

COMMAND: Final = "cd tests && python -m bench.bench_finance"
_CASE: Final = Path(__file__).parents[1] / "golden" / "finance" / "G1-sewage-network-plant.json"
_PROJECTS: Final = 10_000


def documents(count: int) -> list[dict[str, Any]]:
    """Return cases like golden case G1, stretched to 30 years, each with an own price and cost."""
    inputs = json.loads(_CASE.read_text(encoding="utf-8"))["inputs"]
    inputs["timeline"]["operation_years"] = 28
    rng = np.random.default_rng(8)
    made = []
    for price, cost in zip(rng.uniform(0.8, 1.3, count), rng.uniform(1.0, 1.2, count), strict=True):
        document = copy.deepcopy(inputs)
        document["revenue_streams"][0]["unit_price_yuan"] *= float(price)
        document["investment"]["engineering_cost"] *= float(cost)
        made.append(document)
    return made


def evaluated(cases: list[FinancialCase]) -> float:
    """Return the seconds for every row, figure and rate of return of all cases."""
    start = time.perf_counter()
    for batch in evaluate_cases(cases):
        assert len(batch.rates_of_return) == 5
    return time.perf_counter() - start


def run() -> list[Figure]:
    """Return seconds for one and for many projects, and the most memory this process ever held."""
    cases = [read_document(FinancialCase, document) for document in documents(_PROJECTS)]
    assert not any(findings_of(case) for case in cases[:10])
    evaluated(cases[:1])
    one = float(np.median([evaluated([case]) for case in cases[:50]]))
    many = evaluated(cases)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return [
        Figure("one project: all rows and indicators", one * 1000, "ms", "< 5 ms", COMMAND, is_met=one < 0.005),
        Figure("10,000 projects x 30 years, all rows", many, "s", "< 5 s", COMMAND, is_met=many < 5),
        Figure("memory of that run", memory, "MiB", "< 2 GB", COMMAND, is_met=memory < 2000),
    ]


if __name__ == "__main__":
    print_figures(run())
