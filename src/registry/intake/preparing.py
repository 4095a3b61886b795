"""A file to drafts and findings, without writing anything: what the import saves and the preview shows."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlmodel import Session

from registry.accounts.model import Actor
from registry.errors import Finding
from registry.intake.cells import Flaw
from registry.intake.checks import check_consistency
from registry.intake.dossiers import build_dossier
from registry.intake.funding import derive_funding_lines
from registry.intake.notes import Notes
from registry.intake.places import resolve_city
from registry.intake.reading import Sheet
from registry.intake.rows import Row
from registry.intake.sheets import read_sheets
from registry.intake.stored import Identity, StoredProject, StoredProjects, identity_of
from registry.projects.fields.identity import ApprovalCode
from registry.projects.model import Dossier
from registry.projects.operations import Draft

_APPROVAL_CODE: TypeAdapter[str] = TypeAdapter(ApprovalCode)


@dataclass(frozen=True, slots=True)
class PreparedRow:
    """One row ready to be saved: its draft and the stored document it changes (None: a new project)."""

    row: Row
    draft: Draft
    stored: StoredProject | None


@dataclass(slots=True)
class Prepared:
    """A whole file: what can be saved, what was rejected, everything there is to say."""

    notes: Notes = field(default_factory=Notes)
    rows: list[PreparedRow] = field(default_factory=list)
    rejected: list[Row] = field(default_factory=list)
    extra_cells: dict[str, dict[int, str]] = field(default_factory=dict)

    @property
    def findings(self) -> list[Finding]:
        """Return the findings in the order of the file."""
        return [note.finding for note in self.notes]

    def keep(self, chosen: Collection[tuple[str, int]]) -> None:
        """Forget every row but these (sheet, number), with what was found on them."""
        self.rows = [one for one in self.rows if (one.row.sheet, one.row.number) in chosen]
        self.rejected = [row for row in self.rejected if (row.sheet, row.number) in chosen]
        kept = {(row.sheet, row.number) for row in (*(one.row for one in self.rows), *self.rejected)}
        self.notes.items = [note for note in self.notes if (note.sheet, note.finding.row) in kept]


def prepare(session: Session, actor: Actor, sheets: list[Sheet]) -> Prepared:
    """Return the drafts of a file over what is stored, with all findings. Nothing is written."""
    prepared = Prepared()
    rows, prepared.extra_cells = read_sheets(sheets, prepared.notes)
    named = [row for row in rows if _has_name(row, prepared)]
    identities = [identity_of(row.code, row.values, _approval_code(row.values)) for row in named]
    stored = StoredProjects(session, actor, identities)
    seen: dict[str, Row] = {}
    for row, identity in zip(named, identities, strict=True):
        _prepare_row(prepared, seen, row, identity, stored.of(identity))
    return prepared


def _prepare_row(
    prepared: Prepared, seen: dict[str, Row], row: Row, identity: Identity, stored: StoredProject | None
) -> None:
    if identity.code is not None and stored is None:
        _reject(prepared, row, _unknown_code(identity.code), path="code", value=identity.code)
        return
    key = stored.code if stored is not None else identity.import_key
    if (first := seen.get(key)) is not None:
        _reject(prepared, row, _duplicate(row, first), path="name", value=row.values.get("name"))
        return
    seen[key] = row
    dossier = _merged(prepared, row, stored)
    code = stored.code if stored is not None else None
    draft = Draft(dossier, code=code, import_key=None if code else identity.import_key)
    prepared.rows.append(PreparedRow(row, draft, stored))


def _has_name(row: Row, prepared: Prepared) -> bool:
    """Say whether the row can become a draft: it has a name, or names a project of the registry."""
    if row.values.get("name") or (row.code is not None and "name" not in row.flawed):
        return True
    printed = row.printed("name")
    if printed and printed.strip() and "name" in row.flawed:
        why = Flaw(
            "row-without-name",
            "项目名称不可用，整行未导入，原行保留在导入记录中；请填写项目名称后重新上传",
            "has no usable project name and was not imported; the row is kept in the import record. Enter the name",
        )
    else:
        why = Flaw(
            "row-without-name",
            "没有项目名称，整行未导入，原行保留在导入记录中；请填写项目名称后重新上传",
            "has no project name and was not imported; the row is kept in the import record. Enter the name",
        )
    _reject(prepared, row, why, path="name", value=printed)
    return False


def _reject(prepared: Prepared, row: Row, why: Flaw, *, path: str, value: object) -> None:
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
        for name in row.empty:
            base.pop(name, None)
    values = dict(row.values)
    if "city_code" not in values and "city_code" not in base:
        resolved = resolve_city(
            values.get("province_name", base.get("province_name")), values.get("city_name", base.get("city_name"))
        )
        if resolved is not None:
            values["city_code"] = resolved
    dossier, flaws = build_dossier(values, base)
    _note_refused(prepared, row, flaws)
    if "funding_lines" not in row.values and not (row.code is not None and "funding_lines" in row.empty):
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
        column = row.columns.get(name)
        if column is None:
            prepared.notes.at_row(row.sheet, row.number, flaw, None, path)
        else:
            prepared.notes.at_cell(row.sheet, row.number, column, flaw, row.printed(name) or "", path)
