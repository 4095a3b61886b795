"""Solving a choice 遴选求解 to a proven gap: relaxed programs give the bound, small searches near them the choices.

The relaxed program gives a bound at once, and for each candidate what forcing it in or out would cost at least (its
reduced cost). Nearly all candidates are settled by that; a search over the core, those nearest to indifference, finds
a choice close to the bound. What then separates the two is a handful of large projects the relaxed program takes in
part. So the widest of them is put in, and out, and each half is treated alike, the one with the highest bound first.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from registry.portfolio.program import Vector

CORE = 1_500
"""Candidates searched first: those nearest to indifference."""
SEARCH_SECONDS = 5.0
"""For the search of one core after the first; most take a tenth of it."""
_INFEASIBLE = 2
"""In SciPy's table of results."""
_WHOLE = 1e-6


@dataclass(frozen=True, slots=True)
class Knapsack:
    """Maximise `worth @ x` over zero and one with `rows @ x <= bounds`; rows are scaled to a largest entry of one."""

    worth: Vector
    rows: scipy.sparse.csr_array
    bounds: Vector


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found: the point (None when time was up before any), and the bound no point exceeds."""

    point: Vector | None
    bound: float

    def gap(self, worth: Vector) -> float:
        """Return how far the bound lies above the point, as a share of its value; infinite without a point."""
        if self.point is None:
            return float("inf")
        value = float(worth @ self.point)
        if value == 0:
            return 0.0 if self.bound <= 0 else float("inf")
        return max(0.0, (self.bound - value) / abs(value))


def scaled(worth: Vector, rows: scipy.sparse.csr_array, bounds: Vector) -> Knapsack:
    """Return the program, each row measured by its largest entry: 万元 beside counts, or tolerances mean nothing."""
    size = np.maximum(abs(rows).max(axis=1).toarray().ravel(), 1e-12)
    return Knapsack(worth, scipy.sparse.csr_array(scipy.sparse.diags_array(1 / size) @ rows), bounds / size)


@dataclass(frozen=True, slots=True)
class _Node:
    """A part of all choices: candidates between `lower` and `upper`, and the relaxed program's answer over them."""

    lower: Vector
    upper: Vector
    bound: float
    point: Vector
    reduced: Vector


Told = Callable[[Answer], None]


def solve(sack: Knapsack, *, gap: float, seconds: float, told: Told = lambda _: None) -> Answer | None:
    """Return a choice within the gap or the best found in time; None when no choice meets the rows.

    `told` hears the best so far, with its bound, before each division.
    """
    end = time.monotonic() + seconds
    root = _relax(sack, np.zeros(len(sack.worth)), np.ones(len(sack.worth)))
    if root is None:
        return None
    is_core = _core(root)
    if is_core.all():
        return _whole_search(sack, root, is_core, gap, end)
    best = _near(sack, root, gap, _left(end) / 3)
    if best is None:
        return _whole_search(sack, root, np.ones(len(is_core), dtype=bool), gap, end)
    return _divided(sack, root, best, gap, end, told)


def _divided(sack: Knapsack, root: _Node, best: Vector, gap: float, end: float, told: Told) -> Answer:
    """Divide until the bound of what is left is within the gap, or time is up."""
    order = count()
    waiting = [(-root.bound, next(order), root)]
    while waiting:
        answer = Answer(best, max(-waiting[0][0], float(sack.worth @ best)))
        told(answer)
        if answer.gap(sack.worth) <= gap or time.monotonic() >= end:
            return answer
        node = heapq.heappop(waiting)[2]
        for child in _children(sack, node):
            if child.bound <= sack.worth @ best:
                continue
            found = _near(sack, child, gap, min(_left(end), SEARCH_SECONDS))
            if found is not None and sack.worth @ found > sack.worth @ best:
                best = found
            heapq.heappush(waiting, (-child.bound, next(order), child))
    return Answer(best, float(sack.worth @ best))


