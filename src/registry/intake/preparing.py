"""A file to drafts and findings, without writing anything: what the import saves and the preview shows."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlmodel import Session

from registry.accounts.model import Actor
from registry.errors import Finding
from registry.intake.case_entries import merged_case, place_of
from registry.intake.cells import Flaw
from registry.intake.checks import check_consistency
from registry.intake.dossiers import build_dossier
from registry.intake.folding import folded
from registry.intake.funding import derive_funding_lines
from registry.intake.notes import Notes
from registry.intake.places import resolve_city
from registry.intake.reading import Sheet
from registry.intake.rows import Row
from registry.intake.sheets import read_sheets
from registry.intake.stored import Identity, StoredProject, StoredProjects, identity_of
from registry.projects.case_fields import SECTION as CASE
from registry.projects.catalogue import fields, line_fields
from registry.projects.fields.identity import ApprovalCode
from registry.projects.lifecycle.freeze import major_changes
from registry.projects.model import Dossier
from registry.projects.operations import Draft

CHUNK = 500
"""Rows compared with what is stored at a time, so that a large file never holds all stored documents in memory."""

_TOTALS = frozenset({"合计", "总计", "小计", "共计", "累计"})
_TOTAL_ROW = Flaw(
    "total-row",
    "是合计行，不是项目，未导入；请删去此行",
    "is a row of totals, no project, and was not imported; delete it",
)
_WITHOUT_NAME = Flaw(
    "row-without-name",
    "项目名称不可用，整行未导入，原行保留在导入记录中；请填写项目名称后重新上传",
    "has no usable project name and was not imported; the row is kept in the import record. Enter the name",
)
_NO_NAME = Flaw(
    "row-without-name",
    "没有项目名称，整行未导入，原行保留在导入记录中；请填写项目名称后重新上传",
    "has no project name and was not imported; the row is kept in the import record. Enter the name",
)

_APPROVAL_CODE: TypeAdapter[str] = TypeAdapter(ApprovalCode)


Told = Callable[[int, int], None]
"""Hears how many rows are done, of how many."""


def to_nobody(done: int, total: int) -> None:
    """Hear of progress where nobody waits for it."""
    del done, total


@dataclass(frozen=True, slots=True)
class PreparedRow:
    """One row ready to be saved: its draft and the stored document it changes (None: a new project)."""

    row: Row
    draft: Draft
    stored: StoredProject | None

    @property
    def place(self) -> tuple[str, int]:
        """Return sheet and number of the row: what names it in a choice and in the result."""
        return self.row.sheet, self.row.number

    def major(self) -> list[str]:
        """Return the major changes of a project that stands in a library, by name: saving them reopens its entry."""
        if self.stored is None or not self.stored.is_in_library:
            return []
        return major_changes(self.stored.document, document_of(self.draft.dossier))


@dataclass(slots=True)
class Prepared:
    """A whole file: what can be saved, what was rejected, everything there is to say."""

    notes: Notes = field(default_factory=Notes)
    rows: list[PreparedRow] = field(default_factory=list)
    rejected: list[Row] = field(default_factory=list)
    extra_cells: dict[str, dict[int, str]] = field(default_factory=dict)
    n_reopened: int = 0
    """Rows among `rows` whose change reopens an entry, with its author's agreement."""
    n_left_frozen: int = 0
    """Rows among `rejected` whose change would have done so, without."""

    @property
    def findings(self) -> list[Finding]:
        """Return the findings in the order of the file."""
        return [note.finding for note in self.notes]

    def keep(self, chosen: Collection[tuple[str, int]]) -> None:
        """Forget every row but these (sheet, number), with what was found on them."""
        self.rows = [one for one in self.rows if one.place in chosen]
        self.rejected = [row for row in self.rejected if (row.sheet, row.number) in chosen]
        kept = {*(one.place for one in self.rows), *((row.sheet, row.number) for row in self.rejected)}
        self.notes.items = [note for note in self.notes if (note.sheet, note.finding.row) in kept]


