"""Sensitivity 敏感性分析: one factor at a time, two at a time, switching values; always on the full model."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from registry.finance.cells import Cells
from registry.finance.engine import Batch, evaluate_cells
from registry.finance.irr import irr
from registry.finance.shocks import FACTORS, shocked
from registry.finance.structure import Structure

CHANGES = (-0.2, -0.1, -0.05, 0.05, 0.1, 0.2)
MAIN_FACTORS = ("investment", "revenue", "operating_cost")
WIDEST_CHANGES = (-0.99, 4.0)
"""A switching value is looked for between -99 % and +400 %."""

Indicator = Literal["npv", "irr", "equity_irr", "payback", "dscr_min"]
"""Indicators after tax that an analysis looks at."""

_BASE_VALUES = {
    "investment": "construction_investment_total",
    "revenue": "revenue",
    "operating_cost": "operating_cost",
    "subsidies": "subsidies",
}
_POINTS = 129
_ROUNDS = 4
_FLOW = "project_cf_post_tax"
_WANTED = (_FLOW, "project_npv_post_tax", "payback_static_post_tax", "dscr_min", "equity_cf")


@dataclass(frozen=True, slots=True)
class SensitivityRow:
    """One line of table 13: the indicators at a change of one factor; None where an indicator does not exist."""

    change: float
    irr: float | None
    npv: float | None
    payback: float | None
    dscr_min: float | None
    equity_irr: float | None
    coefficient_irr: float | None
    """敏感度系数: relative change of the rate over the relative change of the factor."""
    coefficient_npv: float | None


@dataclass(frozen=True, slots=True)
class FactorSensitivity:
    """Table 13 and the curve of one factor."""

    factor: str
    base: SensitivityRow
    rows: tuple[SensitivityRow, ...]
    switching_point: float | None
    """临界点: the change that makes the FNPV after tax zero; None when there is none."""
    base_value: float | None
    """The factor itself in the base case, 万元 (revenue, cost, subsidies: the yearly average of operation)."""
    critical_value: float | None
    """临界值: the factor at its switching point."""

    def as_dict(self) -> dict[str, Any]:
        """Return the table of one factor for JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class TornadoBar:
    """The indicator when one factor is that share lower and higher; None where it does not exist."""

    factor: str
    at_lower: float | None
    at_higher: float | None

    @property
    def swing(self) -> float:
        """How far apart the two ends are; infinite where one of them does not exist."""
        if self.at_lower is None or self.at_higher is None:
            return math.inf
        return abs(self.at_higher - self.at_lower)


