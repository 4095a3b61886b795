"""Where each declared row stands: the same columns on every sheet, one row per line item.

Columns: 序号, name, unit, note, total or single value, some blank columns, then year 1 … N. A formula that looks back
reads the blank columns before year 1 as zero, so that it is the same formula in every year.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from xlsxwriter.utility import xl_col_to_name

from registry.finance.book import Book, Row
from registry.finance.expressions import references
from registry.finance.shocks import FACTORS

INPUTS = "输入"
CALCULATION = "计算"
CODE, NAME, UNIT, NOTE, VALUE = range(5)
_LAST_COLUMN, OWN_COLUMN = 16_384, 1_000_000
"""Columns a sheet may have; and the number that stands for a formula's own column in a pattern of it."""
FIRST_ROW = 5
"""Titles, units and year numbers stand above."""
VARIATIONS_HEADING = "变动幅度（填 0.1 即该因素全部增加 10%；全为零时即基准方案）"
GROUPS = {
    "grants": "补助资金",
    "debts": "债务",
    "streams": "营业收入",
    "costs": "经营成本",
    "subsidies": "运营补贴",
}
CONSTANTS, PROJECT = "方法常数", "项目、投资与税费"
"""Headings of the sheet of inputs in their order: what belongs to no family, the families, then the constants."""


@dataclass(frozen=True, slots=True)
class Place:
    """A row of a sheet."""

    sheet: str
    row: int


@dataclass(frozen=True, slots=True)
class Layout:
    """The rows of one model and the columns of its years."""

    rows: Mapping[str, Row]
    places: Mapping[str, Place]
    years: int
    blanks: int
    headings: Mapping[int, str] = field(default_factory=dict)
    """Rows of the sheet of inputs that hold a heading."""
    variations: Mapping[str, int] = field(default_factory=dict)
    """Factor to the row of the sheet of inputs where its relative change is typed."""
    varied: Mapping[str, str] = field(default_factory=dict)
    """Input cell to the factor that scales it, as in `finance.shocks`."""

    @property
    def first_year(self) -> int:
        """Column of year 1."""
        return VALUE + 1 + self.blanks

    @property
    def last_year(self) -> int:
        """Column of the last year."""
        return self.first_year + self.years - 1

    def cell(self, key: str, column: int, sheet: str) -> str:
        """Return the address of a row in a year's column, or of a single figure, for a formula on `sheet`."""
        place = self.places[key]
        if self.rows[key].by_year:
            return f"{self._on(place, sheet)}{letters(column)}{place.row + 1}"
        return f"{self._on(place, sheet)}${letters(VALUE)}${place.row + 1}"

    def value(self, key: str, column: int, sheet: str) -> str:
        """Return what a formula reads: the cell, an input scaled by the change typed for its factor."""
        factor = self.varied.get(key)
        cell = self.cell(key, column, sheet)
        return cell if factor is None else f"({cell}*(1+{variation_name(factor)}))"

    def total(self, key: str, sheet: str) -> str:
        """Return the sum of a row over all years, its change included."""
        factor = self.varied.get(key)
        return f"SUM({self.span(key, sheet)})" + ("" if factor is None else f"*(1+{variation_name(factor)})")

    def span(self, key: str, sheet: str, until: int | None = None) -> str:
        """Return the years of a row: all of them, or year 1 to a column."""
        place = self.places[key]
        last = f"${letters(self.last_year)}" if until is None else letters(until)
        first = letters(self.first_year)
        return f"{self._on(place, sheet)}${first}{place.row + 1}:{last}{place.row + 1}"

    @staticmethod
    def _on(place: Place, sheet: str) -> str:
        return "" if place.sheet == sheet else f"'{place.sheet}'!"


@cache
def letters(column: int) -> str:
    """Return the name of a column; in a pattern, how many years before its own column it stands, in braces."""
    return str(xl_col_to_name(column)) if column < _LAST_COLUMN else f"{{{OWN_COLUMN - column}}}"


def lay_out(book: Book, years: int) -> Layout:
    """Give every row its place: input cells and named numbers on one sheet, all formulas on another."""
    typed = sorted((row for row in book.rows.values() if row.role in {"given", "constant"}), key=_group_order)
    calculated = [row for row in book.rows.values() if row.role not in {"given", "constant"}]
    varied = varied_inputs(book)
    factors = [factor for factor in FACTORS if factor in varied.values()]
    headings = {FIRST_ROW: VARIATIONS_HEADING} if factors else {}
    variations = {factor: FIRST_ROW + place for place, factor in enumerate(factors, start=1)}
    places = _input_places(typed, FIRST_ROW + len(headings) + len(variations), headings)
    places |= {row.key: Place(CALCULATION, FIRST_ROW + number) for number, row in enumerate(calculated)}
    back = max((_longest_look_back(row) for row in calculated), default=1)
    return Layout(book.rows, places, years, max(1, back), headings, variations, varied)


def varied_inputs(book: Book) -> dict[str, str]:
    """Return the input cells a sensitivity analysis scales, each with its factor."""
    patterns = {factor: re.compile(pattern) for factor, (_, _, pattern) in FACTORS.items()}
    return {
        key: factor
        for key, row in book.rows.items()
        if row.role == "given"
        for factor, pattern in patterns.items()
        if pattern.fullmatch(key)
    }


def variation_name(factor: str) -> str:
    """Return the name of the cell with the relative change of a factor."""
    return f"变动_{FACTORS[factor][0]}"


def _group(row: Row) -> str:
    return CONSTANTS if row.role == "constant" else GROUPS.get(row.key.partition(".")[0], PROJECT)


def _group_order(row: Row) -> int:
    return (PROJECT, *GROUPS.values(), CONSTANTS).index(_group(row))


def _input_places(typed: list[Row], first: int, headings: dict[int, str]) -> dict[str, Place]:
    """Give the input rows their places, a heading before each new family; `headings` receives the headings."""
    places: dict[str, Place] = {}
    place, last = first, ""
    for row in typed:
        group = _group(row)
        if group != last:
            headings[place], last = group, group
            place += 1
        places[row.key] = Place(INPUTS, place)
        place += 1
    return places


def _longest_look_back(row: Row) -> int:
    return max((ref.years_back for ref in references(row.formula_cells())), default=0)
