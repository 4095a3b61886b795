"""A plan on paper: PDF by pdftotext, DOCX and XLSX opened by second programs, the same bytes every time."""

import io
import subprocess
from datetime import UTC, datetime
from functools import cache

import openpyxl
import pytest
from docx import Document

from builders import dossier
from plan_builders import TODAY, facts, plan_document, priced_dossier
from registry.packages.city_plan.charts import funding_chart
from registry.packages.city_plan.documents import plan_docx, plan_pdf, plan_xlsx
from registry.packages.city_plan.view import view_of
from registry.programme.financing_plan.document import PROPOSAL
from registry.programme.financing_plan.figures import figures_of
from registry.programme.financing_plan.needs import plan_findings
from registry.programme.financing_plan.queries import Plan
from registry.programme.papers.queries import PaperSummary, PaperText

MOMENT = datetime(2026, 11, 26, 8, 0, tzinfo=UTC)
LINES = [
    {"source": "city", "year": 2027, "amount": "1234.56", "status": "secured"},
    {"source": "special_bond", "year": 2028, "amount": "8000", "status": "planned"},
    {"source": "city", "year": 2028, "status": "gap"},
]


@cache
def plan(*, is_demo: bool = True, title: str = "湖州市投融资方案") -> Plan:
    document = plan_document(
        "A", "B", "C", bundles=[{"name": "厂网河", "members": ["B", "C"]}],
        scenarios=[{"name": "加息", "rate_shift": 0.01}],
        timetable=[{"when": "2028-01", "what": "后一步"}, {"when": "2027-01", "what": "先一步"}],
        fixed_on=TODAY,
    )  # fmt: skip
    figures = figures_of(
        document, facts(A=dossier(funding_lines=LINES), B=priced_dossier("G1"), C=priced_dossier("G4"))
    )
    paper = PaperSummary(
        7, "financing_plan", title, None, "湖州市财政局", "330500", "submitted", MOMENT, 3, 2, None, None, None, is_demo
    )
    text = PaperText(2, MOMENT, 1, "签发", "ab" * 32, {})
    return Plan(paper, text, document, figures, plan_findings(document, figures), TODAY)


def pdf_text(content: bytes) -> str:
    told = subprocess.run(["pdftotext", "-layout", "-", "-"], input=content, capture_output=True, check=True)
    return told.stdout.decode()


class TestThePdf:
    def test_prints_title_proposal_money_and_the_demo_mark(self) -> None:
        text = pdf_text(plan_pdf(plan()))
        flat = "".join(text.split())
        assert "湖州市投融资方案" in flat
        assert "内容建议，非官方规定格式" in flat
        assert "示例数据" in flat
        for amount in ("1,234.56", "8,000.00", "5,045.21", "-17,699.71"):
            assert amount in text
        assert "能够自平衡" in flat

    def test_of_real_projects_has_no_demo_mark_and_english_has_english_heads(self) -> None:
        text = pdf_text(plan_pdf(plan(is_demo=False), "en"))
        assert "示例数据" not in text
        assert "Proposed content, not an official form" in " ".join(text.split())
        assert "Balance test of bundles" in text

    def test_has_the_same_bytes_every_time(self) -> None:
        assert plan_pdf(plan()) == plan_pdf(plan())

    def test_takes_any_title_for_text(self) -> None:
        title = '#import "x" 〈$a$〉' + "长" * 150
        assert "#import" in pdf_text(plan_pdf(plan(title=title))).replace("\u200b", "")


class TestTheDocx:
    def test_holds_the_words_and_figures_of_the_pdf(self) -> None:
        paper = Document(io.BytesIO(plan_docx(plan())))
        text = "\n".join(each.text for each in paper.paragraphs)
        cells = {cell.text for table in paper.tables for row in table.rows for cell in row.cells}
        assert PROPOSAL[0] in text
        assert "示例数据" in text
        assert {"1,234.56", "8,000.00", "5,045.21"} <= cells
        for section in view_of(plan())["sections"]:
            assert section["title"] in text

    def test_has_the_same_bytes_every_time(self) -> None:
        assert plan_docx(plan()) == plan_docx(plan())


class TestTheWorkbook:
    def test_has_a_sheet_for_each_table_with_exact_numbers_and_says_what_it_is(self) -> None:
        book = openpyxl.load_workbook(io.BytesIO(plan_xlsx(plan())))
        assert len(book.sheetnames) == 14
        cover = [cell.value for row in book["说明"] for cell in row]
        assert PROPOSAL[0] in cover
        rows = list(book["按资金来源"].iter_rows(min_row=2, values_only=True))
        assert ("市县财政资金", 1234.56, 0, None, 1234.56, 1) in rows
        assert ("地方政府专项债券", 0, 8000, 0, 8000, 0) in rows

    def test_has_the_same_bytes_every_time(self) -> None:
        assert plan_xlsx(plan()) == plan_xlsx(plan())


class TestTheView:
    def test_shows_what_is_unknown_as_unknown_and_scenarios_side_by_side(self) -> None:
        sections = {section["name"]: section for section in view_of(plan())["sections"]}
        (scenarios,) = sections["scenarios"]["tables"]
        assert scenarios["head"] == ["情景", "方案现状", "加息"]
        assert sections["risks"]["paragraphs"] == ["未填"]
        assert "1 笔资金金额未填" in sections["needs"]["paragraphs"][0]
        (_, timetable) = sections["banks"]["tables"]
        assert [row[1] for row in timetable["rows"]] == ["先一步", "后一步"]

    def test_draws_each_known_amount_once(self) -> None:
        spec = funding_chart(plan())
        assert spec is not None
        drawn = [(row["year"], row["what"], row["amount"]) for row in spec["data"]["values"]]
        assert drawn == [("2027", "已落实", pytest.approx(1234.56)), ("2028", "拟筹措", pytest.approx(8000))]
