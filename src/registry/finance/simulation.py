"""Monte Carlo 概率分析 on the full model: every draw is one more row of the batch, and the seed fixes all of them."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from registry.finance.engine import Batch, evaluate_cells
from registry.finance.irr import irr
from registry.finance.shocks import shocked

Floats = NDArray[np.float64]

DRAWS_AT_ONCE = 8192
"""Draws evaluated together; memory does not grow with their number."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """What the draws of one indicator look like; draws without a value (no rate of return) are only counted."""

    values: Floats
    mean: float | None
    standard_deviation: float | None
    mean_standard_error: float | None
    p10: float | None
    p50: float | None
    p90: float | None
    without_value: int


@dataclass(frozen=True, slots=True)
class Probability:
    """A share of the draws and its standard error sqrt(p (1 - p) / n)."""

    value: float
    standard_error: float


@dataclass(frozen=True, slots=True)
class Simulation:
    """The outcome of all draws."""

    draws: int
    npv: Distribution
    irr: Distribution
    dscr_min: Distribution
    npv_negative: Probability
    dscr_below_floor: Probability | None
    """None when the project has no debt service."""


def simulate(
    batch: Batch,
    changes: Mapping[str, Floats],
    *,
    row: int = 0,
    dscr_floor: float = 1.0,
    progress: Callable[[int], None] | None = None,
) -> Simulation:
    """Return the distribution of the results over drawn relative changes of factors (0.1 is ten per cent more).

    `changes` maps factor names of `shocks.FACTORS` to equally long arrays (draws,). `progress` is told how many draws
    have just been done. Indicators are after tax.
    """
    draws = len(next(iter(changes.values())))
    found: dict[str, Floats] = {key: np.empty(draws) for key in ("npv", "irr", "dscr_min")}
    for start in range(0, draws, DRAWS_AT_ONCE):
        part = slice(start, min(start + DRAWS_AT_ONCE, draws))
        lines = shocked(batch.cells, {factor: change[part] for factor, change in changes.items()}, row)
        result = evaluate_cells(batch.structure, lines, ["project_cf_post_tax", "project_npv_post_tax", "dscr_min"])
        found["npv"][part] = result.figure("project_npv_post_tax")
        found["irr"][part] = irr(result.by_year("project_cf_post_tax")).value
        found["dscr_min"][part] = result.figure("dscr_min")
        if progress is not None:
            progress(part.stop - part.start)
    has_service = not np.isnan(found["dscr_min"]).all()
    return Simulation(
        draws,
        npv=distribution_of(found["npv"]),
        irr=distribution_of(found["irr"]),
        dscr_min=distribution_of(found["dscr_min"]),
        npv_negative=share_of(found["npv"] < 0),
        dscr_below_floor=share_of(found["dscr_min"] < dscr_floor) if has_service else None,
    )


def distribution_of(values: Floats) -> Distribution:
    """Return mean, spread and percentiles of the draws that have a value."""
    there = values[~np.isnan(values)]
    if len(there) == 0:
        return Distribution(values, None, None, None, None, None, None, len(values))
    spread = float(there.std(ddof=1)) if len(there) > 1 else 0.0
    p10, p50, p90 = (float(value) for value in np.quantile(there, [0.1, 0.5, 0.9]))
    error = spread / math.sqrt(len(there))
    return Distribution(values, float(there.mean()), spread, error, p10, p50, p90, len(values) - len(there))


def share_of(events: NDArray[np.bool_]) -> Probability:
    """Return how often an event happened."""
    share = float(events.mean())
    return Probability(share, math.sqrt(share * (1 - share) / len(events)))
