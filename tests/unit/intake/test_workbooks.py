"""Template, preview and the user's own workbook with findings in it."""

import io
import os
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Engine

from conftest import People
from intake_files import csv_text, workbook
from registry.database import reading, writing
from registry.errors import NotAllowed
from registry.intake.annotating import AUTHOR, annotated_workbook
from registry.intake.importing import import_file
from registry.intake.preview import Preview, preview_file
from registry.intake.reading import read_table
from registry.intake.template import export_workbook, template_workbook
from registry.projects.catalogue import fields
from registry.projects.model import Dossier
from registry.projects.queries import list_codes, read_dossier

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
        where = rules[column].replace("'", "").replace("$", "").split("!")
        assert where[0] == "下拉列表"
        assert [row[0].value for row in book["下拉列表"][where[1]]] == ["未开工", "在建", "已完工"]

    def test_is_the_same_bytes_each_time(self) -> None:
        assert template_workbook() == template_workbook()

    def test_uploaded_empty_is_no_project(self, engine: Engine, people: People) -> None:
        preview = previewed(engine, people, template_workbook(), "模板.xlsx")
        assert (preview.rows, preview.findings) == ((), ())

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
            _, dossier = read_dossier(session, people.city, result.codes[5])
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
        office = shutil.which("soffice")
        if office is None:
            if os.environ.get("REGISTRY_REQUIRE_OFFICE") == "1":
                pytest.fail("LibreOffice is not installed, so no template was opened")
            pytest.skip("LibreOffice is not installed")
        path = tmp_path / "模板.xlsx"
        path.write_bytes(template_workbook())
        command = [
            office,
            f"-env:UserInstallation=file://{tmp_path}/profile",
            "--headless",
            "--convert-to",
            "ods",
            str(path),
        ]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=120)
        assert (tmp_path / "模板.ods").stat().st_size > 10_000


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

    def test_is_not_for_banks(self, engine: Engine, people: People) -> None:
        with reading(engine) as session, pytest.raises(NotAllowed):
            preview_file(session, people.bank, csv_text(*ROWS).encode(), "项目.csv")


class TestAnnotatedWorkbook:
    @pytest.mark.parametrize("kind", ["csv", "xlsx"])
    def test_marks_the_cells_and_lists_the_findings(self, engine: Engine, people: People, kind: str) -> None:
        content = csv_text(*ROWS).encode() if kind == "csv" else workbook(*ROWS)
        name = f"项目.{kind}"
        preview = previewed(engine, people, content, name)
        book = opened(annotated_workbook(content, name, preview.notes))
        page: Any = book["项目"]
        assert page["B3"].value == "three"
        assert page["B3"].comment.author == AUTHOR
        assert "以万元计的金额" in page["B3"].comment.text
        assert page["B3"].fill.fgColor.rgb == "FFF4B0B0"
        assert page["B2"].comment is None
        assert [cell.value for cell in book["问题清单"]["I"]] == ["代码", "not-an-amount", "row-without-name"]

    def test_can_be_corrected_and_uploaded_again(self, engine: Engine, people: People) -> None:
        content = workbook(*ROWS)
        returned = annotated_workbook(content, "项目.xlsx", previewed(engine, people, content, "项目.xlsx").notes)
        book = opened(returned)
        book["项目"]["B3"] = 8
        book["项目"]["A4"] = "湖州泵站"
        out = io.BytesIO()
        book.save(out)
        again = previewed(engine, people, out.getvalue(), "项目.xlsx")
        assert again.findings == ()
        assert again.counts()["new"] == 3
        page: Any = opened(annotated_workbook(out.getvalue(), "项目.xlsx", again.notes))["项目"]
        assert page["B3"].comment is None
        assert page["B3"].fill.fgColor.rgb == "00000000"
