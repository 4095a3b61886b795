"""The money of each project of a plan, on calendar years: priced by the same engine as everywhere, nothing guessed.

Pure: dossiers in, figures out. A project that cannot be priced says why, and is counted, not left out in silence.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from registry.assessments.case import financial_case
from registry.errors import Finding, has_errors
from registry.finance.declarations.timing import ONE_FEN
from registry.finance.engine import Batch, evaluate_cells, evaluate_portfolio
from registry.finance.findings import findings_of
from registry.portfolio.scenarios.model import BASE, ScenarioIn
from registry.portfolio.scenarios.pricing import changed_cells
from registry.projects.financials import FinancialCase
from registry.projects.model import Dossier

Floats = NDArray[np.float64]
ReturnType = Literal["full", "partial", "none", "unknown"]

RETURN_TYPES: dict[ReturnType, tuple[str, str]] = {
    "full": ("全额回报", "Full return"),
    "partial": ("部分回报", "Partial return"),
    "none": ("无回报", "No return"),
    "unknown": ("无法判断", "Cannot be told"),
}
RETURN_CRITERION = (
    (
        "系统默认口径（政策未规定，待主管部门明确）：无营业收入为“无回报”；有营业收入、不靠运营补贴且按基准收益率计算的"
        "项目投资财务净现值（所得税后）不小于零为“全额回报”，其余有收入的为“部分回报”。财务净现值不小于零为可行，"
        "见《建设项目经济评价方法与参数（第三版）》；三类的划分为本系统所定。"
    ),
    (
        "House default (no policy sets one): without revenue a project has no return; with revenue, no operating "
        "subsidy and a net present value after tax of at least zero at the benchmark rate it has a full return; "
        "otherwise a partial one. That a net present value of zero or more is acceptable is the standard of "
        "《建设项目经济评价方法与参数（第三版）》; the three classes are ours."
    ),
)
_ROWS = ("cfads", "debt_service", "financial_plan_net", "revenue", "subsidies", "equity_for_construction")
_FIGURES = ("project_npv_post_tax", "dscr_min")


AS_IT_STANDS = ScenarioIn(name=BASE)


@dataclass(frozen=True, slots=True)
class Priced:
    """One project's money. `rows` by project year in 万元; `first_year` is None where the start is not known."""

    return_type: ReturnType
    npv: float | None = None
    dscr_min: float | None = None
    first_year: int | None = None
    rows: Mapping[str, Floats] = field(default_factory=dict)
    why_not: tuple[Finding, ...] = ()

    @property
    def is_on_calendar(self) -> bool:
        """Say whether its years can be laid beside those of others."""
        return bool(self.rows) and self.first_year is not None


def price_all(dossiers: Mapping[str, Dossier], change: ScenarioIn = AS_IT_STANDS) -> dict[str, Priced]:
    """Return the money of each project, by its code, under a change where one is given; kin are priced together."""
    found: dict[str, Priced] = {}
    cases: dict[str, FinancialCase] = {}
    for code, dossier in dossiers.items():
        case = _calculable(dossier)
        if isinstance(case, Priced):
            found[code] = case
        else:
            cases[code] = case
    codes = list(cases)
    wanted = (*_ROWS, *_FIGURES)
    for batch in evaluate_portfolio(list(cases.values()), wanted):
        if change is not AS_IT_STANDS:
            batch = evaluate_cells(batch.structure, changed_cells(batch.cells, change), wanted, batch.places)  # noqa: PLW2901 - the same projects
        for row, place in enumerate(batch.places):
            found[codes[place]] = _priced(dossiers[codes[place]], batch, row)
    return {code: found[code] for code in dossiers}


def _calculable(dossier: Dossier) -> FinancialCase | Priced:
    """Return the case, or why it cannot be priced."""
    case, notes = financial_case(dossier)
    if case is None:
        return Priced("unknown", why_not=(_no_case(),))
    findings = [*notes, *findings_of(case)]
    if has_errors(findings):
        return Priced("unknown", why_not=tuple(each for each in findings if each.severity == "error"))
    return case


def _priced(dossier: Dossier, batch: Batch, row: int) -> Priced:
    rows = {key: batch.by_year(key)[row] for key in _ROWS}
    if (rows["equity_for_construction"] < -ONE_FEN).any():
        return Priced("unknown", why_not=(_over_funded(),))
    npv, cover = (_known(float(batch.figure(key)[row])) for key in _FIGURES)
    start = dossier.construction_start
    return Priced(_return_type(rows, npv), npv, cover, int(start[:4]) if start else None, rows)


def _return_type(rows: Mapping[str, Floats], npv: float | None) -> ReturnType:
    if rows["revenue"].sum() <= ONE_FEN:
        return "none"
    if npv is None:
        return "unknown"
    return "full" if npv >= 0 and rows["subsidies"].sum() <= ONE_FEN else "partial"


def _known(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _no_case() -> Finding:
    zh, en = "未填写财务测算输入，无法测算；请在项目中补充", "there is no financial case; add one to the project"
    return Finding("financials", "no-case", zh, en, severity="info")


def _over_funded() -> Finding:
    zh, en = "资金来源超过建设支出，无法测算；请核对", "grants and draws exceed the spending; check them"
    return Finding("funding_lines", "over-funded", zh, en, severity="warning")
