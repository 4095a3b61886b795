"""Full precision for many roots at once, each already fenced into its own interval."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_CURVED_STEPS: Final = 2
_MOST_STEPS: Final = 90
_CLOSE: Final = 1e-7
"""Newton squares the error: a step this short leaves about 1e-13."""
_NARROW: Final = 1e-15


def polynomial_at(flows: Floats, at: Floats) -> Floats:
    """Return the value of each polynomial (coefficients by power, polynomials) at its own point."""
    value = np.zeros_like(at)
    for flow in flows[::-1]:
        value *= at
        value += flow
    return value


def polished(flows: Floats, low: Floats, high: Floats, sign_low: Floats) -> Floats:
    """Return log(v) of the one root of each column of `flows` (years, rows) between `low` and `high` (logarithms).

    `sign_low` is the sign of the polynomial at `low`. The first steps are Newton's on atanh(S / A), S being the sum of
    the discounted flows and A that of their sizes: the logarithm of inflow over outflow, nearly straight in log(v).
    Close to the root it equals plain Newton, which costs half. A step that leaves its bracket is replaced by halving.
    """
    root = np.where(high <= 0, high, 0.5 * (low + high))
    active = np.arange(len(root))
    at, is_open = root, np.ones(len(root), dtype=bool)
    for count in range(_MOST_STEPS):
        if len(active) == 0:
            break
        value, step = _curved_step(flows, at) if count < _CURVED_STEPS else _plain_step(flows, at)
        below = value * sign_low > 0
        low, high = np.where(below, at, low), np.where(below, high, at)
        moved = at - step
        moved = np.where((moved >= low) & (moved <= high), moved, 0.5 * (low + high))
        moved = np.where(is_open & (value != 0), moved, at)  # a finished row stays, whatever else is in the batch
        is_open = (np.abs(moved - at) > _CLOSE) & (high - low > _NARROW)
        root[active] = at = moved
        if 2 * np.count_nonzero(is_open) < len(active):
            active, flows, at = active[is_open], flows[:, is_open], at[is_open]
            low, high, sign_low = low[is_open], high[is_open], sign_low[is_open]
            is_open = np.ones(len(active), dtype=bool)
    return root


def _plain_step(flows: Floats, at: Floats) -> tuple[Floats, Floats]:
    """Return S and Newton's step in log(v)."""
    value, slope, discount = np.zeros_like(at), np.zeros_like(at), np.exp(at)
    for flow in flows[::-1]:
        slope *= discount
        slope += value
        value *= discount
        value += flow
    with np.errstate(divide="ignore", invalid="ignore"):
        return value, value / (slope * discount)


def _curved_step(flows: Floats, at: Floats) -> tuple[Floats, Floats]:
    """Return S and the step of Newton on atanh(S / A) in log(v)."""
    value, step = _plain_step(flows, at)
    size, size_step = _plain_step(np.abs(flows), at)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = value / size
        slope = ratio / step - ratio / size_step
        return value, np.arctanh(ratio) * (1 - ratio**2) / slope
