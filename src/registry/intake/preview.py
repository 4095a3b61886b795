"""What an upload would do, before it is done: new, changed, unchanged or rejected, per row and per cell."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sqlmodel import Session

from registry.accounts.model import Actor
from registry.accounts.permissions import require
from registry.errors import Finding
from registry.intake.notes import Note
from registry.intake.preparing import Prepared, PreparedRow, prepare
from registry.intake.reading import Unreadable, read_table
from registry.intake.similar import note_similar
from registry.projects.catalogue import fields
from registry.projects.model import Dossier

RowState = Literal["new", "changed", "unchanged", "rejected"]
CellState = Literal["new", "changed", "cleared", "error"]


@dataclass(frozen=True, slots=True)
class CellPreview:
    """One field that would change, or a cell that was not taken. Values are those of the JSON document."""

    path: str
    title: str
    state: CellState
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class RowPreview:
    """One row of the file: what it would do and to which project (`code` None: a new one)."""

    sheet: str
    row: int
    state: RowState
    code: str | None
    name: str | None
    cells: tuple[CellPreview, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """A whole upload before it is committed; `notes` place the findings for `annotated_workbook`."""

    rows: tuple[RowPreview, ...]
    findings: tuple[Finding, ...]
    notes: tuple[Note, ...] = ()

    def counts(self) -> dict[RowState, int]:
        """Return how many rows are in each state."""
        states: tuple[RowState, ...] = ("new", "changed", "unchanged", "rejected")
        return {state: sum(row.state == state for row in self.rows) for state in states}


def preview_file(session: Session, actor: Actor, source: Path | bytes, name: str) -> Preview:
    """Compare a file with what is stored. Writes nothing. Raises NotAllowed."""
    require(actor, "import_projects")
    try:
        prepared = prepare(session, actor, read_table(source, name))
    except Unreadable as refused:
        return Preview((), refused.findings)
    note_similar(session, actor, prepared)
    return _preview(prepared)


def _preview(prepared: Prepared) -> Preview:
    refused: dict[tuple[str, int | None], list[Finding]] = {}
    for note in prepared.notes:
        if note.finding.severity == "error":
            refused.setdefault((note.sheet, note.finding.row), []).append(note.finding)
    rows = [_row(row, refused.get((row.row.sheet, row.row.number), [])) for row in prepared.rows]
    for rejected in prepared.rejected:
        errors = tuple(_error(finding) for finding in refused.get((rejected.sheet, rejected.number), []))
        name = rejected.values.get("name")
        rows.append(RowPreview(rejected.sheet, rejected.number, "rejected", rejected.code, name, errors))
    rows.sort(key=lambda row: (row.sheet, row.row))
    return Preview(tuple(rows), tuple(prepared.findings), tuple(prepared.notes))


def _row(prepared: PreparedRow, errors: list[Finding]) -> RowPreview:
    before = prepared.stored.document if prepared.stored is not None else {}
    cells = tuple(_changes(before, document_of(prepared.draft.dossier)))
    state: RowState = "new" if prepared.stored is None else "changed" if cells else "unchanged"
    row, code = prepared.row, prepared.stored.code if prepared.stored is not None else None
    marked = (*cells, *(_error(finding) for finding in errors))
    return RowPreview(row.sheet, row.number, state, code, prepared.draft.dossier.name, marked)


def document_of(dossier: Dossier) -> dict[str, Any]:
    """Return the dossier as its JSON document: what is unknown is left out."""
    values = dossier.model_dump(mode="json", exclude_none=True)
    return {name: value for name, value in values.items() if value != []}


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[CellPreview]:
    for name in Dossier.model_fields:
        old, new = before.get(name), after.get(name)
        if old != new:
            state: CellState = "new" if old is None else "cleared" if new is None else "changed"
            yield CellPreview(name, _title(name), state, old, new)


def _title(name: str) -> str:
    field = fields().get(name)
    return field.term.zh if field is not None else str(Dossier.model_fields[name].title)


def _error(finding: Finding) -> CellPreview:
    return CellPreview(finding.path, finding.column or "", "error", None, finding.value)
