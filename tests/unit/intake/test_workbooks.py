"""Template, preview and the user's own workbook with findings in it."""

import io
import subprocess
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from sqlalchemy import Engine

from conftest import People
from intake_files import csv_text, workbook
from programs import office_path
from registry.database import reading, writing
from registry.errors import NotAllowed
from registry.intake.annotating import AUTHOR, annotated_workbook
from registry.intake.importing import import_file
from registry.intake.preview import Preview, preview_file
from registry.intake.reading import Sheet, read_table
from registry.intake.template import export_workbook, template_workbook
from registry.projects.catalogue import fields
from registry.projects.model import Dossier
from registry.projects.operations import create_project
from registry.projects.queries import list_codes, read_dossier

OWN = (("湖州污水厂", 12.5, "2026-03", "甲"), ("湖州水厂", "1.2亿元", "2026-03", "乙"))
ROWS = (("项目名称", "总投资", "收入来源"), ("湖州污水厂", "12.5", "水费"), ("湖州水厂", "three", ""), ("", "7", ""))


def opened(content: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


def previewed(engine: Engine, people: People, content: bytes, name: str = "项目.csv") -> Preview:
    with reading(engine) as session:
        return preview_file(session, people.city, content, name)


class TestTemplate:
    def test_shows_every_field_by_its_official_title_over_its_hidden_code(self) -> None:
        page = opened(template_workbook())["项目"]
        codes = [cell.value for cell in page[2]]
        assert codes == ["row_id", "code", *fields()]
        assert page.row_dimensions[2].hidden
        titles = dict(zip(codes, [cell.value for cell in page[1]], strict=True))
        assert titles["total_investment"] == "总投资（万元）"

    def test_offers_lists_for_choices_and_asks_for_yes_or_no(self) -> None:
        book = opened(template_workbook())
        validations = book["项目"].data_validations.dataValidation
        rules = {next(iter(rule.sqref.ranges)).min_col: rule.formula1 for rule in validations}
        column = list(fields()).index("construction_status") + 3
        where = book.defined_names[rules[column]].attr_text.replace("'", "").replace("$", "").split("!")
        assert where[0] == "下拉列表"
        assert [row[0].value for row in book["下拉列表"][where[1]]] == ["未开工", "在建", "已完工"]

    def test_is_the_same_bytes_each_time(self) -> None:
        assert template_workbook() == template_workbook()

    def test_uploaded_empty_is_no_project(self, engine: Engine, people: People) -> None:
        preview = previewed(engine, people, template_workbook(), "模板.xlsx")
        assert preview.rows == ()
        assert [finding.code for finding in preview.findings] == ["no-projects"]

    def test_takes_lines_from_their_own_sheet(self, engine: Engine, people: People, tmp_path: Path) -> None:
        book = opened(template_workbook())
        names = list(fields())
        for row, name in enumerate(("湖州污水厂", "湖州水厂"), start=4):
            book["项目"].cell(row, 1, row - 3)
            book["项目"].cell(row, 3 + names.index("name"), name)
        for row, (owner, amount) in enumerate(((2, 100), (1, 30), (2, 50.25), (9, 1)), start=3):
            for column, value in enumerate((owner, None, None, "地方政府专项债券", 2026, amount, "拟筹措"), 1):
                book["资金来源"].cell(row, column, value)
        path = tmp_path / "填报.xlsx"
        book.save(path)
        with writing(engine) as session:
            result = import_file(session, people.city, path)
            _, dossier = read_dossier(session, people.city, result.codes["项目", 5])
        assert (result.created, [finding.code for finding in result.findings]) == (2, ["line-without-project"])
        assert [(line.year, line.amount) for line in dossier.funding_lines] == [(2026, 100), (2026, Decimal("50.25"))]

    def test_export_never_starts_a_formula(self) -> None:
        content = export_workbook([("ML-0000001", Dossier(name="=cmd|' /C calc'!A0", contact_phone="+8657200000"))])
        texts = [
            cell for row in opened(content)["项目"].iter_rows() for cell in row if str(cell.value)[:1] in {"=", "+"}
        ]
        assert len(texts) == 2
        assert all(cell.data_type == "s" and cell.quotePrefix for cell in texts)
        assert all(sheet.formulas == {} for sheet in read_table(content, "导出.xlsx"))

    @pytest.mark.office
    def test_opens_in_libreoffice_with_its_lists(self, tmp_path: Path) -> None:
        office = office_path()
        long = Dossier(name="=1+1", content_summary="甲\n乙" * 600, contact_phone="007", implementer_name="𬭎㳇公司")
        export = export_workbook([("ML-0000001", long)])
        marked = annotated_workbook(export, read_table(export, "导出.xlsx"), [])
        for name, content in (("模板", template_workbook()), ("导出", export), ("标注", marked)):
            (tmp_path / f"{name}.xlsx").write_bytes(content)
        files = [f"{name}.xlsx" for name in ("模板", "导出", "标注")]
        profile = f"-env:UserInstallation=file://{tmp_path}/profile"
        command = [office, profile, "--headless", "--convert-to", "xlsx", "--outdir", "out", *files]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=240)
        lists: Any = opened((tmp_path / "out" / "模板.xlsx").read_bytes())
        rules = lists["项目"].data_validations.dataValidation
        where = lists.defined_names[rules[0].formula1].attr_text
        assert where.replace("$", "").replace("'", "").startswith("下拉列表!")
        for name in ("导出", "标注"):
            again = read_table(tmp_path / "out" / f"{name}.xlsx", f"{name}.xlsx")
            assert all(sheet.formulas == {} for sheet in again)
            before, after = (filled(each) for each in (read_table(export, "导出.xlsx"), again))
            assert after["项目"] == before["项目"]


