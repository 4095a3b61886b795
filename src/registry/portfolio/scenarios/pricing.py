"""A chunk of projects priced under every scenario: one batch of the finance engine, its cells changed per scenario.

A pure function of the documents and the scenarios, so that it gives the same figures on any machine.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from registry.assessments.case import financial_case
from registry.errors import has_errors
from registry.finance.cells import Cells
from registry.finance.declarations.timing import ONE_FEN
from registry.finance.engine import Batch, evaluate_cells, evaluate_portfolio
from registry.finance.findings import findings_of
from registry.finance.shocks import cells_of_factor
from registry.portfolio.scenarios.model import ScenarioIn
from registry.projects.financials import FinancialCase
from registry.projects.model import Dossier

_WANTED = ("project_cf_post_tax", "dscr_min", "cumulative_surplus_min", "equity_for_construction")
_LEVELS = ("investment", "revenue", "operating_cost", "subsidies")
_GRANT = re.compile(r"grants\.\d+\.amount")
_RATE = re.compile(r"debts\.\d+\.nominal_rate")
_PRICED, _OVER_FUNDED = "", "over-funded"

Figure = tuple[int, int, float | None, float | None, bool, str]
"""Project, scenario (0: as it stands), FIRR after tax, lowest DSCR, whether cash never runs out, why not priced."""


@dataclass(frozen=True, slots=True)
class Priced:
    """What a chunk gave: figures by project and scenario, and why the others could not be priced."""

    figures: tuple[Figure, ...]
    unpriced: tuple[tuple[int, str], ...]
    """Project and reason: `no-case`, or the code of the first finding that stops the calculation."""


def price_chunk(documents: Sequence[tuple[int, str]], scenarios: Sequence[ScenarioIn]) -> Priced:
    """Return the figures of these dossiers, JSON texts by number of project, as they stand and under each scenario."""
    numbers: list[int] = []
    cases: list[FinancialCase] = []
    unpriced: list[tuple[int, str]] = []
    for number, text in documents:
        case, reason = _calculable(text)
        if case is None:
            unpriced.append((number, reason))
        else:
            numbers.append(number)
            cases.append(case)
    figures: list[Figure] = []
    for batch in evaluate_portfolio(cases, _WANTED):
        figures += _figures(batch, numbers, 0)
        for place, scenario in enumerate(scenarios, start=1):
            changed = evaluate_cells(batch.structure, changed_cells(batch.cells, scenario), _WANTED, batch.places)
            figures += _figures(changed, numbers, place)
    return Priced(tuple(sorted(figures, key=lambda each: each[:2])), tuple(unpriced))


def _calculable(text: str) -> tuple[FinancialCase | None, str]:
    case, _ = financial_case(Dossier.model_validate_json(text))
    if case is None:
        return None, "no-case"
    found = findings_of(case)
    if has_errors(found):
        return None, next(each.code for each in found if each.severity == "error")
    return case, _PRICED


def _figures(batch: Batch, numbers: Sequence[int], scenario: int) -> list[Figure]:
    rates = batch.rates_of_return["project_cf_post_tax"].value
    coverage, surplus = batch.figure("dscr_min"), batch.figure("cumulative_surplus_min")
    is_over: NDArray[np.bool_] = np.asarray((batch.by_year("equity_for_construction") < -ONE_FEN).any(axis=1))
    return [
        (
            numbers[place],
            scenario,
            _known(rates[row]) if not is_over[row] else None,
            _known(coverage[row]) if not is_over[row] else None,
            bool(surplus[row] >= -ONE_FEN),
            _OVER_FUNDED if is_over[row] else _PRICED,
        )
        for row, place in enumerate(batch.places)
    ]


def _known(value: np.float64) -> float | None:
    return float(value) if np.isfinite(value) else None


def changed_cells(cells: Cells, scenario: ScenarioIn) -> Cells:
    """Return the input cells of many projects under a scenario; what it leaves alone is shared, not copied."""
    changed = dict(cells)
    for factor in _LEVELS:
        change = getattr(scenario, factor)
        for key in cells_of_factor(cells, factor) if change else ():
            changed[key] = changed[key] * (1.0 + change)
    for key, values in cells.items():
        if scenario.grants and _GRANT.fullmatch(key):
            changed[key] = changed[key] * (1.0 + scenario.grants)
        if scenario.rate_shift and _RATE.fullmatch(key):
            changed[key] = np.maximum(values + scenario.rate_shift, 0.0)
    for family, growth in (("streams", scenario.revenue_growth), ("costs", scenario.cost_growth)):
        if growth:
            _grow(changed, cells, family, growth)
    return changed


def _grow(changed: Cells, cells: Cells, family: str, growth: float) -> None:
    """Add to the yearly rise of a family's prices; listed amounts rise by it year after year."""
    rise = re.compile(rf"{family}\.\d+\.escalation")
    listed = re.compile(rf"{family}\.\d+\.schedule")
    for key, values in cells.items():
        if rise.fullmatch(key):
            # A price that moves every third year moves by three years' growth.
            changed[key] = values + growth * cells[f"{key}_years"]
        elif listed.fullmatch(key):
            years = np.arange(1, len(values) + 1)[:, np.newaxis] - cells["construction_years"] - 1
            changed[key] = changed[key] * (1.0 + growth) ** np.maximum(years, 0.0)
