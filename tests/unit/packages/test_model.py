import io
import re
from functools import cache
from typing import Any

import openpyxl
import pytest
from openpyxl.formula.translate import Translator

from packaged import analysed, content, dossier, evaluated, golden_case
from registry.finance.book import Book, Row
from registry.finance.expressions import (
    BLANK,
    Constant,
    Expression,
    Floor,
    OverYears,
    PresentValue,
    RunningTotal,
    choose,
    of,
    over_years,
    prior,
    sum_of,
)
from registry.packages.model.formulas import FormulaWriter, rows_that_may_be_blank, with_helper_rows
from registry.packages.model.layout import CALCULATION, INPUTS, VARIATIONS_HEADING, lay_out
from registry.packages.model.sheets import CHECKS, COVER, INDEX, INDICATORS, NOTES
from registry.packages.model.variations import VARIATIONS
from registry.packages.model.workbook import model_xlsx

LISTINGS = ("表13", "表14-3", "表15-1")
"""Tables of other runs of the model or as supplied: values, and said to be values."""
COST_PER_TONNE = "表15-2 单位减排成本表"


@cache
def opened(name: str = "G1", *, cached: bool = False) -> Any:
    case = golden_case(name)
    produced = model_xlsx(
        content(dossier=dossier(financials=case), evaluation=evaluated(case), analysis=analysed(name))
    )
    assert produced is not None
    return openpyxl.load_workbook(io.BytesIO(produced), data_only=cached)


def small_book() -> Book:
    book = Book()
    book.given("rate", "利率", "Rate", "比率")
    book.given("flow", "流量", "Flow", by_year=True)
    book.line("year", "年", "Year", RunningTotal(Constant(1.0)), "年")
    book.figure("last", "最后", "Last", over_years("highest", choose(of("flow") > 0, of("year"), BLANK)))
    return book


class TestFormulas:
    @pytest.mark.parametrize(
        ("formula", "text"),
        [
            (of("flow") + prior("flow"), "=('输入'!H8+'输入'!G8)"),
            (of("rate") * 1.0, "=('输入'!$E$7*1)"),
            (RunningTotal(of("flow")), "=SUM('输入'!$G8:H8)"),
            (OverYears("sum", of("flow")), "=SUM('输入'!$G8:$I8)"),
            (OverYears("lowest", of("flow")), "=IF(COUNT('输入'!$G8:$I8)=0,\"\",MIN('输入'!$G8:$I8))"),
            (PresentValue(of("rate"), of("flow")), "=NPV('输入'!$E$7,'输入'!$G8:$I8)"),
            (Floor(of("flow") / 2.0), "=INT(('输入'!H8/2))"),
            (choose(of("flow") >= 0, 1, BLANK), "=IF('输入'!H8>=0,1,\"\")"),
            (sum_of([]), "=0"),
            (choose(of("flow") <= of("last"), 1, 0), "=IF(AND(ISNUMBER($E$9),'输入'!H8<=$E$9),1,0)"),
        ],
    )
    def test_are_written_as_a_spreadsheet_reads_them(self, formula: Expression, text: str) -> None:
        book = with_helper_rows(small_book())
        layout = lay_out(book, 3)
        writer = FormulaWriter(layout, CALCULATION, rows_that_may_be_blank(book))
        assert list(writer.formulas(formula, [layout.first_year + 1])) == [text]

    def test_of_a_condensed_expression_get_a_row_of_their_own(self) -> None:
        book = with_helper_rows(small_book())
        assert list(book.rows) == ["rate", "flow", "year~1", "year", "last~1", "last"]
        assert book.rows["last~1"].formula == choose(of("flow") > 0, of("year"), BLANK)

    def test_scale_an_input_by_the_change_typed_for_its_factor(self) -> None:
        book = Book()
        book.given("streams.0.amount", "收入1年金额", "Amount", by_year=True)
        book.line("sum", "累计", "Sum", RunningTotal(of("streams.0.amount")))
        whole = with_helper_rows(book)
        layout = lay_out(whole, 3)
        writer = FormulaWriter(layout, CALCULATION, frozenset())
        assert list(writer.formulas(of("streams.0.amount"), [layout.first_year])) == ["=('输入'!G9*(1+变动_营业收入))"]
        assert list(whole.rows) == ["streams.0.amount", "sum~1", "sum"]
        assert layout.headings == {5: VARIATIONS_HEADING, 7: "营业收入"}

    def test_look_back_into_blank_columns(self) -> None:
        book = Book()
        book.rows["a"] = Row("a", "a", "a", "万元", "given", by_year=True)
        book.line("b", "b", "b", prior("a"))
        assert lay_out(book, 3).first_year == 6