def filled(sheets: list[Sheet]) -> dict[str, list[list[str]]]:
    """Return the cells of each sheet that hold anything: programs differ in how far out they write empty ones."""
    return {sheet.name: [[cell for cell in row if cell] for row in sheet.rows if any(row)] for sheet in sheets}


class TestAnEditedExport:
    """What was stored, exported, edited in a spreadsheet and uploaded."""

    STORED = Dossier.model_validate(
        {
            "name": "湖州污水厂",
            "total_investment": "1200",
            "content_summary": "甲\n乙",
            "contact_phone": "00571",
            "funding_lines": [
                {"source": "special_bond", "year": 2026, "amount": "700", "status": "planned"},
                {"source": "city", "year": 2027, "amount": "500", "status": "gap"},
            ],
            "approvals": [{"kind": "可行性研究报告批复", "number": "湖发改〔2025〕1号"}],
            "financials": {"timeline": {"construction_years": 2}, "revenue_streams": [{"name": "水费"}]},
        }
    )

    def uploaded(
        self, engine: Engine, people: People, folder: Path, edit: Callable[[openpyxl.Workbook], None]
    ) -> Dossier:
        with writing(engine) as session:
            code = create_project(session, people.city, self.STORED, reason="录入").code
        book = opened(export_workbook([(code, self.STORED)]))
        edit(book)
        path = folder / "导出.xlsx"
        book.save(path)
        with writing(engine) as session:
            result = import_file(session, people.city, path)
            assert (result.rows, result.rejected, [one.code for one in result.findings]) == (1, 0, [])
            return read_dossier(session, people.city, code)[1]

    def test_saved_by_another_program_changes_nothing(self, engine: Engine, people: People, tmp_path: Path) -> None:
        assert self.uploaded(engine, people, tmp_path, lambda _: None) == self.STORED

    def test_clears_an_emptied_cell_and_no_other(self, engine: Engine, people: People, tmp_path: Path) -> None:
        column = list(fields()).index("total_investment") + 3

        def edit(book: openpyxl.Workbook) -> None:
            book["项目"].cell(3, column).value = None

        wanted = self.STORED.model_copy(update={"total_investment": None})
        assert self.uploaded(engine, people, tmp_path, edit) == wanted

    def test_drops_a_deleted_line_and_all_lines_of_an_emptied_sheet(
        self, engine: Engine, people: People, tmp_path: Path
    ) -> None:
        def edit(book: openpyxl.Workbook) -> None:
            book["资金来源"].delete_rows(3)
            book["审批文件"].delete_rows(3)

        saved = self.uploaded(engine, people, tmp_path, edit)
        assert [line.year for line in saved.funding_lines] == [2027]
        assert saved.approvals == []
        assert saved.financials == self.STORED.financials

    def test_may_lose_columns_and_change_their_order(self, engine: Engine, people: People, tmp_path: Path) -> None:
        def edit(book: openpyxl.Workbook) -> None:
            page = book["项目"]
            names = [cell.value for cell in page[2]]
            page.delete_cols(names.index("contact_phone") + 1)
            for row in page.iter_rows(min_row=1, max_row=3):
                row[0].value, row[1].value = row[1].value, row[0].value

        assert self.uploaded(engine, people, tmp_path, edit) == self.STORED

    def test_with_a_value_longer_than_the_field_says_so(self, engine: Engine, people: People) -> None:
        content = workbook(("项目名称", "content_summary"), ("湖州污水厂", "长" * 32_767))
        preview = previewed(engine, people, content, "项目.xlsx")
        assert [finding.code for finding in preview.findings] == ["string-too-long"]


