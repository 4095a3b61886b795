"""Solve the constant DSCR of a sculpted debt 按偿债备付率倒推还本: the one value that leaves no balance."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from registry.finance.cells import Cells
from registry.finance.declarations import program_of
from registry.finance.structure import Structure

_SMALLEST = 1e-9
_MOST_DOUBLINGS = 40
_MOST_STEPS = 100
_CLOSE_ENOUGH = 1e-12
"""Balance left, as a share of the debt, that counts as zero."""

Floats = NDArray[np.float64]


def solve_sculpted_dscr(structure: Structure, cells: Cells) -> Floats:
    """Return DSCR* (rows,) for which the sculpted debt ends its tenor at zero; NaN when no cash flow can repay it.

    A tenor longer than the calculation period ends with it.

    The unknown is x = 1/DSCR*, in which the balance left is nearly a straight line: a bracket by doubling, then
    regula falsi (Illinois). Each project follows its own steps, so it does not matter who is in the batch.
    """
    i = structure.sculpted
    if i is None:
        raise ValueError("no debt of this structure is sculpted")
    key = f"debts.{i}.closing"
    program = program_of(structure, (key,))
    final = (cells[f"debts.{i}.first_year"] + cells[f"debts.{i}.instalments"]).astype(int) - 1
    end = np.minimum(final, structure.years) - 1
    rows = np.arange(len(end))

    def left(x: Floats) -> Floats:
        balance: Floats = program.run({**cells, "sculpted_dscr": 1.0 / x})[key][end, rows]
        return balance

    scale = np.maximum(1.0, np.abs(cells[f"debts.{i}.draw"]).sum(axis=0))
    return 1.0 / _root(left, scale)


def _root(left: Callable[[Floats], Floats], scale: Floats) -> Floats:
    """Return x with left(x) = 0 for a falling function; NaN where it never falls below zero."""
    low, high, at_low, at_high = _bracketed(left, scale)
    solvable = (at_low >= 0) & (at_high <= 0)
    best = np.where(at_low < -at_high, low, high)
    done = ~solvable | (np.minimum(at_low, -at_high) <= _CLOSE_ENOUGH * scale)
    side = np.zeros(len(scale))
    for _ in range(_MOST_STEPS):
        if done.all():
            break
        middle = np.where(done, low, low + (high - low) * at_low / np.where(done, 1.0, at_low - at_high))
        value = left(middle)
        best = np.where(done, best, middle)
        above, below = ~done & (value > 0), ~done & (value <= 0)
        low, at_low = np.where(above, middle, low), np.where(above, value, at_low)
        high, at_high = np.where(below, middle, high), np.where(below, value, at_high)
        at_high = np.where(above & (side > 0), at_high / 2, at_high)  # Illinois: wake the end that does not move
        at_low = np.where(below & (side < 0), at_low / 2, at_low)
        side = np.where(above, 1.0, np.where(below, -1.0, side))
        done |= (np.abs(value) <= _CLOSE_ENOUGH * scale) | (high - low <= 4 * np.spacing(high))
    return np.where(solvable, best, np.nan)


def _bracketed(left: Callable[[Floats], Floats], scale: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Return x below and above the root and the balances there, by doubling."""
    low, high = np.full_like(scale, _SMALLEST), np.ones_like(scale)
    at_low, at_high = left(low), left(high)
    for _ in range(_MOST_DOUBLINGS):
        short = at_high > 0
        if not short.any():
            break
        low, at_low = np.where(short, high, low), np.where(short, at_high, at_low)
        high = np.where(short, high * 2, high)
        at_high = np.where(short, left(high), at_high)
    return low, high, at_low, at_high
