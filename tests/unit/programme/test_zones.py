"""Zones: dated memberships with a source, and sums in which a project of several zones counts once."""

import io
from datetime import date

import openpyxl
import polars as pl
import pytest
from sqlalchemy import Engine
from sqlmodel import select

from conftest import People
from portfolio_builders import CHENGDU, HUZHOU, JINAN, lines, projects
from registry.accounts.model import Actor
from registry.audit import AuditEntry
from registry.database import reading, writing
from registry.errors import InvalidInput, NotAllowed
from registry.portfolio.frame import build_portfolio
from registry.portfolio.summary import funding_mix
from registry.portfolio.zones import roll_up, zone_frame
from registry.programme.zones.lists import ListRow, TakenList, take_workbook, zone_workbook
from registry.projects.zones.catalogue import levels_of, zones
from registry.projects.zones.operations import end_membership, note_membership
from registry.projects.zones.queries import Membership, list_memberships, zones_of

DAY = date(2026, 11, 26)
SOURCE = "某公告〔2026〕1号"


def noted(engine: Engine, actor: Actor, zone: str, code: str, *, since: date = DAY, until: date | None = None) -> int:
    with writing(engine) as session:
        return note_membership(
            session, actor, zone=zone, division_code=code, starts_on=since, ends_on=until, source=SOURCE
        )


def member(zone: str, code: str) -> Membership:
    return Membership(zone, code, code, None, None, SOURCE, None, is_demo=False)


class TestAMembership:
    def test_holds_from_its_first_day_until_the_day_it_ends(self, engine: Engine, people: People) -> None:
        number = noted(engine, people.ministry, "low_carbon", "330500", since=date(2026, 1, 1))
        with writing(engine) as session:
            end_membership(session, people.ministry, number, ends_on=date(2026, 7, 1), source=SOURCE)
        with reading(engine) as session:
            seen = {
                day: [each.division_code for each in list_memberships(session, zone="low_carbon", on=day)]
                for day in (date(2025, 12, 31), date(2026, 1, 1), date(2026, 6, 30), date(2026, 7, 1))
            }
        assert list(seen.values()) == [[], ["330500"], ["330500"], []]

    def test_leaves_an_entry_with_its_source(self, engine: Engine, people: People) -> None:
        noted(engine, people.ministry, "zero_waste", "330500")
        with reading(engine) as session:
            entry = session.exec(select(AuditEntry).where(AuditEntry.action == "zone.note")).one()
        assert (entry.subject, SOURCE in entry.details) == ("zone:zero_waste", True)

    def test_is_noted_by_the_ministry_alone(self, engine: Engine, people: People) -> None:
        for actor in (people.city, people.province, people.bank):
            with pytest.raises(NotAllowed):
                noted(engine, actor, "low_carbon", "330500")

    def test_is_refused_with_every_flaw_at_once(self, engine: Engine, people: People) -> None:
        with pytest.raises(InvalidInput) as caught, writing(engine) as session:
            note_membership(
                session,
                people.ministry,
                zone="leading_city",
                division_code="330000",
                starts_on=DAY,
                ends_on=date(2020, 1, 1),
                source=" ",
                source_url="ftp://x",
            )
        assert [each.code for each in caught.value.findings] == [
            "wrong-level",
            "period-reversed",
            "needs-source",
            "not-a-link",
        ]
        assert "浙江省是省级" in caught.value.findings[0].message_zh

    def test_is_not_noted_twice_for_days_that_overlap(self, engine: Engine, people: People) -> None:
        noted(engine, people.ministry, "low_carbon", "330500", since=date(2026, 1, 1), until=date(2026, 6, 1))
        noted(engine, people.ministry, "low_carbon", "330500", since=date(2026, 6, 1))
        with pytest.raises(InvalidInput, match="已登记在“低碳城市试点”"):
            noted(engine, people.ministry, "low_carbon", "330500", since=date(2026, 5, 31), until=date(2026, 6, 1))


class TestTheCatalogue:
    def test_names_only_the_members_the_text_names(self) -> None:
        assert {zone.id: zone.named for zone in zones().values() if zone.named} == {
            "jing_jin_ji": ("110000", "120000", "130000")
        }
        assert [zone.expected for zone in zones().values() if zone.expected] == [5, 50, 100]

    def test_knows_a_municipality_as_province_and_city(self) -> None:
        assert [levels_of(code) for code in ("330000", "330500", "330521", "110000", "110105")] == [
            ("province",),
            ("city",),
            ("county",),
            ("province", "city"),
            ("county",),
        ]


