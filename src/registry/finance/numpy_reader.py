"""The NumPy reader of a book: evaluates every row for a batch of projects at once.

Inside, arrays are laid out (years, rows) so that one year of all projects is contiguous. Rows that refer to each
other through the previous year (a debt balance and its interest) are evaluated year by year; all others for all years
at once. Every step is elementwise and every sum over years runs in year order, so a project gets the same bits alone
or among ten thousand.
"""

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from graphlib import CycleError, TopologicalSorter
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from registry.finance.book import Book, Row
from registry.finance.expressions import (
    Arithmetic,
    Both,
    Choice,
    Comparison,
    Constant,
    Expression,
    Extreme,
    Floor,
    OverYears,
    PresentValue,
    Ref,
    RunningTotal,
    Sum,
    children,
    references,
)
from registry.finance.scalar_reader import ScalarReader, scalar_reader_of

Array = NDArray[Any]
Values = dict[str, Array]
"""Key to (years, rows) for a row by year, (rows,) for a single figure."""
Reader = Callable[[Values, int], Any]
"""From the values so far and a year (counted from 0), or the number of years for a whole row, to a formula's value."""

_NOTHING: Any = np.float64(0.0)
_EXTREMES: dict[str, np.ufunc] = {"lowest": np.fmin, "highest": np.fmax}


def power(base: Any, exponent: Any) -> Any:
    """Return base ** exponent with the bits of a long array.

    NumPy squares or takes the root where it sees one exponent for all, which rounds otherwise than its general power:
    a single project would differ from the same project among others.
    """
    bases, exponents = np.broadcast_arrays(base, exponent)
    if bases.size == 1:
        twice = np.power(np.repeat(bases.ravel(), 2), np.repeat(exponents.ravel(), 2))
        return twice[:1].reshape(bases.shape)
    return np.power(np.ascontiguousarray(bases), np.ascontiguousarray(exponents))


_BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "^": power,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    "max": np.maximum,
    "min": np.minimum,
}


def _in_year_order(values: Array) -> Array:
    """Add up (years, rows) year after year: np.sum would pair differently for one row than for many."""
    total: Array = np.add.accumulate(values, axis=0)[-1]
    return total


def _condense(how: str, values: Array) -> Array:
    """Return (rows,) from (years, rows), leaving blanks out."""
    blank = np.isnan(values)
    if how in _EXTREMES:
        extreme: Array = _EXTREMES[how].reduce(values, axis=0)
        return extreme
    total = _in_year_order(np.where(blank, 0.0, values))
    if how == "sum":
        return total
    counted = _in_year_order(np.where(blank, 0.0, 1.0))
    return np.where(counted > 0, total / counted, np.nan)


def present_value(rate: Array, flows: Array) -> Array:
    """Return the value (rows,) of flows (years, rows) at rates (rows,); the first year is discounted once."""
    value: Array = np.zeros_like(flows[0])
    for year in range(len(flows) - 1, -1, -1):
        value = (value + flows[year]) / (1.0 + rate)
    return value


def _earlier(values: Array, years_back: int) -> Array:
    """Shift (years, rows) to later years; zero before year 1."""
    shifted = np.zeros_like(values)
    if years_back < len(values):
        shifted[years_back:] = values[: len(values) - years_back]
    return shifted


def _combining(expression: Expression, parts: list[Reader]) -> Reader | None:  # noqa: PLR0911 - one line per node
    """Return the reader of a node that works on each cell by itself; None for any other node."""
    match expression:
        case Constant(value):
            number = np.float64(value)
            return lambda *_: number
        case Arithmetic(sign) | Comparison(sign) | Extreme(sign):
            function, left, right = _BINARY[sign], *parts
            return lambda values, year: function(left(values, year), right(values, year))
        case Both():
            first, second = parts
            return lambda values, year: np.logical_and(first(values, year), second(values, year))
        case Choice():
            condition, then, otherwise = parts
            return lambda values, year: np.where(condition(values, year), then(values, year), otherwise(values, year))
        case Sum(items) if len(items) > 1:
            return lambda values, year: reduce(operator.add, [part(values, year) for part in parts])
        case Sum():
            return parts[0] if parts else lambda *_: _NOTHING
        case Floor():
            (inner,) = parts
            return lambda values, year: np.floor(inner(values, year))
    return None