class TestPreview:
    def test_tells_new_changed_unchanged_and_rejected_and_writes_nothing(
        self, engine: Engine, people: People, tmp_path: Path
    ) -> None:
        path = tmp_path / "一.csv"
        path.write_text(csv_text(*ROWS[:2], ("湖州公园", "9", "")), encoding="utf-8")
        with writing(engine) as session:
            import_file(session, people.city, path)
        rows = (ROWS[0], ("湖州污水厂", "13", "水费"), ("湖州公园", "9", ""), *ROWS[2:])
        preview = previewed(engine, people, csv_text(*rows).encode())
        assert [row.state for row in preview.rows] == ["changed", "unchanged", "new", "rejected"]
        (change,) = preview.rows[0].cells
        assert (change.path, change.state, change.before, change.after) == ("total_investment", "changed", "12.5", "13")
        assert [cell.state for cell in preview.rows[2].cells if cell.path == "total_investment"] == ["error"]
        assert preview.counts() == {"new": 1, "changed": 1, "unchanged": 1, "rejected": 1}
        with reading(engine) as session:
            assert len(list_codes(session, people.city)) == 2

    def test_lets_some_rows_be_committed(self, engine: Engine, people: People, tmp_path: Path) -> None:
        path = tmp_path / "一.csv"
        path.write_text(csv_text(*ROWS), encoding="utf-8")
        with writing(engine) as session:
            result = import_file(session, people.city, path, chosen={("一", 2)})
        assert (result.rows, result.created, result.rejected, result.findings) == (1, 1, 0, [])

    def test_names_the_project_of_each_row_by_sheet_and_row(
        self, engine: Engine, people: People, tmp_path: Path
    ) -> None:
        book = openpyxl.Workbook()
        for title, name in (("一批", "甲工程"), ("二批", "乙工程")):
            page = book.create_sheet(title)
            page.append(["项目名称"])
            page.append([name])
        del book["Sheet"]
        book.save(path := tmp_path / "两批.xlsx")
        with writing(engine) as session:
            result = import_file(session, people.city, path)
            names = {place: read_dossier(session, people.city, code)[1].name for place, code in result.codes.items()}
        assert names == {("一批", 2): "甲工程", ("二批", 2): "乙工程"}
        assert set(result.as_dict()["codes"]) == {"一批:2", "二批:2"}

    def test_is_not_for_banks(self, engine: Engine, people: People) -> None:
        with reading(engine) as session, pytest.raises(NotAllowed):
            preview_file(session, people.bank, csv_text(*ROWS).encode(), "项目.csv")


