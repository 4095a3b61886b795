"""The financial case by Excel: its sheets in template and export, what comes back from them, the diff by cell."""

import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Engine

from conftest import People
from registry.database import reading, writing
from registry.finance.cases import evaluate_case
from registry.intake.annotating import annotated_workbook
from registry.intake.importing import ImportResult, import_file
from registry.intake.preview import CellPreview, preview_file
from registry.intake.reading import read_table
from registry.intake.template import export_workbook, template_workbook
from registry.projects.case_fields import CaseRecords, case_fields, case_records, flat
from registry.projects.case_series import SERIES_KINDS, print_series
from registry.projects.catalogue import CatalogueField
from registry.projects.model import Dossier
from registry.projects.operations import create_project
from registry.projects.queries import read_dossier

GOLDEN = Path(__file__).parents[2] / "golden" / "finance"
STORED = Dossier.model_validate(
    {
        "name": "湖州污水厂",
        "financials": {
            "timeline": {"construction_years": 2, "operation_years": 20},
            "discount_rate": 0.06,
            "investment": {
                "spending_profile": [0.4, 0.6],
                "engineering_cost": "33.3333333333333333",
                "other_cost": "18335600.415423",
            },
            "revenue_streams": [
                {"name": "水费", "quantity_10k": 730, "unit_price_yuan": 1.2, "ramp": [0.5, 1]},
                {"name": "中水", "annual_amount": "120.5"},
            ],
            "debts": [{"name": "贷款", "rate_steps": [{"from_year": 3, "annual_rate": 0.045}]}],
        },
    }
)
Book = openpyxl.Workbook


def opened(content: bytes) -> Book:
    return openpyxl.load_workbook(io.BytesIO(content))


def saved(book: Book, path: Path) -> Path:
    book.save(path)
    return path


def cell(book: Book, sheet: str, row: int, path: str) -> Any:
    """The cell of a field, found as a program would: by the hidden codes."""
    codes = [each.value for each in book[sheet][2]]
    return book[sheet].cell(row, codes.index(path) + 1)


def typed(field: CatalogueField, value: Any) -> Any:
    """What a person enters for a value."""
    if field.kind in SERIES_KINDS:
        return print_series(field.kind, value)
    if field.kind == "boolean":
        return "是" if value else "否"
    return (field.term.choices or {}).get(value, value) if field.kind == "choice" else value


def enter(book: Book, sheet: str, row: int, values: Mapping[str, Any], fields: Mapping[str, CatalogueField]) -> None:
    for path, value in values.items():
        cell(book, sheet, row, path).value = typed(fields[path], value)


class TestTemplate:
    @pytest.mark.parametrize(
        ("title", "known"),
        [("财务测算", case_fields()), *((kept.zh, kept.fields) for kept in case_records().values())],
    )
    def test_has_a_sheet_for_each_part_with_titles_of_its_own(
        self, title: str, known: Mapping[str, CatalogueField]
    ) -> None:
        page = opened(template_workbook())[title]
        titles, codes = ([each.value for each in row] for row in page.iter_rows(max_row=2))
        assert codes == ["row_id", "code", "owner_name", *known]
        assert page.row_dimensions[2].hidden
        assert len(set(titles)) == len(titles)

    def test_offers_the_choices_of_a_case(self) -> None:
        book = opened(template_workbook())
        column = cell(book, "债务资金", 2, "repayment.method").column
        rules = {
            next(iter(each.sqref.ranges)).min_col: each for each in book["债务资金"].data_validations.dataValidation
        }
        where = book.defined_names[rules[column].formula1].attr_text.replace("'", "").replace("$", "").split("!")
        assert "等额还本，利息照付" in [row[0].value for row in book[where[0]][where[1]]]

    def test_filled_with_the_worked_cases_gives_their_returns(
        self, engine: Engine, people: People, tmp_path: Path
    ) -> None:
        documents = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(GOLDEN.glob("G*.json"))]
        assert len(documents) == 4
        book = opened(template_workbook())
        for number, document in enumerate(documents, start=1):
            cell(book, "项目", number + 3, "row_id").value = number
            cell(book, "项目", number + 3, "name").value = f"算例项目{number}"
            cell(book, "财务测算", number + 2, "row_id").value = number
            enter(book, "财务测算", number + 2, flat(document["inputs"], case_fields()), case_fields())
            for name, kept in case_records().items():
                none = [{"name": "无"}] if document["inputs"].get(name) == [] else []
                self.enter_records(book, number, kept, document["inputs"].get(name) or none)
        with writing(engine) as session:
            result = import_file(session, people.city, saved(book, tmp_path / "填报.xlsx"))
            assert (result.created, result.findings) == (4, [])
            stored = [read_dossier(session, people.city, code)[1] for code in result.codes.values()]
        for dossier, document in zip(stored, documents, strict=True):
            assert dossier.financials is not None
            inputs = dossier.financials.model_dump(mode="json", exclude_none=True)
            found, wanted = evaluate_case({"kind": "project", "inputs": inputs}), evaluate_case(document)
            assert found["indicators"] == wanted["indicators"]
            stated = document["expected"]["indicators"]
            assert found["indicators"]["project_irr_pre_tax"]["value"] == pytest.approx(
                stated["project_irr_pre_tax"]["value"], abs=1e-6
            )

    def enter_records(self, book: Book, number: int, kept: CaseRecords, records: list[dict[str, Any]]) -> None:
        for record in records:
            row = next(row for row in range(3, 99) if book[kept.zh].cell(row, 1).value is None)
            book[kept.zh].cell(row, 1).value = number
            enter(book, kept.zh, row, flat(record, kept.fields), kept.fields)


