"""A shown table as a file 下载: exactly what is on the screen, with the query, the moment and the permission in it."""

import csv
import io
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

import polars as pl
import xlsxwriter

from registry.portfolio.table import Column, ColumnKind, Language, Table

Format = Literal["csv", "xlsx", "parquet"]

MEDIA_TYPES: dict[Format, str] = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
}
_NUMBER_FORMATS: dict[ColumnKind, str] = {
    "money": "#,##0.######",
    "count": "#,##0",
    "year": "0",
    "ratio": "0.0%",
    "rate": "0.00%",
    "number": "#,##0.0000",
}
_MONEY = pl.Decimal(38, 6)


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a file says of itself: the query as asked, when it was asked, and by whom with which sight."""

    query: str
    moment: datetime
    permission: str
    has_demo_data: bool = False
    permission_en: str | None = None
    as_of: date | None = None

    def lines(self, language: Language) -> list[tuple[str, str]]:
        """Return label and text, as printed above the table."""
        zh = language == "zh"
        found = [
            ("查询" if zh else "Query", self.query),
            ("时间" if zh else "Time", self.moment.isoformat(timespec="seconds")),
            ("权限" if zh else "Permission", self.permission if zh else self.permission_en or self.permission),
        ]
        if self.as_of is not None:
            found.insert(1, ("数据日期" if zh else "As of", self.as_of.isoformat()))
        if self.has_demo_data:
            found.append(("注意", "含示例数据") if zh else ("Note", "contains demo data (示例数据)"))
        return found


def download(table: Table, provenance: Provenance, form: Format, language: Language = "zh") -> bytes:
    """Return the file. Equal table, provenance and language give equal bytes."""
    match form:
        case "csv":
            return _csv(table, provenance, language)
        case "xlsx":
            return _xlsx(table, provenance, language)
        case "parquet":
            return _parquet(table, provenance, language)


def _head(table: Table, provenance: Provenance, language: Language) -> list[tuple[str, str]]:
    """Return what stands above the table: provenance, then what is wrong with the data."""
    note = "提示" if language == "zh" else "Note"
    said = (remark.message_zh if language == "zh" else remark.message_en for remark in table.remarks)
    return [*provenance.lines(language), *((note, text) for text in said)]


def _csv(table: Table, provenance: Provenance, language: Language) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([_harmless(table.title(language))])
    writer.writerows([_harmless(cell) for cell in line] for line in _head(table, provenance, language))
    writer.writerow([])
    writer.writerow(table.headings(language))
    writer.writerows([_harmless(cell) for cell in row] for row in table.rows(language))
    # The byte order mark tells spreadsheets that the text is UTF-8.
    return text.getvalue().encode("utf-8-sig")


def _harmless(cell: Any) -> Any:
    """Return a cell no spreadsheet takes for a formula; numbers stay numbers."""
    if cell is None:
        return ""
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def _xlsx(table: Table, provenance: Provenance, language: Language) -> bytes:
    target = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(target, options) as book:
        # A fixed moment of creation: equal content gives equal bytes.
        book.set_properties({"created": provenance.moment.replace(tzinfo=None), "title": table.title(language)})
        sheet = book.add_worksheet(table.name[:31])
        sheet.write_string(0, 0, table.title(language), book.add_format({"bold": True, "font_size": 14}))
        above = _head(table, provenance, language)
        for number, (label, text) in enumerate(above, start=1):
            sheet.write_string(number, 0, label)
            sheet.write_string(number, 1, text)
        head = len(above) + 2
        _write_rows(book, sheet, table, language, head)
        sheet.freeze_panes(head + 1, 0)
        sheet.set_column(0, len(table.columns) - 1, 18)
    return target.getvalue()


def _write_rows(book: Any, sheet: Any, table: Table, language: Language, head: int) -> None:
    bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True})
    forms = {kind: book.add_format({"num_format": form}) for kind, form in _NUMBER_FORMATS.items()}
    for place, heading in enumerate(table.headings(language)):
        sheet.write_string(head, place, heading, bold)
    for number, (row, kinds) in enumerate(zip(table.rows(language), table.cell_kinds(), strict=True), start=head + 1):
        for place, (cell, kind) in enumerate(zip(row, kinds, strict=True)):
            if isinstance(cell, str):
                sheet.write_string(number, place, cell)
            elif cell is not None:
                sheet.write_number(number, place, float(cell), forms.get(kind))


def _parquet(table: Table, provenance: Provenance, language: Language) -> bytes:
    target = io.BytesIO()
    shown = table.frame.select(_stored(column) for column in table.columns)
    notes = {f"Note {number}": each.message_en for number, each in enumerate(table.remarks, start=1)}
    about = {"title": table.title(language)} | dict(provenance.lines("en")) | notes
    shown.write_parquet(target, metadata=about)
    return target.getvalue()


def _stored(column: Column) -> pl.Expr:
    """Return a column as a file for programs keeps it: codes as text, money as exact 万元."""
    value = pl.col(column.name)
    if column.kind == "money":
        # Decimal, not float: six places hold every fen, so the division is exact.
        value = value.cast(_MONEY) / pl.lit(1_000_000, dtype=pl.Decimal(38, 0))
        return value.cast(_MONEY).alias(column.wire_name)
    return value.cast(pl.String).alias(column.name) if column.kind in ("text", "choice") else value
