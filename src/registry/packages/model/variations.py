"""The sheet 情景与敏感性: other inputs, as the registry calculated them. Values, not formulas, and marked so.

A scenario by formula would need the whole model once more for each; a reader changes the inputs instead. Beside the
values stands the base case as a formula, and a line that says whether the inputs are still those of the values.
"""

from collections.abc import Sequence
from typing import Any

from registry.finance.samples import SampleSummary
from registry.packages import indicators
from registry.packages.analysis import DSCR_FLOORS, GRID_CHANGES, Analysis
from registry.packages.content import Evaluation, PackageContent
from registry.packages.model import styles
from registry.packages.model.sheets import ModelBook

VARIATIONS = "情景与敏感性"
_CHANGE = "+0%;-0%;0%"
_RATE, _MONEY, _RATIO = styles.PERCENT, styles.MONEY, "0.00"
_HEAD = 4
_NPV_NAME = "指标_project_npv_post_tax"

Cell = tuple[Any, str | None]
"""A value and its number format."""


class _Writer:
    """Writes one block under the other; `row` is the next free one."""

    def __init__(self, model: ModelBook, sheet: Any) -> None:
        self.model, self.sheet, self.row = model, sheet, _HEAD

    def title(self, text: str) -> None:
        style = self.model.style(bold=True, font_size=12, font_color=styles.ACCENT)
        self.sheet.write_string(self.row, 0, text, style)
        self.row += 1

    def head(self, titles: Sequence[str]) -> None:
        style = self.model.style(bold=True, bg_color=styles.FAINT, bottom=1, top=1, text_wrap=True)
        for column, text in enumerate(titles):
            self.sheet.write_string(self.row, column, text, style)
        self.row += 1

    def line(self, cells: Sequence[Cell]) -> None:
        for column, (value, number_format) in enumerate(cells):
            style = self.model.style(**({"num_format": number_format} if number_format else {}))
            if isinstance(value, str):
                self.sheet.write_string(self.row, column, value, style)
            elif value is None:
                self.sheet.write_string(self.row, column, "—", self.model.style(align="right"))
            else:
                self.sheet.write_number(self.row, column, value, style)
        self.row += 1


def variations_sheet(model: ModelBook, content: PackageContent) -> None:
    """Write the values of scenarios, sensitivity, two factors at once and drawn inputs; none without an analysis."""
    evaluation, analysis = content.evaluation, content.analysis
    if evaluation is None or analysis is None:
        return
    sheet = model.sheet(VARIATIONS, "情景与敏感性（登记系统计算的数值，非公式）")
    sheet.set_column(0, 0, 44)
    sheet.set_column(1, 7, 16)
    writer = _Writer(model, sheet)
    _say_which_inputs(writer, content, evaluation)
    _scenarios(writer, analysis)
    first = _sensitivity(writer, evaluation)
    _grid(writer, analysis)
    _drawn(writer, analysis)
    _draw_lines(writer, evaluation, first)
    sheet.freeze_panes(_HEAD, 1)
    sheet.fit_to_pages(1, 0)


def _say_which_inputs(writer: _Writer, content: PackageContent, evaluation: Evaluation) -> None:
    model, sheet = writer.model, writer.sheet
    base = indicators.number_of(evaluation.indicators.get("project_npv_post_tax"))
    day = content.governing_date.isoformat()
    sheet.write_string(2, 0, f"数值计算所依：{content.version_id}，适用日期 {day}", model.style(font_size=9))
    writer.line([("税后财务净现值：登记系统值（万元）", None), (base, _MONEY)])
    sheet.write_string(writer.row, 0, "税后财务净现值：本簿现值（万元，公式）", model.style())
    model.formula(sheet, writer.row, 1, f"={_NPV_NAME}", base, model.style(num_format=_MONEY))
    writer.row += 1
    same, other = "输入未改动，下列数值与本簿一致", "输入已改动，下列数值不再对应本簿"
    sheet.write_string(writer.row, 0, "下列数值是否仍适用", model.style())
    formula = f'=IF(ABS(B{writer.row - 1}-B{writer.row})<0.01,"{same}","{other}")'
    model.formula(sheet, writer.row, 1, formula, same, model.style(bold=True, font_color=styles.ACCENT))
    writer.row += 2


