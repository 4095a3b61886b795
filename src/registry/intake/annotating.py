"""Findings given back in the user's own workbook: coloured cells with comments, and a sheet that lists them."""

import io
import logging
import re
import warnings
import zipfile
from collections.abc import Iterable, Sequence
from zipfile import BadZipFile

import openpyxl
from openpyxl.cell import Cell
from openpyxl.comments import Comment
from openpyxl.styles import Color, Font, PatternFill
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from registry.errors import Finding, Severity
from registry.intake.notes import Note
from registry.intake.reading import Sheet
from registry.intake.sheets import FINDINGS_SHEET

_log = logging.getLogger(__name__)
AUTHOR = "美丽城市项目登记"
_COLOURS: dict[Severity, str] = {"error": "FFF4B0B0", "warning": "FFFFE08A", "info": "FFCFE2F3"}
_SEVERITIES: dict[Severity, str] = {"error": "错误", "warning": "提醒", "info": "说明"}
_TITLES = ("序号", "工作表", "行", "列", "填写的值", "级别", "问题与处理", "What is wrong", "代码")
_WIDTHS = (6, 16, 6, 24, 24, 8, 80, 80, 24)
_MOST_CELLS_REOPENED = 300_000
"""Above this the workbook is not opened for editing, which takes about a kilobyte a cell; the list is given alone."""
_NOT_EDITABLE = (AttributeError, LookupError, SyntaxError, TypeError, ValueError, InvalidFileException, BadZipFile)
"""What openpyxl raises; a part that is no XML is a SyntaxError there."""
_LONGEST_COMMENT = 2000
_OWN_FILL = re.compile(r"\n—— 原底色 (rgb|theme|indexed):([0-9A-Fa-f]+) (-?[0-9.]+) ——")
"""The colour the user had on a cell stands in the comment too, so that it moves with the cell when rows are sorted."""
_NOT_REOPENED = (
    "",
    Finding(
        "",
        "workbook-not-reopened",
        "原工作簿太大或含有无法编辑的部分，格式未保留，以下只列出内容和问题；请在自己的文件中对照改正",
        "Your workbook is too large or has parts that cannot be edited; its formats are not kept here. Correct your "
        "own file by this list",
        None,
        "info",
    ),
)
_OWN_COMMENT = "\n—— 原批注 ——\n"
"""Stands before the comment the user had on a cell; it is given back once the finding is gone."""


def annotated_workbook(content: bytes, sheets: Sequence[Sheet], notes: Sequence[Note]) -> bytes:
    """Return the uploaded table as a workbook with its findings in it, ready to be corrected and uploaded again.

    `sheets` is what was read of it. A CSV comes back as a workbook. Marks of an earlier round are taken away.
    """
    book, is_whole = _opened(content, sheets)
    for page in book.worksheets:
        _clear_marks(page)
    _mark(book, notes)
    _list_findings(book, [*(() if is_whole else (_NOT_REOPENED,)), *((note.sheet, note.finding) for note in notes)])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _opened(content: bytes, sheets: Sequence[Sheet]) -> tuple[Workbook, bool]:
    """Return the user's own workbook, and True; what was read of it in a new one where it cannot be opened again."""
    cells = sum(cell is not None for sheet in sheets for row in sheet.rows for cell in row)
    is_workbook = content.startswith(b"PK")
    if is_workbook and max(cells, _count_cells(content)) <= _MOST_CELLS_REOPENED:
        try:
            with warnings.catch_warnings(action="ignore", category=UserWarning):
                book = openpyxl.load_workbook(io.BytesIO(content))
            # Of a workbook in the strict form of the standard it finds no sheet, and says nothing.
            if {sheet.name for sheet in sheets} <= set(book.sheetnames):
                return book, True
        except _NOT_EDITABLE:
            # The editor is stricter than the reader about parts that hold no data, such as styles and properties, and
            # raises whatever its parts raise; the findings go out all the same.
            _log.info("A workbook that was read could not be opened for editing", exc_info=True)
    return _rebuilt(sheets if cells <= _MOST_CELLS_REOPENED else ()), not is_workbook


