"""A paper of a city as a workbook: what it is and says on the first sheet, then a sheet for each of its tables."""

import io
from datetime import datetime
from typing import Any

import xlsxwriter

from registry.packages.checklist_workbook import FONT, SAFE
from registry.packages.city_plan.view import View
from registry.packages.office import stored

_LONGEST_NAME = 31
_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\", "-"))


def paper_xlsx(data: View, *, written: datetime) -> bytes:
    """Return any paper laid out by `layout.laid_out` as XLSX; figures are numbers, what is not stated stays text."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, SAFE) as book:
        book.set_properties({"created": written, "title": data["document"]["title"]})
        head = book.add_format({"bold": True, "bg_color": "#EEF3F1", "bottom": 1, "font_name": FONT, "text_wrap": True})
        text = book.add_format({"font_name": FONT, "text_wrap": True, "valign": "top"})
        number = book.add_format({"font_name": FONT, "num_format": "#,##0.00##"})
        _cover(book, data, head, text)
        tables = [table for section in data["sections"] for table in section["tables"]]
        for place, table in enumerate(tables, start=1):
            _sheet(book, f"{place}. {table['title']}", table, head, text, number)
    return stored(target.getvalue())


def _cover(book: Any, data: View, head: Any, text: Any) -> None:
    document = data["document"]
    sheet = book.add_worksheet("说明" if document["language"] == "zh" else "About")
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 100)
    lines = [(document["title"], document["version_id"]), (data["proposal"], "")]
    lines += [(data["words"]["demo"], "")] if document["is_demo"] else []
    lines += data["facts"]
    lines += [(section["title"], line) for section in data["sections"] for line in section["paragraphs"]]
    lines += [(finding["severity"], finding["text"]) for finding in data["findings"]]
    for row, (label, value) in enumerate(lines):
        sheet.write_string(row, 0, label, head if row == 0 else text)
        sheet.write_string(row, 1, value, head if row == 0 else text)


def _sheet(book: Any, name: str, table: View, head: Any, text: Any, number: Any) -> None:
    sheet = book.add_worksheet(name.translate(_FORBIDDEN)[:_LONGEST_NAME])
    for place, title in enumerate(table["head"]):
        sheet.write_string(0, place, title, head)
    for row, cells in enumerate(table["rows"], start=1):
        for place, cell in enumerate(cells):
            value = _number(cell) if table["numeric"][place] else None
            if value is None:
                sheet.write_string(row, place, cell, text)
            else:
                sheet.write_number(row, place, value, number)
    sheet.set_column(0, max(len(table["head"]) - 1, 0), 18)
    sheet.freeze_panes(1, 1)


def _number(cell: str) -> float | None:
    try:
        return float(cell.replace(",", ""))
    except ValueError:
        return None