def _children(sack: Knapsack, node: _Node) -> Iterator[_Node]:
    """Yield the two halves of a node: without, and with, the project the relaxed program takes in part and worth most.

    A node whose point is whole has none: that point is its best.
    """
    if _is_whole(node.point):
        return
    part = np.minimum(node.point, 1 - node.point)
    place = int(np.argmax(np.where(part > _WHOLE, np.abs(sack.worth), 0.0)))
    for value in (0.0, 1.0):
        lower, upper = node.lower.copy(), node.upper.copy()
        lower[place] = upper[place] = value
        child = _relax(sack, lower, upper)
        if child is not None:
            yield child


def _near(sack: Knapsack, node: _Node, gap: float, seconds: float) -> Vector | None:
    """Return a choice near the relaxed program's answer; None when there is none in time."""
    if _is_whole(node.point):
        return np.rint(node.point)
    # Searched to a tenth of the gap: the rest of it is needed for the distance to the relaxed bound.
    return _search(sack, node, _core(node), gap=gap / 10, seconds=seconds)[0]


def _whole_search(sack: Knapsack, root: _Node, is_open: NDArray[np.bool_], gap: float, end: float) -> Answer | None:
    best, bound = _search(sack, root, is_open, gap=gap, seconds=_left(end))
    if best is None and bound is None:
        return None
    return Answer(best, root.bound if bound is None else min(root.bound, bound))


def _left(end: float) -> float:
    return max(end - time.monotonic(), 0.5)


def _relax(sack: Knapsack, lower: Vector, upper: Vector) -> _Node | None:
    """Return the relaxed program's answer between these bounds; None when not even that has a solution."""
    # The published types of linprog know dense matrices only; it takes sparse ones.
    solver: Any = scipy.optimize.linprog
    limits = np.column_stack([lower, upper])
    # Presolve takes longer than what it saves: the program is wide, and the simplex needs few steps.
    options = {"presolve": False}
    result = solver(-sack.worth, A_ub=sack.rows, b_ub=sack.bounds, bounds=limits, method="highs-ds", options=options)
    if result.status == _INFEASIBLE:
        return None
    if not result.success:
        raise ArithmeticError(result.message)
    reduced = np.asarray(result.lower.marginals + result.upper.marginals)
    return _Node(lower, upper, -float(result.fun), np.asarray(result.x), reduced)


def _is_whole(point: Vector) -> bool:
    return bool(np.abs(point - np.rint(point)).max(initial=0.0) <= _WHOLE)


def _core(node: _Node) -> NDArray[np.bool_]:
    """Return the candidates nearest to indifference, and all the relaxed program could not decide on."""
    is_open = np.abs(node.point - np.rint(node.point)) > _WHOLE
    is_free = node.lower < node.upper
    is_open[np.argsort(np.where(is_free, np.abs(node.reduced), np.inf), kind="stable")[:CORE]] = True
    return is_open & is_free


def _search(
    sack: Knapsack, node: _Node, is_open: NDArray[np.bool_], *, gap: float, seconds: float
) -> tuple[Vector | None, float | None]:
    """Search the open candidates, the others staying as the relaxed program has them.

    Returns the best point, and the bound over all points of this kind; both None when there is no such point.
    """
    fixed = np.where(is_open, 0.0, np.rint(node.point))
    left = sack.bounds - sack.rows @ fixed
    rows = sack.rows[:, is_open]
    is_used = np.diff(rows.indptr) > 0
    if (left[~is_used] < -_WHOLE).any():
        return None, None
    worth, base = sack.worth[is_open], float(sack.worth @ fixed)
    result = scipy.optimize.milp(
        -worth,
        integrality=np.ones(len(worth), dtype=np.int64),
        bounds=scipy.optimize.Bounds(0, 1),
        constraints=scipy.optimize.LinearConstraint(rows[is_used], -np.inf, left[is_used]),
        # Presolve took 20 s and more of a search of 3 s: it probes every pair of a project's mixes.
        options={"mip_rel_gap": gap, "time_limit": seconds, "presolve": False},
    )
    if result.status == _INFEASIBLE:
        return None, None
    bound = base + (float(np.abs(worth).sum()) if result.mip_dual_bound is None else -float(result.mip_dual_bound))
    if result.x is None:
        return None, bound
    whole = fixed.copy()
    whole[is_open] = np.rint(result.x)
    return whole, bound
