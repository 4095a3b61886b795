import csv
import io
import json
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache

import openpyxl
import polars as pl
import pytest

from packaged import REVISION, content, dossier, evaluated, golden_case
from registry.packages import wording
from registry.packages.assemble import assemble
from registry.packages.checklist_workbook import checklist_xlsx
from registry.packages.data_files import as_text, is_complete, listings_csv, readme, statements_csv
from registry.projects.model import Dossier


@cache
def opened() -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(assemble(content()).content))


def complete() -> Dossier:
    held = [{"checklist_code": f"D{number:02}", "is_available": True} for number in range(1, 15)]
    return dossier(
        implementer_credit_code="91330000MA27U0KH17",
        need_statement="现有处理能力不足。",
        construction_end="2027-12",
        project_capital="10600",
        revenue_source="污水处理费",
        documents=held,
    )


class TestAPackage:
    @pytest.mark.slow
    def test_has_the_same_bytes_in_another_process(self) -> None:
        script = (
            "import hashlib; from packaged import content;"
            "from registry.packages.assemble import assemble;"
            "print(hashlib.sha256(assemble(content()).content).hexdigest())"
        )
        digests = {
            subprocess.run(
                [sys.executable, "-c", script],
                capture_output=True,
                text=True,
                check=True,
                env={"PYTHONPATH": "tests", "PYTHONHASHSEED": seed, "PATH": ""},
            ).stdout
            for seed in ("1", "2")
        }
        assert len(digests) == 1

    def test_is_named_after_project_date_and_revision(self) -> None:
        assert content().file_name == "P-330500-0001_20260301_v3.zip"

    def test_says_in_the_manifest_what_it_rests_on(self) -> None:
        manifest = json.loads(opened().read("manifest.json"))
        assert manifest["rule_packs"] == [{"pack": "central-eco-fund", "version": "2025-1", "verdict": "insufficient"}]
        assert (manifest["is_demo"], manifest["is_complete"]) == (True, False)
        assert (manifest["governing_date"], manifest["assessment_id"]) == ("2026-03-01", "A-0001")
        order = "".join(item["name"][:3] for item in manifest["files"])
        assert order == "00_01_02_02_03_04_04_04_04_08_09_09_09_"

    @pytest.mark.slow
    def test_changes_when_anything_it_shows_changes(self) -> None:
        others = (
            content(revision=replace(REVISION, number=4)),
            content(governing_date=date(2026, 3, 2)),
            content(dossier=dossier(total_investment="43505.3656")),
        )
        digests = {assemble(each).manifest_digest for each in (content(), *others)}
        assert len(digests) == 4

    def test_keeps_money_exact_in_json(self) -> None:
        document = json.loads(opened().read("09_数据_project.json"))
        assert document["dossier"]["total_investment"] == "43505.3655"
        assert document["dossier"]["need_statement"] is None
        assert document["evaluation"]["indicators"]["sculpted_dscr"] is None

    def test_without_an_evaluation_leaves_the_statements_out_and_says_so(self) -> None:
        archive = zipfile.ZipFile(io.BytesIO(assemble(content(evaluation=None)).content))
        kept = [name for name in archive.namelist() if name.startswith(("03_", "04_"))]
        assert kept == ["04_附表_tables.csv", "04_附表_tables.parquet"]
        assert {line.split(",")[0] for line in archive.read(kept[0]).decode("utf-8-sig").splitlines()[1:]} == {"15-1"}
        assert "财务测算：尚未完成" in archive.read("00_README.md").decode()
        assert json.loads(archive.read("09_数据_project.json"))["evaluation"] is None


class TestTheNoteOnTop:
    def test_lists_what_is_missing_and_who_must_supply_it(self) -> None:
        note = opened().read("00_README.md").decode()
        assert "- 信息：建设必要性" in note
        assert "- 文件：环境影响评价批复或登记表（生态环境部门 提供）" in note
        assert "草稿" in note
        assert "立项文件" not in note

    def test_marks_demo_data_and_only_demo_data(self) -> None:
        assert "示例数据" in opened().read("00_README.md").decode()
        assert "示例数据" not in readme(content(is_demo=False), {}).decode()


class TestCompleteness:
    def test_needs_every_field_document_and_an_evaluation(self) -> None:
        whole = content(dossier=complete())
        assert is_complete(whole)
        assert not is_complete(replace(whole, evaluation=None))
        assert not is_complete(replace(whole, dossier=complete().model_copy(update={"need_statement": None})))
        assert not is_complete(replace(whole, dossier=complete().model_copy(update={"documents": []})))


