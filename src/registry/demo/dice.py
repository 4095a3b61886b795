"""Draws that depend on their key alone: the same key gives the same draws on every machine."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from statistics import NormalDist
from typing import TypeVar

import numpy as np

T = TypeVar("T")

_BLOCK = 192
"""Uniform draws made at once: one call a project instead of one a draw."""

_NORMAL = NormalDist()


class Dice:
    """Draws in a fixed order from `numpy.random.default_rng(key)`."""

    def __init__(self, *key: int) -> None:
        self._source = np.random.default_rng(key)
        self._block = iter(self._source.random(_BLOCK).tolist())

    def uniform(self, low: float = 0.0, high: float = 1.0) -> float:
        """Return a number from `low` up to `high`."""
        drawn = next(self._block, None)
        if drawn is None:
            self._block = iter(self._source.random(_BLOCK).tolist())
            drawn = next(self._block)
        return low + (high - low) * float(drawn)

    def chance(self, probability: float) -> bool:
        """Say yes with this probability."""
        return self.uniform() < probability

    def integer(self, low: int, high: int) -> int:
        """Return a whole number from `low` to `high`, both included."""
        return low + int(self.uniform() * (high - low + 1))

    def pick(self, items: Sequence[T]) -> T:
        """Return one of the items, each as likely as the other."""
        return items[int(self.uniform() * len(items))]

    def weighted(self, items: Sequence[T], cumulative: Sequence[float]) -> T:
        """Return one of the items; `cumulative` holds the running sums of their weights."""
        return items[min(bisect_right(cumulative, self.uniform() * cumulative[-1]), len(items) - 1)]

    def normal(self, mean: float, spread: float) -> float:
        """Return a normal draw, cut off at four standard deviations."""
        return mean + spread * _NORMAL.inv_cdf(min(max(self.uniform(), 3.2e-5), 1 - 3.2e-5))


def running(weights: Sequence[float]) -> tuple[float, ...]:
    """Return the running sums `Dice.weighted` reads."""
    return tuple(accumulate(weights))
