"""Workbooks as offices really send them: nothing is dropped without a word, and no one's file ends in an error."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from openpyxl.styles import Color, PatternFill
from openpyxl.workbook import Workbook
from sqlalchemy import Engine

from builders import dossier
from conftest import People
from intake_files import repacked, workbook
from registry.database import reading, writing
from registry.errors import Finding
from registry.intake import annotating
from registry.intake.annotating import annotated_workbook
from registry.intake.preview import Preview, preview_file
from registry.intake.reading import read_table
from registry.intake.template import export_workbook, template_workbook
from registry.projects.operations import create_project
from registry.projects.queries import read_dossier

Look = Callable[[Workbook | bytes], Preview]


def content_of(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def template() -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(template_workbook()))


def fill(page: Any, row: int, **values: Any) -> None:
    places = {cell.value: cell.column for cell in page[2]}
    for name, value in values.items():
        page.cell(row, places[name], value)


def of(code: str, preview: Preview) -> list[Finding]:
    return [finding for finding in preview.findings if finding.code == code]


@pytest.fixture
def look(engine: Engine, people: People) -> Look:
    def preview(book: Workbook | bytes) -> Preview:
        content = book if isinstance(book, bytes) else content_of(book)
        with reading(engine) as session:
            return preview_file(session, people.city, content, "项目.xlsx")

    return preview


class TestARow:
    def test_left_marked_as_the_example_is_named_once_somebody_filled_it(self, look: Look) -> None:
        book = template()
        fill(book["项目"], 3, name="湖州真实项目")
        preview = look(book)
        assert preview.rows == ()
        assert [(finding.row, finding.value) for finding in of("example-row", preview)] == [(3, "湖州真实项目")]

    def test_without_a_number_is_read_though_its_name_begins_like_the_mark(self, look: Look) -> None:
        book = template()
        fill(book["项目"], 4, name="示例小区海绵化改造工程")
        assert [row.name for row in look(book).rows] == ["示例小区海绵化改造工程"]

    def test_of_totals_is_no_project(self, look: Look) -> None:
        preview = look(workbook(("项目名称", "总投资"), ("湖州水厂", 5), ("合 计", 5)))
        assert [row.state for row in preview.rows] == ["new", "rejected"]
        assert of("total-row", preview)[0].row == 3

    def test_with_a_remark_beside_the_fields_is_mentioned(self, look: Look) -> None:
        preview = look(workbook(("序号", "项目名称"), (1, "湖州水厂"), ("填表人：张三", None)))
        assert [(finding.row, finding.severity) for finding in of("row-not-read", preview)] == [(3, "info")]

    def test_whose_name_the_catalogue_refuses_is_rejected(self, look: Look) -> None:
        preview = look(workbook(("项目名称", "总投资"), ("甲", 5)))
        assert [row.state for row in preview.rows] == ["rejected"]
        assert {finding.code for finding in preview.findings} == {"string-too-short", "row-without-name"}


class TestATable:
    def test_without_a_project_says_so(self, look: Look) -> None:
        assert [finding.code for finding in look(template()).findings] == ["no-projects"]

    def test_with_titles_in_two_rows_is_read(self, look: Look) -> None:
        heads = ("项目名称", "投资情况", None), (None, "总投资（万元）", "项目资本金")
        preview = look(workbook(*heads, ("湖州水厂", 100, 30)))
        (row,) = preview.rows
        changed = {cell.path: cell.after for cell in row.cells}
        assert (changed["name"], changed["total_investment"]) == ("湖州水厂", "100")

    def test_with_merged_cells_changes_nothing_under_them(self, engine: Engine, people: People) -> None:
        with writing(engine) as session:
            made = [
                create_project(session, people.city, dossier(name=name, implementer_name="湖州水务集团"), reason="录入")
                for name in ("湖州水厂一", "湖州水厂二")
            ]
        with reading(engine) as session:
            kept = [(each.code, read_dossier(session, people.city, each.code)[1]) for each in made]
        book = openpyxl.load_workbook(io.BytesIO(export_workbook(kept)))
        page = book["项目"]
        (column,) = (cell.column for cell in page[2] if cell.value == "implementer_name")
        page.merge_cells(start_row=3, end_row=4, start_column=column, end_column=column)
        with reading(engine) as session:
            preview = preview_file(session, people.city, content_of(book), "项目.xlsx")
        assert [row.state for row in preview.rows] == ["unchanged", "unchanged"]
        (finding,) = of("merged-cells", preview)
        assert (finding.row, finding.path) == (4, "implementer_name")
        assert "E3:E4" in finding.message_zh


class TestASheet:
    def test_of_child_records_is_known_by_its_titles_under_another_name(self, look: Look) -> None:
        book = template()
        fill(book["项目"], 4, row_id=1, name="湖州水厂")
        fill(book["资金来源"], 4, row_id=1, source="商业银行贷款", year=2027, amount=80, status="拟筹措")
        book["资金来源"].title = "2027年资金"
        preview = look(book)
        assert [(row.sheet, row.name) for row in preview.rows] == [("项目", "湖州水厂")]
        lines = next(cell.after for cell in preview.rows[0].cells if cell.path == "funding_lines")
        assert [(line["year"], line["amount"]) for line in lines] == [(2027, "80")]
        assert of("sheet-recognised", preview)[0].value == "2027年资金"

    def test_of_child_records_without_its_titles_is_named(self, look: Look) -> None:
        book = template()
        fill(book["项目"], 4, row_id=1, name="湖州水厂")
        fill(book["资金来源"], 4, row_id=1, year=2027, amount=80)
        for row in book["资金来源"].iter_rows(min_row=1, max_row=2):
            for cell in row:
                cell.value = "无题"
        assert of("child-sheet-not-read", look(book))[0].severity == "error"

    def test_that_is_hidden_is_not_read_beside_a_visible_one(self, look: Look) -> None:
        book = template()
        fill(book["项目"], 4, name="湖州水厂")
        old = book.create_sheet("旧数据", 0)
        old.append(["项目名称", "总投资"])
        old.append(["早已不做的项目", 5])
        old.sheet_state = "hidden"
        preview = look(book)
        assert [row.name for row in preview.rows] == ["湖州水厂"]
        assert of("hidden-sheet", preview)[0].value == "旧数据"


class TestAChildRecord:
    def test_without_two_required_parts_is_left_out_and_both_are_named(self, look: Look) -> None:
        book = template()
        fill(book["项目"], 4, row_id=1, name="湖州水厂")
        fill(book["资金来源"], 4, row_id=1, amount=300)
        fill(book["资金来源"], 5, row_id=1, source="商业银行贷款", status="拟筹措", amount=80)
        preview = look(book)
        lines = next(cell.after for cell in preview.rows[0].cells if cell.path == "funding_lines")
        assert [line["amount"] for line in lines] == ["80"]
        missing = [(finding.path, finding.row) for finding in of("missing", preview)]
        assert missing == [("funding_lines[0].source", 4), ("funding_lines[0].status", 4)]
        assert all(finding.message_zh.startswith("工作表「资金来源」第 4 行") for finding in of("missing", preview))

    def test_whose_number_two_projects_have_is_nobodys(self, look: Look) -> None:
        book = template()
        fill(book["项目"], 4, row_id=1, name="湖州水厂")
        fill(book["项目"], 5, row_id=1, name="湖州污水厂")
        fill(book["资金来源"], 4, row_id=1, source="商业银行贷款", status="拟筹措", amount=80)
        assert of("line-of-several-projects", look(book))[0].row == 4


class TestTheUsersWorkbook:
    def marked(self, content: bytes, look: Look) -> Workbook:
        sheets = read_table(content, "项目.xlsx")
        given = annotated_workbook(content, sheets, look(content).notes)
        return openpyxl.load_workbook(io.BytesIO(given))

    @pytest.mark.parametrize(
        "broken",
        [
            {"xl__styles_DOT_xml": b"<styleSheet><cellXfs><xf numFmtId='abc'/></cellXfs></styleSheet>"},
            {"docProps__core_DOT_xml": b"<coreProperties>no date</coreProperties"},
        ],
    )
    def test_that_cannot_be_edited_gives_contents_and_findings(self, look: Look, broken: dict[str, bytes]) -> None:
        content = repacked(workbook(("项目名称", "总投资"), ("湖州水厂", "三千")), **broken)
        book = self.marked(content, look)
        assert book["项目"]["B2"].value == "三千"
        assert [row[8].value for row in book["问题清单"].iter_rows(min_row=2)] == [
            "workbook-not-reopened",
            "not-an-amount",
        ]

    def test_in_the_strict_form_keeps_its_cells(self, look: Look) -> None:
        plain = workbook(("项目名称", "总投资"), ("湖州水厂", "三千"))
        main, strict = b"http://schemas.openxmlformats.org/", b"http://purl.oclc.org/ooxml/"
        old = (b"spreadsheetml/2006/main", b"officeDocument/2006/relationships")
        new = (b"spreadsheetml/main", b"officeDocument/relationships")
        with zipfile.ZipFile(io.BytesIO(plain)) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        for before, after in zip(old, new, strict=True):
            parts = {name: text.replace(main + before, strict + after) for name, text in parts.items()}
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for name, text in parts.items():
                archive.writestr(name, text)
        assert self.marked(out.getvalue(), look)["项目"]["B2"].value == "三千"

    def test_of_countless_empty_coloured_cells_is_not_opened(self, look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(annotating, "_MOST_CELLS_REOPENED", 20)
        book = openpyxl.load_workbook(io.BytesIO(workbook(("项目名称", "总投资"), ("湖州水厂", "三千"))))
        page = book.active
        assert page is not None
        for number in range(3, 33):
            page.cell(number, 1).fill = PatternFill("solid", fgColor="FFFFFF00")
        marked = self.marked(content_of(book), look)
        assert marked["问题清单"]["I2"].value == "workbook-not-reopened"
        assert marked["项目"]["B2"].value == "三千"

    @pytest.mark.parametrize("colour", [Color(rgb="FF00B050"), Color(theme=4, tint=0.4), Color(indexed=13)])
    def test_has_its_own_colours_again_once_it_is_corrected(self, look: Look, colour: Color) -> None:
        book = openpyxl.load_workbook(io.BytesIO(workbook(("项目名称", "总投资"), ("湖州水厂", "三千"))))
        page = book["项目"]
        page["B2"].fill = PatternFill("solid", fgColor=colour)
        marked = self.marked(content_of(book), look)
        assert marked["项目"]["B2"].fill.fgColor.rgb == "FFF4B0B0"
        marked["项目"]["B2"] = 3000
        again = self.marked(content_of(marked), look)
        assert again["项目"]["B2"].comment is None
        kept = again["项目"]["B2"].fill.fgColor
        assert (kept.type, kept.value, kept.tint) == (colour.type, colour.value, colour.tint)
