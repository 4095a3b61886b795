"""Stress test 压力测试 of the funding plan: what a bond or bank reviewer asks after the base case (table 14-3)."""

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from registry.finance.cells import Cells
from registry.finance.engine import Batch, evaluate_cells
from registry.finance.irr import irr
from registry.finance.shocks import FACTORS, cells_of_factor, repeated

HALF_POINT = 0.005
"""50 个基点: fifty basis points on every nominal rate."""
_FIGURES = ("special_bond_coverage", "total_debt_coverage", "dscr_min", "dscr_average", "cumulative_surplus_min")


@dataclass(frozen=True, slots=True)
class Stress:
    """One line of the test: relative changes of factors, and points added to every nominal rate of long-term debt."""

    zh: str
    en: str
    changes: dict[str, float] = field(default_factory=dict)
    rate_points: float = 0.0


STRESSES = (
    Stress("基准", "Base case"),
    Stress("收入 −5%", "Revenue -5 %", {"revenue": -0.05}),
    Stress("收入 −10%", "Revenue -10 %", {"revenue": -0.1}),
    Stress("成本 +5%", "Operating cost +5 %", {"operating_cost": 0.05}),
    Stress("成本 +10%", "Operating cost +10 %", {"operating_cost": 0.1}),
    Stress("利率 +50 个基点", "Interest rate +50 bp", rate_points=HALF_POINT),
    Stress(
        "收入 −10%、成本 +10%、利率 +50 个基点",
        "Revenue -10 %, cost +10 %, rate +50 bp",
        {"revenue": -0.1, "operating_cost": 0.1},
        HALF_POINT,
    ),
)


@dataclass(frozen=True, slots=True)
class StressResult:
    """What is left to serve debt under one stress; None where an indicator does not exist. Money in 万元."""

    stress: Stress
    special_bond_coverage: float | None
    total_debt_coverage: float | None
    dscr_min: float | None
    dscr_average: float | None
    cumulative_surplus_min: float | None
    equity_irr: float | None

    def as_dict(self) -> dict[str, Any]:
        """Return the line for JSON."""
        return asdict(self)


def stress_test(batch: Batch, row: int = 0, stresses: tuple[Stress, ...] = STRESSES) -> list[StressResult]:
    """Return the indicators under each stress; every line is a full recalculation, all lines are one batch."""
    result = evaluate_cells(batch.structure, _stressed(batch.cells, row, stresses), (*_FIGURES, "equity_cf"))
    columns = {key: result.figure(key) for key in _FIGURES} | {"equity_irr": irr(result.by_year("equity_cf")).value}
    return [
        StressResult(stress, **{key: _optional(float(column[place])) for key, column in columns.items()})
        for place, stress in enumerate(stresses)
    ]


def _stressed(cells: Cells, row: int, stresses: tuple[Stress, ...]) -> Cells:
    rows = repeated(cells, len(stresses), row)
    for factor in FACTORS:
        scale = np.array([1.0 + stress.changes.get(factor, 0.0) for stress in stresses])
        for key in cells_of_factor(rows, factor):
            rows[key] = rows[key] * scale
    points = np.array([stress.rate_points for stress in stresses])
    for key in cells_of_factor(rows, "interest_rate"):
        rows[key] = rows[key] + points
    return rows


def _optional(value: float) -> float | None:
    return None if np.isnan(value) else value
