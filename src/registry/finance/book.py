"""The book of rows: every line of the statements declared once, with its names, unit and formula."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from registry.finance.expressions import Constant, Expression, Ref, formula_text, references

Role = Literal["given", "constant", "line", "figure"]
"""`given`: an input cell. `constant`: a named number of the method. `line`: one formula, the same in every year.
`figure`: one formula, one cell."""

MONEY = "万元"
RATE = "比率"
YEARS = "年"
FLAG = "0/1"


@dataclass(frozen=True, slots=True)
class Row:
    """One declared row 行: what it is called, what it is measured in and how it is calculated.

    `key` is the name formulas use; members of a family carry their number (`debts.0.interest`). `formula` is None for
    a given cell. `by_year` says whether the row has a value for each year or a single one.
    """

    key: str
    zh: str
    en: str
    unit: str
    role: Role
    by_year: bool
    formula: Expression | None = None

    def formula_cells(self) -> Expression:
        """Return the formula of a calculated row."""
        if self.formula is None:
            raise ValueError(f"{self.key} is an input cell and has no formula")
        return self.formula


class Book:
    """A growing set of declarations; each method returns a reference to the row just declared."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self._texts: dict[str, str] = {}

    def given(self, key: str, zh: str, en: str, unit: str = MONEY, *, by_year: bool = False) -> Ref:
        """Declare an input cell, or an input row by year."""
        return self._add(Row(key, zh, en, unit, "given", by_year))

    def constant(self, key: str, zh: str, en: str, value: float, unit: str) -> Ref:
        """Declare a named number of the method, so that no formula hides one."""
        return self._add(Row(key, zh, en, unit, "constant", by_year=False, formula=Constant(value)))

    def line(self, key: str, zh: str, en: str, formula: Expression, unit: str = MONEY) -> Ref:
        """Declare a row with one formula for every year."""
        return self._add(Row(key, zh, en, unit, "line", by_year=True, formula=formula))

    def figure(self, key: str, zh: str, en: str, formula: Expression, unit: str = MONEY) -> Ref:
        """Declare a single figure."""
        return self._add(Row(key, zh, en, unit, "figure", by_year=False, formula=formula))

    def _add(self, row: Row) -> Ref:
        if row.key in self.rows:
            raise ValueError(f"row {row.key} is declared twice")
        self.rows[row.key] = row
        return Ref(row.key)

    def givens(self) -> Iterator[Row]:
        """Yield the input cells in the order of declaration."""
        return (row for row in self.rows.values() if row.role == "given")

    def calculated(self) -> Iterator[Row]:
        """Yield every row with a formula in the order of declaration."""
        return (row for row in self.rows.values() if row.formula is not None)

    def formula_text(self, key: str) -> str:
        """Return the formula of a row in words; empty for an input cell."""
        if key not in self._texts:
            formula = self.rows[key].formula
            text = "" if formula is None else formula_text(formula, lambda other: self.rows[other].zh)
            self._texts[key] = text
        return self._texts[key]

    def unknown_references(self) -> set[str]:
        """Return keys that formulas use and nobody declared; empty in a sound book."""
        used = {ref.key for row in self.calculated() for ref in references(row.formula_cells())}
        return used - set(self.rows)
