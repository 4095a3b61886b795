"""Where each declared row stands: the same columns on every sheet, one row per line item.

Columns: 序号, name, unit, note, total or single value, some blank columns, then year 1 … N. A formula that looks back
reads the blank columns before year 1 as zero, so that it is the same formula in every year.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

from registry.finance.book import Book, Row
from registry.finance.expressions import references

INPUTS = "输入"
CALCULATION = "计算"
CODE, NAME, UNIT, NOTE, VALUE = range(5)
FIRST_ROW = 5
"""Titles, units and year numbers stand above."""


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
            return self._on(place, sheet) + str(xl_rowcol_to_cell(place.row, column))
        return self._on(place, sheet) + str(xl_rowcol_to_cell(place.row, VALUE, row_abs=True, col_abs=True))

    def span(self, key: str, sheet: str, until: int | None = None) -> str:
        """Return the years of a row: all of them, or year 1 to a column."""
        place = self.places[key]
        last = f"${xl_col_to_name(self.last_year)}" if until is None else xl_col_to_name(until)
        first = xl_col_to_name(self.first_year)
        return f"{self._on(place, sheet)}${first}{place.row + 1}:{last}{place.row + 1}"

    @staticmethod
    def _on(place: Place, sheet: str) -> str:
        return "" if place.sheet == sheet else f"'{place.sheet}'!"


def lay_out(book: Book, years: int) -> Layout:
    """Give every row its place: input cells and named numbers on one sheet, all formulas on another."""
    typed = [row for row in book.rows.values() if row.role in {"given", "constant"}]
    calculated = [row for row in book.rows.values() if row.role not in {"given", "constant"}]
    places = {row.key: Place(INPUTS, FIRST_ROW + number) for number, row in enumerate(typed)}
    places |= {row.key: Place(CALCULATION, FIRST_ROW + number) for number, row in enumerate(calculated)}
    back = max((_longest_look_back(row) for row in calculated), default=1)
    return Layout(book.rows, places, years, max(1, back))


def _longest_look_back(row: Row) -> int:
    return max((ref.years_back for ref in references(row.formula_cells())), default=0)