def _scenarios(writer: _Writer, analysis: Analysis) -> None:
    writer.title("一、情景分析")
    writer.head(
        (
            "情景",
            "税后内部收益率",
            "资本金内部收益率",
            "税后净现值（万元）",
            "回收期（年）",
            "最低年偿债备付率",
            "最低累计盈余（万元）",
        )
    )
    for found in analysis.scenarios:
        writer.line((
            (found.scenario.zh, None), (found.irr.value, _RATE), (found.equity_irr.value, _RATE),
            (found.npv, _MONEY), (found.payback, _RATIO), (found.dscr_min, _RATIO),
            (found.cumulative_surplus_min, _MONEY),
        ))  # fmt: skip
    writer.row += 1


def _sensitivity(writer: _Writer, evaluation: Evaluation) -> int:
    """Write table 13 and return the row of its first line."""
    writer.title("二、单因素敏感性分析（附表13）")
    writer.head(
        (
            "因素",
            "变化幅度",
            "税后内部收益率",
            "税后净现值（万元）",
            "敏感度系数（收益率）",
            "敏感度系数（净现值）",
            "临界点",
        )
    )
    first = writer.row
    for factor, table in evaluation.sensitivity.items():
        for row in table["rows"]:
            writer.line((
                (indicators.FACTORS.get(factor, factor), None), (row["change"], _CHANGE), (row["irr"], _RATE),
                (row["npv"], _MONEY), (row["coefficient_irr"], _RATIO), (row["coefficient_npv"], _RATIO),
                (table["switching_point"], "+0.00%;-0.00%"),
            ))  # fmt: skip
    writer.row += 1
    return first


def _grid(writer: _Writer, analysis: Analysis) -> None:
    grids = (("税后净现值（万元）", analysis.grid_npv, _MONEY), ("最低年偿债备付率", analysis.grid_dscr, _RATIO))
    writer.title("三、双因素分析（行：营业收入变化；列：经营成本变化）")
    for name, grid, number_format in grids:
        writer.line([(name, None), *((change, _CHANGE) for change in GRID_CHANGES)])
        for change, row in zip(GRID_CHANGES, grid, strict=True):
            writer.line([(change, _CHANGE), *((value, number_format) for value in row)])
        writer.row += 1


def _drawn(writer: _Writer, analysis: Analysis) -> None:
    found = analysis.uncertainty
    seed = "、".join(map(str, found.seed))
    writer.title(f"四、概率分析（{found.draws:,} 次抽样，种子 {seed}；分布为系统默认假设，见融资方案）")
    writer.head(("指标", "P10", "P50", "P90", "均值", "均值标准误"))
    samples: tuple[tuple[str, SampleSummary | None, str], ...] = (
        ("税后净现值（万元）", found.npv, _MONEY), ("税后内部收益率", found.irr, _RATE),
        ("最低年偿债备付率", found.dscr_min, _RATIO),
    )  # fmt: skip
    for name, sample, number_format in samples:
        if sample is not None:
            figures = (sample.p10.value, sample.p50.value, sample.p90.value, sample.mean.value)
            error = sample.mean.standard_error
            writer.line([(name, None), *((figure, number_format) for figure in (*figures, error))])
    writer.line([("概率：税后净现值小于零", None), (found.npv_negative.value, _RATE)])
    for floor, chance in found.dscr_below.items():
        words = f"概率：最低年偿债备付率低于 {floor:.2f}（{DSCR_FLOORS[floor]}）"
        writer.line([(words, None), (chance.value, _RATE)])
    writer.row += 1


def _draw_lines(writer: _Writer, evaluation: Evaluation, first: int) -> None:
    chart = writer.model.book.add_chart({"type": "scatter", "subtype": "straight_with_markers"})
    row = first
    for factor, table in evaluation.sensitivity.items():
        last = row + len(table["rows"]) - 1
        chart.add_series({
            "name": indicators.FACTORS.get(factor, factor),
            "categories": [VARIATIONS, row, 1, last, 1],
            "values": [VARIATIONS, row, 3, last, 3],
        })  # fmt: skip
        row = last + 1
    font = {"name": styles.FONT, "size": 10}
    chart.set_title({"name": "敏感性：税后财务净现值（万元）", "name_font": {**font, "size": 12}})
    chart.set_x_axis({"num_format": _CHANGE, "num_font": font, "label_position": "low"})
    chart.set_y_axis({"num_format": "#,##0", "num_font": font, "major_gridlines": {"visible": True}})
    chart.set_legend({"position": "bottom", "font": font})
    chart.set_size({"width": 720, "height": 360})
    writer.sheet.insert_chart(writer.row, 0, chart)
