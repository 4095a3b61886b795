"""The emitted workbook against the engine, through LibreOffice: an independent path to every figure."""

import io
from functools import cache
from pathlib import Path

import openpyxl
import pytest

from packaged import content, dossier, evaluated, golden_case
from programs import office_path
from recalculation import Cells, differences, formulas_of, recalculated, values_of
from registry.packages.analysis import analysis_of
from registry.packages.model.layout import INPUTS
from registry.packages.model.sheets import CHECKS, COVER, INDICATORS
from registry.packages.model.variations import VARIATIONS
from registry.packages.model.workbook import model_xlsx
from registry.projects.financials import FinancialCase

pytestmark = [pytest.mark.office, pytest.mark.slow]

GOLDEN = ("G1", "G2", "G3", "G4")
UNUSUAL = ("forty years", "five debts")
CASES = (*GOLDEN, *UNUSUAL)
TABLE_13 = "表13 敏感性分析表"
OTHER_RUNS = (CHECKS, COVER, VARIATIONS, TABLE_13)
"""Sheets that compare with the values of the first run."""


@pytest.fixture(scope="module", autouse=True)
def _office() -> None:
    office_path()


@cache
def workbook_of(name: str) -> bytes:
    return _workbook(golden_case(name) if name in GOLDEN else unusual_case(name))


def unusual_case(name: str) -> FinancialCase:
    document = golden_case("G1").model_dump(mode="json")
    if name == "forty years":
        return FinancialCase.model_validate({**document, "timeline": {"construction_years": 2, "operation_years": 38}})
    loan = document["debts"][0]
    debts = [
        {**loan, "name": f"第{number}家银行贷款", "draws": ["2200", "2600"], "annual_rate": 0.03 + number / 400}
        for number in range(1, 6)
    ]
    return FinancialCase.model_validate({**document, "debts": debts})


def _workbook(case: FinancialCase) -> bytes:
    produced = model_xlsx(
        content(dossier=dossier(financials=case), evaluation=evaluated(case), analysis=analysis_of(case, "P"))
    )
    assert produced is not None
    return produced


@pytest.fixture(scope="module")
def calculated(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Cells]:
    return recalculated({name: workbook_of(name) for name in CASES}, tmp_path_factory.mktemp("office"))


class TestTheWorkbook:
    @pytest.mark.parametrize("name", CASES)
    def test_calculates_every_cell_the_engine_wrote(self, calculated: dict[str, Cells], name: str) -> None:
        formulas = formulas_of(workbook_of(name))
        assert len(formulas) > 4000
        assert differences(values_of(workbook_of(name)), calculated[name], formulas) == []

    def test_says_so_when_a_formula_is_wrong(self, calculated: dict[str, Cells]) -> None:
        formulas = formulas_of(workbook_of("G1"))
        shifted = {
            at: value * 1.00000001 if isinstance(value, float) else value for at, value in calculated["G1"].items()
        }
        assert len(differences(values_of(workbook_of("G1")), shifted, formulas)) > 1000

    @pytest.mark.parametrize("name", CASES)
    def test_passes_its_own_checks_with_figures_that_are_not_all_zero(
        self, calculated: dict[str, Cells], name: str
    ) -> None:
        results = [value for (sheet, at), value in calculated[name].items() if sheet == CHECKS and at.startswith("F")]
        assert results.count(True) >= 25
        assert not any(value is False for value in results)
        agreed = [value for (sheet, at), value in calculated[name].items() if sheet == CHECKS and at.startswith("C")]
        assert sum(isinstance(value, float) and abs(value) > 1e-3 for value in agreed) >= 5


class TestChangedInputs:
    """Three typed numbers are changed in the file; the engine is run on the same change."""

    def test_lead_to_the_engines_new_answer_in_every_cell(self, tmp_path: Path) -> None:
        edits = {"工程费用": 35200, "收入1单价": 2.25, "债务1名义年利率": 0.045}
        cases = {name: golden_case(name) if name in GOLDEN else unusual_case(name) for name in ("G1", *UNUSUAL)}
        typed = {name: _edited(workbook_of(name), edits) for name in cases}
        for name, found in recalculated(typed, tmp_path).items():
            document = cases[name].model_dump(mode="json")
            document["investment"]["engineering_cost"] = "35200"
            document["revenue_streams"][0]["unit_price_yuan"] = 2.25
            document["debts"][0]["annual_rate"] = 0.045
            expected = _workbook(FinancialCase.model_validate(document))
            kept = {at: text for at, text in formulas_of(expected).items() if not at[0].startswith(OTHER_RUNS)}
            assert len(kept) > 4000
            assert differences(values_of(expected), found, kept) == [], name
            assert values_of(workbook_of(name))[INDICATORS, "D7"] != values_of(expected)[INDICATORS, "D7"]

    def test_of_a_whole_factor_reproduce_table_13(self, tmp_path: Path) -> None:
        changes = {"建设投资变动": 0.1, "营业收入变动": -0.2, "经营成本变动": 0.05}
        typed = {name: _edited(workbook_of("G1"), {name: change}) for name, change in changes.items()}
        for name, found in recalculated(typed, tmp_path).items():
            rows = [
                {column: found.get((TABLE_13, f"{column}{row}")) for column in "ABCDEFGHIJKL"} for row in range(6, 27)
            ]
            (line,) = [row for row in rows if isinstance(row["K"], float)]
            assert (line["A"], line["B"]) == (name.removesuffix("变动"), changes[name])
            assert line["K"] == pytest.approx(line["D"], rel=1e-9, abs=1e-6)
            assert found[INDICATORS, "D7"] == pytest.approx(line["C"], abs=1e-9)
            assert found[INDICATORS, "D7"] != pytest.approx(values_of(workbook_of("G1"))[INDICATORS, "D7"], abs=1e-4)

    def test_keep_the_ties_and_show_the_new_figures_as_changed(self, tmp_path: Path) -> None:
        found = recalculated({"changed": _edited(workbook_of("G1"), {"工程费用": 35200})}, tmp_path)["changed"]
        answers = {str(found.get((CHECKS, f"A{row}"))): found.get((CHECKS, f"F{row}")) for row in range(6, 60)}
        assert answers["资产＝负债＋权益"] is True
        assert answers["表间勾稽通过：未通过项数"] == 0
        assert answers["项目投资财务净现值（税后）"] is False
        assert found[VARIATIONS, "B7"] == "输入已改动，下列数值不再对应本簿"
        assert found[COVER, "B16"] == "不一致（输入已改动），见“校核”"


def _edited(workbook: bytes, edits: dict[str, float]) -> bytes:
    """Type new numbers into the rows of these names, wherever the row already holds a number that is not zero."""
    book = openpyxl.load_workbook(io.BytesIO(workbook))
    left = dict(edits)
    for row in book[INPUTS].iter_rows(min_row=6):
        if row[1].value in edits:
            value = left.pop(str(row[1].value))
            for cell in row[4:]:
                if isinstance(cell.value, (int, float)):
                    cell.value = value
    assert not left
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()
