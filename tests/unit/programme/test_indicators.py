"""Indicators: the stand-in set nobody drops from, units that must fit, and what projects move."""

import io
from datetime import date
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Engine

from builders import dossier
from conftest import People
from registry.accounts.model import Actor
from registry.database import reading, rehearsing, writing
from registry.errors import InvalidInput, NotAllowed, NotFound
from registry.programme.dashboard.queries import Dashboard, city_of, read_dashboard
from registry.programme.indicators.catalogue import in_force, packaged_sets, same_unit
from registry.programme.indicators.contributions import Contribution, contributions_of
from registry.programme.indicators.operations import Stated, ValueChange, keep_indicator, state_values
from registry.programme.indicators.queries import find_city, indicators_of, values_of
from registry.programme.indicators.workbook import take_values, values_workbook
from registry.projects.operations import create_project

TODAY = date(2026, 11, 26)


def stated(indicator: str = "pm25", unit: str = "μg/m³", year: int = 2026, **fields: Any) -> Stated:
    return Stated(indicator, year, unit, fields)


def state(engine: Engine, actor: Actor, *values: Stated) -> int:
    with writing(engine) as session:
        return len(state_values(session, actor, values, today=TODAY))


class TestTheReferenceSet:
    def test_is_the_marked_stand_in_of_22_indicators(self) -> None:
        found = in_force(packaged_sets(), TODAY)
        groups = [each.group[0] for each in found.indicators.values()]
        assert found.is_stand_in
        assert {name: groups.count(name) for name in dict.fromkeys(groups)} == {
            "空气清新": 3, "水体洁净": 3, "土壤安全": 5, "生态良好": 5, "人居整洁": 6,
        }  # fmt: skip
        assert [each.id for each in found.indicators.values() if each.direction == "lower"] == [
            "pm25",
            "pm10",
            "water_below_5",
        ]

    @pytest.mark.parametrize(
        ("one", "other", "is_same"),
        [
            ("ug/m3", "μg/m³", True),
            ("％", "%", True),
            (" µg/m³", "μg/m³", True),
            ("mg/m³", "μg/m³", False),
            ("", "%", False),
        ],
    )
    def test_knows_a_unit_written_differently_from_a_different_unit(self, one: str, other: str, is_same: bool) -> None:
        assert same_unit(one, other) is is_same

    def test_is_refined_and_added_to_but_keeps_unit_and_every_indicator(self, engine: Engine, people: People) -> None:
        with writing(engine) as session:
            for indicator, unit in (("pm25", "μg/m³"), ("own_commute", "%")):
                direction = "lower" if indicator == "pm25" else "higher"
                keep_indicator(
                    session,
                    people.city,
                    indicator=indicator,
                    name="本市口径",
                    unit=unit,
                    direction=direction,
                    today=TODAY,
                )
            with pytest.raises(InvalidInput, match="不能改变单位"):
                keep_indicator(
                    session, people.city, indicator="pm10", name="甲", unit="mg/m³", direction="lower", today=TODAY
                )
            with pytest.raises(InvalidInput, match="own_"):
                keep_indicator(
                    session, people.city, indicator="commute", name="甲", unit="%", direction="lower", today=TODAY
                )
        with reading(engine) as session:
            own = indicators_of(session, find_city(session, people.city), on=TODAY)
            other = indicators_of(session, find_city(session, people.other_city), on=TODAY)
        assert list(own) == [*in_force(packaged_sets(), TODAY).indicators, "own_commute"]
        assert (own["pm25"].zh, own["pm25"].is_refined, own["pm25"].group[0]) == ("本市口径", True, "空气清新")
        assert other == dict(in_force(packaged_sets(), TODAY).indicators)


