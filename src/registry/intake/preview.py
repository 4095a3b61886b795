"""What an upload would do, before it is done: new, changed, unchanged or rejected, per row and per cell."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec
from sqlmodel import Session

from registry.accounts.model import Actor
from registry.accounts.permissions import require
from registry.errors import Finding
from registry.intake.case_changes import case_changes
from registry.intake.notes import Note
from registry.intake.preparing import Prepared, PreparedRow, Told, document_of, prepare_each, to_nobody
from registry.intake.reading import Sheet, Unreadable, read_table
from registry.intake.rows import Row
from registry.intake.similar import NewRow, note_similar
from registry.projects.case_fields import SECTION as CASE
from registry.projects.catalogue import fields
from registry.projects.model import Dossier

RowState = Literal["new", "changed", "unchanged", "rejected"]
CellState = Literal["new", "changed", "cleared", "error"]


class CellPreview(msgspec.Struct, frozen=True):
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
    revision: int = 0
    """The stored revision it was compared with, 0 for none."""
    n_unchanged: int = 0
    """Filled fields and child tables that stay as they are."""
    reopens: tuple[str, ...] = ()
    """The major changes of a project that stands in a library, by name: taking the row reopens its entry."""


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
    prepared = Prepared()
    try:
        rows = list(preview_rows(session, actor, read_table(source, name), prepared))
    except Unreadable as refused:
        return Preview((), refused.findings)
    rows.sort(key=lambda row: (row.sheet, row.row))
    return Preview(tuple(rows), tuple(prepared.findings), tuple(prepared.notes))


def preview_rows(
    session: Session,
    actor: Actor,
    sheets: Sequence[Sheet],
    prepared: Prepared,
    told: Told = to_nobody,
) -> Iterator[RowPreview]:
    """Yield what each row would do, rejected rows last; nothing of a row is kept, `prepared` gathers the notes."""
    errors, new = _Errors(prepared), []
    for ready in prepare_each(session, actor, sheets, prepared, told):
        if ready.stored is None:
            new.append(NewRow.of(ready))
        yield _row(ready, errors.of(ready.row))
    note_similar(session, actor, new, prepared.notes)
    for rejected in prepared.rejected:
        cells = tuple(_error(finding) for finding in errors.of(rejected))
        name = rejected.values.get("name")
        yield RowPreview(rejected.sheet, rejected.number, "rejected", rejected.code, name, cells)


class _Errors:
    """The errors noted so far, by row."""

    def __init__(self, prepared: Prepared) -> None:
        self._prepared, self._n_seen = prepared, 0
        self._by_row: dict[tuple[str, int | None], list[Finding]] = {}

    def of(self, row: Row) -> list[Finding]:
        """Return the errors on a row of the projects' sheet."""
        notes = self._prepared.notes.items
        for note in notes[self._n_seen :]:
            if note.finding.severity == "error":
                self._by_row.setdefault((note.sheet, note.finding.row), []).append(note.finding)
        self._n_seen = len(notes)
        return self._by_row.get((row.sheet, row.number), [])


def _row(prepared: PreparedRow, errors: list[Finding]) -> RowPreview:
    before = prepared.stored.document if prepared.stored is not None else {}
    after = document_of(prepared.draft.dossier)
    cells = tuple(_changes(before, after))
    state: RowState = "new" if prepared.stored is None else "changed" if cells else "unchanged"
    row, code = prepared.row, prepared.stored.code if prepared.stored is not None else None
    marked = (*cells, *(_error(finding) for finding in errors))
    n_unchanged = sum(before.get(name) == value for name, value in after.items()) if before else 0
    name, revision = prepared.draft.dossier.name, prepared.draft.seen_revision or 0
    reopens = tuple(prepared.major())
    return RowPreview(row.sheet, row.number, state, code, name, marked, revision, n_unchanged, reopens)


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[CellPreview]:
    for name in _field_names():
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        if name == CASE:
            yield from (_cell(*change) for change in case_changes(old or {}, new or {}))
        else:
            yield _cell(name, _title(name), old, new)


def _cell(path: str, title: str, before: Any, after: Any) -> CellPreview:
    state: CellState = "new" if before is None else "cleared" if after is None else "changed"
    return CellPreview(path, title, state, before, after)


@cache
def _field_names() -> tuple[str, ...]:
    """Return scalar fields in the order of the sections, then child records and the financial case."""
    return (*fields(), *(name for name in Dossier.model_fields if name not in fields()))


@cache
def _title(name: str) -> str:
    field = fields().get(name)
    return field.term.zh if field is not None else str(Dossier.model_fields[name].title)


def _error(finding: Finding) -> CellPreview:
    return CellPreview(finding.path, finding.column or "", "error", None, finding.value)