class TestAnnotatedWorkbook:
    @pytest.mark.parametrize("kind", ["csv", "xlsx"])
    def test_marks_the_cells_and_lists_the_findings(self, engine: Engine, people: People, kind: str) -> None:
        content = csv_text(*ROWS).encode() if kind == "csv" else workbook(*ROWS)
        name = f"项目.{kind}"
        preview = previewed(engine, people, content, name)
        book = opened(annotated_workbook(content, read_table(content, name), preview.notes))
        page: Any = book["项目"]
        assert page["B3"].value == "three"
        assert page["B3"].comment.author == AUTHOR
        assert "以万元计的金额" in page["B3"].comment.text
        assert page["B3"].fill.fgColor.rgb == "FFF4B0B0"
        assert page["B2"].comment is None
        assert [cell.value for cell in book["问题清单"]["I"]] == ["代码", "not-an-amount", "row-without-name"]

    def test_keeps_what_is_the_users_own(self, engine: Engine, people: People) -> None:
        book = openpyxl.Workbook()
        page: Any = book.active
        page.title = "申报表"
        page["A1"] = "湖州市申报汇总表"
        page.merge_cells("A1:D1")
        for row, cells in enumerate((("项目名称", "总投资（万元）", "建设期起", "备注"), *OWN), start=2):
            for column, value in enumerate(cells, start=1):
                page.cell(row, column, value)
        page.column_dimensions["A"].width = 42
        page.column_dimensions["D"].hidden = True
        page["A3"].fill = PatternFill("solid", fgColor="FF00FF00")
        page["B4"].comment = Comment("请财政局核实", "张三")
        book.create_sheet("草稿")["A1"] = "随便写写"
        out = io.BytesIO()
        book.save(out)
        marked = opened(self.annotated(engine, people, out.getvalue()))
        page = marked["申报表"]
        assert marked.sheetnames == ["申报表", "草稿", "问题清单"]
        assert [str(each) for each in page.merged_cells.ranges] == ["A1:D1"]
        assert (page.column_dimensions["A"].width, page.column_dimensions["D"].hidden) == (42, True)
        assert (page["A3"].fill.fgColor.rgb, page["D3"].value) == ("FF00FF00", "甲")
        assert page["B4"].fill.fgColor.rgb == "FFF4B0B0"
        assert "万元以外的单位" in page["B4"].comment.text
        assert "请财政局核实" in page["B4"].comment.text
        page["B4"] = 12000
        out = io.BytesIO()
        marked.save(out)
        page = opened(self.annotated(engine, people, out.getvalue()))["申报表"]
        assert page["B4"].comment.text == "请财政局核实"

    def annotated(self, engine: Engine, people: People, content: bytes) -> bytes:
        preview = previewed(engine, people, content, "申报.xlsx")
        return annotated_workbook(content, read_table(content, "申报.xlsx"), preview.notes)

    def test_reads_cells_as_people_type_them(self, engine: Engine, people: People) -> None:
        titles = ("项目名称", "总投资（万元）", "建设期起", "运营成本占比")
        content = workbook(
            titles,
            ("甲一期工程", "1,234.5", datetime(2026, 3, 1), "x"),  # noqa: DTZ001 - Excel knows no zones
            ("甲二期工程", "1,234.5万元", "2026年5月", "x"),
            ("甲三期工程", "1.2亿元", "2026.1", "x"),
        )
        preview = previewed(engine, people, content, "项目.xlsx")
        taken = [{cell.path: cell.after for cell in row.cells if cell.state == "new"} for row in preview.rows]
        assert [row.get("total_investment") for row in taken] == ["1234.5", "1234.5", None]
        assert [row.get("construction_start") for row in taken] == ["2026-03-01", "2026-05", None]
        errors = [finding.code for finding in preview.findings if finding.severity == "error"]
        assert errors == ["unit-not-guessed", "ambiguous-month"]

    def test_can_be_corrected_and_uploaded_again(self, engine: Engine, people: People) -> None:
        content = workbook(*ROWS)
        returned = annotated_workbook(
            content, read_table(content, "项目.xlsx"), previewed(engine, people, content, "项目.xlsx").notes
        )
        book = opened(returned)
        book["项目"]["B3"] = 8
        book["项目"]["A4"] = "湖州泵站"
        out = io.BytesIO()
        book.save(out)
        again = previewed(engine, people, out.getvalue(), "项目.xlsx")
        assert again.findings == ()
        assert again.counts()["new"] == 3
        page: Any = opened(annotated_workbook(out.getvalue(), read_table(out.getvalue(), "项目.xlsx"), again.notes))[
            "项目"
        ]
        assert page["B3"].comment is None
        assert page["B3"].fill.fgColor.rgb == "00000000"
