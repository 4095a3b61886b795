"""A paper of a city in and out of Excel: its single values and records on a sheet each, then a sheet for each list.

What a file does not carry stays as it was: a sheet that is not there, a row of a sheet of values that is not there. A
list whose sheet is there becomes what the sheet says. Nothing is saved here: the document goes where a form's goes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from registry.errors import Finding, InvalidInput, shown
from registry.intake.cells import take_cell
from registry.intake.folding import folded
from registry.intake.printing import printed
from registry.intake.reading import Sheet, read_table
from registry.programme.papers.reading import Document, read_document_as
from registry.programme.papers.shape import Shape, columns, scalars
from registry.programme.sheet_writing import CHOICES, LONGEST_NAME, NOTES, SheetPart, write_parts
from registry.programme.sheets import OF_HEADINGS, SheetColumn, SheetRow, rows_of
from registry.projects.catalogue import CatalogueField

ONCE = ("总体", "General")
_ONCE_COLUMNS = (
    SheetColumn("item", "项目", "Item", is_needed=True, width=30),
    SheetColumn("text", "内容", "Content", width=100),
)
_NOTES = (
    "“总体”每行一项；其他各表每行一条，列的顺序可变，标题不可改。空格表示不掌握，不会变成零。",
    "上传后先显示在编辑页，有问题的单元格逐一标出，核对后点“保存”才成为新的一版。",
    "表格中有的清单以表格为准：删去的行即删去；没有的表、没有的行保持原样。",
    "比例可填 3.1% 或 0.031；金额以万元计；年月填 2027-03；有下拉列表的请从列表中选择。",
    "In English: one row an entry; empty is unknown; amounts in 万元. Nothing is saved before you look at it and save.",
)
_LONG = 200
"""Characters beyond which a text gets a wide column."""


@dataclass(slots=True)
class Upload:
    """What a workbook says: the document with it taken in, what could not be read by its path, and every flaw."""

    document: dict[str, Any]
    unread: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    cells: dict[str, tuple[str, int, str | None]] = field(default_factory=dict)
    """Sheet, row and column of each path of the document that came from the file."""

    def placed(self, findings: Sequence[Finding]) -> list[Finding]:
        """Return findings about the document with their cells, each told once: what was not read is told already."""
        return [self._placed(each) for each in findings if each.path not in self.unread]

    def _placed(self, finding: Finding) -> Finding:
        cell = self.cells.get(finding.path) or self.cells.get(finding.path.rpartition(".")[0])
        return finding if cell is None else _in_cell(finding, *cell)


def _in_cell(finding: Finding, sheet: str, row: int | None, column: str | None) -> Finding:
    where = f"第 {row} 行{f' {column} 列' if column else ''}" if row else ""
    where_en = f", row {row}{f', column {column}' if column else ''}" if row else ""
    return replace(
        finding,
        message_zh=f"“{sheet}”表{where}：{finding.message_zh}",
        message_en=f"Sheet {sheet}{where_en}: {finding.message_en}",
        row=row,
        column=column,
    )


def paper_workbook(of: Shape, document: Mapping[str, Any]) -> bytes:
    """Return the document of a paper as a workbook, which is the template of an upload too."""
    parts = [SheetPart(ONCE[0], _ONCE_COLUMNS, _once(scalars(of), document))]
    for name in of.SINGLES:
        stated = _once(columns(of, name), document.get(name) or {})
        parts.append(SheetPart(_sheet_names(of, name)[0], _ONCE_COLUMNS, stated))
    for name in of.LISTS:
        known = columns(of, name)
        rows = [{key: _cell(each, line.get(key)) for key, each in known.items()} for line in document.get(name, ())]
        parts.append(SheetPart(_sheet_names(of, name)[0], _columns(known), rows))
    return write_parts(parts, _NOTES)


def _once(fields: Mapping[str, CatalogueField], stated: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"item": _title(each), "text": _cell(each, stated.get(name))} for name, each in fields.items()]


def _title(each: CatalogueField) -> str:
    unit = each.term.unit
    return each.term.zh if unit is None or each.kind == "ratio" else f"{each.term.zh}（{unit}）"


def _cell(each: CatalogueField, value: Any) -> str | float | None:
    if isinstance(value, list):
        return "、".join(value) or None
    if each.kind == "money" and value is not None:
        value = Decimal(str(value))
    return printed(each, value)


def _columns(known: Mapping[str, CatalogueField]) -> tuple[SheetColumn, ...]:
    return tuple(
        SheetColumn(
            key,
            _title(each),
            each.term.en,
            is_needed=each.is_required,
            width=40 if (each.max_length or 0) > _LONG else 18,
            choices=_labels(each),
        )
        for key, each in known.items()
    )


def _labels(each: CatalogueField) -> tuple[str, ...]:
    if each.kind == "boolean":
        return ("是", "否")
    return tuple(str(printed(each, code)) for code in each.term.choices or ())


def _sheet_names(of: Shape, name: str) -> tuple[str, str]:
    zh, en, _ = {**of.LISTS, **of.SINGLES}[name]
    return zh.partition("（")[0][:LONGEST_NAME], en.partition(" (")[0][:LONGEST_NAME]


def read_paper_workbook(of: Shape, content: bytes, name: str, base: Mapping[str, Any]) -> Upload:
    """Return what a workbook makes of a document. Raises Unreadable, and InvalidInput where it has no known sheet."""
    found = Upload(dict(base))
    known = {folded(title): ("", title) for title in ONCE}
    known |= {folded(title): (each, title) for each in (*of.SINGLES, *of.LISTS) for title in _sheet_names(of, each)}
    is_any = False
    for sheet in read_table(content, name):
        if sheet.name in (NOTES, CHOICES):
            continue
        entry = known.get(folded(sheet.name))
        if entry is None:
            if any(any(row) for row in sheet.rows):
                found.findings.append(_unknown_sheet(of, sheet.name))
            continue
        is_any = True
        if entry[0] in of.LISTS:
            _take_list(of, entry[0], sheet, found)
        else:
            _take_once(of, entry[0], sheet, found)
    if not is_any:
        raise InvalidInput.of(found.findings or [_unknown_sheet(of, name)])
    return found


def _unknown_sheet(of: Shape, name: str) -> Finding:
    names = "、".join([ONCE[0], *(_sheet_names(of, each)[0] for each in (*of.SINGLES, *of.LISTS))])
    told = shown(name)
    zh = f"“{told}”不是本文件的表，不能略去不取；请删去该表，或使用本页下载的表格，其中有：{names}"
    en = f"Sheet {told} is none of this paper; delete it, or use the file downloaded here, with: {names}"
    return Finding("file", "unknown-sheet", zh, en, told)


def _take_once(of: Shape, record: str, sheet: Sheet, found: Upload) -> None:
    """Take a sheet of values: of the record of that name, or of the paper itself where it has none."""
    fields = columns(of, record) if record else scalars(of)
    stated = dict(found.document.get(record) or {}) if record else found.document
    rows, flaws = rows_of(sheet, _ONCE_COLUMNS)
    found.findings += [_in_cell(each, sheet.name, each.row, each.column) for each in flaws]
    titles = {folded(title): name for name, each in fields.items() for title in (_title(each), *each.titles)}
    for row in rows:
        name = titles.get(folded(row.values.get("item", "")))
        if name is None:
            if "item" in row.values:
                found.findings.append(_unknown_item(fields, sheet.name, row))
            continue
        stated.pop(name, None)
        _take(fields[name], row, "text", (sheet.name, f"{record}.{name}" if record else name), found, stated)
    if record:
        found.document[record] = stated or None


def _unknown_item(fields: Mapping[str, CatalogueField], sheet: str, row: SheetRow) -> Finding:
    names = "、".join(_title(each) for each in fields.values())
    zh, en = f"没有“{shown(row.values['item'])}”这一项；可用：{names}", f"No such item; use one of {names}"
    return _in_cell(row.finding("item", "unknown-item", zh, en), sheet, row.number, row.letters["item"])


def _take_list(of: Shape, name: str, sheet: Sheet, found: Upload) -> None:
    known = columns(of, name)
    rows, flaws = rows_of(sheet, _columns(known))
    # What a row needs is told by the check of the document, at its place in the form.
    told = [each for each in flaws if each.code != "missing"]
    found.findings += [_in_cell(each, sheet.name, each.row, each.column) for each in told]
    if any(each.code in OF_HEADINGS for each in told):
        return
    lines: list[dict[str, Any]] = []
    for row in rows:
        line: dict[str, Any] = {}
        place = f"{name}[{len(lines)}]"
        found.cells[place] = (sheet.name, row.number, None)
        for key, each in known.items():
            _take(each, row, key, (sheet.name, f"{place}.{key}"), found, line)
        lines.append(line)
    found.document[name] = lines


def _take(
    each: CatalogueField, row: SheetRow, column: str, at: tuple[str, str], found: Upload, into: dict[str, Any]
) -> None:
    """Take one cell into a record; `at` is its sheet and its path in the document."""
    sheet, path = at
    found.cells[path] = (sheet, row.number, row.letters.get(column))
    text = row.values.get(column)
    taken = take_cell(each, text)
    if taken.flaw is not None:
        finding = Finding(path, taken.flaw.code, f"“{each.term.zh}”{taken.flaw.message_zh}",
                          f"“{each.term.en}” {taken.flaw.message_en}", text, taken.flaw.severity)  # fmt: skip
        found.findings.append(_in_cell(finding, sheet, row.number, row.letters.get(column)))
        if taken.flaw.severity == "error":
            found.unread[path] = text or ""
    if taken.value is not None:
        into[each.name] = _json(taken.value)


def _json(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else value


def checked(of: type[Document], upload: Upload) -> Document:
    """Return the document of an upload. Raises InvalidInput with the cell of every flaw; nothing is taken then."""
    findings = [each for each in upload.findings if each.severity == "error"]
    try:
        document = read_document_as(of, upload.document)
    except InvalidInput as error:
        findings += upload.placed(error.findings)
    if findings:
        raise InvalidInput.of(findings)
    return document