def document_of(dossier: Dossier) -> dict[str, Any]:
    """Return the dossier as its JSON document: what is unknown is left out."""
    values = dossier.model_dump(mode="json", exclude_none=True)
    return {name: value for name, value in values.items() if value != []}


def prepare(session: Session, actor: Actor, sheets: Sequence[Sheet], told: Told = to_nobody) -> Prepared:
    """Return the drafts of a file over what is stored, with all findings. Nothing is written."""
    prepared = Prepared()
    prepared.rows.extend(prepare_each(session, actor, sheets, prepared, told))
    return prepared


def prepare_each(
    session: Session, actor: Actor, sheets: Sequence[Sheet], prepared: Prepared, told: Told
) -> Iterator[PreparedRow]:
    """Yield each row that can be saved, in the order of the file; `prepared` gathers everything but these rows.

    `told` hears how many rows are done, of how many.
    """
    rows, prepared.extra_cells = read_sheets(sheets, prepared.notes)
    named = [row for row in rows if _has_name(row, prepared)]
    del rows
    seen: dict[str, Row] = {}
    for start in range(0, len(named), CHUNK):
        told(start, len(named))
        chunk = named[start : start + CHUNK]
        identities = [identity_of(row.code, row.values, _approval_code(row.values)) for row in chunk]
        stored = StoredProjects(session, actor, identities)
        for row, identity in zip(chunk, identities, strict=True):
            ready = _prepare_row(prepared, seen, row, identity, stored.of(identity))
            if ready is not None:
                yield ready
    told(len(named), len(named))


def _prepare_row(
    prepared: Prepared, seen: dict[str, Row], row: Row, identity: Identity, stored: StoredProject | None
) -> PreparedRow | None:
    if identity.code is not None and stored is None:
        reject(prepared, row, _unknown_code(identity.code), path="code", value=identity.code)
        return None
    key = stored.code if stored is not None else identity.import_key
    if (first := seen.get(key)) is not None:
        reject(prepared, row, _duplicate(row, first), path="name", value=row.values.get("name"))
        return None
    seen[key] = row
    dossier = _merged(prepared, row, stored)
    if dossier.name is None:
        reject(prepared, row, _WITHOUT_NAME, path="name", value=row.printed("name"))
        return None
    code, seen_revision = (stored.code, stored.revision_number) if stored is not None else (None, 0)
    key_of_new = None if code else identity.import_key
    return PreparedRow(row, Draft(dossier, code=code, import_key=key_of_new, seen_revision=seen_revision), stored)


def _has_name(row: Row, prepared: Prepared) -> bool:
    """Say whether the row can become a draft: it has a name, or names a project of the registry."""
    if folded(str(row.values.get("name") or "")) in _TOTALS:
        reject(prepared, row, _TOTAL_ROW, path="name", value=row.printed("name"))
        return False
    if row.values.get("name") or (row.code is not None and "name" not in row.flawed):
        return True
    printed = row.printed("name")
    is_unusable = printed and printed.strip() and "name" in row.flawed
    reject(prepared, row, _WITHOUT_NAME if is_unusable else _NO_NAME, path="name", value=printed)
    return False


def reject(prepared: Prepared, row: Row, why: Flaw, *, path: str, value: object) -> None:
    """Leave a row out: it is kept as it stands, with the reason at its cell."""
    prepared.rejected.append(row)
    column = row.columns.get(path)
    if column is None:
        prepared.notes.at_row(row.sheet, row.number, why, value, path)
    else:
        prepared.notes.at_cell(row.sheet, row.number, column, why, value or "", path)