class TestAValue:
    def test_keeps_what_was_not_stated_and_is_judged_when_both_are_known(self, engine: Engine, people: People) -> None:
        seen = []
        for fields in ({"target": 25.0}, {"actual": 27.0}, {"actual": 24.5, "evidence": "监测年报"}, {"target": None}):
            assert state(engine, people.city, stated(**fields)) == 1
            with reading(engine) as session:
                (value,) = values_of(session, find_city(session, people.city))
            seen.append((value.target, value.actual, value.is_met, value.evidence))
        assert seen == [
            (25, None, None, None),
            (25, 27, False, None),
            (25, 24.5, True, "监测年报"),
            (None, 24.5, None, "监测年报"),
        ]
        assert state(engine, people.city, stated(actual=24.5)) == 0

    @pytest.mark.parametrize(
        ("value", "code"),
        [
            (stated(unit="mg/m³", target=0.025), "wrong-unit"),
            (stated("forest_cover", "%", target=150), "above-hundred"),
            (stated("nothing", "%", target=1), "unknown-indicator"),
            (stated(target=-1), "not-a-figure"),
            (stated(target=float("nan")), "not-a-figure"),
            (stated(year=1800, target=1), "year-out-of-range"),
            (stated(target=1, document_id=77), "unknown-document"),
        ],
    )
    def test_that_cannot_be_meant_is_refused_with_all_beside_it(
        self, engine: Engine, people: People, value: Stated, code: str
    ) -> None:
        with pytest.raises(InvalidInput) as caught:
            state(engine, people.city, stated("pm10", target=40), value)
        assert [each.code for each in caught.value.findings] == [code]
        assert caught.value.findings[0].path.startswith("[1].")
        with reading(engine) as session:
            assert values_of(session, find_city(session, people.city)) == []

    def test_says_what_is_wrong_with_a_unit_why_and_what_to_do(self, engine: Engine, people: People) -> None:
        with pytest.raises(InvalidInput) as caught:
            state(engine, people.city, stated(unit="mg/m³", target=0.025))
        message = caught.value.findings[0].message_zh
        assert "单位是 μg/m³，填报的是“mg/m³”" in message
        assert "不能比较" in message
        assert "请换算" in message

    def test_is_seen_by_its_city_and_those_above_alone(self, engine: Engine, people: People) -> None:
        state(engine, people.city, stated(target=25))
        own = people.city.organisation_id
        for actor in (people.province, people.ministry):
            with reading(engine) as session:
                assert len(values_of(session, find_city(session, actor, own))) == 1
        with reading(engine) as session, pytest.raises(NotFound):
            find_city(session, people.other_city, own)
        with reading(engine) as session, pytest.raises(NotAllowed):
            find_city(session, people.bank, own)
        for actor in (people.province, people.ministry, people.bank):
            with pytest.raises(NotAllowed):
                state(engine, actor, stated(target=25))


class TestAWorkbook:
    def test_comes_back_as_it_went_out_and_changes_nothing(self, engine: Engine, people: People) -> None:
        state(engine, people.city, stated(target=25, actual=27.25, evidence="年报"))
        with reading(engine) as session:
            content = values_workbook(session, people.city, city_id=None, year=2026, today=TODAY)
        rows = list(openpyxl.load_workbook(io.BytesIO(content)).worksheets[0].values)
        assert rows[1][:7] == ("pm25", "细颗粒物（PM2.5）浓度", "μg/m³", 2026, 25, 27.25, "年报")
        assert len(rows) == 23
        with writing(engine) as session:
            assert take_values(session, people.city, content=content, name="a.xlsx", today=TODAY) == []

    def test_says_each_value_as_it_was_and_is_and_a_rehearsal_changes_none(
        self, engine: Engine, people: People
    ) -> None:
        state(engine, people.city, stated(target=25, actual=27.25, evidence="年报"))
        content = (
            "指标编号,单位,年度,目标值,实际值,依据\n"
            "pm25,μg/m³,2026,25,26.5,年报\npm10,μg/m³,2026,,41,\npm25,μg/m³,2025,,29,"
        ).encode()
        with rehearsing(engine) as session:
            changes = take_values(session, people.city, content=content, name="a.csv", today=TODAY)
        assert changes == [
            ValueChange("pm25", 2026, {"actual": 27.25}, {"actual": 26.5}),
            ValueChange("pm10", 2026, {}, {"actual": 41}),
            ValueChange("pm25", 2025, {}, {"actual": 29}),
        ]
        with reading(engine) as session:
            kept = values_of(session, find_city(session, people.city))
        assert [(each.indicator, each.year, each.actual) for each in kept] == [("pm25", 2026, 27.25)]

    def test_with_a_wrong_unit_is_refused_whole_at_its_cell(self, engine: Engine, people: People) -> None:
        content = "指标编号,单位,年度,实际值\npm10,μg/m³,2026,40\npm25,mg/m³,2026,0.02\npm25,μg/m³,2026,三十".encode()
        with pytest.raises(InvalidInput) as caught, writing(engine) as session:
            take_values(session, people.city, content=content, name="a.csv", today=TODAY)
        assert [(each.row, each.column, each.code) for each in caught.value.findings] == [(4, "D", "not-a-number")]
        with pytest.raises(InvalidInput) as caught, writing(engine) as session:
            take_values(session, people.city, content=content.rsplit(b"\n", 1)[0], name="a.csv", today=TODAY)
        assert (caught.value.findings[0].row, caught.value.findings[0].column) == (3, "B")
        with reading(engine) as session:
            assert values_of(session, find_city(session, people.city)) == []


