"""Moving derived facts 杠杆: which base number must change, and to what, so that a derived one reaches its target."""

import math
from collections.abc import Mapping
from datetime import date
from typing import Any

from registry.eligibility.facts import Fact, Vocabulary
from registry.eligibility.rows import Value, row_table

MOST_STEPS = 12
SMALLEST_AMOUNT = 0.0001
"""1 元, in 万元."""
CLOSE_ENOUGH = 1e-9

Row = dict[str, Value]


def pulled(row: Row, chosen: Mapping[str, Any], vocabulary: Vocabulary, *, as_of: date) -> Row | None:
    """Return the row with the chosen facts reached, derived ones through their levers; None when one cannot be."""
    changed = dict(row)
    for name, value in chosen.items():
        fact = vocabulary[name]
        if fact.build is None or name in row or fact.lever is None:
            changed[name] = value
        else:
            moved = _lever(changed, fact, float(value), vocabulary, as_of)
            if moved is None:
                changed[name] = value
            else:
                changed[fact.lever] = moved
    return changed


def _lever(row: Row, fact: Fact, target: float, vocabulary: Vocabulary, as_of: date) -> float | None:
    """Return the value of the lever at which the fact reaches its target, rounded to the side that satisfies it.

    None when another part of the fact is not known. The facts are shares and sums, so the secant rule ends at once or
    after a few steps.
    """
    lever = str(fact.lever)

    def at(amount: float) -> float | None:
        table = vocabulary.table(row_table({**row, lever: amount}, vocabulary), [fact.name], as_of=as_of)
        value = table.get_column(fact.name)[0]
        return None if value is None else float(value)

    start = row.get(lever)
    before = float(start) if isinstance(start, float) else 0.0
    current, one, two = at(before), before, before + max(abs(before) * 0.1, 1.0)
    first, second = current, at(two)
    for _ in range(MOST_STEPS):
        if first is None or second is None or first == second:
            return None
        one, two = two, two + (target - second) * (two - one) / (second - first)
        first, second = second, at(two)
        if second is not None and abs(second - target) <= CLOSE_ENOUGH:
            break
    if second is None or not math.isfinite(two) or two < 0:
        return None
    rises = current is None or target > current
    return _satisfying(two, at, target, rises=rises)


def _satisfying(amount: float, at: Any, target: float, *, rises: bool) -> float:
    """Return the amount in whole 元 next to the exact one that lies on the right side of the target."""
    exact = amount / SMALLEST_AMOUNT
    for whole in (round(exact), math.floor(exact), math.ceil(exact)):
        rounded = round(whole * SMALLEST_AMOUNT, 4)
        reached = at(rounded)
        if reached is not None and (reached >= target if rises else reached <= target):
            return rounded
    return round(amount, 4)
