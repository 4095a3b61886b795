import subprocess
import sys
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from sqlalchemy import Engine

from builders import dossier
from conftest import People
from registry.accounts.model import PUBLIC, Actor
from registry.database import writing
from registry.projects.catalogue import fields
from registry.projects.columns import (
    as_facts,
    column_name,
    project_schema,
    read_documents,
    read_funding_lines,
    read_projects,
)
from registry.projects.operations import create_project, release_project
from registry.settings import HOME


@pytest.fixture
def codes(engine: Engine, people: People) -> list[str]:
    """A full project of Huzhou and an almost empty one, then one of Zaozhuang."""
    documents = [{"checklist_code": "D02", "is_available": True}, {"checklist_code": "D03"}]
    with writing(engine) as session:
        full = create_project(
            session,
            people.city,
            dossier(is_in_annual_budget=False, construction_progress_ratio=0.5, documents=documents),
            reason="录入",
            is_demo=True,
        )
        empty = create_project(session, people.city, dossier(total_investment=None, funding_lines=[]), reason="录入")
        other = create_project(session, people.other_city, dossier(city_code="370402"), reason="录入")
    return [full.code, empty.code, other.code]


class TestProjects:
    def test_have_every_catalogue_field_and_one_schema_on_both_databases(
        self, engine: Engine, people: People, codes: list[str]
    ) -> None:
        frame = read_projects(engine, people.ministry)
        assert dict(frame.schema) == dict(project_schema())
        assert {column_name(field) for field in fields().values()} <= set(frame.columns)
        assert frame["code"].to_list() == codes

    def test_keep_money_to_the_fen_and_the_unknown_null(self, engine: Engine, people: People, codes: list[str]) -> None:
        frame = read_projects(engine, people.city)
        assert frame["total_investment_fen"].to_list() == [12_345_670_000, None]
        assert frame["is_in_annual_budget"].to_list() == [False, None]
        assert frame["construction_progress_ratio"].to_list() == [0.5, None]
        assert frame["is_demo"].to_list() == [True, False]
        assert abs(frame["updated_at"][0] - datetime.now(UTC)) < timedelta(minutes=5)

    def test_carry_the_place_of_their_division_code(self, engine: Engine, people: People, codes: list[str]) -> None:
        frame = read_projects(engine, people.ministry, ["province", "city", "region"])
        assert frame.row(0)[1:] == ("浙江省", "湖州市", "east")
        assert frame.row(2)[1:] == ("山东省", "枣庄市", "east")
        assert frame.columns == ["project_id", "province", "city", "region"]

    @pytest.mark.parametrize(
        ("code", "province", "city", "region"),
        [
            ("110105", "北京市", "北京市", "east"),
            ("500000", "重庆市", "重庆市", "west"),
            ("330000", "浙江省", None, "east"),
            ("210200", "辽宁省", "大连市", "northeast"),
            (None, "山西省", None, None),
        ],
    )
    def test_name_municipalities_once_and_mask_no_city(
        self, engine: Engine, people: People, code: str | None, province: str, city: str | None, region: str | None
    ) -> None:
        with writing(engine) as session:
            printed = dossier(city_code=code, province_name="山西省", city_name="**市")
            create_project(session, people.city, printed, reason="录入")
        frame = read_projects(engine, people.city, ["province", "city", "region"])
        assert frame.row(0)[1:] == (province, city, region)

    def test_show_each_actor_what_they_may_see(self, engine: Engine, people: People, codes: list[str]) -> None:
        with writing(engine) as session:
            release_project(session, people.city, codes[0], organisation_id=people.bank.organisation_id)
        seen = {
            name: read_projects(engine, actor, ["code"])["code"].to_list()
            for name, actor in (
                ("city", people.city),
                ("province", people.province),
                ("ministry", people.ministry),
                ("bank", people.bank),
                ("other_bank", people.other_bank),
                ("public", PUBLIC),
            )
        }
        assert seen == {
            "city": codes[:2],
            "province": codes[:2],
            "ministry": codes,
            "bank": codes[:1],
            "other_bank": [],
            "public": [],
        }


class TestLinesAndDocuments:
    def test_come_in_order_of_project_and_entry(self, engine: Engine, people: People, codes: list[str]) -> None:
        lines = read_funding_lines(engine, people.city)
        assert lines.drop("project_id").rows() == [
            ("city", 2026, 3_000_000_000, "secured"),
            ("special_bond", 2026, 5_000_000_000, "planned"),
        ]
        documents = read_documents(engine, people.city)
        assert documents.drop("project_id").rows() == [("D02", True), ("D03", None)]

    def test_of_projects_nobody_showed_stay_hidden(self, engine: Engine, people: People, codes: list[str]) -> None:
        assert read_funding_lines(engine, people.other_city).height == 2
        assert read_funding_lines(engine, people.bank).height == 0
        assert read_documents(engine, people.other_city).height == 0
        assert read_funding_lines(engine, people.bank).schema == read_funding_lines(engine, people.city).schema


class TestSqliteReads:
    def test_leave_the_locks_of_this_process_alone(self, sqlite_engine: Engine, tmp_path: object) -> None:
        # A second SQLite library in the process once dropped the write lock of the first (decision 0004).
        operator = Actor(None, None, "operator", None, "系统")
        database = sqlite_engine.url.database
        with sqlite_engine.execution_options(is_writer=True).begin():
            read_projects(sqlite_engine, operator, ["code"])
            assert _other_process_can_write(str(database)) is False
        assert _other_process_can_write(str(database)) is True

    def test_bring_no_second_library_of_sqlite_along(self) -> None:
        sources = [path.read_text(encoding="utf-8") for path in (HOME / "src").rglob("*.py")]
        assert not any("adbc_driver_sqlite" in text or "read_database_uri" in text for text in sources)
        assert "adbc-driver-sqlite" not in (HOME / "pyproject.toml").read_text(encoding="utf-8")


def _other_process_can_write(path: str) -> bool:
    code = (
        "import sqlite3, sys\n"
        "connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=0.1)\n"
        "try:\n connection.execute('BEGIN IMMEDIATE')\n"
        "except sqlite3.OperationalError:\n sys.exit(3)\n"
    )
    return subprocess.run([sys.executable, "-c", code, path], check=False).returncode == 0


class TestFacts:
    def test_are_in_cny_10k(self) -> None:
        frame = pl.DataFrame({"total_investment_fen": [12_345_670_000, None], "name": ["甲", "乙"]})
        facts = as_facts(frame)
        assert facts["total_investment"].to_list() == [12345.67, None]
        assert facts.columns == ["total_investment", "name"]
