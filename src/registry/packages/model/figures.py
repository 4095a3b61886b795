"""The figures a workbook caches: every row of the model, helper rows included, for one project."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from registry.finance.book import Book, Row
from registry.finance.cells import cells_of, stack
from registry.finance.declarations import book_of
from registry.finance.numpy_reader import Program
from registry.finance.sculpting import solve_sculpted_dscr
from registry.finance.structure import Structure, structure_of
from registry.packages.model.formulas import with_helper_rows
from registry.projects.financials import FinancialCase

Cached = float | str
"""A number, or "" for a blank cell."""


@dataclass(frozen=True, slots=True)
class ModelFigures:
    """All rows of the model of one project with their values."""

    structure: Structure
    book: Book
    values: Mapping[str, NDArray[np.float64]]

    @property
    def years(self) -> int:
        """Length of the calculation period."""
        return self.structure.years

    def figure(self, key: str) -> Cached:
        """Return a single value."""
        return _shown(float(self.values[key][0]))

    def by_year(self, key: str) -> list[Cached]:
        """Return a row, year 1 first."""
        return [_shown(value) for value in self.values[key][:, 0].tolist()]

    def of(self, row: Row) -> list[Cached]:
        """Return the values of a row: one for each year, or one."""
        return self.by_year(row.key) if row.by_year else [self.figure(row.key)]


def _shown(value: float) -> Cached:
    return "" if math.isnan(value) else value


@lru_cache(maxsize=8)
def _program(structure: Structure) -> tuple[Book, Program]:
    book = with_helper_rows(book_of(structure))
    return book, Program(book, structure.years)


def model_figures(case: FinancialCase) -> ModelFigures:
    """Return every row of a calculable case. The same declarations and reader as the engine, with helper rows."""
    structure = structure_of(case)
    book, program = _program(structure)
    cells = stack(book, [cells_of(case)])
    if structure.sculpted is not None:
        cells["sculpted_dscr"] = solve_sculpted_dscr(structure, cells)
    return ModelFigures(structure, book, {**cells, **program.run(cells)})
