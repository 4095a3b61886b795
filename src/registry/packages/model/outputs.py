"""Indicators 指标, checks 校核, cover and notes: what a reader of the workbook looks at first and last."""

from dataclasses import dataclass
from typing import Any

from xlsxwriter.utility import xl_rowcol_to_cell

from registry.finance.declarations.checks import CHECKS as TIES
from registry.packages import indicators, wording
from registry.packages.content import Evaluation, PackageContent
from registry.packages.model import styles
from registry.packages.model.layout import CALCULATION, INPUTS, VALUE
from registry.packages.model.sheets import CHECKS, COVER, INDEX, INDICATORS, NOTES, ModelBook
from registry.packages.view import CONVENTION_TITLES

_RATES = {
    "project_irr_pre_tax": "project_cf_pre_tax",
    "project_irr_post_tax": "project_cf_post_tax",
    "equity_irr": "equity_cf",
}
_FORMATS = {"rate": styles.PERCENT, "money": styles.MONEY, "years": "0.00", "year": "0", "ratio": "0.0000"}
_TIE_TOLERANCE = "0.01"
_HEAD = 4


@dataclass(frozen=True, slots=True)
class Shown:
    """An indicator on its sheet: its row, its formula, and the engine's value ("" when there is none)."""

    indicator: indicators.Indicator
    row: int
    formula: str
    value: float | str


def shown_indicators(model: ModelBook, evaluation: Evaluation) -> list[Shown]:
    """Return the indicators this model has, in order; internal rates start from the engine's own root."""
    found: list[Shown] = []
    for item in indicators.INDICATORS:
        if item.key not in evaluation.indicators:
            continue
        value = indicators.number_of(evaluation.indicators[item.key])
        formula = _formula(model, item.key)
        if formula is not None:
            found.append(Shown(item, _HEAD + 1 + len(found), formula, "" if value is None else value))
    return found


def _formula(model: ModelBook, key: str) -> str | None:
    if key in _RATES:
        span = model.layout.span(_RATES[key], INDICATORS)
        row = _HEAD + 1 + list(_RATES).index(key)
        guess = xl_rowcol_to_cell(row, 4, col_abs=True)
        one_sided = f'OR(COUNTIF({span},">0")=0,COUNTIF({span},"<0")=0)'
        return f'=IF({one_sided},"",IFERROR(IRR({span},{guess}),""))'
    if key not in model.layout.rows or (key == "sculpted_dscr" and model.figures.structure.sculpted is None):
        return None
    return f"={model.layout.cell(key, VALUE, INDICATORS)}"


def indicators_sheet(model: ModelBook, shown: list[Shown]) -> None:
    """Write the indicators as live formulas, with the test that the net present value at each IRR is zero."""
    sheet = model.sheet(INDICATORS, "财务指标")
    titles = (
        ("指标", 40),
        ("Indicator", 34),
        ("单位", 8),
        ("数值", 18),
        ("试算起点", 12),
        ("折现至零检验（万元）", 22),
    )
    _head(model, sheet, titles)
    for item in shown:
        kind, row = item.indicator.kind, item.row
        sheet.write_string(row, 0, item.indicator.zh, model.style(bold=item.indicator.is_headline))
        sheet.write_string(row, 1, item.indicator.en, model.style(font_color="#66716F"))
        sheet.write_string(row, 2, {"money": "万元", "years": "年"}.get(kind, ""), model.style())
        model.formula(sheet, row, 3, item.formula, item.value, model.style(num_format=_FORMATS[kind], bold=True))
        if item.indicator.key in _RATES:
            _rate_test(model, sheet, item)
        model.book.define_name(f"指标_{item.indicator.key}", f"='{INDICATORS}'!$D${row + 1}")
    sheet.freeze_panes(_HEAD + 1, 1)
    sheet.fit_to_pages(1, 0)


def _rate_test(model: ModelBook, sheet: Any, item: Shown) -> None:
    """Write where the search starts, the engine's root (of several, a spreadsheet finds the nearest), and the test."""
    typed = model.style(num_format=styles.PERCENT, font_color=styles.INPUT_INK, bg_color=styles.INPUT_GROUND)
    sheet.write_number(item.row, 4, item.value if isinstance(item.value, float) else 0.1, typed)
    rate = xl_rowcol_to_cell(item.row, 3)
    span = model.layout.span(_RATES[item.indicator.key], INDICATORS)
    formula = f'=IF(ISNUMBER({rate}),NPV({rate},{span}),"")'
    model.formula(
        sheet, item.row, 5, formula, 0 if isinstance(item.value, float) else "", model.style(num_format="0.000000")
    )


