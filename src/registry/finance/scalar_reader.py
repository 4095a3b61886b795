"""The reader of one project alone: rows that lean on their own past, year by year, in plain floats.

A third reader of the declarations, for speed only: an array of one number costs ten times a number. The arithmetic is
the same IEEE arithmetic, so the bits are those of the batch; powers are left to the array reader, which rounds them
its own way.
"""

import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from registry.finance.book import Book, Row
from registry.finance.expressions import (
    Arithmetic,
    Both,
    Choice,
    Comparison,
    Constant,
    Expression,
    Extreme,
    Ref,
    RunningTotal,
    Sum,
    children,
)

Scalars = Mapping[str, Any]
"""Key to a list by year, or to a single number."""
ScalarReader = Callable[[Scalars, int], Any]

_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
}


def scalar_reader_of(row: Row, book: Book) -> ScalarReader | None:
    """Return the reader of a row in one year; None where the formula holds what plain floats may round otherwise."""
    formula = row.formula_cells()
    if not all(_is_exact(node) for node in _nodes(formula.of if isinstance(formula, RunningTotal) else formula)):
        return None
    if not isinstance(formula, RunningTotal):
        return _reader(formula, book)
    inner, key = _reader(formula.of, book), row.key
    return lambda values, year: values[key][year - 1] + inner(values, year) if year else inner(values, year)


def _nodes(expression: Expression) -> Iterator[Expression]:
    yield expression
    for child in children(expression):
        yield from _nodes(child)


def _is_exact(node: Expression) -> bool:
    if isinstance(node, Arithmetic):
        return node.sign != "^"
    return isinstance(node, (Ref, Constant, Comparison, Both, Choice, Extreme, Sum))


def _divided(left: float, right: float) -> float:
    if right:
        return left / right
    return float(np.divide(left, right))  # infinite or no number, as in a batch


def _larger(left: float, right: float) -> float:
    return left if left > right or left != left else right  # noqa: PLR0124 - no number stays no number, as in a batch


def _smaller(left: float, right: float) -> float:
    return left if left < right or left != left else right  # noqa: PLR0124 - as above


_ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divided,
}


def _reader(expression: Expression, book: Book) -> ScalarReader:  # noqa: C901, PLR0911 - one line per node
    parts = [_reader(child, book) for child in children(expression)]
    match expression:
        case Constant(value):
            return lambda *_: value
        case Ref(key, 0) if book.rows[key].by_year:
            return lambda values, year: values[key][year]
        case Ref(key, 0):
            return lambda values, _: values[key]
        case Ref(key, back):
            return lambda values, year: values[key][year - back] if year >= back else 0.0
        case Sum():
            return lambda values, year: _total(parts, values, year)
        case Choice():
            condition, then, otherwise = parts
            return lambda values, year: then(values, year) if condition(values, year) else otherwise(values, year)
    left, right = parts
    match expression:
        case Both():
            return lambda values, year: left(values, year) and right(values, year)
        case Comparison(sign):
            compare = _COMPARISONS[sign]
            return lambda values, year: compare(left(values, year), right(values, year))
        case Extreme(which):
            extreme = _larger if which == "max" else _smaller
            return lambda values, year: extreme(left(values, year), right(values, year))
        case Arithmetic(sign):
            combine = _ARITHMETIC[sign]
            return lambda values, year: combine(left(values, year), right(values, year))
    raise TypeError(f"not a formula of one year: {expression!r}")


def _total(parts: list[ScalarReader], values: Scalars, year: int) -> float:
    total = 0.0
    for part in parts:
        total += part(values, year)
    return total
