"""Present value, modified rate of return and payback of many flows at once.

Every flow table is (rows, years), inflow positive; the first column is project year 1, the first year of construction.
By default a flow falls at the end of its year, so year 1 is discounted once: 《建设项目经济评价方法与参数（第三版）》.
"""

from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

Timing = Literal["year_end", "mid_year", "year_zero"]
"""When in its year a flow falls: 年末 (t from 1, the default), 年中 (t from 0.5), 以首年为零年 (t from 0)."""

_FIRST_YEAR: Final[dict[Timing, float]] = {"year_end": 1.0, "mid_year": 0.5, "year_zero": 0.0}
_ROUNDING: Final = 1e-12
"""A cumulative flow within this share of all money moved is zero: what adding decimals in binary leaves behind."""


class Payback(NamedTuple):
    """Payback of each row, in years from the start of construction; NaN where the flow never pays back."""

    years: Floats
    lost_again: NDArray[np.bool_]
    """The cumulative flow turns negative again after the payback."""


def discount_factors(years: int, rate: ArrayLike, timing: Timing = "year_end") -> Floats:
    """Return (1 + rate)**-t for each of `years` years; shape (years,) for one rate, (rows, years) for one per row."""
    times = np.arange(years) + _FIRST_YEAR[timing]
    return np.asarray((1.0 + np.asarray(rate, dtype=np.float64))[..., None] ** -times)


def npv(flows: ArrayLike, rate: ArrayLike, timing: Timing = "year_end") -> Floats:
    """Return the net present value 净现值 (rows,) of flows (rows, years) at one rate, or one rate per row."""
    table = np.atleast_2d(np.asarray(flows, dtype=np.float64))
    return np.asarray((table * discount_factors(table.shape[1], rate, timing)).sum(axis=1))


def mirr(flows: ArrayLike, finance_rate: float, reinvest_rate: float) -> Floats:
    """Return the modified internal rate of return 修正内部收益率 (rows,); NaN without both an outflow and an inflow.

    Outflows are discounted to the first year at `finance_rate`, inflows compounded to the last at `reinvest_rate`: the
    definition of numpy_financial.mirr and of spreadsheets, for a whole batch.
    """
    table = np.atleast_2d(np.asarray(flows, dtype=np.float64))
    periods = table.shape[1] - 1
    spent = npv(np.minimum(table, 0.0), finance_rate, "year_zero")
    earned = npv(np.maximum(table, 0.0), reinvest_rate, "year_zero")
    exists = (spent < 0) & (earned > 0)
    ratio = np.divide(earned, -spent, out=np.full(len(table), np.nan), where=exists)
    return np.asarray(ratio ** (1 / max(periods, 1)) * (1 + reinvest_rate) - 1)


def payback(flows: ArrayLike) -> Payback:
    """Return the static payback period 静态投资回收期 of flows (rows, years).

    The first crossing of the cumulative flow from below zero: T - 1 + |cumulative before T| / flow of T. A cumulative
    flow of exactly zero at a year end gives a whole number; one that was never negative has nothing to pay back (NaN).
    """
    table = np.atleast_2d(np.asarray(flows, dtype=np.float64))
    cumulative = np.cumsum(table, axis=1)
    cumulative[np.abs(cumulative) <= _ROUNDING * np.abs(table).sum(axis=1, keepdims=True)] = 0.0
    before = np.concatenate([np.zeros((len(table), 1)), cumulative[:, :-1]], axis=1)
    crossing = (before < 0) & (cumulative >= 0)
    crosses = crossing.any(axis=1)
    year = crossing.argmax(axis=1)
    row = np.arange(len(table))
    opening, closing = before[row, year], cumulative[row, year]
    share = np.divide(-opening, closing - opening, out=np.full(len(table), np.nan), where=crosses)
    later = np.arange(table.shape[1]) > year[:, None]
    lost_again = crosses & (later & (cumulative < 0)).any(axis=1)
    return Payback(year + share, lost_again)


def dynamic_payback(flows: ArrayLike, rate: ArrayLike, timing: Timing = "year_end") -> Payback:
    """Return the payback period of the discounted flows 动态投资回收期."""
    table = np.atleast_2d(np.asarray(flows, dtype=np.float64))
    return payback(table * discount_factors(table.shape[1], rate, timing))
