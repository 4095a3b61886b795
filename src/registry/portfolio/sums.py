"""Exact sums of millions of funding lines by any key, at the speed of memory.

NumPy counts into bins several times faster than a hash table groups, but only in doubles. So each amount is kept in two
parts, each small enough for the sum of all lines to be exact, and put together as whole fen at the end.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from registry.projects.lines import FUNDING_SOURCES, FUNDING_STATUS

STATUS = pl.Enum(list(FUNDING_STATUS))
SOURCE = pl.Enum(list(FUNDING_SOURCES))

Whole = NDArray[np.int64]

_LOW_BITS = 26
"""2^26 fen in the low part: 2^27 lines still sum exactly in a double; so does the high part of amounts below 2^53."""
MOST_BINS = 4_000_000
"""Above it, keys are sorted first: slower, and never more memory than the lines themselves take."""


@dataclass(frozen=True, slots=True)
class Sums:
    """By bin: fen, lines, and lines whose amount is unknown."""

    amounts: Whole
    lines: Whole
    unknown: Whole


@dataclass(frozen=True, slots=True)
class LineCells:
    """Funding lines as codes. `cell` = (source, year, status) as one number; the last year code means unknown."""

    row: Whole
    status: Whole
    cell: Whole
    high: NDArray[np.float64]
    low: NDArray[np.float64]
    unknown: Whole
    """Positions of the lines whose amount is not known."""
    years: tuple[int | None, ...]
    statuses: tuple[str, ...] = tuple(FUNDING_STATUS)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Return how many sources, years and statuses a cell tells apart."""
        return len(FUNDING_SOURCES), len(self.years), len(self.statuses)

    def sums(self, key: Whole, bins: int) -> Sums:
        """Return the sums by key; every key lies in 0 … bins − 1."""
        high = np.bincount(key, self.high, bins).astype(np.int64)
        low = np.bincount(key, self.low, bins).astype(np.int64)
        unknown = np.bincount(key[self.unknown], minlength=bins)
        return Sums((high << _LOW_BITS) + low, np.bincount(key, minlength=bins), unknown)

    def fen_by_row(self, sources: Sequence[str], statuses: Sequence[str], rows: int) -> Whole:
        """Return the fen of each project from these sources in these statuses."""
        n_sources, n_years, n_statuses = self.shape
        is_wanted = np.zeros((n_sources, n_years, n_statuses), dtype=bool)
        places = [list(FUNDING_SOURCES).index(name) for name in sources]
        is_wanted[np.ix_(places, range(n_years), [self.statuses.index(name) for name in statuses])] = True
        chosen = np.flatnonzero(is_wanted.ravel()[self.cell])
        row = self.row[chosen]
        high = np.bincount(row, self.high[chosen], rows).astype(np.int64)
        return (high << _LOW_BITS) + np.bincount(row, self.low[chosen], rows).astype(np.int64)

    def sums_of_bins(self, key: Whole, bins: int) -> tuple[Whole, Sums]:
        """Return the bins that hold any line, ascending, and their sums."""
        if bins > MOST_BINS:
            found, place = np.unique(key, return_inverse=True)
            return found, self.sums(place, len(found))
        sums = self.sums(key, bins)
        found = np.flatnonzero(sums.lines)
        return found, Sums(sums.amounts[found], sums.lines[found], sums.unknown[found])


def cells_of(lines: pl.DataFrame) -> LineCells:
    """Return the lines (`row`, `source`, `year`, `status`, `amount_fen`) as codes."""
    amounts = lines.get_column("amount_fen")
    fen = amounts.fill_null(0).to_numpy()
    source, status = (lines.get_column(name).to_physical().cast(pl.Int64).to_numpy() for name in ("source", "status"))
    year, years = _years(lines.get_column("year"))
    return LineCells(
        lines.get_column("row").cast(pl.Int64).to_numpy(),
        status,
        (source * len(years) + year) * len(FUNDING_STATUS) + status,
        (fen >> _LOW_BITS).astype(np.float64),
        (fen & ((1 << _LOW_BITS) - 1)).astype(np.float64),
        np.flatnonzero(amounts.is_null().to_numpy()),
        years,
    )


def _years(column: pl.Series) -> tuple[Whole, tuple[int | None, ...]]:
    """Return each line's year as a code, and the year of each code, None last."""
    known = column.drop_nulls()
    first, last = (int(known.min()), int(known.max())) if len(known) else (0, -1)  # type: ignore[arg-type]
    codes = (column.cast(pl.Int64) - first).fill_null(last - first + 1)
    return codes.to_numpy(), (*range(first, last + 1), None)
