"""The workbook reader of the row declarations: a formula tree becomes the text of an Excel formula.

Beside `finance.numpy_reader` this is the second reader of the same declarations. What has no plain Excel counterpart,
a condensation of an expression, gets a row of its own first (`with_helper_rows`), as a careful modeller would do.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

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
    references,
)
from registry.packages.model.layout import OWN_COLUMN, Layout, letters, varied_inputs

_CONDENSED = {"sum": "SUM", "lowest": "MIN", "highest": "MAX", "average": "AVERAGE"}


def with_helper_rows(book: Book) -> Book:
    """Return the book with a row of its own for every expression that is condensed over the years.

    An input a sensitivity analysis scales gets one too: its cells hold what was typed, not what is calculated with.
    """
    whole, varied = Book(), frozenset(varied_inputs(book))
    for row in book.rows.values():
        helpers: list[Row] = []
        formula = None if row.formula is None else _lifted(row.formula, row, helpers, varied)
        for helper in helpers:
            whole.rows[helper.key] = helper
        whole.rows[row.key] = replace(row, formula=formula)
    return whole


def _lifted(expression: Expression, row: Row, helpers: list[Row], varied: frozenset[str]) -> Expression:
    """Replace the inside of every condensation by a reference to a helper row."""

    def lift(part: Expression) -> Expression:
        return _lifted(part, row, helpers, varied)

    match expression:
        case Ref() | Constant():
            return expression
        case Arithmetic() | Comparison() | Both() | Extreme():
            return replace(expression, left=lift(expression.left), right=lift(expression.right))
        case Choice():
            return Choice(lift(expression.condition), lift(expression.then), lift(expression.otherwise))
        case Sum():
            return Sum(tuple(map(lift, expression.items)))
        case Floor():
            return Floor(lift(expression.of))
        case RunningTotal() | OverYears() | PresentValue():
            return replace(expression, of=_row_of(lift(expression.of), row, helpers, varied))
    raise TypeError(f"not a formula: {expression!r}")


def _row_of(inner: Expression, row: Row, helpers: list[Row], varied: frozenset[str]) -> Ref:
    if isinstance(inner, Ref) and inner.years_back == 0 and inner.key not in varied:
        return inner
    number = len(helpers) + 1
    key = f"{row.key}~{number}"
    zh, en = f"{row.zh}（辅助行{number}）", f"{row.en} (helper {number})"
    helpers.append(Row(key, zh, en, row.unit, "line", by_year=True, formula=inner))
    return Ref(key)


@dataclass(frozen=True, slots=True)
class FormulaWriter:
    """Writes formulas that stand on one sheet."""

    layout: Layout
    sheet: str
    blanks: frozenset[str]
    """Rows that may show a blank; a spreadsheet finds every text larger than every number, the engine neither."""

    def formulas(self, expression: Expression, columns: Sequence[int]) -> Iterator[str]:
        """Yield the formula of each of these columns, with its leading sign: one pattern, only the columns differ."""
        pattern = f"={self.text(expression, OWN_COLUMN)}"
        back = max((ref.years_back for ref in references(expression)), default=0)
        for column in columns:
            yield pattern.format(*(letters(column - years) for years in range(back + 1)))

    def text(self, expression: Expression, column: int) -> str:  # noqa: C901, PLR0911 - one line per node
        """Return a part of a formula."""

        def text(part: Expression) -> str:
            return self.text(part, column)

        match expression:
            case Ref(key, back):
                return self.layout.value(key, column - back, self.sheet)
            case Constant(value):
                return '""' if math.isnan(value) else f"{value:.17g}"
            case Arithmetic(sign, left, right):
                return f"({text(left)}{sign}{text(right)})"
            case Comparison(sign, left, right):
                blank = [text(part) for part in (left, right) if isinstance(part, Ref) and part.key in self.blanks]
                compared = f"{text(left)}{sign}{text(right)}"
                return f"AND({','.join(f'ISNUMBER({cell})' for cell in blank)},{compared})" if blank else compared
            case Both(left, right):
                return f"AND({text(left)},{text(right)})"
            case Choice(condition, then, otherwise):
                return f"IF({text(condition)},{text(then)},{text(otherwise)})"
            case Extreme(which, left, right):
                return f"{which.upper()}({text(left)},{text(right)})"
            case Sum(items):
                return f"({'+'.join(map(text, items))})" if items else "0"
            case Floor(inner):
                return f"INT({text(inner)})"
            case RunningTotal(Ref(key)):
                return f"SUM({self.layout.span(key, self.sheet, column)})"
            case OverYears(how, Ref(key)):
                return _condensed(_CONDENSED[how], self.layout.span(key, self.sheet))
            case PresentValue(rate, Ref(key)):
                return f"NPV({text(rate)},{self.layout.span(key, self.sheet)})"
        raise TypeError(f"no Excel formula for {expression!r}")


def _condensed(function: str, span: str) -> str:
    """Return the call: a sum of blanks is zero; the smallest, largest or mean of blanks is blank."""
    return f"SUM({span})" if function == "SUM" else f'IF(COUNT({span})=0,"",{function}({span}))'


def rows_that_may_be_blank(book: Book) -> frozenset[str]:
    """Return the keys of rows whose formula can end in a blank cell."""
    return frozenset(key for key, row in book.rows.items() if row.formula is not None and _may_be_blank(row.formula))


def _may_be_blank(expression: Expression) -> bool:
    match expression:
        case Constant(value):
            return math.isnan(value)
        case Choice(_, then, otherwise):
            return _may_be_blank(then) or _may_be_blank(otherwise)
        case OverYears(how):
            return how != "sum"
    return False
