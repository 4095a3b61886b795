"""Selected cities become leading cities by a step of the ministry: dated, once, with the result as their source."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from conftest import People
from nomination_builders import Stage, published, scored
from registry.accounts.model import Actor
from registry.audit import AuditEntry, now, parsed_json
from registry.database import reading, writing
from registry.errors import InvalidInput, NotAllowed
from registry.programme.nomination.registering import Registered, register_selected, registered_of
from registry.projects.zones.operations import note_membership
from registry.projects.zones.queries import Membership, list_memberships

CHINA = ZoneInfo("Asia/Shanghai")
NEXT_YEAR = date(now().year + 1, 1, 1)


def registered(stage: Stage, actor: Actor, *, since: date = NEXT_YEAR, notice: str = "") -> Registered:
    with writing(stage.engine) as session:
        return register_selected(session, actor, stage.round_id, starts_on=since, notice=notice)


def leading(stage: Stage, day: date) -> list[Membership]:
    with reading(stage.engine) as session:
        return list_memberships(session, zone="leading_city", on=day)


class TestAPublishedResult:
    def test_makes_nobody_a_leading_city_by_itself(self, engine: Engine, people: People) -> None:
        stage = published(engine, people, "dalian", "xian")
        assert leading(stage, NEXT_YEAR) == []
        with reading(engine) as session:
            assert registered_of(session, stage.round_id, on=NEXT_YEAR) == Registered(2, 0)

    def test_is_registered_from_the_day_given_with_itself_as_the_source(self, engine: Engine, people: People) -> None:
        stage = published(engine, people, "dalian", "xian")
        assert registered(stage, people.ministry, notice="公告2027年第1号") == Registered(2, 0)
        assert leading(stage, NEXT_YEAR - timedelta(days=1)) == []
        found = leading(stage, NEXT_YEAR)
        assert [each.division_code for each in found] == ["210200", "610100"]
        day = stage.held().step_since.astimezone(CHINA).date()
        said = f"“第一批”遴选结果，{day} 公布（批次 {stage.round_id}）；公告2027年第1号"
        assert {each.source for each in found} == {said}
        with reading(engine) as session:
            entry = session.exec(select(AuditEntry).where(AuditEntry.action == "selection.register")).one()
        assert parsed_json(entry.details)["places"] == ["210200", "610100"]

    def test_is_registered_once_and_leaves_alone_who_is_a_leading_city(self, engine: Engine, people: People) -> None:
        stage = published(engine, people, "dalian", "xian")
        with writing(engine) as session:
            note_membership(
                session,
                people.ministry,
                zone="leading_city",
                division_code="610100",
                starts_on=date(2026, 1, 1),
                source="某公告",
            )
        assert registered(stage, people.ministry) == Registered(1, 1)
        assert registered(stage, people.ministry) == Registered(0, 2)
        assert [each.source for each in leading(stage, NEXT_YEAR)][1] == "某公告"

    def test_is_registered_by_the_ministry_alone(self, engine: Engine, people: People) -> None:
        stage = published(engine, people, "dalian")
        for actor in (people.city, people.province, people.bank):
            with pytest.raises(NotAllowed):
                registered(stage, actor)

    def test_is_not_registered_from_a_day_before_it_was_published(self, engine: Engine, people: People) -> None:
        stage = published(engine, people, "dalian")
        with pytest.raises(InvalidInput, match="早于结果公布日期") as caught:
            registered(stage, people.ministry, since=date(2020, 1, 1))
        assert [each.code for each in caught.value.findings] == ["before-publication"]


def test_a_result_that_is_not_published_registers_nobody(engine: Engine, people: People) -> None:
    stage = scored(engine, people)
    stage.mark("dalian", "select")
    with pytest.raises(InvalidInput, match="结果公布后才能登记先行区"):
        registered(stage, people.ministry)
    assert leading(stage, NEXT_YEAR) == []