def read_whole(expression: Expression) -> Reader:
    """Return a reader of all years at once; it is given how many there are."""
    parts = [read_whole(child) for child in children(expression)]
    match expression:
        case Ref(key, 0):
            return lambda values, _: values[key]
        case Ref(key, back):
            return lambda values, _: _earlier(values[key], back)
        case RunningTotal():
            (inner,) = parts
            return lambda values, years: np.add.accumulate(
                _fitted(inner(values, years), (years, *values["construction_years"].shape)), axis=0
            )
        case OverYears(how):
            (inner,) = parts
            return lambda values, year: _condense(how, inner(values, year))
        case PresentValue():
            rate, flows = parts
            return lambda values, year: present_value(rate(values, year), flows(values, year))
    reader = _combining(expression, parts)
    if reader is None:
        raise TypeError(f"not a formula: {expression!r}")
    return reader


def read_year(expression: Expression, book: Book) -> Reader:
    """Return a reader of one year, for rows that lean on their own past."""
    parts = [read_year(child, book) for child in children(expression)]
    match expression:
        case Ref(key, 0) if book.rows[key].by_year:
            return lambda values, year: values[key][year]
        case Ref(key, 0):
            return lambda values, _: values[key]
        case Ref(key, back):
            return lambda values, year: values[key][year - back] if year >= back else np.zeros_like(values[key][0])
    reader = _combining(expression, parts)
    if reader is None:
        raise CircularRows(f"{type(expression).__name__} inside rows that depend on their own later years")
    return reader


def read_row_year(row: Row, book: Book) -> Reader:
    """Return the reader of a whole row in one year; a running total leans on its own previous year."""
    formula = row.formula_cells()
    if not isinstance(formula, RunningTotal):
        return read_year(formula, book)
    inner = read_year(formula.of, book)
    return lambda values, year: values[row.key][year - 1] + inner(values, year) if year else inner(values, year)


class CircularRows(ValueError):
    """The declarations refer to each other in the same year; no order of evaluation exists."""


def _fitted(value: Any, shape: tuple[int, ...]) -> Array:
    """Return a value in this shape, also when its formula reads only scalars."""
    if isinstance(value, np.ndarray) and value.shape == shape and value.dtype == np.float64:
        return value
    fitted = np.empty(shape)
    fitted[...] = value
    return fitted


@dataclass(frozen=True, slots=True)
class Step:
    """Rows evaluated together: one row for all years, or a knot of rows year by year."""

    rows: tuple[Row, ...]
    whole: Reader | None
    by_year: tuple[Reader, ...]
    alone: tuple[ScalarReader, ...] = ()
    """The same for one project in plain floats; empty where that may round otherwise."""
    inputs: tuple[tuple[str, bool], ...] = ()
    """Rows read from outside the knot, and whether they have a value for each year."""


class Compilation:
    """The order of evaluation of a book, for all rows or for those that some wanted rows need; for any years."""

    def __init__(self, book: Book, wanted: Iterable[str] | None = None) -> None:
        """Compile; raises CircularRows when declarations refer to each other in the same year."""
        self.wanted = list(book.rows if wanted is None else wanted)
        needed = _needed(book, self.wanted)
        self.steps = [_step(book, knot) for knot in _ordered_knots(book, needed)]
        self.givens = [row.key for row in book.givens() if row.key in needed]


