"""The engine against an independent calculation, on cases over the whole input schema."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings

from finance_strategies import any_cases
from golden.oracle import Result, evaluate, value
from registry.finance.engine import evaluate_cases
from registry.finance.findings import findings_of
from registry.finance.outcome import outcome_of, remarks_on
from registry.finance.reading import read_document
from registry.projects.financials import FinancialCase

CASES = Path(__file__).parents[1] / "golden" / "finance"
GRID = [-0.99 + 1e-9, *(step / 500 for step in range(-494, 501)), *(1 + step / 20 for step in range(181))]
"""Rates at which a flow is looked at for changes of sign."""


def differences(expected: Any, found: Any, scale: float, path: str = "") -> Iterator[str]:
    """Yield every place where the two differ by more than rounding."""
    if isinstance(expected, dict):
        for key, each in expected.items():
            yield from differences(each, found[key], scale, f"{path}.{key}")
    elif isinstance(expected, list):
        assert len(expected) == len(found), path
        for i, (each, other) in enumerate(zip(expected, found, strict=True)):
            yield from differences(each, other, scale, f"{path}[{i}]")
    elif expected is None or found is None:
        if expected is not found:
            yield f"{path}: expected {expected}, found {found}"
    elif not math.isclose(expected, found, rel_tol=1e-7, abs_tol=1e-9 * scale):
        yield f"{path}: expected {expected!r}, found {found!r}"


def engine_result(document: dict[str, Any]) -> dict[str, Any] | None:
    """Return what the product says; None where it says that a sculpted schedule does not work."""
    case = read_document(FinancialCase, document)
    assert [finding for finding in findings_of(case) if finding.severity == "error"] == []
    (batch,) = evaluate_cases([case])
    remarks = remarks_on(batch)
    assert {finding.code for finding in remarks if finding.severity == "error"} <= {"no-sculpting"}
    is_workable = not {"no-sculpting", "negative-principal"} & {finding.code for finding in remarks}
    return outcome_of(batch) if is_workable else None


def all_differences(expected: Result, found: dict[str, Any], scale: float) -> list[str]:
    return [
        line
        for part in ("totals", "indicators", "series", "strict", "per_debt")
        for line in differences(getattr(expected, part), found[part], scale, part)
    ]


def rates_that_cross(flows: list[float]) -> list[float]:
    """Return rates just below which the value changes sign, found on a grid."""
    values = [value(flows, rate) for rate in GRID]
    return [GRID[i] for i in range(len(GRID) - 1) if (values[i] < 0) != (values[i + 1] < 0)]


@settings(
    max_examples=200,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(any_cases())
def test_engine_and_independent_calculation_agree_on_every_figure(document: dict[str, Any]) -> None:
    found = engine_result(document)
    assume(found is not None)
    assert found is not None
    expected = evaluate(document)
    scale = expected.totals["construction_investment"]
    assert all_differences(expected, found, scale) == []
    for name, flows in expected.flows.items():
        rates = found["indicators"][name]["all"]
        crossings = rates_that_cross([0.0 if abs(flow) < 1e-9 * max(map(abs, flows)) else flow for flow in flows])
        for rate in crossings:
            assert any(abs(rate - root) <= 0.051 for root in rates), (name, rate, rates)
        for rate in rates:
            terms = [abs(flow) / (1 + rate) ** t for t, flow in enumerate(flows, start=1)]
            assert abs(value(flows, rate)) <= 1e-7 * sum(terms), (name, rate)


def worked_projects() -> Iterator[Any]:
    """Give the worked cases that are whole projects: the others state a flow or a loan alone."""
    for path in sorted(CASES.glob("[GP]*.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["kind"] == "project":
            yield pytest.param(document, id=path.stem)


@pytest.mark.parametrize("document", list(worked_projects()))
def test_the_independent_calculation_gives_the_worked_cases(document: dict[str, Any]) -> None:
    found = evaluate(document["inputs"])
    for part in ("totals", "indicators", "series", "strict"):
        stated = {k: v for k, v in document["expected"].get(part, {}).items() if k in getattr(found, part)}
        assert list(differences(stated, getattr(found, part), 1.0, part)) == []
