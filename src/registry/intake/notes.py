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
    named: set[str] = field(default_factory=set)
    """Sheets that a message names beside the row: every one but the first with projects."""

    def __iter__(self) -> Iterator[Note]:
        return iter(self.items)

    def at_cell(self, sheet: str, row: int, column: Column, flaw: Flaw, value: object, path: str | None = None) -> None:
        """Add what is wrong with one cell."""
        found = shown(value)
        zh, en = self._row(sheet, row)
        holds_zh, holds_en = (f"填的是「{found}」", f" holds “{found}”") if found else ("", "")
        finding = Finding(
            path or column.target,
            flaw.code,
            f"{zh}「{column.title}」{holds_zh}：{flaw.message_zh}",
            f"{en}, “{column.title}”{holds_en}: {flaw.message_en}",
            found,
            flaw.severity,
            row,
            column.title,
        )
        self.items.append(Note(finding, sheet, column.index + 1))

    def at_row(self, sheet: str, row: int, flaw: Flaw, value: object = None, path: str = "") -> None:
        """Add what is wrong with a row as a whole."""
        zh, en = self._row(sheet, row)
        finding = Finding(
            path,
            flaw.code,
            f"{zh}：{flaw.message_zh}",
            f"{en}: {flaw.message_en}",
            None if value is None else shown(value),
            flaw.severity,
            row,
        )
        self.items.append(Note(finding, sheet, None))

    def _row(self, sheet: str, row: int) -> tuple[str, str]:
        """Return where a row stands, in both languages."""
        zh, en = (f"工作表「{sheet}」", f"Sheet “{sheet}”, row {row}") if sheet in self.named else ("", f"Row {row}")
        return f"{zh}第 {row} 行", en

    def move(self, start: int, place: str) -> None:
        """Put the notes from number `start` on, made while a child record was read, under its place in the document."""
        for number, note in enumerate(self.items[start:], start):
            path = f"{place}.{note.finding.path}" if note.finding.path else place
            self.items[number] = replace(note, finding=replace(note.finding, path=path))

    def at_sheet(self, sheet: str, finding: Finding, column: int | None = None) -> None:
        """Add what is wrong with a column or a sheet."""
        self.items.append(Note(finding, sheet, column))
