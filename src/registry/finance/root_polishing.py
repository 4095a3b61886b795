"""Full precision for many roots at once, each already fenced into its own interval."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_MOST_STEPS: Final = 80


def polynomial_at(flows: Floats, at: Floats) -> Floats:
    """Return the value of each polynomial (coefficients by power, polynomials) at its own point."""
    value = np.zeros_like(at)
    for flow in flows[::-1]:
        value *= at
        value += flow
    return value


def polished(flows: Floats, low: Floats, high: Floats) -> Floats:
    """Return log(v) of the one root of each column of `flows` (years, rows) between `low` and `high` (logarithms).

    Newton on atanh(S / A), with S the sum of the discounted flows and A of their magnitudes: the logarithm of inflow
    over outflow is nearly straight in log(v), so few steps are needed. A step that leaves its bracket is halved in.
    """
    root = np.where(high <= 0, high, 0.5 * (low + high))
    active = np.arange(len(root))
    low, high = low.copy(), high.copy()
    sign_low = np.sign(polynomial_at(flows, np.exp(low)))
    sizes = np.abs(flows)
    for _ in range(_MOST_STEPS):
        if len(active) == 0:
            break
        at = root[active]
        value, slope, size, size_slope = _value_and_slope(flows, sizes, np.exp(at))
        below = np.sign(value) == sign_low
        low, high = np.where(below, at, low), np.where(below, high, at)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = value / size
            step = np.arctanh(ratio) * (1 - ratio**2) / (slope / size - ratio * size_slope / size)
        moved = at - step
        astray = ~((moved >= low) & (moved <= high))
        moved = np.where(astray, 0.5 * (low + high), moved)
        moved = np.where(value == 0, at, moved)
        root[active] = moved
        open_ = (np.abs(moved - at) > 1e-9) & (high - low > 1e-15)  # noqa: PLR2004 - a step squares the error
        if not open_.all():
            active, flows, sizes = active[open_], flows[:, open_], sizes[:, open_]
            low, high, sign_low = low[open_], high[open_], sign_low[open_]
    return root


def _value_and_slope(flows: Floats, sizes: Floats, at: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Return S, dS/dlog(v), A, dA/dlog(v) at v by Horner's rule."""
    value, slope, size, size_slope = (np.zeros_like(at) for _ in range(4))
    for flow, magnitude in zip(flows[::-1], sizes[::-1], strict=True):
        slope *= at
        slope += value
        value *= at
        value += flow
        size_slope *= at
        size_slope += size
        size *= at
        size += magnitude
    return value, slope * at, size, size_slope * at
