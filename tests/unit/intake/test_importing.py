import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import select

import registry.demo
from conftest import People
from intake_files import csv_text, workbook
from registry.accounts.model import PUBLIC
from registry.database import reading, writing
from registry.errors import NotAllowed
from registry.intake.importing import ImportResult, import_file
from registry.intake.model import ImportBatch
from registry.projects.model import Dossier
from registry.projects.operations import save_project
from registry.projects.queries import list_codes, read_dossier

PUBLISHED = Path(registry.demo.__file__).with_name("published_projects.csv")
Load = Callable[..., ImportResult]
TITLES = ("项目名称", "总投资", "省份", "地市")
COUNTED = ("created", "changed", "unchanged", "rejected", "reopened", "left_frozen")


@pytest.fixture
def load(engine: Engine, people: People, tmp_path: Path) -> Load:
    def _load(content: str | bytes, name: str = "项目.csv") -> ImportResult:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        with writing(engine) as session:
            return import_file(session, people.city, path)

    return _load


def codes(result: ImportResult) -> list[str]:
    return [finding.code for finding in result.findings]


def counts(result: ImportResult) -> tuple[int, int, int, int, int]:
    assert result.rows == result.created + result.changed + result.unchanged + result.rejected
    return result.rows, result.created, result.changed, result.unchanged, result.rejected


class TestPublishedProjects:
    def test_become_drafts_or_findings_and_again_nothing(self, engine: Engine, people: People, load: Load) -> None:
        first = load(PUBLISHED.read_bytes())
        assert counts(first) == (37, 36, 0, 0, 1)
        again = load(PUBLISHED.read_bytes())
        assert counts(again) == (37, 0, 0, 36, 1)
        assert first.findings == again.findings
        rejected = next(finding for finding in first.findings if finding.code == "row-without-name")
        assert rejected.value == "VLOOKUP(K362,[2]小项目信息详情!$M:$N,2,0)"
        with reading(engine) as session:
            batch = session.exec(select(ImportBatch)).all()[0]
            (kept,) = json.loads(batch.rejected_rows)
            assert kept["row"] == rejected.row
            assert any("黄江镇" in (cell or "") for cell in kept["cells"])
            assert len(list_codes(session, people.city)) == 36

    def test_carry_what_was_published_and_only_that(self, engine: Engine, people: People, load: Load) -> None:
        result = load(PUBLISHED.read_bytes())
        dossiers = self._by_name(engine, people, result)
        rail = dossiers["**至**线(含**延伸线)市域(郊)铁路一期工程(**段)"]
        assert rail.total_investment is None
        assert rail.project_capital == Decimal("751500.0")
        zaozhuang = dossiers["棗莊高新區鋰電新能源產業園極電電動電池總成項目"]
        assert zaozhuang.city_code == "370400"
        assert zaozhuang.published_cost_to_revenue == pytest.approx(0.0308)
        assert zaozhuang.other_debt is None
        assert [line.date for line in zaozhuang.bond_issuances] == [None, None]
        lines = [(line.source, line.year, line.amount, line.status) for line in zaozhuang.funding_lines]
        assert lines == [
            ("special_bond", None, Decimal("30800.0"), "secured"),
            ("special_bond", None, Decimal("9200.0"), "planned"),
            ("equity", None, Decimal("60000.0"), "planned"),
        ]
        base = dossiers["焦****基地项目"]
        assert (base.construction_start, base.construction_end) == ("2025-11", "2026-01")

    def test_are_warned_of_where_their_figures_disagree(self, load: Load) -> None:
        found = codes(load(PUBLISHED.read_bytes()))
        assert found.count("cost-above-revenue") == 8
        assert found.count("operation-start-early") == 2
        assert found.count("coverage-implausible") == 1
        assert found.count("sources-differ-from-total") == 0

    @staticmethod
    def _by_name(engine: Engine, people: People, result: ImportResult) -> dict[str | None, Dossier]:
        with reading(engine) as session:
            found = [read_dossier(session, people.city, code)[1] for code in result.codes.values()]
        return {dossier.name: dossier for dossier in found}