class TestAProjectInSeveralZones:
    MEMBERS = (member("yangtze_delta", "330000"), member("yangtze_basin", "330500"), member("yellow_river", "370100"))

    def test_lies_in_those_of_its_county_city_and_province(self) -> None:
        assert zones_of(self.MEMBERS, "330521") == ["yangtze_delta", "yangtze_basin"]
        assert zones_of(self.MEMBERS, "330100") == ["yangtze_delta"]
        assert zones_of(self.MEMBERS, None) == []

    def test_is_counted_once_together(self) -> None:
        rows = pl.DataFrame(
            {"city_code": ["330521", "330100", "370100", "510100"], "total_investment_fen": [7, None, 5, 100]},
            schema={"city_code": pl.String, "total_investment_fen": pl.Int64},
        )
        table = roll_up(rows, self.MEMBERS, "region")
        found = {row["zone"]: row for row in table.frame.to_dicts()}
        # Delta: 7 and one unknown; basin: 7; river: 5; together 7 + 5 over three projects, not 7 + 7 + 5 over four.
        assert (found["yangtze_delta"]["n_projects"], found["yangtze_delta"]["n_unknown_total"]) == (2, 1)
        assert found["yangtze_basin"]["total_investment_fen"] == 7
        assert found["together"] == {
            "zone": "together", "n_projects": 3, "total_investment_fen": 12, "n_unknown_total": 1,
        }  # fmt: skip
        assert found["greater_bay"]["total_investment_fen"] is None

    def test_has_one_value_in_every_report_of_the_portfolio(self) -> None:
        frame = projects(
            {"project_id": 1, "total_investment_fen": 7, **HUZHOU},
            {"project_id": 2, "total_investment_fen": 5, **JINAN},
            {"project_id": 3, "total_investment_fen": 2, **CHENGDU},
        )
        whole = build_portfolio(frame, lines(), zones=zone_frame(frame.get_column("city_code"), self.MEMBERS))
        table = funding_mix(whole, ["zone:region"])
        shown = [row[:2] for row in table.rows("zh")]
        assert sorted(shown) == [("不在区域战略范围", 1), ("长三角、长江流域", 1), ("黄河流域", 1)]


class TestAListFromExcel:
    def workbook(self, *rows: tuple[str, ...]) -> bytes:
        book = openpyxl.Workbook()
        book.worksheets[0].append(["区域或试点", "区划代码", "起始日期", "名单来源"])
        for row in rows:
            book.worksheets[0].append(row)
        target = io.BytesIO()
        book.save(target)
        return target.getvalue()

    def test_is_taken_once_and_comes_back_as_it_went_in(self, engine: Engine, people: People) -> None:
        content = self.workbook(
            ("长三角", "330000", "2019-12-01", SOURCE), ("zero_waste", "330500", "2022/4/1", SOURCE)
        )
        with writing(engine) as session:
            assert take_workbook(session, people.ministry, content=content, name="a.xlsx").rows == [
                ListRow(2, "yangtze_delta", "浙江省", "330000", date(2019, 12, 1), None, SOURCE),
                ListRow(3, "zero_waste", "湖州市", "330500", date(2022, 4, 1), None, SOURCE),
            ]
            assert take_workbook(session, people.ministry, content=content, name="a.xlsx") == TakenList(0, 2, [])
            again = take_workbook(session, people.ministry, content=zone_workbook(session), name="b.xlsx")
            assert again == TakenList(0, 2, [])
            noted_now = [(each.zone, each.starts_on) for each in list_memberships(session) if each.number]
        assert noted_now == [("yangtze_delta", date(2019, 12, 1)), ("zero_waste", date(2022, 4, 1))]

    def test_is_refused_whole_with_the_cell_of_each_flaw(self, engine: Engine, people: People) -> None:
        content = self.workbook(
            ("长三角", "330000", "2019-12-01", SOURCE),
            ("长三角", "999999", "2019-12-01", SOURCE),
            ("x", "330500", "昨天", SOURCE),
        )
        with pytest.raises(InvalidInput) as caught, writing(engine) as session:
            take_workbook(session, people.ministry, content=content, name="a.xlsx")
        assert [(each.row, each.column, each.code) for each in caught.value.findings] == [
            (3, "B", "division-code"),
            (4, "C", "not-a-day"),
        ]
        with reading(engine) as session:
            assert [each for each in list_memberships(session) if each.number] == []
