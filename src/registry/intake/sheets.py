"""The sheets of a file: which hold projects, which hold child records of them, which hold nothing for the registry."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from registry.intake import sheet_findings
from registry.intake.child_tables import ChildTable, child_tables, table_of_sheet
from registry.intake.columns import find_header
from registry.intake.folding import folded
from registry.intake.notes import Notes
from registry.intake.reading import Sheet, column_letters
from registry.intake.refusals import no_known_titles
from registry.intake.row_reading import RowReader
from registry.intake.rows import CaseEntries, Row
from registry.projects.case_fields import SECTION

PROJECTS_SHEET = "项目"
INSTRUCTIONS_SHEET = "填写说明"
LISTS_SHEET = "下拉列表"
FINDINGS_SHEET = "问题清单"
_KEYS = frozenset({"row_id", "code", "owner_name", "name"})
OWN_SHEETS = (INSTRUCTIONS_SHEET, LISTS_SHEET, FINDINGS_SHEET)
"""Sheets of the template that hold no data: instructions, lists, findings."""


def read_sheets(sheets: Sequence[Sheet], notes: Notes) -> tuple[list[Row], dict[str, dict[int, str]]]:
    """Return the project rows, child records included, and the cells of unknown columns by title and row.

    Raises Unreadable when no sheet has a title the catalogue knows.
    """
    rows: list[Row] = []
    extras: dict[str, dict[int, str]] = {}
    children: list[tuple[ChildTable, Sheet]] = []
    read: list[Sheet] = []
    # What is hidden is read when nothing else holds projects: nobody means to enter what they do not see.
    for sheet in sorted(sheets, key=lambda sheet: sheet.is_hidden):
        table = table_of_sheet(sheet.name) or _recognised(sheet, notes)
        if table is not None:
            children.append((table, sheet))
        elif sheet.name not in OWN_SHEETS and sheet.rows:
            if sheet.is_hidden and read:
                notes.at_sheet(sheet.name, sheet_findings.hidden(sheet.name))
                continue
            if read:
                notes.named.add(sheet.name)
            if _read_projects(sheet, notes, rows, extras):
                read.append(sheet)
    if not read:
        raise no_known_titles("、".join(sheet.name for sheet in sheets))
    if not rows:
        notes.at_sheet(read[0].name, sheet_findings.without_projects(read[0].name))
    owners = _owners(rows) if children else _Owners({}, frozenset())
    for table, sheet in children:
        _read_children(table, sheet, notes, rows, owners)
    return rows, extras


def _recognised(sheet: Sheet, notes: Notes) -> ChildTable | None:
    """Return the child table whose titles a sheet of another name has, None when they may be those of projects."""
    if sheet.name in OWN_SHEETS or folded(sheet.name) == PROJECTS_SHEET or not sheet.rows:
        return None
    fitting = sorted(
        ((_n_own_titles(sheet, table.name), table.name) for table in child_tables().values()), reverse=True
    )
    (most, name), (second, _) = fitting[:2]
    if most <= max(second, _n_own_titles(sheet, None), 1):
        return None
    table = child_tables()[name]
    notes.at_sheet(sheet.name, sheet_findings.recognised(sheet.name, table.title))
    return table


def _n_own_titles(sheet: Sheet, collection: str | None) -> int:
    """Return how many fields of a table a sheet has titles of, beside those that only say which project is meant."""
    header = find_header(sheet.rows, collection)
    return 0 if header is None else sum(column.target not in _KEYS for column in header.columns)


def _read_projects(sheet: Sheet, notes: Notes, rows: list[Row], extras: dict[str, dict[int, str]]) -> bool:
    header = find_header(sheet.rows)
    if header is None or not (header.has("name") or header.has("code")):
        notes.at_sheet(sheet.name, sheet_findings.not_read(sheet.name))
        return False
    for finding in header.findings:
        index = next((index for index, title in header.unknown.items() if title == finding.column), None)
        notes.at_sheet(sheet.name, finding, None if index is None else index + 1)
    found = list(RowReader(sheet, header, notes).rows())
    rows.extend(found)
    titles = {index: f"{title}（{column_letters(index + 1)}）" for index, title in header.unknown.items()}
    known = {column.index for column in header.columns}
    unbound = [index for index in range(max(map(len, sheet.rows))) if index not in known]
    for row in found:
        for index in unbound:
            text = row.cells[index] if index < len(row.cells) else None
            if text and text.strip():
                extras.setdefault(titles.get(index, column_letters(index + 1)), {})[row.number] = text
    return True


def _read_children(table: ChildTable, sheet: Sheet, notes: Notes, rows: Sequence[Row], owners: "_Owners") -> None:
    """Give each child record to its project, by row id, registry code or name."""
    header = find_header(sheet.rows, table.name) if sheet.rows else None
    if header is None or not any(column.target not in _KEYS - {"name"} for column in header.columns):
        if any(any(cell and cell.strip() for cell in cells) for cells in sheet.rows):
            notes.at_sheet(sheet.name, sheet_findings.without_titles(sheet.name))
        return
    notes.named.add(sheet.name)
    for finding in header.findings:
        notes.at_sheet(sheet.name, finding)
    for row in rows:
        _expect(row, table)
    n_noted = len(notes.items)
    for line in RowReader(sheet, header, notes).rows():
        owner = next((found for name in _names(line) if (found := owners.found.get(name)) is not None), None)
        called = line.row_id or line.code or line.owner_name
        if owner is None:
            is_of_several = any(name in owners.shared for name in _names(line))
            flaw = sheet_findings.of_several() if is_of_several else sheet_findings.no_owner()
            notes.at_row(sheet.name, line.number, flaw, called, table.name)
        elif (place := _give(owner, table, line)) is None:
            notes.at_row(sheet.name, line.number, sheet_findings.second_row(), called, table.name)
        else:
            notes.move(n_noted, place)
        n_noted = len(notes.items)


def _expect(row: Row, table: ChildTable) -> None:
    """Note that the sheet is the whole list of each project in the file: no line there means none."""
    if table.case_list is not None:
        row.case = row.case or CaseEntries()
        row.case.records.setdefault(table.case_list, [])
    elif table.name != SECTION and table.name not in row.lines:
        row.without.add(table.name)


def _give(owner: Row, table: ChildTable, line: Row) -> str | None:
    """Add a line to its project; return its place in the document, None when there is no room for a second one."""
    if table.name == SECTION:
        owner.case = owner.case or CaseEntries()
        if owner.case.single is not None:
            return None
        owner.case.single = line
        return SECTION
    if table.case_list is not None and owner.case is not None:
        lines: list[Any] = owner.case.records[table.case_list]
        lines.append(line)
    else:
        owner.without.discard(table.name)
        lines = owner.values.setdefault(table.name, [])
        lines.append(line.values)
        owner.lines.setdefault(table.name, []).append(line)
    return f"{table.name}[{len(lines) - 1}]"


@dataclass(frozen=True, slots=True)
class _Owners:
    """The project rows by what a child record may call them; a name that several rows share is nobody's."""

    found: Mapping[tuple[str, str], Row]
    shared: Collection[tuple[str, str]]


def _owners(rows: Sequence[Row]) -> _Owners:
    found: dict[tuple[str, str], Row] = {}
    twice: set[tuple[str, str]] = set()
    for row in rows:
        name = row.values.get("name")
        for key in (*_names(row), *([("name", folded(name))] if name else [])):
            if key in found:
                twice.add(key)
            found[key] = row
    return _Owners({key: row for key, row in found.items() if key not in twice}, twice)


def _names(row: Row) -> list[tuple[str, str]]:
    named = (("row_id", row.row_id), ("code", row.code), ("name", row.owner_name))
    return [(kind, folded(text)) for kind, text in named if text]