class TestWhatProjectsMove:
    def moved(self, engine: Engine, actor: Actor, division: str | None = None) -> list[Contribution]:
        with reading(engine) as session:
            return contributions_of(session, actor, in_force(packaged_sets(), TODAY).indicators, division_code=division)

    def test_is_summed_in_the_unit_of_the_output_with_the_revision_it_stands_in(
        self, engine: Engine, people: People
    ) -> None:
        benefits = (
            {"indicator": "COD削减", "value": 120.0, "unit": "吨/年"},
            {"indicator": "COD削减", "unit": "吨/年"},
        )
        goal = {"indicator": "城镇生活污水集中收集率", "target": "≥75", "unit": "%"}
        with writing(engine) as session:
            first = create_project(
                session, people.city, dossier(benefits=[benefits[0]], performance_goals=[goal]), reason="录入"
            )
            create_project(session, people.city, dossier(benefits=[benefits[1]]), reason="录入")
            create_project(
                session, people.other_city, dossier(city_code="370402", benefits=[benefits[0]]), reason="录入"
            )
        found = {(each.indicator, each.output_en): each for each in self.moved(engine, people.city)}
        cod = found["water_class_3", "COD removed"]
        assert (cod.total, cod.unit, cod.n_unknown, len(cod.projects)) == (120, "t/年", 1, 2)
        assert (cod.projects[0].code, cod.projects[0].revision_number) == (first.code, 1)
        goals = found["sewage_collected", "Goals of projects"]
        assert (goals.total, [each.value for each in goals.projects]) == (None, [75])
        whole = {(each.indicator, each.output_en): each for each in self.moved(engine, people.ministry)}
        assert whole["water_class_3", "COD removed"].total == 240
        assert self.moved(engine, people.ministry, "510100") == []


class TestTheDashboard:
    def read(self, engine: Engine, actor: Actor, year: int | None = None) -> Dashboard:
        with reading(engine) as session:
            return read_dashboard(session, actor, year=year, today=TODAY)

    def test_counts_cities_by_indicator_and_year_and_each_project_once(self, engine: Engine, people: People) -> None:
        state(
            engine, people.city, stated(target=25, actual=24), stated(year=2025, actual=30), stated("pm10", target=40)
        )
        state(engine, people.other_city, stated(target=25, actual=26))
        with writing(engine) as session:
            create_project(session, people.city, dossier(), reason="录入")
            create_project(session, people.city, dossier(city_code="330500", total_investment=None), reason="录入")
            create_project(session, people.other_city, dossier(city_code=None), reason="录入")
        found = self.read(engine, people.ministry)
        now = next(each for each in found.indicators if (each.indicator, each.year) == ("pm25", 2026))
        assert (now.n_targets, now.n_actuals, now.n_met, now.n_missed, now.average) == (2, 2, 1, 1, 25)
        before = next(each for each in found.indicators if each.year == 2025)
        assert (before.n_targets, before.n_actuals, before.n_met, before.n_missed) == (0, 1, 0, 0)
        places = {each.division_code: each for each in found.places}
        own = places["330500"]
        assert (own.city, own.n_met, own.n_missed, own.n_unknown) == ("湖州市", 1, 0, 1)
        assert (own.n_projects, own.total_investment, own.n_unknown_total) == (2, "12345.67", 1)
        assert (found.year, found.n_projects, found.n_placed) == (2026, 3, 2)

    def test_opens_on_the_latest_year_somebody_states_an_actual_value_of(self, engine: Engine, people: People) -> None:
        assert self.read(engine, people.ministry).year == TODAY.year
        state(engine, people.city, stated(target=25), stated(year=2025, actual=30), stated(year=2024, actual=31))
        found = self.read(engine, people.ministry)
        assert (found.year, found.years) == (2025, [2024, 2025, 2026])

    def test_shows_each_only_what_it_may_see(self, engine: Engine, people: People) -> None:
        state(engine, people.city, stated(target=25))
        state(engine, people.other_city, stated(target=25))
        seen = {name: [e.division_code for e in self.read(engine, getattr(people, name)).places]
                for name in ("city", "other_city", "province", "ministry")}  # fmt: skip
        assert seen == {
            "city": ["330500"], "other_city": ["370400"], "province": ["330500"], "ministry": ["330500", "370400"],
        }  # fmt: skip

    def test_places_counties_in_their_city(self) -> None:
        assert [city_of(code) for code in ("330502", "310115", "429004", "330000", None)] == [
            "330500",
            "310000",
            "429004",
            None,
            None,
        ]
