"""Papers of cities in Excel: what is given out comes back unchanged, and each flaw names its sheet and cell."""

import io
from typing import Any

import openpyxl
import pytest

from registry.errors import InvalidInput
from registry.programme.city_plan.document import CityPlanDocument
from registry.programme.financing_plan.document import PlanDocument
from registry.programme.papers.workbook import Upload, checked, paper_workbook, read_paper_workbook
from registry.programme.regional_programme.document import RegionalProgrammeDocument
from registry.programme.self_evaluation.document import SelfEvaluationDocument

PLAN: dict[str, Any] = {
    "start_year": 2025,
    "end_year": 2027,
    "aims": "到 2027 年突出生态环境问题得到有效解决。",
    "goals": [{"indicator": "pm25", "unit": "μg/m³", "base_year": 2024, "base": 27.4, "target": 25.0}],
    "tasks": [
        {"number": "1", "name": "水环境提升", "dimension": "good_environment"},
        {"number": "1.1", "name": "污水管网", "parent": "1", "national_task": "sewer_coverage", "finish": "2026-12"},
    ],
    "measures": [{"name": "供排水一体化改革", "task": "1"}],
    "projects": [{"code": "ML-0000001", "task": "1.1"}, {"code": "ML-0000002"}],
}
PROGRAMME: dict[str, Any] = {
    "start_year": 2027,
    "facility_amount": "28800.05",
    "is_surplus_carried": True,
    "lenders": [{"name": "示例银行", "amount": "20000", "rate": 0.031, "tenor_years": 15.0}],
    "allocations": [{"code": "ML-0000001", "lender": "示例银行", "amount": "9000", "part": "paying"}],
    "movements": [{"lender": "示例银行", "year": 2027, "kind": "drawn", "amount": "123456.78"}],
}
EVALUATION: dict[str, Any] = {
    "summary": "总体良好。",
    "indicators": [{"indicator": "pm25", "target": 27.0, "actual": 27.8, "explanation": "沙尘过程偏多"}],
    "projects": [{"code": "ML-0000001", "progress": "主体完工"}],
}
FINANCING: dict[str, Any] = {
    "start_year": 2027,
    "end_year": 2031,
    "projects": [{"code": "ML-0000001", "role": "core"}, {"code": "ML-0000002", "role": "revenue", "note": "反哺"}],
    "bundles": [{"name": "水务组合", "members": ["ML-0000001", "ML-0000002"]}],
    "scenarios": [{"name": "利率上行", "left_out": ["ML-0000002"], "rate_shift": 0.005, "revenue_change": -0.1}],
    "scenario_amounts": [
        {"scenario": "利率上行", "code": "ML-0000001", "source": "commercial_loan", "year": 2027, "amount": "1234.56",
         "status": "gap"},
    ],
    "bank_matches": [{"bank": "示例银行", "code": "ML-0000001", "instrument": "loan", "amount": "9000"}],
    "timetable": [{"when": "2027-03", "what": "开工"}],
    "roles": [{"party": "city", "duty": "统筹"}],
    "performance_goals": [{"indicator": "污水收集率", "target": "75", "unit": "%"}],
    "debt_safety": {"as_of": "2026-12", "own_debt": "1200000.5", "adds_hidden_debt": False, "statement": "无"},
}  # fmt: skip


def changed(of: Any, document: dict[str, Any], *edits: tuple[str, str, Any]) -> bytes:
    """Return the workbook of a document with some cells written over: sheet, cell, value."""
    book = openpyxl.load_workbook(io.BytesIO(paper_workbook(of, document)))
    for sheet, cell, value in edits:
        book[sheet][cell] = value
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def read(of: Any, content: bytes, base: dict[str, Any]) -> Upload:
    return read_paper_workbook(of, content, "表.xlsx", base)


def flaws(of: Any, content: bytes, base: dict[str, Any]) -> list[tuple[str, str | None, int | None, str]]:
    with pytest.raises(InvalidInput) as caught:
        checked(of, read(of, content, base))
    return [(each.code, each.column, each.row, each.message_zh) for each in caught.value.findings]