def _head(model: ModelBook, sheet: Any, titles: tuple[tuple[str, int], ...]) -> None:
    style = model.style(bold=True, bg_color=styles.FAINT, bottom=1, top=1)
    for column, (title, width) in enumerate(titles):
        sheet.set_column(column, column, width)
        sheet.write_string(_HEAD, column, title, style)


def checks_sheet(model: ModelBook, shown: list[Shown]) -> tuple[str, str]:
    """Write both kinds of checks; return the addresses of their totals (internal ties; agreement with the engine)."""
    sheet = model.sheet(CHECKS, "校核")
    titles = (("校核项", 44), ("登记系统值", 20), ("本表值", 20), ("差额", 20), ("允许差", 14), ("结果", 10))
    _head(model, sheet, titles)
    row = _HEAD + 1
    sheet.write_string(row, 0, "一、表间勾稽（任何输入下都应为零）", model.style(bold=True))
    ties = [f"check_{tie}" for tie in TIES]
    for number, key in enumerate(ties, start=row + 1):
        span = model.layout.span(key, CHECKS)
        largest = max(abs(value) for value in model.figures.by_year(key) if isinstance(value, float))
        _check(model, sheet, number, model.figures.book.rows[key].zh, f"=MAX(MAX({span}),-MIN({span}))", largest)
    first, row = row + 1, row + 1 + len(ties)
    ties_total = _total(model, sheet, row, first, "表间勾稽通过")
    row += 2
    sheet.write_string(row, 0, "二、与登记系统结果一致（改动输入后不再一致，属正常）", model.style(bold=True))
    for number, item in enumerate(shown, start=row + 1):
        _agreement(model, sheet, number, item)
    first, row = row + 1, row + 1 + len(shown)
    agreement_total = _total(model, sheet, row, first, "与登记系统一致")
    sheet.freeze_panes(_HEAD + 1, 1)
    sheet.fit_to_pages(1, 1)
    return ties_total, agreement_total


def _check(model: ModelBook, sheet: Any, row: int, title: str, formula: str, value: float) -> None:
    money = model.style(num_format="0.000000")
    sheet.write_string(row, 0, title, model.style())
    sheet.write_number(row, 1, 0, money)
    model.formula(sheet, row, 2, formula, value, money)
    model.formula(sheet, row, 3, f"=C{row + 1}-B{row + 1}", value, money)
    sheet.write_number(row, 4, float(_TIE_TOLERANCE), money)
    model.formula(sheet, row, 5, f"=ABS(D{row + 1})<=E{row + 1}", abs(value) <= float(_TIE_TOLERANCE), model.style())


def _agreement(model: ModelBook, sheet: Any, row: int, item: Shown) -> None:
    """Write engine value beside workbook value; a figure that does not exist agrees when the workbook has none."""
    style = model.style(num_format=_FORMATS[item.indicator.kind])
    fine = model.style(num_format="0.0000000000")
    at = row + 1
    sheet.write_string(row, 0, item.indicator.zh, model.style())
    if isinstance(item.value, str):
        sheet.write_string(row, 1, "不存在", style)
    else:
        sheet.write_number(row, 1, item.value, style)
    cell = xl_rowcol_to_cell(item.row, 3, row_abs=True, col_abs=True)
    model.formula(sheet, row, 2, f"='{INDICATORS}'!{cell}", item.value, style)
    difference = f"=IF(AND(ISNUMBER(B{at}),ISNUMBER(C{at})),C{at}-B{at},IF(OR(ISNUMBER(B{at}),ISNUMBER(C{at})),1,0))"
    model.formula(sheet, row, 3, difference, 0, fine)
    sheet.write_number(row, 4, 1e-6, model.style(num_format="0.000000"))
    model.formula(sheet, row, 5, f"=ABS(D{at})<=E{at}*MAX(1,ABS(N(B{at})))", True, model.style())


def _total(model: ModelBook, sheet: Any, row: int, first: int, title: str) -> str:
    """Write how many checks failed; return the address of the number."""
    bold = model.style(bold=True, top=1)
    sheet.write_string(row, 0, f"{title}：未通过项数", bold)
    results = f"F{first + 1}:F{row}"
    model.formula(sheet, row, 5, f"=ROWS({results})-COUNTIF({results},TRUE)", 0, bold)
    return f"'{CHECKS}'!$F${row + 1}"


