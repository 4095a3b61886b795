"""Bundles 组合开发（EOD 等）: components priced apart, then added up to see whether the bundle carries itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from registry.errors import Finding, InvalidInput, has_errors
from registry.finance.declarations.timing import ONE_FEN
from registry.finance.discounting import npv, payback
from registry.finance.engine import Batch, evaluate_cases
from registry.finance.findings import findings_of
from registry.finance.irr import irr
from registry.finance.outcome import remarks_on
from registry.finance.reading import read_document
from registry.projects.financials import FinancialCase
from registry.quantities import Ratio

Floats = NDArray[np.float64]

SUMMED = (
    "project_cf_pre_tax", "project_cf_post_tax", "equity_cf", "financial_plan_net", "cfads", "debt_service",
    "construction_investment", "equity", "grants", "debt_draw",
)  # fmt: skip


class Component(BaseModel):
    """One component 子项目 of a bundle; every component starts in project year 1."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1)]
    case: dict[str, Any]


class BundleInputs(BaseModel):
    """A bundle: its own benchmark rate, and the components with their whole cases."""

    model_config = ConfigDict(extra="forbid")

    discount_rate: Annotated[Ratio, Field(ge=0, le=1)]
    components: Annotated[list[Component], Field(min_length=1, max_length=50)]


@dataclass(frozen=True, slots=True)
class SelfBalance:
    """The self-balance test 自平衡检验, by year and in total, 万元."""

    transferred: Floats
    """What components with a surplus in the year give to those with a deficit."""
    uncovered: Floats
    """Deficit of the year that neither the year's surplus nor the bundle's savings cover."""
    closing_cash: Floats
    """Savings of the whole bundle at year end, never below zero: what is uncovered must come from outside."""

    @property
    def is_balanced(self) -> bool:
        """Whether the bundle carries itself in every year."""
        return bool((self.uncovered <= ONE_FEN).all())


def evaluate_bundle(inputs: Any) -> dict[str, Any]:
    """Return components, their sum and the self-balance test; taxes stay with each component (separate accounts)."""
    given = read_document(BundleInputs, inputs)
    batches = [_priced(f"components[{i}].case", part.case) for i, part in enumerate(given.components)]
    years = max(batch.structure.years for batch in batches)
    rows = {key: np.array([_padded(batch.by_year(key)[0], years) for batch in batches]) for key in SUMMED}
    total = {key: np.add.accumulate(values, axis=0)[-1] for key, values in rows.items()}
    balance = self_balance(rows["financial_plan_net"])
    return {
        "components": [_component(part.name, batch) for part, batch in zip(given.components, batches, strict=True)],
        "indicators": _indicators(total, given.discount_rate),
        "series": {key: values.tolist() for key, values in total.items()},
        "self_balance": {
            "is_balanced": balance.is_balanced,
            "transferred": balance.transferred.tolist(),
            "uncovered": balance.uncovered.tolist(),
            "closing_cash": balance.closing_cash.tolist(),
        },
    }


def self_balance(nets: Floats) -> SelfBalance:
    """Return the self-balance test of yearly net cash flows (components, years)."""
    surplus, deficit = np.maximum(nets, 0.0).sum(axis=0), np.maximum(-nets, 0.0).sum(axis=0)
    uncovered, closing = np.zeros(nets.shape[1]), np.zeros(nets.shape[1])
    cash = 0.0
    for year in range(nets.shape[1]):
        after = cash + surplus[year] - deficit[year]
        uncovered[year], cash = max(0.0, -after), max(0.0, after)
        closing[year] = cash
    return SelfBalance(np.minimum(surplus, deficit), uncovered, closing)


def _priced(path: str, document: dict[str, Any]) -> Batch:
    case = read_document(FinancialCase, document, path)
    found = findings_of(case)
    if not has_errors(found):
        (batch,) = evaluate_cases([case])
        found = remarks_on(batch)
    errors: Sequence[Finding] = [finding for finding in found if finding.severity == "error"]
    if errors:
        raise InvalidInput.of([_under(path, finding) for finding in errors])
    return batch


def _under(path: str, finding: Finding) -> Finding:
    return Finding(
        f"{path}.{finding.path}", finding.code, f"{path}.{finding.message_zh}", f"{path}.{finding.message_en}",
        finding.value, finding.severity,
    )  # fmt: skip


def _padded(values: Floats, years: int) -> Floats:
    return np.concatenate([values, np.zeros(years - len(values))])


def _component(name: str, batch: Batch) -> dict[str, Any]:
    surplus = batch.by_year("financial_plan_net")[0]
    return {
        "name": name,
        "project_irr_post_tax": batch.rates_of_return["project_cf_post_tax"].answer(0).as_dict(),
        "project_npv_post_tax": float(batch.figure("project_npv_post_tax")[0]),
        "total_investment": float(batch.figure("total_investment")[0]),
        "financial_plan_net": surplus.tolist(),
        "feeds_others": bool(surplus.sum() > ONE_FEN),
    }


def _indicators(total: dict[str, Floats], discount_rate: float) -> dict[str, Any]:
    served = total["debt_service"] > ONE_FEN
    cover = total["cfads"][served] / total["debt_service"][served]
    back = float(payback(total["project_cf_post_tax"]).years[0])
    return {
        "project_irr_pre_tax": irr(total["project_cf_pre_tax"]).answer(0).as_dict(),
        "project_irr_post_tax": irr(total["project_cf_post_tax"]).answer(0).as_dict(),
        "equity_irr": irr(total["equity_cf"]).answer(0).as_dict(),
        "project_npv_post_tax": float(npv(total["project_cf_post_tax"], discount_rate)[0]),
        "payback_static_post_tax": None if np.isnan(back) else back,
        "dscr_min": float(cover.min()) if len(cover) else None,
        "dscr_average": float(cover.mean()) if len(cover) else None,
    }
