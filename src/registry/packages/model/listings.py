"""Sheets of the tables without years: values of model runs on other inputs, beside what this workbook gives now."""

from typing import Any

from xlsxwriter.utility import xl_rowcol_to_cell

from registry.finance.benefits import discounted_amount, yearly_amounts
from registry.finance.listings import Kind, Listing
from registry.finance.shocks import FACTORS
from registry.packages.model import styles
from registry.packages.model.layout import variation_name
from registry.packages.model.sheets import ModelBook

SENSITIVITY = "13"
COST_PER_TONNE = "15-2"
_SAID = {
    "15-1": "项目单位填报的数值",
    COST_PER_TONNE: "公式，随“输入”表重算；浅黄底蓝字为项目单位填报的年减排量",
}
"""What a sheet says of its figures; the others hold values of other runs."""
_HEAD = 4
_FIRST_WIDTH, _TEXT_WIDTH, _WIDTH = 38, 26, 15
_FORMATS: dict[Kind, str] = {
    "rate": styles.PERCENT,
    "change": styles.CHANGE,
    "money": styles.MONEY,
    "years": "0.00",
    "ratio": "0.00",
    "amount": "#,##0.##",
}
_BASE = "指标_project_npv_post_tax"
_FACTOR, _CHANGE, _NPV = 0, 1, 3
"""Columns of table 13."""


def listing_sheet(model: ModelBook, listing: Listing, name: str) -> None:
    """Write a table as values, 15-2 as formulas; table 13 also says what a line's change, once typed, gives here."""
    sheet = model.sheet(name, f"{name} {listing.title_en}")
    head = model.style(bold=True, bg_color=styles.FAINT, bottom=1, top=1, text_wrap=True)
    for place, column in enumerate(listing.columns):
        width = _FIRST_WIDTH if place == 0 else _TEXT_WIDTH if column.kind == "text" else _WIDTH
        sheet.set_column(place, place, width)
        sheet.write_string(_HEAD, place, column.zh, head)
    for number, row in enumerate(listing.rows, start=_HEAD + 1):
        for place, (column, cell) in enumerate(zip(listing.columns, row, strict=True)):
            _cell(model, sheet, (number, place), column.kind, cell)
    said = _SAID.get(listing.number, "登记系统逐行重算整个模型的数值，非公式")
    if listing.number == COST_PER_TONNE:
        _live_cost(model, sheet, listing)
    if listing.number == SENSITIVITY and model.layout.variations:
        said += "；在“输入”表填入某行的变动幅度，右侧即为本簿的现值与差额"
        _comparison(model, sheet, listing)
    sheet.write_string(2, 0, said, model.style(font_color="#66716F", font_size=9))
    sheet.set_row(_HEAD, 30)
    sheet.freeze_panes(_HEAD + 1, 1)
    sheet.repeat_rows(_HEAD)
    sheet.fit_to_pages(1, 0)


def _cell(model: ModelBook, sheet: Any, at: tuple[int, int], kind: Kind, cell: str | float | None) -> None:
    if isinstance(cell, str) or cell is None:
        words = cell if isinstance(cell, str) else "" if kind == "text" else "—"
        sheet.write_string(*at, words, model.style(text_wrap=True, **({} if kind == "text" else {"align": "right"})))
    else:
        sheet.write_number(*at, cell, model.style(num_format=_FORMATS[kind]))


def _live_cost(model: ModelBook, sheet: Any, listing: Listing) -> None:
    """Write table 15-2 as formulas over the tonnes a year, which are typed beside it, and this workbook's figures.

    A line without tonnes or without a present value keeps what the engine says of it.
    """
    typed = len(listing.columns)
    head = model.style(bold=True, bg_color=styles.FAINT, bottom=1, top=1, text_wrap=True)
    sheet.set_column(typed, typed, _WIDTH)
    sheet.write_string(_HEAD, typed, "年减排量（吨）", head)
    ink = {"font_color": styles.INPUT_INK, "bg_color": styles.INPUT_GROUND}
    years = int(float(model.figures.figure("operation_years"))), int(float(model.figures.figure("construction_years")))
    for number, (_, tonnes, fnpv, rate, cost, _) in enumerate(listing.rows, start=_HEAD + 1):
        if not all(isinstance(figure, float) for figure in (tonnes, fnpv, rate, cost)):
            continue
        a_tonne_each_year = discounted_amount(yearly_amounts(1.0, 0.0, years[0]), float(rate or 0), years[1])
        sheet.write_number(
            number, typed, float(tonnes or 0) / a_tonne_each_year, model.style(num_format=_FORMATS["amount"], **ink)
        )
        at = number + 1
        whole_life = f"IF($D{at}=0,运营期,(1-(1+$D{at})^-运营期)/$D{at}*(1+$D{at})^-建设期)"
        formulas: tuple[tuple[int, str, Any, Kind], ...] = (
            (1, f"=$G{at}*{whole_life}", tonnes, "amount"),
            (2, "=指标_project_npv_pre_tax", fnpv, "money"),
            (3, "=基准收益率", rate, "rate"),
            (4, f"=-$C{at}*10000/$B{at}", cost, "amount"),
        )
        for place, formula, value, kind in formulas:
            model.formula(sheet, number, place, formula, value, model.style(num_format=_FORMATS[kind]))


def _comparison(model: ModelBook, sheet: Any, listing: Listing) -> None:
    """Write, for the line whose change is typed among the inputs and no other, the live value and the difference.

    A factor this project has no input of (no revenue at all) cannot be changed, so its lines stay without.
    """
    first = len(listing.columns)
    head = model.style(bold=True, bg_color=styles.FAINT, bottom=1, top=1, text_wrap=True)
    for place, title in enumerate(("本簿现值：财务净现值（税后）", "与登记系统差额"), start=first):
        sheet.set_column(place, place, 17)
        sheet.write_string(_HEAD, place, title, head)
    style, fine = model.style(num_format=styles.MONEY), model.style(num_format="0.000000")
    known = {FACTORS[factor][0] for factor in model.layout.variations}
    for number, row in enumerate(listing.rows, start=_HEAD + 1):
        if row[_FACTOR] not in known:
            continue
        change, npv = (xl_rowcol_to_cell(number, column, col_abs=True) for column in (_CHANGE, _NPV))
        live = xl_rowcol_to_cell(number, first)
        typed = [
            f"ROUND({variation_name(factor)}{f'-{change}' if FACTORS[factor][0] == row[_FACTOR] else ''},9)=0"
            for factor in model.layout.variations
        ]
        is_base = row[_CHANGE] == 0
        value = row[_NPV] if is_base and row[_NPV] is not None else ""
        model.formula(sheet, number, first, f'=IF(AND({",".join(typed)}),{_BASE},"")', value, style)
        is_number = f"AND(ISNUMBER({live}),ISNUMBER({npv}))"
        difference = 0 if isinstance(value, float) else ""
        model.formula(sheet, number, first + 1, f'=IF({is_number},{live}-{npv},"")', difference, fine)
