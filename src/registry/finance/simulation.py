"""The full model on drawn inputs: each draw is a row of a batch, in chunks of fixed memory."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from registry.finance.engine import Batch, evaluate_cells
from registry.finance.irr import irr
from registry.finance.shocks import shocked

Floats = NDArray[np.float64]

DRAWS_AT_ONCE = 8192
"""Rows of one chunk, so that memory does not grow with the number of draws."""
_WANTED = ("project_cf_post_tax", "project_npv_post_tax", "dscr_min")


@dataclass(frozen=True, slots=True)
class SimulatedValues:
    """Indicators after tax of every draw (draws,); NaN where a draw has none. Money in 万元."""

    npv: Floats
    irr: Floats
    dscr_min: Floats


def simulate(
    batch: Batch, changes: Mapping[str, Floats], *, row: int = 0, progress: Callable[[int], None] | None = None
) -> SimulatedValues:
    """Return the indicators under drawn relative changes of factors (0.1 is ten per cent more).

    `changes` maps factor names of `shocks.FACTORS` to equally long arrays (draws,). `progress` is told how many draws
    have just been done.
    """
    draws = len(next(iter(changes.values())))
    found = SimulatedValues(np.empty(draws), np.empty(draws), np.empty(draws))
    for start in range(0, draws, DRAWS_AT_ONCE):
        part = slice(start, min(start + DRAWS_AT_ONCE, draws))
        lines = shocked(batch.cells, {factor: change[part] for factor, change in changes.items()}, row)
        result = evaluate_cells(batch.structure, lines, _WANTED)
        found.npv[part] = result.figure("project_npv_post_tax")
        found.irr[part] = irr(result.by_year("project_cf_post_tax")).value
        found.dscr_min[part] = result.figure("dscr_min")
        if progress is not None:
            progress(part.stop - part.start)
    return found
