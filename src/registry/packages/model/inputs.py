"""The sheet of inputs 输入: the only place of the workbook with typed numbers, each with its unit and its source."""

import re
from typing import Any

from registry.finance.book import Row
from registry.finance.shocks import FACTORS
from registry.finance.statements import FAMILIES
from registry.packages.model import styles
from registry.packages.model.layout import CODE, GROUPS, INPUTS, NAME, NOTE, UNIT, VALUE, variation_name
from registry.packages.model.sheets import ModelBook
from registry.projects.financials import FinancialCase

_KEY = re.compile(r"^(\w+)\.(\d+)\.")
NAMED_CELLS = {
    "discount_rate": "基准收益率",
    "discount_rate_equity": "资本金基准收益率",
    "construction_years": "建设期",
    "operation_years": "运营期",
    "engineering_cost": "工程费用",
    "tax_rate": "所得税率",
}
"""Cells that carry a name of their own."""


def inputs_sheet(model: ModelBook, case: FinancialCase) -> None:
    """Write every input cell and every named number of the method."""
    layout, figures = model.layout, model.figures
    sheet = model.year_sheet(INPUTS, "输入（唯一可填写数字的表）", "见各行；浅黄底蓝字为可改输入", "名称与来源")
    muted = model.style(font_color="#66716F")
    for place, heading in layout.headings.items():
        sheet.write_string(place, CODE, heading, model.style(bold=True, font_color=styles.ACCENT))
    _variations(model, sheet)
    for row in figures.book.rows.values():
        if row.role not in {"given", "constant"}:
            continue
        place = layout.places[row.key].row
        style = _typed_style(model, styles.number_format(row.key, row.unit))
        sheet.write_string(place, NAME, row.zh, model.style())
        sheet.write_string(place, UNIT, row.unit, muted)
        sheet.write_string(place, NOTE, source_of(row, case), model.style(font_color="#66716F", font_size=8))
        first = layout.first_year if row.by_year else VALUE
        for offset, value in enumerate(figures.of(row)):
            _typed(sheet, place, first + offset, value, style)
    for key, name in NAMED_CELLS.items():
        cell = layout.cell(key, VALUE, "")
        model.book.define_name(name, f"={cell}")


def _typed_style(model: ModelBook, num_format: str) -> Any:
    return model.style(
        num_format=num_format,
        font_color=styles.INPUT_INK,
        bg_color=styles.INPUT_GROUND,
        border=4,
        border_color="#C9BFA0",
    )


def _variations(model: ModelBook, sheet: Any) -> None:
    """Write the cells that scale a whole factor at once; their zero is the base case."""
    for factor, place in model.layout.variations.items():
        sheet.write_string(place, NAME, f"{FACTORS[factor][0]}变动", model.style())
        sheet.write_string(place, UNIT, "比率", model.style(font_color="#66716F"))
        note = "敏感性分析用；融资结构同比例变动" if factor == "investment" else "敏感性分析用"
        sheet.write_string(place, NOTE, note, model.style(font_color="#66716F", font_size=8))
        sheet.write_number(place, VALUE, 0, _typed_style(model, styles.CHANGE))
        model.book.define_name(variation_name(factor), f"='{INPUTS}'!$E${place + 1}")


def _typed(sheet: Any, row: int, column: int, value: float | str, style: Any) -> None:
    if isinstance(value, str):
        sheet.write_blank(row, column, None, style)
    else:
        sheet.write_number(row, column, value, style)


def source_of(row: Row, case: FinancialCase) -> str:
    """Return whose number it is: the name the user gave the item, or that the method fixes it."""
    if row.role == "constant":
        return "方法常数，通常不改"
    if row.key == "sculpted_dscr":
        return "求解值；改动输入后需由登记系统重新求解"
    match = _KEY.match(row.key)
    if match is None or match[1] not in GROUPS:
        return "项目单位填报"
    items = getattr(case, FAMILIES[match[1]][0]) or []
    return f"{items[int(match[2])].name or '未命名'}（项目单位填报）"