def cover_sheet(model: ModelBook, sheet: Any, content: PackageContent, totals: tuple[str, str]) -> None:
    """Fill the first sheet: project, version, legend, and whether the checks hold."""
    label, text = model.style(font_color="#66716F"), model.style(text_wrap=True)
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 80)
    facts = (
        ("项目名称", content.dossier.name or wording.MISSING),
        ("实施主体", content.dossier.implementer_name or wording.MISSING),
        ("项目登记号", content.project_code),
        ("修订", f"{content.revision.number} · {content.revision.hash}"),
        ("预审结论号", content.assessment_id),
        ("适用日期", content.governing_date.isoformat()),
        ("测算引擎版本", content.engine_version),
        ("数据性质", "示例数据，非真实项目" if content.is_demo else "项目单位填报"),
        ("金额单位", "万元"),
    )
    for row, (title, value) in enumerate(facts, start=_HEAD):
        sheet.write_string(row, 0, title, label)
        sheet.write_string(row, 1, value, text)
    row = _HEAD + len(facts) + 1
    verdict = model.style(bold=True, font_color=styles.ACCENT)
    alarming = model.book.add_format({"bold": True, "font_color": styles.WARN, "bg_color": "#FBE9E5"})
    for title, total, bad in (
        ("表间勾稽", totals[0], "有未通过项，见“校核”"),
        ("与登记系统一致", totals[1], "不一致（输入已改动），见“校核”"),
    ):
        sheet.write_string(row, 0, title, label)
        model.formula(sheet, row, 1, f'=IF({total}=0,"全部通过","{bad}")', "全部通过", verdict)
        alarm = {"type": "text", "criteria": "not containing", "value": "全部通过", "format": alarming}
        sheet.conditional_format(row, 1, row, 1, alarm)
        row += 1
    _legend(model, sheet, row + 1)
    sheet.fit_to_pages(1, 1)


def _legend(model: ModelBook, sheet: Any, row: int) -> None:
    sheet.write_string(row, 0, "图例", model.style(bold=True))
    typed = model.style(font_color=styles.INPUT_INK, bg_color=styles.INPUT_GROUND)
    for offset, (sample, style, meaning) in enumerate(
        (
            ("输入", typed, "可改的数字，只在“输入”表"),
            ("计算", model.style(), "公式，不要改写"),
            ("引用", model.style(font_color=styles.LINK_INK), "取自“计算”表的附表行"),
        ),
        start=1,
    ):
        sheet.write_string(row + offset, 0, sample, style)
        sheet.write_string(row + offset, 1, meaning, model.style())


def index_sheet(model: ModelBook, sheet: Any) -> None:
    """Fill the list of sheets with links, once all of them are known."""
    sheet.set_column(0, 0, 42)
    sheet.fit_to_pages(1, 1)
    sheet.set_column(1, 1, 70)
    link = model.style(font_color=styles.ACCENT, underline=1)
    for row, (name, says) in enumerate(model.contents, start=_HEAD):
        sheet.write_url(row, 0, f"internal:'{name}'!A1", link, name)
        sheet.write_string(row, 1, says, model.style())


def notes_sheet(model: ModelBook, evaluation: Evaluation) -> None:
    """Write the conventions behind every figure, and how to read the workbook."""
    sheet = model.sheet(NOTES, "编制说明与测算口径")
    sheet.fit_to_pages(1, 0)
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 110)
    reading = (
        ("数字", f"只在“{INPUTS}”表填写；其余各格均为公式，缓存值为登记系统的计算结果。"),
        ("各年一式", f"“{CALCULATION}”表每行一个公式，各年相同；第 1 年左侧的窄列留空，上年值在第 1 年按零取。"),
        ("敏感性", f"在“{INPUTS}”表首的变动幅度栏填入某因素的变化，全簿随之重算；表13 同时列出登记系统的数值与差额。"),
        ("符号", "流入与流出在各自行中均为正数，在净额行相减。"),
        ("内部收益率", "由 IRR 函数试算，起点为登记系统求得的根；旁列检验折现值为零。多根时见融资方案。"),
        ("舍入", "全程不舍入，只在显示时保留两位小数。"),
    )
    conventions = ((CONVENTION_TITLES.get(name, name), words["zh"]) for name, words in evaluation.conventions.items())
    rows = (*reading, *conventions)
    for row, (title, text) in enumerate(rows, start=_HEAD):
        sheet.write_string(row, 0, title, model.style(bold=True, valign="top"))
        sheet.write_string(row, 1, text, model.style(text_wrap=True, valign="top"))


def opening_sheets(model: ModelBook) -> tuple[Any, Any]:
    """Add cover and index first; they are filled last."""
    return model.sheet(COVER, "财务模型"), model.sheet(INDEX, "目录")
