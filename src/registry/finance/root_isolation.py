"""Counting the real roots of many polynomials in an interval with certainty, and fencing each one in.

A polynomial written in Bernstein form over an interval has at most as many roots there as its coefficients change
sign, and the same number or fewer by an even count (Descartes' rule; Vincent, Collins and Akritas). None proves no
root, one proves exactly one; anything else is cut in two and asked again. Rounding is carried along as a bound on each
coefficient: a sign is only believed when it is larger than its bound. What stays undecided down to rounding is a
place where the polynomial touches zero, reported as a cluster.
"""

from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
import scipy
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BOUNDARY: Final = 1.0371
"""Where the searches for positive and for negative rates meet, as 1 / (1 + rate); not at rate zero, a common root."""

_CUT: Final = 0.4871
"""Intervals are cut here rather than in the middle, where round rates tend to lie."""
_DEEPEST: Final = 48
_EPSILON: Final = float(np.finfo(np.float64).eps)


class Brackets(NamedTuple):
    """Intervals holding exactly one simple root each: column of the polynomial, low and high end."""

    row: NDArray[np.intp]
    low: Floats
    high: Floats


class Cluster(NamedTuple):
    """An interval in which one polynomial equals zero within rounding."""

    row: int
    low: float
    high: float


class _Tasks(NamedTuple):
    """Intervals still undecided: Bernstein coefficients (tasks, degree + 1) and the bound of their rounding."""

    row: NDArray[np.intp]
    low: Floats
    high: Floats
    coefficients: Floats
    bounds: Floats

    def kept(self, mask: NDArray[np.bool_]) -> "_Tasks":
        return _Tasks(self.row[mask], self.low[mask], self.high[mask], self.coefficients[mask], self.bounds[mask])


def isolate(flows: Floats, low: float, high: float) -> tuple[Brackets, list[Cluster]]:
    """Fence in every root of the polynomials in `flows` (coefficients by power, polynomials) in [low, high], low > 0.

    Returns brackets with exactly one root each, and clusters (double roots, roots on a cut) for `locate_cluster`.
    """
    to_bernstein = _bernstein_matrix(len(flows), low, high)
    count = flows.shape[1]
    tasks = _Tasks(
        np.arange(count),
        np.full(count, low),
        np.full(count, high),
        flows.T @ to_bernstein,
        4 * len(flows) * _EPSILON * (np.abs(flows.T) @ to_bernstein),
    )
    found: list[_Tasks] = []
    pieces: list[Cluster] = []
    for depth in range(_DEEPEST + 1):
        if len(tasks.row) == 0:
            break
        tasks = _sorted_out(tasks, found, pieces, last=depth == _DEEPEST)
        tasks = _cut(tasks)
    row = np.concatenate([part.row for part in found] or [np.empty(0, np.intp)])
    lows = np.concatenate([part.low for part in found] or [np.empty(0)])
    highs = np.concatenate([part.high for part in found] or [np.empty(0)])
    return Brackets(row, lows, highs), _merged(pieces)


def locate_cluster(flow: Floats, cluster: Cluster) -> tuple[float, bool]:
    """Return where one polynomial meets zero in the cluster, and whether it only touches (no change of sign)."""
    polynomial = np.polynomial.Polynomial(flow)
    margin = max(1e-5 * cluster.high, cluster.high - cluster.low)
    low, high = cluster.low - margin, cluster.high + margin
    touches = bool(polynomial(low) * polynomial(high) > 0)
    curve = polynomial.deriv() if touches else polynomial
    if curve(low) * curve(high) < 0:
        return float(scipy.optimize.brentq(curve, low, high, xtol=1e-15)), touches
    return 0.5 * (cluster.low + cluster.high), touches


def _sorted_out(tasks: _Tasks, found: list[_Tasks], pieces: list[Cluster], *, last: bool) -> _Tasks:
    """Move decided tasks to `found` or `pieces` and return the undecided ones."""
    unsure = np.abs(tasks.coefficients) <= tasks.bounds
    signs = np.sign(tasks.coefficients)
    changes = (signs[:, 1:] * signs[:, :-1] < 0).sum(axis=1)
    certain = ~unsure.any(axis=1)
    found.append(tasks.kept(certain & (changes == 1)))
    flat = unsure.all(axis=1) | (last & ~(certain & (changes <= 1)))
    pieces.extend(Cluster(int(r), float(a), float(b)) for r, a, b in zip(*tasks.kept(flat)[:3], strict=True))
    # Every coefficient but that of one end is certain and of one sign: the only root there can be lies on that end.
    for end, rest in ((0, slice(1, None)), (-1, slice(None, -1))):
        same = ~unsure[:, rest].any(axis=1) & (np.abs(signs[:, rest].sum(axis=1)) == signs.shape[1] - 1)
        on_end = same & unsure[:, end] & ~flat
        ends = tasks.low if end == 0 else tasks.high
        pieces.extend(Cluster(int(r), float(x), float(x)) for r, x in zip(tasks.row[on_end], ends[on_end], strict=True))
        flat |= on_end
    return tasks.kept(~flat & ~(certain & (changes <= 1)))


def _cut(tasks: _Tasks) -> _Tasks:
    left, right = _cutting_matrices(tasks.coefficients.shape[1])
    middle = tasks.low + _CUT * (tasks.high - tasks.low)
    rounding = 4 * tasks.coefficients.shape[1] * _EPSILON
    bounds = tasks.bounds + rounding * np.abs(tasks.coefficients)
    return _Tasks(
        np.concatenate([tasks.row, tasks.row]),
        np.concatenate([tasks.low, middle]),
        np.concatenate([middle, tasks.high]),
        np.concatenate([tasks.coefficients @ left, tasks.coefficients @ right]),
        np.concatenate([bounds @ left, bounds @ right]),
    )


def _merged(pieces: list[Cluster]) -> list[Cluster]:
    """Join neighbouring pieces of one polynomial."""
    joined: list[Cluster] = []
    for piece in sorted(pieces):
        before = joined[-1] if joined else None
        if before and before.row == piece.row and piece.low - before.high <= 1e-7 * piece.high:
            joined[-1] = Cluster(piece.row, before.low, max(before.high, piece.high))
        else:
            joined.append(piece)
    return joined


@lru_cache(maxsize=64)
def _bernstein_matrix(count: int, low: float, high: float) -> Floats:
    """Return the matrix (powers, Bernstein coefficients) over [low, high]; no entry is negative."""
    index = np.arange(count)
    power, lower = index[:, None], index[None, :]
    with np.errstate(under="ignore"):
        rest = np.maximum(power - lower, 0)
        shifted = np.where(lower <= power, scipy.special.comb(power, lower) * low**rest * (high - low) ** lower, 0.0)
        lift = scipy.special.comb(index[None, :], index[:, None]) / scipy.special.comb(count - 1, index)[:, None]
        return np.asarray(shifted @ lift, dtype=np.float64)


@lru_cache(maxsize=64)
def _cutting_matrices(count: int) -> tuple[Floats, Floats]:
    """Return de Casteljau's two halves as matrices (old coefficient, new coefficient); columns sum to one."""
    index = np.arange(count)
    old, new = index[:, None], index[None, :]
    with np.errstate(under="ignore"):
        rest = np.maximum(new - old, 0)
        left = np.where(old <= new, scipy.special.comb(new, old) * _CUT**old * (1 - _CUT) ** rest, 0.0)
        gap = np.maximum(old - new, 0)
        after = count - 1 - old
        right = np.where(old >= new, scipy.special.comb(count - 1 - new, gap) * _CUT**gap * (1 - _CUT) ** after, 0.0)
    return left, right