class TestImportFile:
    def test_refuses_who_may_not_import(self, engine: Engine, people: People) -> None:
        for actor in (PUBLIC, people.bank, people.ministry):
            with reading(engine) as session, pytest.raises(NotAllowed):
                import_file(session, actor, PUBLISHED)

    @pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"PK\x03\x04rest", "一封普通的信\n没有表格\n".encode()])
    def test_changes_nothing_for_a_file_that_is_no_table(self, engine: Engine, load: Load, content: bytes) -> None:
        result = load(content)
        assert counts(result) == (0, 0, 0, 0, 0)
        assert len(result.findings) == 1
        with reading(engine) as session:
            assert session.exec(select(ImportBatch)).all() == []

    def test_keeps_the_cells_of_columns_nobody_knows(self, engine: Engine, load: Load) -> None:
        result = load(
            csv_text((*TITLES, "备注栏"), ("湖州污水厂", "12", "", "", "请注意"), ("湖州水厂", "13", "", "", ""))
        )
        assert counts(result) == (2, 2, 0, 0, 0)
        assert codes(result) == ["unknown-column"]
        with reading(engine) as session:
            (batch,) = session.exec(select(ImportBatch)).all()
        assert json.loads(batch.extra_cells) == {"备注栏（E）": {"2": "请注意"}}

    def test_takes_the_first_of_two_columns_for_one_field(self, engine: Engine, people: People, load: Load) -> None:
        result = load(csv_text(("項目名稱", "总投资（万元）", "total_investment"), ("湖州污水厂", "12", "99")))
        assert codes(result) == ["duplicate-column"]
        with reading(engine) as session:
            assert read_dossier(session, people.city, result.codes["项目", 2])[1].total_investment == 12

    def test_does_not_take_a_column_in_another_unit(self, engine: Engine, people: People, load: Load) -> None:
        result = load(csv_text(("项目名称", "总投资（亿元）"), ("湖州污水厂", "12")))
        assert codes(result) == ["column-unit"]
        with reading(engine) as session:
            assert read_dossier(session, people.city, result.codes["项目", 2])[1].total_investment is None

    def test_rejects_the_second_of_two_rows_for_one_project(self, load: Load) -> None:
        row = ("湖州污水厂", "12", "浙江省", "湖州市")
        result = load(csv_text(TITLES, row, ("湖州水厂", "13", "浙江省", "湖州市"), row))
        assert counts(result) == (3, 2, 0, 0, 1)
        (finding,) = result.findings
        assert (finding.code, finding.row) == ("duplicate-row", 4)
        assert "第 2 行" in finding.message_zh

    def test_changes_only_what_the_file_says(self, engine: Engine, people: People, load: Load) -> None:
        load(csv_text((*TITLES, "收入来源"), ("湖州污水厂", "12", "浙江省", "湖州市", "污水处理费")))
        result = load(csv_text(TITLES, ("湖州污水厂", "15", "浙江省", "湖州市")))
        assert counts(result) == (1, 0, 1, 0, 0)
        with reading(engine) as session:
            _, dossier = read_dossier(session, people.city, result.codes["项目", 2])
        assert dossier.total_investment == Decimal(15)
        assert dossier.revenue_source == "污水处理费"

    def test_leaves_funding_lines_a_person_has_entered(self, engine: Engine, people: People, load: Load) -> None:
        table = csv_text((*TITLES, "资本金"), ("湖州污水厂", "12", "浙江省", "湖州市", "5"))
        code = load(table).codes["项目", 2]
        with writing(engine) as session:
            facts, dossier = read_dossier(session, people.city, code)
            dossier.funding_lines[0].year = 2027
            save_project(session, people.city, code, dossier, expected_revision=facts.number, reason="核对")
        assert counts(load(table)) == (1, 0, 0, 1, 0)

    def test_finds_the_project_by_its_approval_code_in_any_spelling(self, load: Load) -> None:
        head = ("项目名称", "投资项目代码")
        load(csv_text(head, ("湖州污水厂", "2107-330000-04-01-123456")))
        assert counts(load(csv_text(head, ("湖州污水厂（改）", "21073300000401123456")))) == (1, 0, 1, 0, 0)

    def test_rejects_a_code_of_another_city(self, engine: Engine, people: People, load: Load) -> None:
        with writing(engine) as session:
            path = PUBLISHED
            theirs = next(iter(import_file(session, people.other_city, path).codes.values()))
        result = load(csv_text(("登记编号", "项目名称"), (theirs, "抢来的项目"), ("ML-9999999", "没有的项目")))
        assert counts(result) == (2, 0, 0, 0, 2)
        assert codes(result) == ["unknown-code", "unknown-code"]

    def test_leaves_out_what_the_catalogue_refuses_and_says_where(
        self, engine: Engine, people: People, load: Load
    ) -> None:
        head = ("项目名称", "总投资", "统一社会信用代码", "工程形象进度")
        result = load(csv_text(head, ("湖州污水厂", "-5", "91110000600037341X", "20")))
        assert counts(result) == (1, 1, 0, 0, 0)
        assert {(finding.row, finding.column, finding.value) for finding in result.findings} == {
            (2, "总投资", "-5"),
            (2, "统一社会信用代码", "91110000600037341X"),
            (2, "工程形象进度", "20"),
        }
        with reading(engine) as session:
            _, dossier = read_dossier(session, people.city, result.codes["项目", 2])
        assert (dossier.total_investment, dossier.implementer_credit_code) == (None, None)

    def test_names_the_cell_of_a_formula(self, engine: Engine, people: People, load: Load) -> None:
        result = load(workbook(("项目名称", "总投资"), ("湖州污水厂", "=1+1")), "项目.xlsx")
        assert counts(result) == (1, 1, 0, 0, 0)
        (finding,) = result.findings
        assert (finding.code, finding.value) == ("formula-cell", "=1+1")
        assert "B2" in finding.message_zh

    def test_gives_the_wire_form(self, load: Load) -> None:
        answer = load(csv_text(TITLES, ("湖州污水厂", "three", "", ""))).as_dict()
        assert list(answer) == ["rows", *COUNTED, "codes", "findings"]
        assert {"row", "column", "value", "code", "message", "severity"} <= set(answer["findings"][0])
