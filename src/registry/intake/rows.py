"""The rows of a file as values: one project, or one child record of it, with what the file said and did not say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from registry.intake.columns import Column


@dataclass(slots=True)
class Row:
    """One row of a file as values: what was given, which cells were empty, which were not taken."""

    sheet: str
    number: int
    cells: Sequence[str | None]
    values: dict[str, Any] = field(default_factory=dict)
    without: set[str] = field(default_factory=set)
    """The child tables that have a sheet in the file and no row there that speaks of the project."""
    flawed: set[str] = field(default_factory=set)
    code: str | None = None
    row_id: str | None = None
    owner_name: str | None = None
    columns: Mapping[str, Column] = field(default_factory=dict)
    case: "CaseEntries | None" = None
    lines: dict[str, "list[Row]"] = field(default_factory=dict)
    """The rows of child sheets that gave the records of each collection."""

    def emptied(self) -> set[str]:
        """Return what has a column or sheet in the file and nothing in it."""
        return self.without | (self.columns.keys() - self.values.keys() - self.flawed)

    def printed(self, target: str) -> str | None:
        """Return the text of the cell of a field as it stands in the file."""
        column = self.columns.get(target)
        return None if column is None or column.index >= len(self.cells) else self.cells[column.index]


@dataclass(slots=True)
class CaseEntries:
    """What the sheets of the financial case say of one project: the row of single values, and the rows of each list.

    A list that has a sheet in the file is here even when no row of it speaks of the project.
    """

    single: Row | None = None
    records: dict[str, list[Row]] = field(default_factory=dict)
