"""Full statements and indicators: one project, and ten thousand over 30 years."""

import copy
import json
import resource
import time
from pathlib import Path
from typing import Any, Final

import numpy as np

from bench.figures import Figure, print_figures
from registry.errors import has_errors
from registry.finance.engine import evaluate_cases, evaluate_portfolio
from registry.finance.findings import findings_of
from registry.finance.outcome import outcome_of, remarks_on
from registry.finance.reading import read_document
from registry.finance.statements import statements
from registry.finance.structure import structure_of
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


def mixed_documents(count: int) -> list[dict[str, Any]]:
    """Return cases of thousands of structures: other periods, numbers of debts, streams, costs, grants, subsidies."""
    rng = np.random.default_rng(9)
    made = []
    for document in documents(count):
        build, run = int(rng.integers(1, 5)), int(rng.integers(10, 31))
        document["timeline"] = {"construction_years": build, "operation_years": run}
        document["investment"]["spending_profile"] = [1 / build] * build
        document["normal_operation_year"] = 5
        document["maintenance_capex"] = document.get("maintenance_capex", [])[: rng.integers(0, 2)]
        stream, cost = document["revenue_streams"][0], document["operating_costs"][0]
        document["revenue_streams"] = [copy.deepcopy(stream) for _ in range(rng.integers(0, 4))]
        if rng.random() < 0.5:
            document["revenue_streams"].append({"schedule": [500.0] * 5})
        categories = rng.choice(["materials", "fuel_and_power", "wages", "repair", "other"], rng.integers(1, 7))
        document["operating_costs"] = [copy.deepcopy(cost) | {"category": str(name)} for name in categories]
        document["grants"] = [
            {"amounts": [100.0] * build, "counts_as_equity": bool(rng.random() < 0.3)}
            for _ in range(rng.integers(0, 3))
        ]
        document["operating_subsidies"] = [{"annual_amount": 50} for _ in range(rng.integers(0, 3))]
        document["debts"] = [_debt(rng, build, run) for _ in range(rng.integers(0, 4))]
        made.append(document)
    return made


def _debt(rng: np.random.Generator, build: int, run: int) -> dict[str, Any]:
    method = str(rng.choice(["equal_principal", "level_payment", "bullet", "max_capacity"]))
    return {
        "kind": str(rng.choice(["bank_loan", "special_bond"])), "draws": [300.0] * build, "annual_rate": 0.04,
        "repayment": {"method": method, "first_repayment_year": build + 2, "repayment_years": run - 2},
    }  # fmt: skip


def evaluated(cases: list[FinancialCase]) -> float:
    """Return the seconds for every row, figure and rate of return of all cases."""
    start = time.perf_counter()
    for batch in evaluate_cases(cases):
        assert len(batch.rates_of_return) == 5
    return time.perf_counter() - start


def one_project(document: dict[str, Any]) -> float:
    """Return the seconds from the input as JSON data to checked findings, all indicators and all statements."""
    start = time.perf_counter()
    case = read_document(FinancialCase, document)
    assert not findings_of(case)
    (batch,) = evaluate_cases([case])
    assert outcome_of(batch)["indicators"]["project_irr_post_tax"]["value"] is not None
    assert remarks_on(batch) is not None
    assert len(statements(batch)) == 17
    return time.perf_counter() - start


def mixed_portfolio(cases: list[FinancialCase]) -> float:
    """Return the seconds for the input check, every row and every rate of return of cases of many structures."""
    start = time.perf_counter()
    count = 0
    for batch in evaluate_portfolio([case for case in cases if not has_errors(findings_of(case))]):
        count += len(batch.rates_of_return["equity_cf"].value)
    assert count == len(cases)
    return time.perf_counter() - start


def run() -> list[Figure]:
    """Return seconds for one and for many projects, and the most memory this process ever held."""
    inputs = documents(_PROJECTS)
    cases = [read_document(FinancialCase, document) for document in inputs]
    one_project(inputs[0])
    one = float(np.median([one_project(document) for document in inputs[:200]]))
    different = [read_document(FinancialCase, document) for document in mixed_documents(_PROJECTS)]
    structures = len({structure_of(case) for case in different})
    mixed = mixed_portfolio(different)
    many = evaluated(cases)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return [
        Figure(f"10,000 projects of {structures} structures", mixed, "s", "< 5 s", COMMAND, is_met=mixed < 5),
        Figure(
            "one project: input check, all indicators and statements",
            one * 1000,
            "ms",
            "< 5 ms",
            COMMAND,
            is_met=one < 0.005,
        ),
        Figure("10,000 projects x 30 years, all rows", many, "s", "< 5 s", COMMAND, is_met=many < 5),
        Figure("memory of that run", memory, "MiB", "< 2 GB", COMMAND, is_met=memory < 2000),
    ]


if __name__ == "__main__":
    print_figures(run())
