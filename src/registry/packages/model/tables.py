"""One sheet per statement table 附表, in the official order; each cell shows a row of the calculation sheet."""

from collections.abc import Sequence
from typing import Any

from registry.finance.listings import Listing
from registry.finance.statements import Statement, StatementRow
from registry.packages.annex import official_order
from registry.packages.model import styles
from registry.packages.model.layout import CODE, FIRST_ROW, NAME, NOTE, UNIT, VALUE
from registry.packages.model.listings import listing_sheet
from registry.packages.model.sheets import ModelBook

LONGEST_SHEET_NAME = 31


def table_sheets(model: ModelBook, tables: Sequence[Statement | Listing]) -> None:
    """Write every table on a sheet of its own, in the order of their numbers."""
    for table in sorted(tables, key=lambda table: official_order(table.number)):
        if isinstance(table, Listing):
            listing_sheet(model, table, sheet_name(table))
        else:
            _statement_sheet(model, table, sheet_name(table))


def _statement_sheet(model: ModelBook, statement: Statement, name: str) -> None:
    layout = model.layout
    sheet = model.year_sheet(name, f"{name} {statement.title_en}", "万元，另注者除外", "")
    for number, row in enumerate(statement.rows):
        _row(model, sheet, name, FIRST_ROW + number, row)
    last = FIRST_ROW + len(statement.rows) - 1
    if not any(row.values for row in statement.rows):
        sheet.print_area(0, 0, last, VALUE)
        sheet.fit_to_pages(1, 0)
    if not statement.number[0].isdigit():
        warn = {"font_color": styles.WARN, "bold": True}
        rule = {"type": "cell", "criteria": "not between", "minimum": -0.005, "maximum": 0.005}
        cells = (FIRST_ROW, layout.first_year, last, layout.last_year)
        sheet.conditional_format(*cells, {**rule, "format": model.book.add_format(warn)})


def sheet_name(statement: Statement | Listing) -> str:
    """Return 表7 项目投资现金流量表, as long as a sheet's name may be and without what it may not hold."""
    number = f"表{statement.number} " if statement.number[0].isdigit() else ""
    return f"{number}{statement.title_zh}".translate(str.maketrans("[]:*?/\\'", "        "))[:LONGEST_SHEET_NAME]


def _row(model: ModelBook, sheet: Any, name: str, place: int, row: StatementRow) -> None:
    layout = model.layout
    is_total = row.code.isdigit()
    num_format = styles.TIE if row.key.startswith("check_") else styles.number_format(row.key, row.unit)
    style = model.style(num_format=num_format, font_color=styles.LINK_INK, bold=is_total)
    sum_style = model.style(num_format=num_format, bold=is_total)
    sheet.write_string(place, CODE, row.code, model.style(bold=is_total))
    sheet.write_string(place, NAME, row.name_zh, model.style(bold=is_total, indent=row.code.count(".")))
    sheet.write_string(place, UNIT, row.unit, model.style(font_color="#66716F"))
    sheet.write_string(place, NOTE, row.name_en, model.style(font_color="#66716F", font_size=8))
    for offset, value in enumerate(row.values):
        column = layout.first_year + offset
        model.formula(sheet, place, column, _shown(model, row.key, column, name), "" if value is None else value, style)
    if not row.values:
        figure = "" if row.total is None else row.total
        model.formula(sheet, place, VALUE, f"={layout.value(row.key, VALUE, name)}", figure, style)
    elif row.total is not None:
        model.formula(sheet, place, VALUE, f"={layout.total(row.key, name)}", row.total, sum_style)


def _shown(model: ModelBook, key: str, column: int, name: str) -> str:
    return f"={model.layout.value(key, column, name)}"