class Program:
    """A compiled book for a calculation period of so many years."""

    def __init__(
        self, book: Book, years: int, wanted: Iterable[str] | None = None, compiled: Compilation | None = None
    ) -> None:
        """Take a compilation made before, or make one; raises CircularRows."""
        self.years = years
        self.compiled = Compilation(book, wanted) if compiled is None else compiled

    def run(self, cells: Mapping[str, Array]) -> Values:
        """Evaluate for input cells shaped (years, rows) or (rows,); return the wanted rows and figures."""
        values: Values = {key: cells[key] for key in self.compiled.givens}
        values["construction_years"] = cells["construction_years"]
        with np.errstate(all="ignore"):
            for step in self.compiled.steps:
                self._run_step(step, values)
        return {key: values[key] for key in self.compiled.wanted}

    def _run_step(self, step: Step, values: Values) -> None:
        count = values["construction_years"].shape[0]
        if step.whole is not None:
            row = step.rows[0]
            values[row.key] = _fitted(step.whole(values, self.years), (self.years, count) if row.by_year else (count,))
            return
        if count == 1 and step.alone:
            self._run_alone(step, values)
            return
        targets = [values.setdefault(row.key, np.zeros((self.years, count))) for row in step.rows]
        for year in range(self.years):
            for target, reader in zip(targets, step.by_year, strict=True):
                target[year] = reader(values, year)

    def _run_alone(self, step: Step, values: Values) -> None:
        """Evaluate a knot for a single project in plain floats: the same bits, a fraction of the time."""
        scratch: dict[str, Any] = {
            key: values[key][:, 0].tolist() if by_year else float(values[key][0]) for key, by_year in step.inputs
        }
        lists = [scratch.setdefault(row.key, [0.0] * self.years) for row in step.rows]
        for year in range(self.years):
            for target, reader in zip(lists, step.alone, strict=True):
                target[year] = reader(scratch, year)
        for row, target in zip(step.rows, lists, strict=True):
            values[row.key] = np.array(target, dtype=np.float64)[:, None]


def _needed(book: Book, wanted: Sequence[str]) -> set[str]:
    """Return the wanted rows and everything their formulas read, directly or not."""
    needed: set[str] = set()
    waiting = list(wanted)
    while waiting:
        key = waiting.pop()
        if key in needed:
            continue
        needed.add(key)
        formula = book.rows[key].formula
        if formula is not None:
            waiting.extend(ref.key for ref in references(formula))
    return needed


def _ordered_knots(book: Book, needed: set[str]) -> list[list[str]]:
    """Return the calculated rows in order of evaluation, rows that lean on each other's past in one knot."""
    keys = [row.key for row in book.calculated() if row.key in needed]
    number = {key: place for place, key in enumerate(keys)}
    edges = [
        (number[key], number[ref.key])
        for key in keys
        for ref in references(book.rows[key].formula_cells())
        if ref.key in number
    ]
    heads, tails = zip(*edges, strict=True) if edges else ((), ())
    graph = scipy.sparse.coo_array((np.ones(len(edges)), (heads, tails)), shape=(len(keys), len(keys)))
    _, labels = scipy.sparse.csgraph.connected_components(graph.tocsr(), directed=True, connection="strong")
    knots: dict[int, list[str]] = {}
    for key, label in zip(keys, labels.tolist(), strict=True):
        knots.setdefault(label, []).append(key)
    order: TopologicalSorter[int] = TopologicalSorter({label: set() for label in knots})
    for head, tail in edges:
        if labels[head] != labels[tail]:
            order.add(int(labels[head]), int(labels[tail]))
    return [knots[label] for label in order.static_order()]


def _step(book: Book, knot: list[str]) -> Step:
    """Compile one knot."""
    rows = {key: book.rows[key] for key in knot}
    inside = {key: [ref for ref in references(row.formula_cells()) if ref.key in rows] for key, row in rows.items()}
    if not any(inside.values()):
        (row,) = rows.values()
        return Step((row,), read_whole(row.formula_cells()), ())
    same_year = TopologicalSorter(
        {key: [ref.key for ref in refs if not ref.years_back] for key, refs in inside.items()}
    )
    try:
        ordered = [rows[key] for key in same_year.static_order()]
    except CycleError as error:
        raise CircularRows(f"rows refer to each other in the same year: {error.args[1]}") from None
    alone = [scalar_reader_of(row, book) for row in ordered]
    exact = tuple(reader for reader in alone if reader is not None)
    outside = {ref.key for row in ordered for ref in references(row.formula_cells())} - set(rows)
    return Step(
        tuple(ordered),
        None,
        tuple(read_row_year(row, book) for row in ordered),
        exact if len(exact) == len(alone) else (),
        tuple((key, book.rows[key].by_year) for key in sorted(outside)),
    )
