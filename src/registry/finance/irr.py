"""Internal rates of return 内部收益率 of many flows at once, honestly: every real root, or the reason for none.

A flow `c` has the rate r where `sum(c[t] * v**t) = 0` with `v = 1 / (1 + r)`. How many such rates there are is proved
before any is computed. One sign change in the flow proves one root (Descartes); flows with more are handed to
`root_isolation`, which counts the roots of an interval with certainty. Only then are roots polished to full precision.

Flows smaller than 1e-9 of the largest of their row count as zero, and rates are searched in (-0.99, 10].
"""

from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from registry.errors import Finding, InvalidInput
from registry.finance.root_isolation import BOUNDARY, isolate, locate_cluster
from registry.finance.root_polishing import polished, polynomial_at

LOWEST_RATE: Final = -0.99
HIGHEST_RATE: Final = 10.0
NEGLIGIBLE_SHARE: Final = 1e-9
"""Flows below this share of the largest are zero."""
SAME_ROOT: Final = 1e-9
"""Roots closer than this are one root."""
MOST_YEARS: Final = 600

_CHUNK: Final = 8192

Floats = NDArray[np.float64]
Codes = NDArray[np.int8]


class IrrStatus(IntEnum):
    """How many rates a flow has; the lower-case name is the word used in files and on screen."""

    NONE = 0
    UNIQUE = 1
    MULTIPLE = 2


class IrrReason(IntEnum):
    """Why there is no single value, or what to know about the one there is."""

    FOUND = 0
    NO_FLOW = 1
    NO_SIGN_CHANGE = 2
    NO_ROOT = 3
    NOT_FINITE = 4
    SEVERAL = 5
    ONE_POSITIVE = 6
    TOUCHING = 7


REASONS: Final[dict[IrrReason, tuple[str, str]]] = {
    IrrReason.FOUND: ("唯一内部收益率", "one rate, proved unique"),
    IrrReason.NO_FLOW: ("无内部收益率：现金流全部为零", "no rate: every flow is zero"),
    IrrReason.NO_SIGN_CHANGE: ("无内部收益率：现金流无符号变化", "no rate: the flow never changes sign"),
    IrrReason.NO_ROOT: (
        "无内部收益率：在 -99% 至 1000% 之间净现值不为零",
        "no rate: the net present value is not zero anywhere between -99 % and 1000 %",
    ),
    IrrReason.NOT_FINITE: ("无内部收益率：现金流含非有限数值", "no rate: the flow holds a value that is not finite"),
    IrrReason.SEVERAL: (
        "存在多个内部收益率，请以净现值判断",
        "several rates: decide by net present value",
    ),
    IrrReason.ONE_POSITIVE: (
        "存在多个内部收益率，其中仅一个为正，取该值",
        "several rates, exactly one of them positive: that one is shown",
    ),
    IrrReason.TOUCHING: (
        "净现值仅触及零点而不变号，请以净现值判断",
        "the net present value touches zero without changing sign: decide by net present value",
    ),
}


class IrrAnswer(NamedTuple):
    """The rates of one flow: `value` is None when there is none to show; `roots` are all rates, ascending."""

    value: float | None
    status: str
    roots: tuple[float, ...]
    reason_zh: str
    reason_en: str

    def as_dict(self) -> dict[str, object]:
        """Return the wire form used in results and golden cases."""
        return {"value": self.value, "status": self.status, "all": list(self.roots)}


@dataclass(frozen=True)
class IrrBatch:
    """Rates of a batch of flows, one row per flow, as decimals per year.

    `value` (rows,) is NaN where no value may be shown. `status` and `reason` (rows,) hold `IrrStatus` and `IrrReason`
    codes. `roots` (rows, most roots of any row, at least 1) lists all rates ascending, NaN after the last.
    """

    value: Floats
    status: Codes
    reason: Codes
    roots: Floats

    @cached_property
    def status_names(self) -> list[str]:
        """Return `none`, `unique` or `multiple` for each row."""
        names = [status.name.lower() for status in IrrStatus]
        return [names[code] for code in self.status]

    def answer(self, row: int) -> IrrAnswer:
        """Return one row for people and files."""
        value = float(self.value[row])
        roots = self.roots[row]
        return IrrAnswer(
            None if np.isnan(value) else value,
            IrrStatus(int(self.status[row])).name.lower(),
            tuple(float(root) for root in roots[~np.isnan(roots)]),
            *REASONS[IrrReason(int(self.reason[row]))],
        )