class TestTheWorkbook:
    def test_has_its_sheets_in_order_none_hidden(self) -> None:
        book = opened()
        names = book.sheetnames
        assert names[:5] == [COVER, INDEX, NOTES, INPUTS, CALCULATION]
        assert [name.split(" ")[0] for name in names[5:-4]] == [
            "表1", "表2", "表3", "表4", "表5", "表6", "表6-1", "表6-2", "表7", "表8", "表9", "表10", "表11", "表12",
            "表13", "表14-1", "表14-2", "表14-3", "表15-1", "表15-2", "勾稽关系校核表",
        ]  # fmt: skip
        assert names[-4:] == [INDICATORS, VARIATIONS, "图表", CHECKS]
        assert {sheet.sheet_state for sheet in book.worksheets} == {"visible"}

    def test_has_typed_numbers_only_among_inputs_guesses_and_engine_values(self) -> None:
        allowed = {
            INPUTS: "EFGHIJKLMNOPQRSTUVWXYZA",
            INDICATORS: "E",
            CHECKS: "BE",
            VARIATIONS: "ABCDEFG",
            COST_PER_TONNE: "G",
        }
        allowed |= {name: "BCDEFGHIJ" for name in opened().sheetnames if name.startswith(LISTINGS)}
        typed = [
            (sheet.title, cell.coordinate)
            for sheet in opened().worksheets
            for row in sheet.iter_rows()
            for cell in row
            if isinstance(cell.value, (int, float)) and cell.column_letter[0] not in allowed.get(sheet.title, "")
        ]
        assert typed == []

    def test_says_on_every_sheet_of_values_that_they_are_no_formulas(self) -> None:
        said = {name: str(opened()[name]["A3"].value) for name in opened().sheetnames if name.startswith(LISTINGS)}
        assert len(said) == 3
        assert all("非公式" in words or "项目单位填报" in words for words in said.values())
        assert "非公式" in str(opened()[VARIATIONS]["A1"].value)

    def test_calculates_the_cost_of_a_tonne_from_what_was_supplied(self) -> None:
        line = [cell.value for cell in opened()[COST_PER_TONNE][6]]
        assert all(str(formula).startswith("=") for formula in line[1:5])
        assert line[6] == pytest.approx(6132)

    @pytest.mark.parametrize("name", ["G1", "G2", "G3", "G4"])
    def test_has_one_formula_in_each_row_across_the_years(self, name: str) -> None:
        rows = 0
        for sheet in opened(name).worksheets:
            if sheet.title in {INDICATORS, CHECKS, COVER, VARIATIONS, COST_PER_TONNE} or sheet.title.startswith(
                LISTINGS
            ):
                continue
            for row in sheet.iter_rows(min_row=6, min_col=6):
                cells = [cell for cell in row if isinstance(cell.value, str) and cell.value.startswith("=")]
                rows += len(cells) > 1
                for cell in cells[1:]:
                    moved = Translator(cells[0].value, origin=cells[0].coordinate).translate_formula(cell.coordinate)
                    assert cell.value == moved
        assert rows > 200

    def test_uses_nothing_that_hides_where_a_number_comes_from(self) -> None:
        for sheet in opened().worksheets:
            assert not sheet.merged_cells.ranges
            for row in sheet.iter_rows():
                for cell in row:
                    if isinstance(cell.value, str) and cell.value.startswith("="):
                        assert not re.search(r"OFFSET|INDIRECT|\[|#REF", cell.value), cell.coordinate

    def test_freezes_names_and_prints_across(self) -> None:
        sheet = opened()[CALCULATION]
        assert (sheet.freeze_panes, sheet.page_setup.orientation) == ("C6", "landscape")
        assert "基准收益率" in opened().defined_names
        assert "指标_equity_irr" in opened().defined_names

    def test_caches_the_published_answers(self) -> None:
        sheet = opened(cached=True)[INDICATORS]
        shown = {row[0]: row[3] for row in sheet.iter_rows(min_row=6, values_only=True)}
        assert shown["资本金财务内部收益率"] == pytest.approx(0.12680, abs=5e-5)
        assert shown["专项债券本息覆盖倍数"] in {None, ""}

    def test_names_the_users_own_items_beside_the_inputs(self) -> None:
        sheet = opened()[INPUTS]
        notes = {row[1]: row[3] for row in sheet.iter_rows(min_row=6, values_only=True)}
        assert notes["收入1单价"] == "sewage service fee（项目单位填报）"
        assert notes["减半征收的减免比例"] == "方法常数，通常不改"

    def test_marks_the_values_of_other_inputs_as_values_beside_the_live_base_case(self) -> None:
        sheet, cached = opened()[VARIATIONS], opened(cached=True)[VARIATIONS]
        assert "非公式" in sheet["A1"].value
        assert "2026-03-01" in sheet["A3"].value
        assert sheet["B6"].value == "=指标_project_npv_post_tax"
        assert cached["B6"].value == pytest.approx(cached["B5"].value)
        rows = {row[0]: row[1:] for row in cached.iter_rows(min_row=9, values_only=True) if row[0]}
        assert rows["基准情景"][2] == pytest.approx(cached["B5"].value)
        assert rows["银行审慎情景（收入−10%）"][2] < 0 < rows["基准情景"][2]
        assert rows["税后净现值（万元）"][0] < rows["税后净现值（万元）"][1] < rows["税后净现值（万元）"][2]

    def test_groups_the_inputs_and_offers_a_change_of_each_factor(self) -> None:
        sheet = opened()[INPUTS]
        headings = [row[0] for row in sheet.iter_rows(min_row=6, values_only=True) if row[0]]
        assert headings[0] == VARIATIONS_HEADING
        assert {"营业收入", "经营成本", "债务", "补助资金", "方法常数"} <= set(headings)
        assert {"变动_建设投资", "变动_营业收入", "变动_经营成本"} <= set(opened().defined_names)

    def test_prints_table_13_with_the_base_case_live_beside_it(self) -> None:
        sheet = opened(cached=True)["表13 敏感性分析表"]
        base = [row for row in sheet.iter_rows(min_row=6, values_only=True) if row[1] == 0]
        assert len(base) == 3
        assert all(row[10] == pytest.approx(row[3]) and row[11] == 0 for row in base)
        others = [row for row in sheet.iter_rows(min_row=6, values_only=True) if row[1] != 0]
        assert len(others) == 18
        assert all(row[10] in {None, ""} and row[3] != base[0][3] for row in others)

    def test_is_not_written_without_an_evaluation(self) -> None:
        assert model_xlsx(content(evaluation=None)) is None