class TestStatementsAsCsv:
    def test_hold_every_year_unrounded(self) -> None:
        rows = list(csv.DictReader(io.StringIO(opened().read("04_附表_statements.csv").decode("utf-8-sig"))))
        flows = {row["name_zh"]: row for row in rows if row["table"] == "7"}
        built = [flows["建设投资"][column] for column in ("year_1", "year_2", "year_3", "total")]
        assert built == ["18000.0", "22000.0", "0.0", "40000.0"]
        assert len(flows) > 15

    def test_never_start_a_formula(self) -> None:
        whole = evaluated(golden_case("G1"))
        first = whole.statements[0]
        hostile = replace(first, rows=(replace(first.rows[0], name_zh='=HYPERLINK("http://x")'),))
        changed = replace(whole, statements=(hostile,))
        text = statements_csv(changed).decode("utf-8-sig")
        assert "'=HYPERLINK" in text
        assert as_text("@SUM(1)") == "'@SUM(1)"
        assert as_text("营业收入") == "营业收入"


class TestTablesWithoutYearsAsData:
    def test_hold_sensitivity_stress_and_benefits_unrounded(self) -> None:
        rows = list(csv.DictReader(io.StringIO(opened().read("04_附表_tables.csv").decode("utf-8-sig"))))
        assert {row["table"] for row in rows} == {"13", "14-3", "15-1", "15-2"}
        line = {row["name_en"]: row for row in rows if (row["table"], row["line"]) == ("15-2", "1")}
        fnpv, tonnes, cost = (
            float(line[name]["value"]) for name in ("FNPV before tax", "Tonnes, discounted", "Yuan per tonne")
        )
        assert cost == pytest.approx(-fnpv * 10_000 / tonnes, rel=1e-12)
        assert fnpv == evaluated(golden_case("G1")).indicators["project_npv_pre_tax"]
        assert [row["text"] for row in rows if (row["table"], row["name_zh"]) == ("15-1", "基准情景")] == ["直排"]

    def test_are_the_same_in_parquet(self) -> None:
        frame = pl.read_parquet(io.BytesIO(opened().read("04_附表_tables.parquet")))
        rows = list(csv.DictReader(io.StringIO(opened().read("04_附表_tables.csv").decode("utf-8-sig"))))
        assert frame.columns == list(rows[0])
        assert frame["value"].to_list() == [float(row["value"]) if row["value"] else None for row in rows]
        assert frame["value"].null_count() < frame.height / 2

    def test_leave_unknown_benefits_empty_and_are_left_out_when_there_is_nothing(self) -> None:
        unknown = content(dossier=dossier(benefits=[{"indicator": "二氧化碳减排"}]), evaluation=None)
        text = listings_csv(unknown)
        assert text is not None
        (value,) = [
            row for row in csv.DictReader(io.StringIO(text.decode("utf-8-sig"))) if row["name_en"] == "Value a year"
        ]
        assert value["value"] == ""
        assert listings_csv(content(dossier=dossier(benefits=[]), evaluation=None)) is None


class TestTheChecklistWorkbook:
    def test_says_of_each_document_whether_it_is_there(self) -> None:
        sheet = openpyxl.load_workbook(io.BytesIO(opened().read("08_文件清单_checklist.xlsx"))).worksheets[0]
        status = {row[0]: row[5] for row in sheet.iter_rows(min_row=4, values_only=True)}
        assert (status["D02"], status["D04"], status["D01"]) == ("具备", "缺", "待补充")

    def test_takes_no_text_for_a_formula(self) -> None:
        hostile = dossier(
            documents=[{"checklist_code": "X1", "is_available": True, "title": "=1+1", "number": "=cmd|x"}]
        )
        sheet = openpyxl.load_workbook(io.BytesIO(checklist_xlsx(content(dossier=hostile)))).worksheets[0]
        last = list(sheet.iter_rows(min_row=4))[-1]
        assert [(last[place].value, last[place].data_type) for place in (1, 6)] == [("=1+1", "s"), ("=cmd|x", "s")]


class TestPrintedValues:
    @pytest.mark.parametrize(
        ("amount", "printed"),
        [
            (Decimal("43505.3655"), "43,505.37"),
            (0.005, "0.01"),
            (-0.001, "0.00"),
            (-1234.565, "-1,234.57"),
            (None, "未提供"),
            (0, "0.00"),
        ],
    )
    def test_money(self, amount: Decimal | float | None, printed: str) -> None:
        assert wording.money(amount) == printed

    def test_other_kinds(self) -> None:
        assert wording.percent(0.03955) == "3.96%"
        assert wording.yes_no(None) == "未提供"
        assert wording.number(6132.0) == "6,132"
        assert wording.number(0.5) == "0.5"
        assert wording.cell(None) == ""
