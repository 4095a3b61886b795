"""Findings with the place in the file they belong to, so that they can be shown in the user's own workbook."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from registry.errors import Finding, shown
from registry.intake.cells import Flaw
from registry.intake.columns import Column


@dataclass(frozen=True, slots=True)
class Note:
    """A finding and its cell: the sheet, and the column counted from 1 (None: the row or the sheet as a whole)."""

    finding: Finding
    sheet: str
    column: int | None


@dataclass(slots=True)
class Notes:
    """All findings of one file, in the order they were made."""

    items: list[Note] = field(default_factory=list)

    def __iter__(self) -> Iterator[Note]:
        return iter(self.items)

    def at_cell(self, sheet: str, row: int, column: Column, flaw: Flaw, value: object, path: str | None = None) -> None:
        """Add what is wrong with one cell."""
        found = shown(value)
        finding = Finding(
            path or column.target,
            flaw.code,
            f"第 {row} 行「{column.title}」填的是「{found}」：{flaw.message_zh}",
            f"Row {row}, “{column.title}” holds “{found}”: {flaw.message_en}",
            found,
            flaw.severity,
            row,
            column.title,
        )
        self.items.append(Note(finding, sheet, column.index + 1))

    def at_row(self, sheet: str, row: int, flaw: Flaw, value: object = None, path: str = "") -> None:
        """Add what is wrong with a row as a whole."""
        finding = Finding(
            path,
            flaw.code,
            f"第 {row} 行：{flaw.message_zh}",
            f"Row {row}: {flaw.message_en}",
            None if value is None else shown(value),
            flaw.severity,
            row,
        )
        self.items.append(Note(finding, sheet, None))

    def move(self, start: int, place: str) -> None:
        """Put the notes from number `start` on, made while a child record was read, under its place in the document."""
        for number, note in enumerate(self.items[start:], start):
            path = f"{place}.{note.finding.path}" if note.finding.path else place
            self.items[number] = replace(note, finding=replace(note.finding, path=path))

    def at_sheet(self, sheet: str, finding: Finding, column: int | None = None) -> None:
        """Add what is wrong with a column or a sheet."""
        self.items.append(Note(finding, sheet, column))
