"""Evaluate cases: one project is a batch of one, and a portfolio, a sensitivity or a simulation is only more rows."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from registry.errors import InvalidInput, has_errors
from registry.finance.book import Book
from registry.finance.cells import Cells, cells_of, stack
from registry.finance.declarations import book_of, program_of
from registry.finance.findings import findings_of
from registry.finance.irr import IrrBatch, irr
from registry.finance.numpy_reader import Program, Values
from registry.finance.padding import empty_cells, kinship, padded, union_of
from registry.finance.sculpting import solve_sculpted_dscr
from registry.finance.structure import Structure, structure_of
from registry.projects.financials import FinancialCase

CHUNK = 1024
"""Projects evaluated together: their arrays of one formula stay in the processor's cache."""


@dataclass(frozen=True)
class Batch:
    """Values of every wanted row for projects of one structure."""

    structure: Structure
    places: tuple[int, ...]
    """Where each project of this batch stood in the list given to `evaluate_cases`."""
    cells: Cells
    values: Values

    @cached_property
    def book(self) -> Book:
        """The declarations these values belong to."""
        return book_of(self.structure)

    def by_year(self, key: str) -> NDArray[np.float64]:
        """Return a row as (projects, years)."""
        return self._value(key).T

    def figure(self, key: str) -> NDArray[np.float64]:
        """Return a single figure as (projects,)."""
        return self._value(key)

    def _value(self, key: str) -> NDArray[np.float64]:
        return self.values[key] if key in self.values else self.cells[key]

    @cached_property
    def rates_of_return(self) -> dict[str, IrrBatch]:
        """Every internal rate of return, by the row it belongs to."""
        rows = [key for key in IRR_ROWS if key in self.values]
        found = irr(np.concatenate([self.by_year(key) for key in rows]))
        count = len(self.places)
        return {key: _rows_of(found, slice(i * count, (i + 1) * count)) for i, key in enumerate(rows)}


def _rows_of(found: IrrBatch, part: slice) -> IrrBatch:
    return IrrBatch(found.value[part], found.status[part], found.reason[part], found.roots[part])


IRR_ROWS = ("project_cf_pre_tax", "project_cf_post_tax", "equity_cf", "strict_cf_pre_tax", "strict_cf_post_tax")


def evaluate_case_model(case: FinancialCase) -> Batch:
    """Evaluate one case completely; raises InvalidInput when it cannot be calculated."""
    findings = findings_of(case)
    if has_errors(findings):
        raise InvalidInput.of(findings)
    (batch,) = evaluate_cases([case])
    return batch


def evaluate_cases(cases: Sequence[FinancialCase], wanted: Iterable[str] | None = None) -> Iterator[Batch]:
    """Yield a batch for each structure among cases that `findings_of` found calculable."""
    groups: dict[Structure, list[int]] = {}
    for place, case in enumerate(cases):
        groups.setdefault(structure_of(case), []).append(place)
    for structure, places in groups.items():
        cells = stack(book_of(structure), [cells_of(cases[place]) for place in places])
        yield evaluate_cells(structure, cells, wanted, tuple(places))


def evaluate_portfolio(cases: Sequence[FinancialCase], wanted: Iterable[str] | None = None) -> Iterator[Batch]:
    """Yield batches of cases of many structures, smaller ones filled up with zero debts, streams and costs.

    The figures are those of `evaluate_cases`, bit for bit. Only rows of a project as a whole can be asked for (by
    default all of them): the members of a padded family are nobody's debts and streams.
    """
    structures = [structure_of(case) for case in cases]
    for kin in _grouped(range(len(cases)), lambda place: kinship(structures[place])):
        common = union_of([structures[place] for place in kin])
        book = book_of(common)
        keys = [key for key in book.rows if "." not in key] if wanted is None else wanted
        for places in _grouped(kin, lambda place: structures[place].years):
            union = replace(common, years=structures[places[0]].years)
            empty = empty_cells(union, book)
            filled = [padded(cells_of(cases[place]), structures[place], union, empty) for place in places]
            yield evaluate_cells(union, stack(book, filled), keys, tuple(places))


def _grouped(places: Iterable[int], key: Callable[[int], Hashable]) -> list[list[int]]:
    groups: dict[Hashable, list[int]] = {}
    for place in places:
        groups.setdefault(key(place), []).append(place)
    return list(groups.values())


def evaluate_cells(
    structure: Structure, cells: Cells, wanted: Iterable[str] | None = None, places: tuple[int, ...] | None = None
) -> Batch:
    """Evaluate input cells of one structure; the way in for shocks, which are more rows of changed cells."""
    program = program_of(structure, None if wanted is None else tuple(wanted))
    count = len(cells["construction_years"])
    if structure.sculpted is not None:
        cells = cells | {"sculpted_dscr": _in_chunks(lambda part: solve_sculpted_dscr(structure, part), cells, count)}
    values = _evaluated(program, cells, count)
    return Batch(structure, tuple(range(count)) if places is None else places, cells, values)


def _chunks(cells: Cells, count: int) -> Iterator[tuple[slice, Cells]]:
    for start in range(0, count, CHUNK):
        part = slice(start, min(start + CHUNK, count))
        yield part, {key: values[..., part] for key, values in cells.items()}


def _in_chunks(solve: Callable[[Cells], NDArray[np.float64]], cells: Cells, count: int) -> NDArray[np.float64]:
    return np.concatenate([solve(part) for _, part in _chunks(cells, count)])


def _evaluated(program: Program, cells: Cells, count: int) -> Values:
    """Run the program chunk by chunk into one set of arrays."""
    if count <= CHUNK:
        return program.run(cells)
    values: Values = {}
    for part, chunk in _chunks(cells, count):
        for key, found in program.run(chunk).items():
            values.setdefault(key, np.empty((*found.shape[:-1], count)))[..., part] = found
    return values