@dataclass(frozen=True, slots=True)
class Tornado:
    """Every factor changed by the same share, the widest bar first."""

    indicator: Indicator
    change: float
    base: float | None
    bars: tuple[TornadoBar, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the bars for JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class TwoFactorGrid:
    """Indicators for every pair of changes: [first factor][second factor], None where an indicator does not exist."""

    first: str
    second: str
    changes: tuple[float, ...]
    irr: tuple[tuple[float | None, ...], ...]
    npv: tuple[tuple[float | None, ...], ...]
    dscr_min: tuple[tuple[float | None, ...], ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the grid for JSON."""
        return asdict(self)


def sensitivity(
    batch: Batch,
    row: int = 0,
    *,
    factors: Sequence[str] = MAIN_FACTORS,
    changes: Sequence[float] = CHANGES,
) -> list[FactorSensitivity]:
    """Return the one-factor table of a project; every line is a full recalculation."""
    steps = [0.0, *changes]
    lines = shocked(batch.cells, _one_at_a_time(factors, [steps] * len(factors)), row)
    result = evaluate_cells(batch.structure, lines, _WANTED)
    columns = _columns(result)
    points = switching_points(batch.structure, batch.cells, factors, row)
    tables = []
    for place, factor in enumerate(factors):
        start = place * len(steps)
        base = _row(0.0, columns, start, None)
        rows = tuple(_row(change, columns, start + i, base) for i, change in enumerate(changes, start=1))
        value, point = _base_value(batch, factor, row), points[factor]
        critical = None if value is None or point is None else value * (1 + point)
        tables.append(FactorSensitivity(factor, base, rows, point, value, critical))
    return tables


def tornado(
    batch: Batch,
    row: int = 0,
    *,
    change: float = 0.1,
    indicator: Indicator = "npv",
    factors: Sequence[str] = tuple(FACTORS),
) -> Tornado:
    """Return one indicator with each factor `change` lower and higher; every end is a full recalculation."""
    steps = [0.0, -change, change]
    lines = shocked(batch.cells, _one_at_a_time(factors, [steps] * len(factors)), row)
    found = _optional_cells(_columns(evaluate_cells(batch.structure, lines, _WANTED))[indicator])
    bars = [TornadoBar(factor, found[3 * i + 1], found[3 * i + 2]) for i, factor in enumerate(factors)]
    return Tornado(indicator, change, found[0], tuple(sorted(bars, key=lambda bar: -bar.swing)))


def two_factor_grid(
    batch: Batch, first: str, second: str, changes: Sequence[float] = (-0.2, -0.1, 0.0, 0.1, 0.2), row: int = 0
) -> TwoFactorGrid:
    """Return the indicators after tax for every pair of changes of two factors."""
    pairs = np.array([(a, b) for a in changes for b in changes])
    lines = shocked(batch.cells, {first: pairs[:, 0], second: pairs[:, 1]}, row)
    columns = _columns(evaluate_cells(batch.structure, lines, _WANTED))
    side = len(changes)

    def squared(key: str) -> tuple[tuple[float | None, ...], ...]:
        cells = _optional_cells(columns[key])
        return tuple(cells[i * side : (i + 1) * side] for i in range(side))

    return TwoFactorGrid(first, second, tuple(changes), squared("irr"), squared("npv"), squared("dscr_min"))


def coefficient(base: float | None, value: float | None, change: float) -> float | None:
    """Return 敏感度系数 S = (dA/A)/(dF/F); None when the base is (nearly) zero or missing."""
    if base is None or value is None or base == 0 or change == 0:
        return None
    found = (value - base) / base / change
    return found if math.isfinite(found) else None


def switching_points(
    structure: Structure, cells: Cells, factors: Sequence[str], row: int = 0
) -> dict[str, float | None]:
    """Return for each factor the change nearest to zero that makes the FNPV after tax zero, by full recalculation.

    The range is cut into many points, the interval where the sign changes again into as many, and so on: all points
    of all factors are rows of one batch.
    """
    lows = np.full(len(factors), WIDEST_CHANGES[0])
    highs = np.full(len(factors), WIDEST_CHANGES[1])
    values = np.empty((len(factors), 2))
    for _ in range(_ROUNDS):
        steps = np.linspace(lows, highs, _POINTS).T
        lines = shocked(cells, _one_at_a_time(factors, steps.tolist()), row)
        npv = evaluate_cells(structure, lines, ["project_npv_post_tax"]).figure("project_npv_post_tax")
        for i, points in enumerate(npv.reshape(len(factors), _POINTS)):
            at = _nearest_crossing(steps[i], points)
            lows[i], highs[i] = (np.nan, np.nan) if at is None else steps[i][at : at + 2]
            values[i] = (np.nan, np.nan) if at is None else points[at : at + 2]
    rise = values[:, 1] - values[:, 0]
    with np.errstate(invalid="ignore", divide="ignore"):
        found = np.where(rise == 0, lows, lows - values[:, 0] * (highs - lows) / rise)
    return {factor: None if np.isnan(found[i]) else float(found[i]) for i, factor in enumerate(factors)}


def _nearest_crossing(steps: NDArray[np.float64], npv: NDArray[np.float64]) -> int | None:
    """Return the place of the interval nearest to no change in which the FNPV changes sign."""
    crossings = np.flatnonzero((npv[:-1] <= 0) != (npv[1:] <= 0))
    if len(crossings) == 0:
        return None
    distance = np.minimum(np.abs(steps[crossings]), np.abs(steps[crossings + 1]))
    return int(crossings[np.argmin(distance)])


def _one_at_a_time(factors: Sequence[str], steps: Sequence[Sequence[float]]) -> dict[str, NDArray[np.float64]]:
    """Return the changes of each factor when the lines of one factor follow those of another."""
    total = sum(len(part) for part in steps)
    changes, start = {}, 0
    for factor, part in zip(factors, steps, strict=True):
        changes[factor] = np.zeros(total)
        changes[factor][start : start + len(part)] = part
        start += len(part)
    return changes


def _base_value(batch: Batch, factor: str, row: int) -> float | None:
    key = _BASE_VALUES.get(factor)
    if key is None:
        return None
    if not batch.book.rows[key].by_year:
        return float(batch.figure(key)[row])
    return math.fsum(batch.by_year(key)[row].tolist()) / float(batch.figure("operation_years")[row])


def _optional_cells(values: NDArray[np.float64]) -> tuple[float | None, ...]:
    return tuple(None if math.isnan(value) else value for value in values.tolist())


def _columns(result: Batch) -> dict[str, NDArray[np.float64]]:
    return {
        "irr": irr(result.by_year(_FLOW)).value,
        "equity_irr": irr(result.by_year("equity_cf")).value,
        "npv": result.figure("project_npv_post_tax"),
        "payback": result.figure("payback_static_post_tax"),
        "dscr_min": result.figure("dscr_min"),
    }


def _row(
    change: float, columns: dict[str, NDArray[np.float64]], place: int, base: SensitivityRow | None
) -> SensitivityRow:
    values = {key: None if np.isnan(column[place]) else float(column[place]) for key, column in columns.items()}
    return SensitivityRow(
        change=change,
        **values,
        coefficient_irr=coefficient(base.irr, values["irr"], change) if base else None,
        coefficient_npv=coefficient(base.npv, values["npv"], change) if base else None,
    )