def irr(flows: ArrayLike) -> IrrBatch:
    """Return all internal rates of return of `flows` (rows, years) or (years,), inflow positive, one flow per year.

    When the first flow falls (year 0, 1 or mid-year) does not matter to the rate. `value` is the rate when it is
    unique, or the positive one when exactly one of several is positive. Rows with NaN or infinity get the status
    `none`. Raises InvalidInput for more than 600 years.
    """
    table = np.atleast_2d(np.asarray(flows, dtype=np.float64))
    if table.ndim != 2 or table.shape[1] > MOST_YEARS:  # noqa: PLR2004 - rows and years
        raise InvalidInput.of([_bad_shape(table.shape)])
    found = [_irr_chunk(table[start : start + _CHUNK]) for start in range(0, len(table), _CHUNK)]
    if not found:
        return IrrBatch(np.empty(0), np.empty(0, np.int8), np.empty(0, np.int8), np.empty((0, 1)))
    widest = max(part.roots.shape[1] for part in found)
    return IrrBatch(
        np.concatenate([part.value for part in found]),
        np.concatenate([part.status for part in found]),
        np.concatenate([part.reason for part in found]),
        np.concatenate([_widened(part.roots, widest) for part in found]),
    )


def sign_changes(flows: ArrayLike) -> NDArray[np.int64]:
    """Return how often each row of `flows` (rows, years) changes sign, zeros and negligible flows skipped."""
    table = np.atleast_2d(np.asarray(flows, dtype=np.float64))
    return _sign_changes(_clean(table)[0])[0]


def _bad_shape(shape: tuple[int, ...]) -> Finding:
    return Finding(
        "flows",
        "irr-too-long",
        f"现金流应为（行，年）且不超过 {MOST_YEARS} 年，实际为 {shape}；请检查计算期",
        f"flows should be (rows, years) with at most {MOST_YEARS} years, found {shape}; check the calculation period",
        str(shape),
    )


def _widened(roots: Floats, width: int) -> Floats:
    return np.pad(roots, ((0, 0), (0, width - roots.shape[1])), constant_values=np.nan)


