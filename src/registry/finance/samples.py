"""What is said of a sample of draws: mean, spread and percentiles, each with its standard error, and its histogram."""

import math
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BINS: Final = 40
"""Bars of a histogram: enough to see the shape of a thousand draws."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure estimated from draws, and its standard error 标准误差."""

    value: float
    standard_error: float


@dataclass(frozen=True, slots=True)
class Histogram:
    """How many draws fall between neighbouring edges; one edge more than counts."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SampleSummary:
    """What a sample says; draws without a value (no rate of return) are counted and left out of the rest."""

    count: int
    without_value: int
    mean: Estimate
    standard_deviation: Estimate
    p10: Estimate
    p50: Estimate
    p90: Estimate
    histogram: Histogram

    def as_dict(self) -> dict[str, Any]:
        """Return the summary for JSON."""
        return asdict(self)


def summary_of(values: Floats) -> SampleSummary | None:
    """Return the summary of a sample (draws,), NaN for a draw without a value; None with fewer than two values."""
    there = values[~np.isnan(values)]
    count = len(there)
    if count < 2:  # noqa: PLR2004 - one value has no spread
        return None
    mean, spread = float(there.mean()), float(there.std(ddof=1))
    fourth = float(((there - mean) ** 4).mean())
    variance_error = math.sqrt(max(fourth - spread**4, 0.0) / count)
    ordered = np.sort(there)
    p10, p50, p90 = (_quantile(ordered, share) for share in (0.1, 0.5, 0.9))
    counts, edges = np.histogram(there, bins=BINS)
    return SampleSummary(
        count, len(values) - count,
        mean=Estimate(mean, spread / math.sqrt(count)),
        standard_deviation=Estimate(spread, variance_error / (2 * spread) if spread > 0 else 0.0),
        p10=p10, p50=p50, p90=p90, histogram=Histogram(tuple(edges.tolist()), tuple(counts.tolist())),
    )  # fmt: skip


def probability_of(events: NDArray[np.bool_]) -> Estimate:
    """Return how often an event happened.

    The standard error is sqrt(p (1 - p) / n); where it never or always happened, that of one more or less draw (1 / n).
    """
    count = len(events)
    share = float(np.count_nonzero(events)) / count
    return Estimate(share, math.sqrt(share * (1 - share) / count) if 0 < share < 1 else 1 / count)


def _quantile(ordered: Floats, share: float) -> Estimate:
    """Return a quantile; its error is one binomial deviation in rank, times the slope of the sorted values there."""
    count = len(ordered)
    deviation = math.sqrt(count * share * (1 - share))
    low = max(math.floor(count * share - deviation), 0)
    high = min(math.ceil(count * share + deviation), count - 1)
    slope = float(ordered[high] - ordered[low]) / max(high - low, 1)
    return Estimate(float(np.quantile(ordered, share)), slope * deviation)
