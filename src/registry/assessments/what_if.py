"""What if 敏感性试算: the kept case run again with changed factors. The engine itself, two rows; nothing is kept."""

from collections.abc import Mapping
from typing import Final

import msgspec
import numpy as np
from sqlmodel import Session

from registry.accounts.model import Actor
from registry.accounts.permissions import require
from registry.assessments.queries import find_assessment
from registry.audit import parsed_json
from registry.errors import Finding, InvalidInput, NotFound
from registry.finance.engine import Batch, evaluate_case_model, evaluate_cells
from registry.finance.irr import irr
from registry.finance.shocks import FACTORS, shocked
from registry.projects.financials import FinancialCase

WIDEST: Final = 0.5
"""A factor moves by at most half: beyond that it is another project."""
_ROWS: Final[Mapping[str, str]] = {
    "npv": "project_npv_post_tax",
    "payback_years": "payback_static_post_tax",
    "dscr_min": "dscr_min",
    "dscr_average": "dscr_average",
    "coverage": "total_debt_coverage",
}
_FLOWS: Final[Mapping[str, str]] = {"firr": "project_cf_post_tax", "capital_irr": "equity_cf"}


class Figures(msgspec.Struct, frozen=True):
    """Figures after tax: rates as shares of one, money in 万元; null where a figure does not exist."""

    firr: float | None
    capital_irr: float | None
    npv: float | None
    payback_years: float | None
    dscr_min: float | None
    dscr_average: float | None
    coverage: float | None


class WhatIf(msgspec.Struct, frozen=True):
    """The figures as assessed, and with the factors changed (0.1 is ten per cent more)."""

    code: str
    revision: int
    changes: dict[str, float]
    base: Figures
    changed: Figures


def priced_case(session: Session, actor: Actor, code: str) -> tuple[FinancialCase, int]:
    """Return the case of the newest assessment and the revision it is of. Raises NotFound where none was evaluated."""
    require(actor, "screen_projects")
    kept = find_assessment(session, actor, code)
    money = parsed_json(kept.document)["finance"]
    if money["case"] is None or money["result"] is None:
        raise NotFound(f"项目 {code} 还没有财务测算结果", f"The money of project {code} has not been evaluated")
    return FinancialCase.model_validate(money["case"]), kept.revision_number


def what_if(session: Session, actor: Actor, code: str, changes: Mapping[str, float]) -> WhatIf:
    """Return the figures of a project with factors of `shocks.FACTORS` changed. Raises NotFound, InvalidInput."""
    findings = [found for name, change in changes.items() for found in _flaws(name, change)]
    if findings:
        raise InvalidInput.of(findings)
    case, revision = priced_case(session, actor, code)
    batch = evaluate_case_model(case)
    steps = {factor: np.array([0.0, changes.get(factor, 0.0)]) for factor in FACTORS}
    wanted = (*_ROWS.values(), *_FLOWS.values())
    run = evaluate_cells(batch.structure, shocked(batch.cells, steps), wanted)
    moved = {factor: change for factor, change in changes.items() if change}
    return WhatIf(code, revision, moved, _figures(run, 0), _figures(run, 1))


def _figures(run: Batch, row: int) -> Figures:
    found = {name: float(run.figure(key)[row]) for name, key in _ROWS.items()}
    found |= {name: float(irr(run.by_year(key)).value[row]) for name, key in _FLOWS.items()}
    return Figures(**{name: None if np.isnan(value) else value for name, value in found.items()})


def _flaws(name: str, change: float) -> list[Finding]:
    if name not in FACTORS:
        known = "、".join(FACTORS)
        return [Finding(name, "unknown-factor", f"没有因素 {name}；可用：{known}", f"is none of {known}", name[:40])]
    if not -WIDEST <= change <= WIDEST:
        zh, en = f"变化幅度应在 ±{WIDEST:.0%} 之内", f"should lie within ±{WIDEST:.0%}"
        return [Finding(name, "out-of-range", zh, en, str(change)[:40])]
    return []