def _clean(table: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Return years-by-rows flows scaled by a power of two (exact) to at most 1, and which rows were finite."""
    by_year = np.ascontiguousarray(table.T)
    largest = np.abs(by_year).max(axis=0, initial=0.0)
    finite = np.isfinite(largest)
    largest[~finite] = 0.0
    by_year[:, ~finite] = 0.0
    exponent = np.clip(np.frexp(largest)[1], -1000, 1000)
    by_year[np.abs(by_year) < NEGLIGIBLE_SHARE * largest] = 0.0
    by_year *= np.exp2(-exponent)
    return by_year, finite


def _sign_changes(by_year: Floats) -> tuple[NDArray[np.int64], Codes]:
    """Return the count of sign changes and the sign of the last flow, of each row."""
    count = np.zeros(by_year.shape[1], dtype=np.int64)
    last = np.zeros(by_year.shape[1], dtype=np.int8)
    for signs in np.sign(by_year).astype(np.int8):
        count += signs * last < 0
        last = np.where(signs != 0, signs, last)
    return count, last


def _irr_chunk(table: Floats) -> IrrBatch:
    by_year, finite = _clean(table)
    changes, last = _sign_changes(by_year)
    rows, rates, touching = _several_changes(by_year, np.flatnonzero(changes > 1))
    single, rate = _single_change(by_year, np.flatnonzero(changes == 1), last)
    rows, rates = np.concatenate([single, rows]), np.concatenate([rate, rates])
    touching = np.concatenate([np.zeros(len(single), dtype=bool), touching])
    batch = _assembled(len(table), rows, rates, touching)
    none = batch.status == IrrStatus.NONE
    batch.reason[none & (changes == 0)] = IrrReason.NO_SIGN_CHANGE
    batch.reason[none & ~by_year.any(axis=0)] = IrrReason.NO_FLOW
    batch.reason[~finite] = IrrReason.NOT_FINITE
    return batch


def _assembled(count: int, rows: NDArray[np.intp], rates: Floats, touching: NDArray[np.bool_]) -> IrrBatch:
    """Sort the roots into rows, count twins once, and say for each row what may be shown."""
    order = np.lexsort((rates, rows))
    rows, rates, touching = rows[order], rates[order], touching[order]
    twin = np.zeros(len(rows), dtype=bool)
    twin[1:] = (np.diff(rows) == 0) & (np.diff(rates) < SAME_ROOT)
    rows, rates, touching = rows[~twin], rates[~twin], touching[~twin]
    per_row = np.bincount(rows, minlength=count)
    place = np.arange(len(rows)) - np.searchsorted(rows, rows)
    roots = np.full((count, max(1, int(per_row.max(initial=0)))), np.nan)
    roots[rows, place] = np.minimum(rates, HIGHEST_RATE) + 0.0  # minus zero reads badly
    positive = roots > 0
    status = np.minimum(per_row, IrrStatus.MULTIPLE).astype(np.int8)
    value = np.where(status == IrrStatus.UNIQUE, roots[:, 0], np.nan)
    decided = (status == IrrStatus.MULTIPLE) & (positive.sum(axis=1) == 1)
    value[decided] = roots[decided][positive[decided]]
    reason = np.array([IrrReason.NO_ROOT, IrrReason.FOUND, IrrReason.SEVERAL], dtype=np.int8)[status]
    reason[decided] = IrrReason.ONE_POSITIVE
    reason[rows[touching]] = IrrReason.TOUCHING
    return IrrBatch(value, status, reason, roots)


def _single_change(by_year: Floats, rows: NDArray[np.intp], last: Codes) -> tuple[NDArray[np.intp], Floats]:
    """Return the rows whose only root lies in range, and that root. Descartes: exactly one exists for v > 0."""
    flows = by_year if len(rows) == by_year.shape[1] else by_year[:, rows]
    total = polynomial_at(flows, np.ones(flows.shape[1]))  # in a fixed order, unlike sum()
    backwards = total * last[rows] < 0  # the root has v > 1, a negative rate: solve in 1 / v, which stays below one
    flows = np.where(backwards, flows[::-1], flows) if backwards.any() else flows
    farthest = np.where(backwards, np.log1p(LOWEST_RATE), -np.log1p(HIGHEST_RATE))
    far_value = polynomial_at(flows, np.exp(farthest))
    inside = (far_value * total < 0) | (total == 0) | (~backwards & _is_rounding(flows, far_value))
    if not inside.all():
        rows, flows, farthest, far_value, backwards = (
            rows[inside],
            flows[:, inside],
            farthest[inside],
            far_value[inside],
            backwards[inside],
        )
    logs = polished(flows, farthest, np.zeros_like(farthest), np.sign(far_value))
    return rows, np.expm1(np.where(backwards, logs, -logs))


def _is_rounding(flows: Floats, value: Floats) -> NDArray[np.bool_]:
    """Say where a value at the highest rate is zero but for rounding: that rate is still inside."""
    return np.asarray(np.abs(value) <= len(flows) * np.finfo(float).eps * np.abs(flows[:1]).sum(axis=0))


def _several_changes(by_year: Floats, rows: NDArray[np.intp]) -> tuple[NDArray[np.intp], Floats, NDArray[np.bool_]]:
    """Return (row, rate, touching) of every root of the rows with more than one sign change."""
    all_rows, all_rates, all_touching = [np.empty(0, np.intp)], [np.empty(0)], [np.empty(0, dtype=bool)]
    if len(rows) == 0:
        return all_rows[0], all_rates[0], all_touching[0]
    forwards = by_year[:, rows]
    for flows, nearest, sign in (
        (forwards, 1 / (1 + HIGHEST_RATE), -1.0),
        (forwards[::-1], 1 + LOWEST_RATE, 1.0),
    ):
        farthest = BOUNDARY if sign < 0 else 1 / BOUNDARY
        brackets, clusters = isolate(flows, nearest, farthest)
        fenced = flows[:, brackets.row]
        sign_low = np.sign(polynomial_at(fenced, brackets.low))
        logs = polished(fenced, np.log(brackets.low), np.log(brackets.high), sign_low)
        all_rows.append(rows[brackets.row])
        all_rates.append(np.expm1(sign * logs))
        all_touching.append(np.zeros(len(logs), dtype=bool))
        for cluster in clusters:
            at, touches = locate_cluster(flows[:, cluster.row], cluster)
            all_rows.append(rows[cluster.row : cluster.row + 1])
            all_rates.append(np.array([at**sign - 1]))
            all_touching.append(np.array([touches]))
    row, rate, touching = np.concatenate(all_rows), np.concatenate(all_rates), np.concatenate(all_touching)
    inside = (rate > LOWEST_RATE) & (rate <= HIGHEST_RATE * (1 + 1e-12))
    return row[inside], rate[inside], touching[inside]