def _duplicate(row: Row, first: Row) -> Flaw:
    same = row.values == first.values
    return Flaw(
        "duplicate-row",
        f"与第 {first.number} 行是同一项目（内容{'相同' if same else '不同'}），只导入前者；请删去其一",
        f"is the same project as row {first.number} ({'same' if same else 'different'} contents); only that row was "
        "imported. Remove one of them",
    )


def _unknown_code(code: str) -> Flaw:
    return Flaw(
        "unknown-code",
        f"登记系统中没有编号为 {code} 的项目，或您无权修改，整行未导入；新项目请将登记编号留空",
        f"there is no project {code} that you may change; the row was not imported. A new project has no code",
    )


def _approval_code(values: Mapping[str, Any]) -> str | None:
    """Return the approval code in its written form when it is one."""
    try:
        return _APPROVAL_CODE.validate_python(values["approval_code"])
    except (KeyError, ValidationError):
        return None


def _merged(prepared: Prepared, row: Row, stored: StoredProject | None) -> Dossier:
    """Return the dossier of a row over what is stored.

    An empty cell clears a field only where the row names its project by registry code: that file was exported from
    here. In any other file an empty cell means that this source does not say.
    """
    base = dict(stored.document) if stored is not None else {}
    if row.code is not None:
        for name in row.emptied():
            base.pop(name, None)
    values = dict(row.values)
    if "city_code" not in values and "city_code" not in base:
        resolved = resolve_city(
            values.get("province_name", base.get("province_name")), values.get("city_name", base.get("city_name"))
        )
        if resolved is not None:
            values["city_code"] = resolved
    if row.case is not None:
        values[CASE] = merged_case(row, base.pop(CASE, None))
    dossier, flaws = build_dossier(values, base)
    _note_refused(prepared, row, flaws)
    if "funding_lines" not in row.values and not (row.code is not None and "funding_lines" in row.emptied()):
        _derive(dossier, stored)
    for name, flaw in check_consistency(dossier):
        column = row.columns.get(name)
        if column is None:
            prepared.notes.at_row(row.sheet, row.number, flaw, None, name)
        else:
            prepared.notes.at_cell(row.sheet, row.number, column, flaw, row.printed(name) or "", name)
    return dossier


def _derive(dossier: Dossier, stored: StoredProject | None) -> None:
    """Bring derived lines up to date; lines a person has entered or changed are left alone."""
    derived = derive_funding_lines(dossier)
    if stored is None:
        dossier.funding_lines = derived
    elif dossier.funding_lines != derived:
        before = Dossier.model_validate(stored.document)
        if before.funding_lines == derive_funding_lines(before):
            dossier.funding_lines = derived


def _note_refused(prepared: Prepared, row: Row, flaws: list[tuple[tuple[str | int, ...], Flaw]]) -> None:
    for place, flaw in reversed(flaws):
        name = str(place[0])
        path = name + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place[1:])
        filled = place_of(row, place[1:]) if name == CASE else _place_of_line(row, place)
        line, field = filled if filled is not None else (row, name)
        column = line.columns.get(field)
        if column is None:
            titled = replace(flaw, message_zh=f"{_titled(place)}：{flaw.message_zh}")
            prepared.notes.at_row(line.sheet, line.number, titled, None, path)
        else:
            prepared.notes.at_cell(line.sheet, line.number, column, flaw, line.printed(field) or "", path)


def _place_of_line(row: Row, place: tuple[str | int, ...]) -> tuple[Row, str] | None:
    """Return the row of a child sheet that gave a record, and the field that is refused, None when no row did."""
    lines = row.lines.get(str(place[0]), [])
    index = place[1] if len(place) > 1 else None
    return (lines[index], str(place[-1])) if isinstance(index, int) and index < len(lines) else None


def _titled(place: tuple[str | int, ...]) -> str:
    """Return the official title of what a place holds."""
    name, field_name = str(place[0]), str(place[-1])
    described = line_fields(name).get(field_name) if name in Dossier.LINES else fields().get(name)
    return described.term.zh if described is not None else field_name