class TestAnEditedExport:
    def uploaded(
        self, engine: Engine, people: People, folder: Path, edit: Callable[[Book], None]
    ) -> tuple[ImportResult, Dossier, list[CellPreview], Book]:
        with writing(engine) as session:
            code = create_project(session, people.city, STORED, reason="录入").code
        book = opened(export_workbook([(code, STORED)]))
        edit(book)
        path = saved(book, folder / "导出.xlsx")
        with reading(engine) as session:
            preview = preview_file(session, people.city, path, path.name)
        content = path.read_bytes()
        marked = opened(annotated_workbook(content, read_table(content, path.name), preview.notes))
        with writing(engine) as session:
            result = import_file(session, people.city, path)
            return result, read_dossier(session, people.city, code)[1], list(preview.rows[0].cells), marked

    def test_shows_and_takes_each_changed_cell_and_leaves_the_rest(
        self, engine: Engine, people: People, tmp_path: Path
    ) -> None:
        def edit(book: Book) -> None:
            cell(book, "财务测算", 3, "discount_rate").value = None
            cell(book, "财务测算", 3, "investment.spending_profile").value = "30%；70％"
            cell(book, "营业收入", 4, "annual_amount").value = 130
            cell(book, "债务资金", 3, "rate_steps").value = "3=4.5%; 6=4%"

        result, dossier, cells, _ = self.uploaded(engine, people, tmp_path, edit)
        wanted = STORED.model_dump(mode="json", exclude_none=True)
        del wanted["financials"]["discount_rate"]
        wanted["financials"]["investment"]["spending_profile"] = [0.3, 0.7]
        wanted["financials"]["revenue_streams"][1]["annual_amount"] = "130"
        wanted["financials"]["debts"][0]["rate_steps"].append({"from_year": 6, "annual_rate": 0.04})
        assert (result.changed, list(result.findings)) == (1, [])
        assert dossier == Dossier.model_validate(wanted)
        assert [(each.title, each.state, each.after) for each in cells[:3]] == [
            ("财务测算/基准收益率", "cleared", None),
            ("财务测算/分年投资比例", "changed", [0.3, 0.7]),
            (
                "财务测算/债务资金[1]/利率调整",
                "changed",
                [{"from_year": 3, "annual_rate": 0.045}, {"from_year": 6, "annual_rate": 0.04}],
            ),
        ]
        (price,) = cells[3:]
        assert price.path == "financials.revenue_streams[1].annual_amount"
        assert (price.title, price.before, price.after) == ("财务测算/营业收入[2]/年金额（不含税）", "120.5", "130")

    def test_loses_a_deleted_record_and_marks_wrong_cells_without_losing_others(
        self, engine: Engine, people: People, tmp_path: Path
    ) -> None:
        def edit(book: Book) -> None:
            book["营业收入"].delete_rows(3)
            cell(book, "营业收入", 3, "ramp").value = "0.5; 80"
            cell(book, "财务测算", 3, "discount_rate").value = 6
            cell(book, "财务测算", 3, "investment.engineering_cost").value = "12亿元"

        result, dossier, cells, marked = self.uploaded(engine, people, tmp_path, edit)
        wanted = STORED.model_dump(mode="json", exclude_none=True)
        del wanted["financials"]["revenue_streams"][0]
        assert dossier == Dossier.model_validate(wanted)
        assert {(each.path, each.code) for each in result.findings} == {
            ("financials.discount_rate", "share-without-percent"),
            ("financials.investment.engineering_cost", "unit-not-guessed"),
            ("financials.revenue_streams[0].ramp", "share-without-percent"),
        }
        assert {each.title for each in cells} >= {"财务测算/营业收入[1]/单价（元，不含税）"}
        assert "写成 80%" in cell(marked, "营业收入", 3, "ramp").comment.text
        assert cell(marked, "财务测算", 3, "discount_rate").fill.fgColor.rgb == "FFF4B0B0"

    def test_without_the_sheets_leaves_the_case_as_it_is(self, engine: Engine, people: People, tmp_path: Path) -> None:
        def edit(book: Book) -> None:
            for title in ("财务测算", *(kept.zh for kept in case_records().values())):
                del book[title]

        result, dossier, cells, _ = self.uploaded(engine, people, tmp_path, edit)
        assert (result.unchanged, dossier, cells) == (1, STORED, [])

    def test_takes_one_row_of_single_values_for_a_project(self, engine: Engine, people: People, tmp_path: Path) -> None:
        def edit(book: Book) -> None:
            book["财务测算"].cell(4, 1).value = book["财务测算"].cell(3, 1).value
            cell(book, "财务测算", 4, "timeline.operation_years").value = 25

        result, dossier, _, _ = self.uploaded(engine, people, tmp_path, edit)
        assert ([each.code for each in result.findings], dossier) == (["second-row-of-project"], STORED)

    def test_with_every_record_deleted_has_none(self, engine: Engine, people: People, tmp_path: Path) -> None:
        def edit(book: Book) -> None:
            book["营业收入"].delete_rows(3, 2)

        _, dossier, _, _ = self.uploaded(engine, people, tmp_path, edit)
        assert dossier.financials is not None
        assert STORED.financials is not None
        assert dossier.financials == STORED.financials.model_copy(update={"revenue_streams": None})
