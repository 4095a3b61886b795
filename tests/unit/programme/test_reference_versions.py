"""Versions of the reference set: published once with a source, in force from a day, never changed."""

import io
from datetime import date
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Engine
from sqlmodel import select

from conftest import People
from registry.accounts.model import Actor
from registry.audit import AuditEntry
from registry.database import reading, writing
from registry.errors import InvalidInput, NotAllowed
from registry.programme.indicators.operations import Stated, state_values
from registry.programme.indicators.queries import find_city, indicators_of, values_of
from registry.programme.indicators.reference_workbook import catalogue_workbook, take_catalogue
from registry.programme.indicators.versions import day_for, reference_on, reference_sets

FROM, TODAY = date(2027, 1, 1), date(2027, 6, 1)
HEAD = ("指标编号", "类别", "类别英文", "指标", "指标英文", "单位", "方向", "带动它的项目效益", "绩效目标中的叫法")
PM25 = ("pm25", "蓝天", "Blue sky", "细颗粒物浓度", "PM2.5", "μg/m3", "越低越好", "pm、nox", "PM2[.]?5")
QUIET = ("quiet_area", "宁静", None, "声环境功能区达标率", None, "%", "higher", None, None)


def sheet(*rows: tuple[Any, ...]) -> bytes:
    book = openpyxl.Workbook()
    for row in (HEAD, *rows):
        book.worksheets[0].append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def published(engine: Engine, actor: Actor, content: bytes, **changes: Any) -> int:
    told: dict[str, Any] = {"version": "mee-2027", "in_force_from": FROM, "source": "环发〔2026〕99号"} | changes
    with writing(engine) as session:
        return take_catalogue(session, actor, content=content, name="目录.xlsx", **told)


class TestAPublishedVersion:
    def test_takes_the_place_of_the_stand_in_from_its_day_on(self, engine: Engine, people: People) -> None:
        assert published(engine, people.ministry, sheet(PM25, QUIET)) == 2
        with reading(engine) as session:
            before, after = (reference_on(session, day) for day in (date(2026, 12, 31), FROM))
            assert [each.id for each in reference_sets(session)] == ["2020-stand-in", "mee-2027"]
        assert (before.is_stand_in, len(before.indicators)) == (True, 22)
        assert (after.is_stand_in, after.document, list(after.indicators)) == (
            False, "环发〔2026〕99号", ["pm25", "quiet_area"]
        )  # fmt: skip
        assert after.indicators["pm25"].group == ("蓝天", "Blue sky")
        assert after.indicators["pm25"].moved_by == ("pm", "nox")
        assert after.indicators["quiet_area"].en == "声环境功能区达标率"

    def test_comes_back_from_excel_as_it_went_in(self, engine: Engine, people: People) -> None:
        published(engine, people.ministry, sheet(PM25, QUIET))
        with reading(engine) as session:
            content = catalogue_workbook(session, on=TODAY)
        published(engine, people.ministry, content, version="mee-2028", in_force_from=date(2028, 1, 1))
        with reading(engine) as session:
            first, second = (reference_on(session, day).indicators for day in (TODAY, date(2028, 1, 1)))
        assert dict(first) == dict(second)

    def test_leaves_the_year_before_under_its_own(self, engine: Engine, people: People) -> None:
        published(engine, people.ministry, sheet(PM25, QUIET))
        values = [Stated("pm10", 2026, "μg/m³", {"actual": 40}), Stated("quiet_area", 2027, "%", {"target": 90})]
        with writing(engine) as session:
            assert len(state_values(session, people.city, values, today=TODAY)) == 2
            city = find_city(session, people.city)
            assert "pm10" in indicators_of(session, city, on=day_for(2026, TODAY))
            assert "pm10" not in indicators_of(session, city, on=day_for(2027, TODAY))
            assert len(values_of(session, city)) == 2
        with pytest.raises(InvalidInput, match="指标目录中没有“pm10”"), writing(engine) as session:
            state_values(session, people.city, [Stated("pm10", 2027, "μg/m³", {"actual": 40})], today=TODAY)

    def test_leaves_an_entry_with_its_source(self, engine: Engine, people: People) -> None:
        published(engine, people.ministry, sheet(PM25))
        with reading(engine) as session:
            entry = session.exec(select(AuditEntry).where(AuditEntry.action == "indicator.publish")).one()
        assert (entry.subject, "环发〔2026〕99号" in entry.details) == ("indicators:mee-2027", True)

    def test_is_published_by_the_ministry_alone(self, engine: Engine, people: People) -> None:
        for actor in (people.city, people.province, people.bank):
            with pytest.raises(NotAllowed):
                published(engine, actor, sheet(PM25))


class TestAFlaw:
    @pytest.mark.parametrize(
        ("row", "cell"),
        [
            (("pm25", "蓝天", None, "细颗粒物", None, "mg/m³", "越低越好", None, None), ("unit-fixed", "F")),
            (("pm25", "蓝天", None, "细颗粒物", None, "μg/m³", "越高越好", None, None), ("unit-fixed", "F")),
            (("own_x", "蓝天", None, "自设", None, "%", "越高越好", None, None), ("not-an-id", "A")),
            (("noise", "宁静", None, "噪声", None, "分贝", "看情况", None, None), ("not-in-list", "G")),
            (("noise", "宁静", None, "噪声", None, "分贝", "lower", "噪声", None), ("unknown-benefit", "H")),
            (("noise", "宁静", None, "噪声", None, "分贝", "lower", None, "噪声("), ("not-a-pattern", "I")),
            (("quiet_area", "宁静", None, "重复", None, "%", "higher", None, None), ("repeated", "A")),
        ],
    )
    def test_names_its_cell_and_nothing_is_published(
        self, engine: Engine, people: People, row: tuple[Any, ...], cell: tuple[str, str]
    ) -> None:
        with pytest.raises(InvalidInput) as caught:
            published(engine, people.ministry, sheet(QUIET, row))
        assert [(each.code, each.column, each.row) for each in caught.value.findings] == [(*cell, 3)]
        with reading(engine) as session:
            assert len(reference_sets(session)) == 1

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"version": "2020-stand-in"}, "exists-already"),
            ({"version": "新版"}, "not-an-id"),
            ({"in_force_from": date(2020, 1, 1)}, "not-after"),
            ({"source": " "}, "needs-source"),
            ({"source_url": "ftp://x"}, "not-a-link"),
        ],
    )
    def test_of_the_version_is_told_beside_the_file(
        self, engine: Engine, people: People, changes: dict[str, Any], code: str
    ) -> None:
        with pytest.raises(InvalidInput) as caught:
            published(engine, people.ministry, sheet(QUIET), **changes)
        assert [each.code for each in caught.value.findings] == [code]
