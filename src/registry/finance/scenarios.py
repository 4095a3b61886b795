"""Scenarios 情景分析: named sets of changes, each a full recalculation."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from registry.finance.cells import cells_of, stack
from registry.finance.declarations import book_of
from registry.finance.engine import Batch, evaluate_cells
from registry.finance.irr import IrrAnswer
from registry.finance.shocks import shocked
from registry.finance.structure import structure_of
from registry.projects.financials import Debt, FinancialCase, Grant

Drawn = TypeVar("Drawn", Grant, Debt)

_WANTED = (
    "project_cf_post_tax", "equity_cf", "project_npv_post_tax", "payback_static_post_tax", "dscr_min", "dscr_average",
    "cumulative_surplus_min",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scenario:
    """What a scenario changes: factors of `shocks.FACTORS` by a share of their value, and a delay of operation."""

    name: str
    zh: str
    en: str
    changes: dict[str, float] = field(default_factory=dict)
    delay_years: int = 0


SCENARIOS = (
    Scenario("base", "基准情景", "Base case"),
    Scenario("bank", "银行审慎情景（收入−10%）", "Bank case (revenue -10 %)", {"revenue": -0.1}),
    Scenario(
        "downside",
        "不利情景（投资+10%、收入−10%、成本+10%）",
        "Downside (investment +10 %, revenue -10 %, cost +10 %)",
        {"investment": 0.1, "revenue": -0.1, "operating_cost": 0.1},
    ),
    Scenario("delay", "投产推迟一年", "Operation one year late", delay_years=1),
    Scenario(
        "downside_delay",
        "不利情景并推迟一年",
        "Downside and one year late",
        {"investment": 0.1, "revenue": -0.1, "operating_cost": 0.1},
        delay_years=1,
    ),
)


@dataclass(frozen=True, slots=True)
class ScenarioResult:
    """The indicators under one scenario; None where an indicator does not exist."""

    scenario: Scenario
    irr: IrrAnswer
    equity_irr: IrrAnswer
    npv: float
    payback: float | None
    dscr_min: float | None
    dscr_average: float | None
    cumulative_surplus_min: float


def run_scenarios(case: FinancialCase, scenarios: Sequence[Scenario] = SCENARIOS) -> list[ScenarioResult]:
    """Return the results of a case (without errors in `findings_of`) under each scenario, in the order given."""
    return [_result(scenario, _run(case, scenario)) for scenario in scenarios]


def delayed(case: FinancialCase, years: int) -> FinancialCase:
    """Return the case with operation so many years later: money is spent and drawn as planned, then stands idle.

    Debts accrue construction interest meanwhile; their repayment keeps its length and starts the same years later.
    """
    if years == 0 or case.timeline is None or case.investment is None:
        return case
    idle = [0.0] * years
    timeline = case.timeline.model_copy(update={"construction_years": (case.timeline.construction_years or 0) + years})
    profile = [*(case.investment.spending_profile or []), *idle]
    return case.model_copy(
        update={
            "timeline": timeline,
            "investment": case.investment.model_copy(update={"spending_profile": profile}),
            "grants": [_with_idle(grant, "amounts", idle) for grant in case.grants or []],
            "debts": [_postponed(debt, years) for debt in case.debts or []],
        }
    )


def _with_idle(part: Drawn, name: str, idle: list[float]) -> Drawn:
    return part.model_copy(update={name: [*(getattr(part, name) or []), *idle]})


def _postponed(debt: Debt, years: int) -> Debt:
    repayment = debt.repayment
    if repayment is not None:
        first = (repayment.first_repayment_year or 0) + years
        repayment = repayment.model_copy(update={"first_repayment_year": first})
    return _with_idle(debt.model_copy(update={"repayment": repayment}), "draws", [0.0] * years)


def _run(case: FinancialCase, scenario: Scenario) -> Batch:
    late = delayed(case, scenario.delay_years)
    structure = structure_of(late)
    cells = stack(book_of(structure), [cells_of(late)])
    if scenario.changes:
        cells = shocked(cells, {factor: [change] for factor, change in scenario.changes.items()})
    return evaluate_cells(structure, cells, _WANTED)


def _result(scenario: Scenario, batch: Batch) -> ScenarioResult:
    figures = {key: float(batch.figure(key)[0]) for key in _WANTED[2:]}
    optional = {key: None if value != value else value for key, value in figures.items()}  # noqa: PLR0124 - NaN test
    return ScenarioResult(
        scenario,
        irr=batch.rates_of_return["project_cf_post_tax"].answer(0),
        equity_irr=batch.rates_of_return["equity_cf"].answer(0),
        npv=figures["project_npv_post_tax"],
        payback=optional["payback_static_post_tax"],
        dscr_min=optional["dscr_min"],
        dscr_average=optional["dscr_average"],
        cumulative_surplus_min=figures["cumulative_surplus_min"],
    )
