"""Small tables in and out of Excel: one sheet, a column each field, every flaw with its cell.

A file is taken whole or not at all; which columns there are is declared once, for both directions.
"""

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import xlsxwriter

from registry.errors import Finding, InvalidInput
from registry.intake.folding import folded
from registry.intake.reading import Sheet, read_table

MOST_ROWS = 20_000
_OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
_FONT = "Microsoft YaHei"


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """A column: the field it carries, its title, whether a row needs it, and its width on the sheet."""

    name: str
    zh: str
    en: str
    is_needed: bool = False
    width: int = 16

    @property
    def titles(self) -> tuple[str, ...]:
        """Return every heading the column is known by."""
        return (self.zh, self.en, self.name)


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row as it stands in the file, and where; a cell that is empty is not there."""

    number: int
    values: Mapping[str, str]
    letters: Mapping[str, str]

    def finding(self, name: str, code: str, zh: str, en: str) -> Finding:
        """Return a flaw of one cell of this row."""
        where = self.letters.get(name)
        return Finding(name, code, zh, en, self.values.get(name), row=self.number, column=where)

    def placed(self, finding: Finding) -> Finding:
        """Return a finding about a value of this row, with its cell."""
        return self.finding(finding.path, finding.code, finding.message_zh, finding.message_en)


def read_rows(content: bytes, name: str, columns: Sequence[SheetColumn]) -> list[SheetRow]:
    """Return the rows of the first sheet. Raises Unreadable, and InvalidInput for headings or empty needed cells."""
    sheet = read_table(content, name)[0]
    places = _places(sheet, columns)
    letters = {field: _letters(place) for field, place in places.items()}
    rows = []
    for number, cells in enumerate(sheet.rows[1:], start=2):
        values = {field: (cells[place] or "").strip() for field, place in places.items() if place < len(cells)}
        kept = {field: value for field, value in values.items() if value}
        if kept:
            rows.append(SheetRow(number, kept, letters))
    findings = list(_flaws(sheet, rows, columns))
    if findings:
        raise InvalidInput.of(findings)
    return rows


def _places(sheet: Sheet, columns: Sequence[SheetColumn]) -> dict[str, int]:
    head = [folded(cell or "") for cell in (sheet.rows[0] if sheet.rows else [])]
    places = {}
    for column in columns:
        known = {folded(title) for title in column.titles}
        place = next((place for place, cell in enumerate(head) if cell in known), None)
        if place is not None:
            places[column.name] = place
    absent = [column for column in columns if column.is_needed and column.name not in places]
    if absent:
        wanted = "、".join(column.zh for column in absent)
        zh = f"第一行缺少这些列：{wanted}；请使用本页下载的表格"
        en = f"The first row lacks: {', '.join(column.en for column in absent)}; use the file downloaded from this page"
        raise InvalidInput.of([Finding("file", "missing-columns", zh, en, row=1)])
    return places


def _flaws(sheet: Sheet, rows: Sequence[SheetRow], columns: Sequence[SheetColumn]) -> Iterable[Finding]:
    if len(rows) > MOST_ROWS:
        zh, en = f"最多 {MOST_ROWS} 行，请分成几个文件", f"At most {MOST_ROWS} rows; divide the file"
        yield Finding("file", "too-many-rows", zh, en, str(len(rows)))
        return
    for row, place in sorted(sheet.formulas):
        cell = f"{_letters(place - 1)}{row}"
        zh, en = f"{cell} 是公式，请粘贴为数值", f"{cell} is a formula; paste it as a value"
        yield Finding("file", "formula", zh, en, row=row, column=_letters(place - 1))
    for each in rows:
        for column in columns:
            if column.is_needed and column.name not in each.values:
                zh, en = f"“{column.zh}”未填，请填写", f"“{column.en}” is empty; fill it in"
                yield each.finding(column.name, "missing", zh, en)


def _letters(place: int) -> str:
    text, rest = "", place + 1
    while rest:
        rest, digit = divmod(rest - 1, 26)
        text = chr(65 + digit) + text
    return text


def write_rows(
    title: str, columns: Sequence[SheetColumn], rows: Iterable[Mapping[str, Any]], notes: Sequence[str] = ()
) -> bytes:
    """Return a workbook with one sheet that `read_rows` takes back, and a second with notes on how to fill it."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, _OPTIONS) as book:
        head = book.add_format({"bold": True, "bg_color": "#EEF3F1", "bottom": 1, "font_name": _FONT})
        plain = book.add_format({"font_name": _FONT})
        sheet = book.add_worksheet(title[:31])
        for place, column in enumerate(columns):
            sheet.set_column(place, place, column.width)
            sheet.write_string(0, place, column.zh, head)
        for number, row in enumerate(rows, start=1):
            for place, column in enumerate(columns):
                value = row.get(column.name)
                if isinstance(value, (int, float)):
                    sheet.write_number(number, place, value, plain)
                elif value is not None:
                    sheet.write_string(number, place, str(value), plain)
        sheet.freeze_panes(1, 0)
        page = book.add_worksheet("填写说明")
        page.set_column(0, 0, 100)
        for number, line in enumerate(notes):
            page.write_string(number, 0, line, plain)
    return target.getvalue()
