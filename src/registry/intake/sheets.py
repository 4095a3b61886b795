"""The sheets of a file: which hold projects, which hold child records of them, which hold nothing for the registry."""

from collections.abc import Mapping, Sequence
from typing import Any

from registry.errors import Finding
from registry.intake.cells import Flaw
from registry.intake.child_tables import ChildTable, table_of_sheet
from registry.intake.columns import find_header
from registry.intake.folding import folded
from registry.intake.notes import Notes
from registry.intake.reading import Sheet, column_letters
from registry.intake.refusals import no_known_titles
from registry.intake.rows import CaseEntries, Row, RowReader
from registry.projects.case_fields import SECTION

PROJECTS_SHEET = "项目"
INSTRUCTIONS_SHEET = "填写说明"
LISTS_SHEET = "下拉列表"
FINDINGS_SHEET = "问题清单"
OWN_SHEETS = (INSTRUCTIONS_SHEET, LISTS_SHEET, FINDINGS_SHEET)
"""Sheets of the template that hold no data: instructions, lists, findings."""


def read_sheets(sheets: Sequence[Sheet], notes: Notes) -> tuple[list[Row], dict[str, dict[int, str]]]:
    """Return the project rows, child records included, and the cells of unknown columns by title and row.

    Raises Unreadable when no sheet has a title the catalogue knows.
    """
    rows: list[Row] = []
    extras: dict[str, dict[int, str]] = {}
    children: list[tuple[ChildTable, Sheet]] = []
    n_projects = 0
    for sheet in sheets:
        table = table_of_sheet(sheet.name)
        if table is not None:
            children.append((table, sheet))
        elif sheet.name not in OWN_SHEETS and sheet.rows:
            n_projects += _read_projects(sheet, notes, rows, extras)
    if not n_projects:
        raise no_known_titles("、".join(sheet.name for sheet in sheets))
    owners = _owners(rows) if children else {}
    for table, sheet in children:
        _read_children(table, sheet, notes, rows, owners)
    return rows, extras


def _read_projects(sheet: Sheet, notes: Notes, rows: list[Row], extras: dict[str, dict[int, str]]) -> bool:
    header = find_header(sheet.rows)
    if header is None or not (header.has("name") or header.has("code")):
        finding = Finding(
            "",
            "sheet-not-read",
            f"工作表「{sheet.name}」没有「项目名称」列，未读取；如含项目，请按模板设置标题行",
            f"Sheet “{sheet.name}” has no column 项目名称 (project name) and was not read; use the template's titles",
            sheet.name,
            "warning",
        )
        notes.at_sheet(sheet.name, finding)
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


def _read_children(
    table: ChildTable, sheet: Sheet, notes: Notes, rows: Sequence[Row], owners: Mapping[tuple[str, str], Row]
) -> None:
    """Give each child record to its project, by row id, registry code or name."""
    header = find_header(sheet.rows, table.name) if sheet.rows else None
    if header is None:
        return
    for finding in header.findings:
        notes.at_sheet(sheet.name, finding)
    for row in rows:
        _expect(row, table)
    n_noted = len(notes.items)
    for line in RowReader(sheet, header, notes).rows():
        owner = owners.get(("row_id", folded(line.row_id))) if line.row_id else None
        if owner is None:
            owner = next((found for name in _names(line) if (found := owners.get(name)) is not None), None)
        if owner is None:
            notes.at_row(sheet.name, line.number, _no_owner(sheet.name), line.row_id or line.code, table.name)
        elif (place := _give(owner, table, line)) is None:
            notes.at_row(sheet.name, line.number, _second_row(sheet.name), line.row_id or line.code, table.name)
        else:
            notes.move(n_noted, place)
        n_noted = len(notes.items)


def _expect(row: Row, table: ChildTable) -> None:
    """Note that the sheet is the whole list of each project in the file: no line there means none."""
    if table.case_list is not None:
        row.case = row.case or CaseEntries()
        row.case.records[table.case_list] = []
    elif table.name != SECTION:
        row.empty.add(table.name)


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
        owner.empty.discard(table.name)
        lines = owner.values.setdefault(table.name, [])
        lines.append(dict(line.values))
    return f"{table.name}[{len(lines) - 1}]"


def _owners(rows: Sequence[Row]) -> Mapping[tuple[str, str], Row]:
    """Return the project rows by what a child record may call them; an ambiguous name is nobody's."""
    found: dict[tuple[str, str], Row] = {}
    twice: set[tuple[str, str]] = set()
    for row in rows:
        name = row.values.get("name")
        for key in (*_names(row), *([("name", folded(name))] if name else [])):
            if key in found:
                twice.add(key)
            found[key] = row
    return {key: row for key, row in found.items() if key not in twice}


def _names(row: Row) -> list[tuple[str, str]]:
    named = (("row_id", row.row_id), ("code", row.code), ("name", row.owner_name))
    return [(kind, folded(text)) for kind, text in named if text]


def _no_owner(sheet: str) -> Flaw:
    return Flaw(
        "line-without-project",
        f"工作表「{sheet}」中此行的项目序号在项目表中找不到，未采用；请填写项目表中的项目序号",
        f"the project of this row of sheet “{sheet}” is not in the table of projects; enter its row number from there",
    )


def _second_row(sheet: str) -> Flaw:
    return Flaw(
        "second-row-of-project",
        f"工作表「{sheet}」中此项目已有一行，只采用前一行；请合并为一行",
        f"sheet “{sheet}” has a row of this project already; only the first is taken. Make them one",
    )