class TestAPaperInExcel:
    @pytest.mark.parametrize(
        ("of", "document"),
        [
            (CityPlanDocument, PLAN),
            (RegionalProgrammeDocument, PROGRAMME),
            (SelfEvaluationDocument, EVALUATION),
            (PlanDocument, FINANCING),
            (CityPlanDocument, {}),
            (PlanDocument, {}),
        ],
    )
    def test_comes_back_as_it_was_given_out(self, of: Any, document: dict[str, Any]) -> None:
        before = of.model_validate(document).model_dump(mode="json", exclude_none=True)
        after = checked(of, read(of, paper_workbook(of, before), {}))
        assert after.model_dump(mode="json", exclude_none=True) == before

    def test_changes_single_values_of_a_record_and_leaves_the_others(self) -> None:
        before = PlanDocument.model_validate(FINANCING).model_dump(mode="json", exclude_none=True)
        content = changed(PlanDocument, before, ("债务安全", "B3", 1300000), ("债务安全", "B9", "是"))
        after = checked(PlanDocument, read(PlanDocument, content, before)).model_dump(mode="json", exclude_none=True)
        assert after == {
            **before,
            "debt_safety": {**before["debt_safety"], "own_debt": "1300000", "adds_hidden_debt": True},
        }

    def test_names_the_cell_of_a_flaw_in_a_record(self) -> None:
        content = changed(PlanDocument, FINANCING, ("债务安全", "B3", "很多"), ("债务安全", "A4", "限额之外"))
        found = flaws(PlanDocument, content, {})
        assert [(code, column, row) for code, column, row, _ in found] == [
            ("not-an-amount", "B", 3),
            ("unknown-item", "A", 4),
        ]
        assert "“债务安全”表第 4 行 A 列" in found[1][3]

    def test_offers_long_lists_of_choices_by_name(self) -> None:
        book = openpyxl.load_workbook(io.BytesIO(paper_workbook(CityPlanDocument, PLAN)))
        rules = {str(rule.sqref)[:1]: rule.formula1 for rule in book["重点任务"].data_validations.dataValidation}
        assert set(rules) == {"D", "E"}
        named = book.defined_names[rules["E"].removeprefix("=")].attr_text
        sheet, cells = named.replace("'", "").split("!")
        offered = [cell.value for row in book[sheet][cells] for cell in row]
        assert "污水管网全覆盖样板区" in offered
        assert sum(map(len, offered)) > 255

    def test_replaces_a_list_and_leaves_alone_what_is_not_in_it(self) -> None:
        book = openpyxl.load_workbook(io.BytesIO(paper_workbook(CityPlanDocument, PLAN)))
        del book["总体"], book["建设目标"], book["改革举措"], book["工程项目"]
        book["重点任务"].delete_rows(3)
        target = io.BytesIO()
        book.save(target)
        document = read(CityPlanDocument, target.getvalue(), PLAN).document
        assert document["tasks"] == PLAN["tasks"][:1]
        assert {name: document[name] for name in document if name != "tasks"} == {
            name: PLAN[name] for name in PLAN if name != "tasks"
        }

    def test_clears_what_its_first_sheet_leaves_empty(self) -> None:
        content = changed(CityPlanDocument, PLAN, ("总体", "B3", None))
        assert "end_year" not in read(CityPlanDocument, content, PLAN).document


class TestAFlaw:
    def test_names_sheet_and_cell_of_what_cannot_be_read(self) -> None:
        content = changed(
            CityPlanDocument, PLAN, ("建设目标", "D2", "约三十"), ("重点任务", "D2", "蓝天"), ("总体", "B2", "明年")
        )
        found = flaws(CityPlanDocument, content, PLAN)
        assert [each[:3] for each in found] == [
            ("not-an-integer", "B", 2),
            ("not-a-number", "D", 2),
            ("not-in-list", "D", 2),
        ]
        assert found[2][3].startswith("“重点任务”表第 2 行 D 列：“维度”应为以下之一")
        assert read(CityPlanDocument, content, PLAN).unread == {
            "start_year": "明年", "goals[0].base": "约三十", "tasks[0].dimension": "蓝天"
        }  # fmt: skip

    def test_names_the_row_of_what_the_document_refuses(self) -> None:
        content = changed(CityPlanDocument, PLAN, ("重点任务", "B3", None), ("建设目标", "E2", 1776))
        assert [each[:3] for each in flaws(CityPlanDocument, content, PLAN)] == [
            ("greater-than-equal", "E", 2),
            ("missing", "B", 3),
        ]

    def test_tells_of_a_loop_of_tasks_and_how_to_break_it(self) -> None:
        content = changed(CityPlanDocument, PLAN, ("重点任务", "C2", "1.1"))
        ((code, _, _, words),) = flaws(CityPlanDocument, content, PLAN)
        assert (code, "1 → 1.1 → 1" in words, "请改正其中一个的上级任务" in words) == ("task-loop", True, True)

    def test_is_a_column_a_sheet_and_an_item_nobody_knows(self) -> None:
        book = openpyxl.load_workbook(io.BytesIO(paper_workbook(RegionalProgrammeDocument, PROGRAMME)))
        book["参与银行"]["F1"] = "联系人"
        book["总体"]["A10"] = "备注"
        book.create_sheet("草稿")["A1"] = "x"
        target = io.BytesIO()
        book.save(target)
        upload = read(RegionalProgrammeDocument, target.getvalue(), PROGRAMME)
        assert [each.code for each in upload.findings] == ["unknown-item", "unknown-column", "unknown-sheet"]
        assert upload.document["lenders"] == PROGRAMME["lenders"]

    def test_is_an_amount_in_another_unit_and_a_formula(self) -> None:
        content = changed(RegionalProgrammeDocument, PROGRAMME, ("参与银行", "B2", "2亿元"), ("额度分配", "C2", "=1+1"))
        assert [each[:3] for each in flaws(RegionalProgrammeDocument, content, PROGRAMME)] == [
            ("unit-not-guessed", "B", 2),
            ("formula", "C", 2),
        ]

    def test_is_a_file_with_no_sheet_of_the_paper(self) -> None:
        with pytest.raises(InvalidInput, match="不是本文件的表"):
            read(CityPlanDocument, b"a,b\n1,2", PLAN)