def _count_cells(content: bytes) -> int:
    """Return how many cells the sheets of a workbook describe, those that hold nothing but a style too."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = [name for name in archive.namelist() if name.startswith("xl/worksheets/") and name.endswith(".xml")]
        return sum(archive.read(part).count(b"<c ") for part in parts)


def _rebuilt(sheets: Iterable[Sheet]) -> Workbook:
    book = openpyxl.Workbook()
    for page in book.worksheets:
        book.remove(page)
    for sheet in sheets:
        page = book.create_sheet(sheet.name[:31])
        for number, row in enumerate(sheet.rows, start=1):
            for index, text in enumerate(row, start=1):
                if text is not None:
                    _write_text(page.cell(number, index), text)
    return book


def _write_text(cell: Cell, text: str) -> None:
    """Write a text that stays text, whatever sign it starts with."""
    cell.value = openpyxl.cell.cell.ILLEGAL_CHARACTERS_RE.sub("", text)
    cell.data_type = "s"
    cell.quotePrefix = True


def _clear_marks(page: Worksheet) -> None:
    for row in page.iter_rows():
        for cell in row:
            if isinstance(cell, Cell) and cell.comment is not None and cell.comment.author == AUTHOR:
                words, _, own = cell.comment.text.partition(_OWN_COMMENT)
                cell.fill = _fill_before(words)
                cell.comment = Comment(own, "") if own else None


def _mark(book: Workbook, notes: Iterable[Note]) -> None:
    by_cell: dict[tuple[str, int, int], list[Finding]] = {}
    for note in notes:
        # A note about a whole column stands on its title, one about a row on the first cell of the row.
        row = note.finding.row or 1
        by_cell.setdefault((note.sheet[:31], row, note.column or 1), []).append(note.finding)
    for (sheet, row, column), findings in by_cell.items():
        if sheet in book.sheetnames:
            _mark_cell(book[sheet].cell(row, column), findings)


def _mark_cell(cell: object, findings: Sequence[Finding]) -> None:
    if not isinstance(cell, Cell):
        return
    order: tuple[Severity, ...] = ("error", "warning", "info")
    worst = min((finding.severity for finding in findings), key=order.index)
    before = _described(cell.fill)
    cell.fill = PatternFill("solid", fgColor=_COLOURS[worst])
    words = "\n".join(f"{_SEVERITIES[finding.severity]}：{finding.message_zh}" for finding in findings)
    own = cell.comment.text if cell.comment is not None else ""
    words = words[:_LONGEST_COMMENT] + before + (_OWN_COMMENT + own if own else "")
    cell.comment = Comment(words, AUTHOR, height=160, width=360)


def _described(fill: object) -> str:
    """Return the colour of a plain fill as the comment keeps it, empty when there is none."""
    if getattr(fill, "fill_type", None) != "solid":
        return ""
    colour = fill.fgColor  # type: ignore[attr-defined]
    return f"\n—— 原底色 {colour.type}:{colour.value} {colour.tint:g} ——"


def _fill_before(words: str) -> PatternFill:
    found = _OWN_FILL.search(words)
    if found is None:
        return PatternFill()
    kind, value = found[1], found[2]
    colour = Color(**{kind: value if kind == "rgb" else int(value)}, tint=float(found[3]))
    return PatternFill("solid", fgColor=colour)


def _list_findings(book: Workbook, findings: Sequence[tuple[str, Finding]]) -> None:
    if FINDINGS_SHEET in book.sheetnames:
        del book[FINDINGS_SHEET]
    page = book.create_sheet(FINDINGS_SHEET)
    for index, (title, width) in enumerate(zip(_TITLES, _WIDTHS, strict=True), start=1):
        cell = page.cell(1, index, title)
        cell.font = Font(bold=True)
        page.column_dimensions[cell.column_letter].width = width
    for number, (sheet, finding) in enumerate(findings, start=1):
        values = (
            str(number),
            sheet,
            str(finding.row or ""),
            finding.column or "",
            finding.value or "",
            _SEVERITIES[finding.severity],
            finding.message_zh,
            finding.message_en,
            finding.code,
        )
        for index, text in enumerate(values, start=1):
            if text:
                _write_text(page.cell(number + 1, index), text)
    page.freeze_panes = "A2"
