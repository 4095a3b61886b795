"""Small tables read from Excel: a sheet a table, a column each field, every flaw with its cell.

A file is taken whole or not at all; which columns there are is declared once, for both directions. A column nobody
knows, a second column of the same field and a value under no heading are flaws: nothing entered is passed over.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from registry.errors import Finding, InvalidInput, shown
from registry.intake.folding import folded
from registry.intake.reading import Sheet, cell_name, column_letters, read_table

MOST_ROWS = 20_000
OF_HEADINGS = frozenset({"missing-columns", "unknown-column", "duplicate-column", "no-heading"})
"""Codes of flaws that keep the rows of a sheet from being read at all."""


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """A column: the field it carries, its title, whether a row needs it, its width, and what may be chosen in it."""

    name: str
    zh: str
    en: str
    is_needed: bool = False
    width: int = 16
    choices: tuple[str, ...] = ()

    @property
    def titles(self) -> tuple[str, ...]:
        """Return every heading the column is known by; a unit in brackets may be left out, never be another."""
        return (self.zh, self.zh.partition("（")[0], self.en, self.name)


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
    rows, findings = rows_of(read_table(content, name)[0], columns)
    if findings:
        raise InvalidInput.of(findings)
    return rows


def rows_of(sheet: Sheet, columns: Sequence[SheetColumn]) -> tuple[list[SheetRow], list[Finding]]:
    """Return the rows of a sheet and what is wrong with it; no rows where its headings cannot be told apart."""
    places, findings = _places(sheet, columns)
    if findings:
        return [], findings
    letters = {field: column_letters(place + 1) for field, place in places.items()}
    rows = []
    for number, cells in enumerate(sheet.rows[1:], start=2):
        values = {field: (cells[place] or "").strip() for field, place in places.items() if place < len(cells)}
        kept = {field: value for field, value in values.items() if value}
        if kept:
            rows.append(SheetRow(number, kept, letters))
    return rows, list(_flaws(sheet, rows, columns))


def _places(sheet: Sheet, columns: Sequence[SheetColumn]) -> tuple[dict[str, int], list[Finding]]:
    known = {folded(title): column for column in reversed(columns) for title in column.titles}
    places: dict[str, int] = {}
    findings: list[Finding] = []
    head = sheet.rows[0] if sheet.rows else []
    for place, cell in enumerate(head):
        if not (cell or "").strip():
            findings += _loose(sheet, place)
            continue
        column = known.get(folded(cell or ""))
        if column is None:
            findings.append(_unknown(cell or "", place, columns))
        elif column.name in places:
            findings.append(_twice(column, place, places[column.name]))
        else:
            places[column.name] = place
    for place in range(len(head), max(map(len, sheet.rows), default=0)):
        findings += _loose(sheet, place)
    absent = [column for column in columns if column.is_needed and column.name not in places]
    if absent:
        wanted = "、".join(column.zh for column in absent)
        zh = f"第一行缺少这些列：{wanted}；请使用本页下载的表格"
        en = f"The first row lacks: {', '.join(column.en for column in absent)}; use the file downloaded from this page"
        findings.insert(0, Finding("file", "missing-columns", zh, en, row=1))
    return places, findings


def _unknown(title: str, place: int, columns: Sequence[SheetColumn]) -> Finding:
    where, told = column_letters(place + 1), shown(title)
    zh = f"第 {where} 列“{told}”不是本表的列，不能略去不取；请删去该列，或改为：{'、'.join(c.zh for c in columns)}"
    names = ", ".join(each.en for each in columns)
    en = f"Column {where}, {told}, is none of this table; delete it, or name it one of {names}"
    return Finding("file", "unknown-column", zh, en, told, row=1, column=where)


def _twice(column: SheetColumn, place: int, first: int) -> Finding:
    where, earlier = column_letters(place + 1), column_letters(first + 1)
    zh = f"第 {where} 列与第 {earlier} 列都是“{column.zh}”，无法判断以哪列为准；请删去其一"
    en = f"Columns {where} and {earlier} are both {column.en}; delete one of them"
    return Finding(column.name, "duplicate-column", zh, en, column.zh, row=1, column=where)


def _loose(sheet: Sheet, place: int) -> Iterator[Finding]:
    """Yield the first value that stands under no heading."""
    for number, cells in enumerate(sheet.rows, start=1):
        text = (cells[place] or "").strip() if place < len(cells) else ""
        if text:
            where = cell_name(number, place + 1)
            zh, en = (
                f"{where} 有内容，但该列没有标题；请补标题或清空",
                f"{where} stands under no heading; add it or clear it",
            )
            yield Finding("file", "no-heading", zh, en, shown(text), row=number, column=column_letters(place + 1))
            return


def _flaws(sheet: Sheet, rows: Sequence[SheetRow], columns: Sequence[SheetColumn]) -> Iterable[Finding]:
    if len(rows) > MOST_ROWS:
        zh, en = f"最多 {MOST_ROWS} 行，请分成几个文件", f"At most {MOST_ROWS} rows; divide the file"
        yield Finding("file", "too-many-rows", zh, en, str(len(rows)))
        return
    for row, place in sorted(sheet.formulas):
        cell = cell_name(row, place)
        zh, en = f"{cell} 是公式，请粘贴为数值", f"{cell} is a formula; paste it as a value"
        yield Finding("file", "formula", zh, en, row=row, column=column_letters(place))
    for row, place in sorted(sheet.errors):
        cell = cell_name(row, place)
        zh, en = f"{cell} 是计算错误，请改为正确的值", f"{cell} is a calculation error; enter the right value"
        yield Finding("file", "error-cell", zh, en, sheet.errors[row, place], row=row, column=column_letters(place))
    for each in rows:
        for column in columns:
            if column.is_needed and column.name not in each.values:
                zh, en = f"“{column.zh}”未填，请填写", f"“{column.en}” is empty; fill it in"
                yield each.finding(column.name, "missing", zh, en)


def in_cell_of(finding: Finding, rows: Sequence[SheetRow]) -> Finding:
    """Return a finding about the `[place].field` of a list of rows with its cell; any other as it is."""
    place, _, field = finding.path.partition("].")
    if not field or not place.startswith("["):
        return finding
    row = rows[int(place.removeprefix("["))]
    return replace(finding, path=field, row=row.number, column=row.letters.get(field))
