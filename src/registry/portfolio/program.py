"""Linear programs whose limits have names: solved by HiGHS, and able to say what binds and what stands in the way."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import scipy
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Method = Literal["highs-ipm", "highs-ds"]
Unit = Literal["money", "ratio", "times", "count"]

_TIGHT = 1e-6
"""Share of a row's size within which a limit counts as used up."""
_WORTHLESS = 1e-9
PATIENCE_SECONDS = 20.0
"""For each search for a way out; the best set found by then is told."""
_KEPT = 1e-6
"""万元 by which the first cost may suffer for the sake of the second: one fen."""
_MOST_DIGITS = 5
_LITTLE = 0.01
"""Of a step, by which a limit is eased to prove its price."""
_NOISE, _CRUMB = 1e-8, 1e-5
"""Share of the cost, and 万元, below which a difference between two answers of the solver means nothing."""
_STEPS: dict[Unit, tuple[float, str, str]] = {
    "money": (1.0, "1 万元", "10 000 yuan"),
    "ratio": (0.01, "1 个百分点", "one percentage point"),
    "times": (0.1, "0.1 倍", "0.1"),
    "count": (1.0, "1 个", "one"),
}


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit as people state it, made of rows `rows @ x <= bounds`.

    `level` gives the value the limit speaks of (amount used, share reached, lowest coverage) at a point; `gain` how
    much each row's right side grows when the limit is eased by one whole unit there. `is_floor`: at least, not at most.
    """

    key: str
    zh: str
    en: str
    value: float
    unit: Unit
    rows: scipy.sparse.csr_array
    bounds: Vector
    level: Callable[[Vector], float]
    gain: Callable[[Vector], Vector]
    is_floor: bool = False

    def words(self, value: float, extra_digits: int = 0) -> tuple[str, str]:
        """Return a value of this limit in Chinese and English."""
        match self.unit:
            case "money":
                text = f"{value:,.{2 + extra_digits}f}"
                return f"{text} 万元", f"{text} (10 000 yuan)"
            case "ratio":
                text = f"{value:.{2 + extra_digits}%}"
                return text, text
            case "times":
                text = f"{value:.{3 + extra_digits}f}"
                return f"{text} 倍", text
            case "count":
                return f"{value:,.0f} 个", f"{value:,.0f}"


@dataclass(frozen=True, slots=True)
class Program:
    """Minimise a linear cost over `lower <= x <= upper`, `equal @ x == target`, `firm @ x <= firm_bounds`, the limits.

    Bounds are finite. Firm rows are logic (one mix a project, either-or) and never eased; limits may be. `is_whole`
    marks the variables that must be whole numbers; None where none must.
    """

    lower: Vector
    upper: Vector
    equal: scipy.sparse.csr_array
    target: Vector
    limits: tuple[Limit, ...]
    firm: scipy.sparse.csr_array
    firm_bounds: Vector
    is_whole: NDArray[np.bool_] | None = None


@dataclass(frozen=True, slots=True)
class Binding:
    """A limit that holds the answer back, and what one more step of it would buy."""

    limit: Limit
    worth: float
    """By how much the objective improves for one step: 1 万元, one percentage point, 0.1."""
    message_zh: str
    message_en: str


@dataclass(frozen=True, slots=True)
class Optimum:
    """The best point, its cost and the price of each row (never positive: easing a row cannot raise the cost)."""

    point: Vector
    cost: float
    prices: tuple[Vector, ...]


@dataclass(frozen=True, slots=True)
class Relaxation:
    """One limit to ease so that an answer exists: from which value to which."""

    limit: Limit
    needed: float
    message_zh: str
    message_en: str


def minimise(program: Program, cost: Vector, method: Method = "highs-ipm") -> Optimum | None:
    """Return the optimum, with prices; None when no point meets the limits.

    Whole numbers are not asked for here. Raises ArithmeticError when the solver gives up for another reason.
    """
    rows, bounds = _stacked(program)
    # The published types of linprog know dense matrices only; it takes sparse ones.
    solver: Any = scipy.optimize.linprog
    found = solver(
        cost,
        A_ub=rows if len(bounds) else None,
        b_ub=bounds if len(bounds) else None,
        A_eq=program.equal if len(program.target) else None,
        b_eq=program.target if len(program.target) else None,
        bounds=np.column_stack([program.lower, program.upper]),
        method=method,
    )
    if found.status == 2:  # noqa: PLR2004 - "infeasible" in SciPy's table of results
        return None
    if not found.success:
        raise ArithmeticError(found.message)
    prices = np.asarray(found.ineqlin.marginals) if len(bounds) else np.zeros(0)
    splits = len(program.firm_bounds) + np.cumsum([0, *(len(limit.bounds) for limit in program.limits)])
    parts = tuple(prices[start:end] for start, end in pairwise(splits))
    return Optimum(np.asarray(found.x), float(found.fun), parts)


def cheapest(program: Program, costs: Sequence[Vector]) -> Optimum | None:
    """Return the optimum of the first cost; among equals, of the next. Prices are those of the first."""
    best = minimise(program, costs[0])
    if best is None:
        return None
    held, point, last = program, best.point, best.cost
    for before, cost in pairwise(costs):
        kept = scipy.sparse.csr_array(
            scipy.sparse.vstack([held.firm, scipy.sparse.csr_array(before[np.newaxis, :])], format="csr")
        )
        held = replace(held, firm=kept, firm_bounds=np.append(held.firm_bounds, last + _KEPT))
        again = minimise(held, cost)
        if again is None:
            break
        point, last = again.point, again.cost
    return Optimum(point, best.cost, best.prices)


def bindings(
    program: Program,
    optimum: Optimum,
    said: Callable[[str], tuple[str, str]],
    *,
    answer: Vector | None = None,
    cost: Vector | None = None,
) -> list[Binding]:
    """Return the limits that are used up, dearest first; `said` words what a step of this worth buys.

    `answer` is the point given where it is not the optimum itself: of projects taken whole, a rest may be left. With
    the `cost` that was minimised each price is proven by easing the limit a little: where several limits meet in the
    optimum, a price may tell what tightening would cost while easing saves nothing.
    """
    found = []
    for place, (limit, prices) in enumerate(zip(program.limits, optimum.prices, strict=True)):
        left = limit.bounds - limit.rows @ optimum.point
        if not len(left) or left.min() > _TIGHT * max(1.0, float(np.abs(limit.bounds).max())):
            continue
        step, step_zh, step_en = _STEPS[limit.unit]
        gain = limit.gain(optimum.point) * step
        worth = max(0.0, -float(prices @ gain))
        if cost is not None and worth > _WORTHLESS:
            worth = min(worth, _saved(program, place, gain, cost, optimum.cost))
        level = limit.value if answer is None else limit.level(answer)
        found.append(_binding(limit, level, worth, (step_zh, step_en), said))
    return sorted(found, key=lambda each: -each.worth)


def _saved(program: Program, place: int, gain: Vector, cost: Vector, before: float) -> float:
    """Return by how much a step lowers the cost, as a hundredth of it does."""
    limit = program.limits[place]
    eased = replace(limit, bounds=limit.bounds + _LITTLE * gain)
    limits = (*program.limits[:place], eased, *program.limits[place + 1 :])
    again = minimise(replace(program, limits=limits), cost)
    saved = 0.0 if again is None else before - again.cost
    return saved / _LITTLE if saved > max(_CRUMB, _NOISE * abs(before)) else 0.0


def figure(worth: float) -> str:
    """Return a value above zero to four digits, never with an exponent."""
    digits = max(0, 3 - math.floor(math.log10(worth)))
    text = f"{worth:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if digits else text


def _binding(
    limit: Limit, level: float, worth: float, step: tuple[str, str], said: Callable[[str], tuple[str, str]]
) -> Binding:
    value_zh, value_en = limit.words(limit.value)
    ease_zh, ease_en = ("降低", "lowering") if limit.is_floor else ("提高", "raising")
    head_zh, head_en = f"“{limit.zh}”已用足（{value_zh}）", f"'{limit.en}' is used up ({value_en})"
    if (level_zh := limit.words(level)[0]) != value_zh:
        head_zh = f"“{limit.zh}”起限制作用（{value_zh}，所选为 {level_zh}）"
        head_en = f"'{limit.en}' holds the choice back ({value_en}; the choice has {limit.words(level)[1]})"
    if worth <= _WORTHLESS:
        return Binding(limit, 0.0, f"{head_zh}，但放宽它没有好处", f"{head_en}, but easing it buys nothing")
    bought = said(figure(worth))
    return Binding(
        limit,
        worth,
        f"{head_zh}：每{ease_zh} {step[0]}，{bought[0]}",
        f"{head_en}: {ease_en} it by {step[1]} {bought[1]}",
    )


def ways_out(program: Program, *, at_most: int = 3) -> list[list[Relaxation]]:
    """Return the smallest sets of limits whose easing lets an answer exist, each with how far.

    All sets have the same, smallest number of limits; where the search for it finds none in time, the one set that
    eases least in all. Empty when even without any limit there is no answer.
    """
    found: list[list[Relaxation]] = []
    known: list[list[int]] = []
    if not program.limits:
        return found
    while len(found) < at_most:
        chosen = _fewest(program, known)
        if not chosen or (known and len(chosen) > len(known[0])):
            break
        known.append(chosen)
        eased = _least_easing(program, chosen)
        if eased is not None:
            found.append(eased)
    if found:
        return found
    least = _least_easing(program, list(range(len(program.limits))))
    needed = [each for each in least or [] if _is_eased(each)]
    return [needed] if needed else []


def _is_eased(relaxation: Relaxation) -> bool:
    limit = relaxation.limit
    over = limit.value - relaxation.needed if limit.is_floor else relaxation.needed - limit.value
    return over > _TIGHT * max(1.0, abs(limit.value))


def _fewest(program: Program, known: list[list[int]]) -> list[int] | None:
    """Return the fewest limits to drop, other than the sets already known."""
    rows, bounds = _stacked(program)
    n, m, count, firm = len(program.lower), len(bounds), len(program.limits), len(program.firm_bounds)
    owner = np.repeat(np.arange(count), [len(limit.bounds) for limit in program.limits])
    reach = _reach(rows, bounds, program)[firm:]
    # Each row is measured by how far it can be broken, so that "dropped" weighs the same in all of them.
    size = np.concatenate([np.ones(firm), reach])
    drop = scipy.sparse.csr_array((-np.ones(m - firm), (np.arange(firm, m), owner)), shape=(m, count))
    measured = scipy.sparse.diags_array(1 / size) @ rows
    constraints = [
        scipy.optimize.LinearConstraint(scipy.sparse.hstack([measured, drop], format="csr"), -np.inf, bounds / size)
    ]
    for chosen in known:
        row = np.zeros(n + count)
        row[[n + each for each in chosen]] = 1
        constraints.append(scipy.optimize.LinearConstraint(row[np.newaxis, :], -np.inf, len(chosen) - 1))
    point = _solved(program, np.concatenate([np.zeros(n), np.ones(count)]), np.ones(count), constraints, is_choice=True)
    return None if point is None else [int(each) for each in np.flatnonzero(point[n:] > 0.5)]  # noqa: PLR2004 - 0 or 1


def _reach(rows: scipy.sparse.csr_array, bounds: Vector, program: Program) -> Vector:
    """Return by how much each row can be broken at most: what a dropped limit must be able to give."""
    most = rows.maximum(0) @ program.upper + rows.minimum(0) @ program.lower
    return np.asarray(np.maximum(most - bounds, 1.0))


def _least_easing(program: Program, chosen: list[int]) -> list[Relaxation] | None:
    """Return how far these limits must be eased, in all as little as possible for their size."""
    n = len(program.lower)
    eased = [program.limits[each] for each in chosen]
    kept = replace(program, limits=tuple(each for i, each in enumerate(program.limits) if i not in chosen))
    firm, firm_bounds = _stacked(kept)
    extra = sum(len(limit.bounds) for limit in eased)
    loose = scipy.sparse.vstack([limit.rows for limit in eased], format="csr")
    give = scipy.sparse.hstack([loose, -scipy.sparse.identity(extra, format="csr")], format="csr")
    constraints = [scipy.optimize.LinearConstraint(give, -np.inf, np.concatenate([limit.bounds for limit in eased]))]
    if len(firm_bounds):
        stiff = scipy.sparse.hstack([firm, scipy.sparse.csr_array((len(firm_bounds), extra))], format="csr")
        constraints.append(scipy.optimize.LinearConstraint(stiff, -np.inf, firm_bounds))
    sizes = [max(1.0, float(np.abs(each.bounds).max())) for each in eased]
    scale = np.concatenate([np.full(len(each.bounds), 1 / size) for each, size in zip(eased, sizes, strict=True)])
    cost = np.concatenate([np.zeros(n), scale])
    point = _solved(program, cost, np.full(extra, np.inf), constraints, is_choice=False)
    return None if point is None else [_relaxation(limit, limit.level(point[:n])) for limit in eased]


def _solved(
    program: Program,
    cost: Vector,
    more: Vector,
    constraints: list[scipy.optimize.LinearConstraint],
    *,
    is_choice: bool,
) -> Vector | None:
    """Solve the program with further variables from zero to `more`; `is_choice`: they are whole."""
    if len(program.target):
        wide = scipy.sparse.hstack(
            [program.equal, scipy.sparse.csr_array((len(program.target), len(more)))], format="csr"
        )
        constraints = [*constraints, scipy.optimize.LinearConstraint(wide, program.target, program.target)]
    whole = np.zeros(len(program.lower)) if program.is_whole is None else program.is_whole.astype(np.float64)
    result = scipy.optimize.milp(
        cost,
        integrality=np.concatenate([whole, np.full(len(more), float(is_choice))]),
        bounds=_widened(program, more),
        constraints=constraints,
        # Presolve probes each pair of candidates and took ten times as long as the search itself (10 000 projects).
        options={"time_limit": PATIENCE_SECONDS, "mip_rel_gap": 1e-6, "presolve": False},
    )
    return None if result.x is None else np.asarray(result.x)


def _widened(program: Program, upper: Vector) -> scipy.optimize.Bounds:
    """Return the bounds with further variables from zero to `upper`."""
    return scipy.optimize.Bounds(
        np.concatenate([program.lower, np.zeros(len(upper))]), np.concatenate([program.upper, upper])
    )


def _relaxation(limit: Limit, needed: float) -> Relaxation:
    # With as many digits as it takes to tell the two apart: from 20.00 % to 20.00 % helps nobody.
    digits = next((n for n in range(_MOST_DIGITS) if limit.words(limit.value, n) != limit.words(needed, n)), 0)
    now_zh, now_en = limit.words(limit.value)
    then_zh, then_en = limit.words(needed, digits)
    verb_zh, verb_en = ("降至", "lower") if limit.is_floor else ("提高到", "raise")
    return Relaxation(
        limit,
        needed,
        f"将“{limit.zh}”由 {now_zh} {verb_zh} {then_zh}",
        f"{verb_en} '{limit.en}' from {now_en} to {then_en}",
    )


def _stacked(program: Program) -> tuple[scipy.sparse.csr_array, Vector]:
    """Return firm rows, then those of each limit."""
    rows = scipy.sparse.vstack([program.firm, *(limit.rows for limit in program.limits)], format="csr")
    return scipy.sparse.csr_array(rows), np.concatenate(
        [program.firm_bounds, *(limit.bounds for limit in program.limits)]
    )
