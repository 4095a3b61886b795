"""Small tables written to Excel: the sheets `sheets` takes back, their lists of choices, and how to fill them in."""

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import xlsxwriter

from registry.programme.sheets import MOST_ROWS, SheetColumn

NOTES, CHOICES = "填写说明", "选项"
"""Sheets that carry no data and are not read."""
LONGEST_NAME = 31
_OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
_FONT = "Microsoft YaHei"


@dataclass(frozen=True, slots=True)
class SheetPart:
    """One sheet: its name, its columns, and its rows by field."""

    title: str
    columns: Sequence[SheetColumn]
    rows: Iterable[Mapping[str, Any]]


def write_rows(
    title: str, columns: Sequence[SheetColumn], rows: Iterable[Mapping[str, Any]], notes: Sequence[str] = ()
) -> bytes:
    """Return a workbook with one sheet that `read_rows` takes back, and one with notes on how to fill it."""
    return write_parts([SheetPart(title, columns, rows)], notes)


def write_parts(parts: Sequence[SheetPart], notes: Sequence[str] = ()) -> bytes:
    """Return a workbook with these sheets, then the notes, then the lists of choices where there are any."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, _OPTIONS) as book:
        head = book.add_format({"bold": True, "bg_color": "#EEF3F1", "bottom": 1, "font_name": _FONT})
        # Marks a text as text, as a typed apostrophe does: editing the cell never turns it into a formula.
        text = book.add_format({"font_name": _FONT, "num_format": "@", "quote_prefix": True})
        number = book.add_format({"font_name": _FONT})
        sheets = [book.add_worksheet(part.title[:LONGEST_NAME]) for part in parts]
        page = book.add_worksheet(NOTES)
        page.set_column(0, 0, 100)
        for place, line in enumerate(notes):
            page.write_string(place, 0, line, number)
        lists = _write_choices(book, [column for part in parts for column in part.columns if column.choices])
        for sheet, part in zip(sheets, parts, strict=True):
            _write_head(sheet, part.columns, head, lists)
            _write_body(sheet, part, text, number)
    return target.getvalue()


def _write_choices(book: Any, columns: Sequence[SheetColumn]) -> dict[tuple[str, ...], str]:
    """Write each list once, in a column of its own: a list in the cell's rule is dropped past 255 characters."""
    lists: dict[tuple[str, ...], str] = {}
    sheet: Any = book.add_worksheet(CHOICES) if columns else None
    for column in columns:
        if column.choices in lists:
            continue
        place = len(lists)
        for row, label in enumerate((column.zh, *column.choices)):
            sheet.write_string(row, place, label)
        letter = xlsxwriter.utility.xl_col_to_name(place, col_abs=True)
        # By name: a rule that points to another sheet is an extension other programs drop.
        book.define_name(f"list_{place + 1}", f"='{CHOICES}'!{letter}$2:{letter}${len(column.choices) + 1}")
        lists[column.choices] = f"=list_{place + 1}"
    return lists


def _write_head(sheet: Any, columns: Sequence[SheetColumn], head: Any, lists: Mapping[tuple[str, ...], str]) -> None:
    for place, column in enumerate(columns):
        sheet.set_column(place, place, column.width)
        sheet.write_string(0, place, column.zh, head)
        if column.choices:
            rule = {"validate": "list", "source": lists[column.choices], "error_title": "请从列表中选择"}
            sheet.data_validation(1, place, MOST_ROWS, place, rule)
    sheet.freeze_panes(1, 0)


def _write_body(sheet: Any, part: SheetPart, text: Any, number: Any) -> None:
    for row, cells in enumerate(part.rows, start=1):
        for place, column in enumerate(part.columns):
            value = cells.get(column.name)
            if isinstance(value, (int, float)):
                sheet.write_number(row, place, value, number)
            elif value is not None:
                sheet.write_string(row, place, str(value), text)
