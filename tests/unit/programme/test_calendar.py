"""The ministry's year: dated entries, for whom they wait, notices once a threshold, and files others can read."""

import io
from datetime import UTC, date, datetime, timedelta

import openpyxl
import pytest
from sqlalchemy import Engine

from applications import application_in
from builders import dossier
from conftest import People
from nomination_builders import CLOSES, DAY, apply, opened
from registry import audit
from registry.accounts.model import Actor
from registry.accounts.operations import ensure_operator
from registry.database import reading, writing
from registry.errors import NotAllowed
from registry.programme.calendar.entries import CONFIDENCES, occurrences
from registry.programme.calendar.files import calendar_ics, calendar_workbook
from registry.programme.calendar.operations import due_notices, warn_of_deadlines
from registry.programme.calendar.queries import Event, read_calendar
from registry.programme.calendar.waiting import central_fund_applications
from registry.programme.self_evaluation.operations import begin_self_evaluation
from registry.programme.self_evaluation.rounds import open_round
from registry.projects.lifecycle.deadlines import china_date
from registry.projects.notices.queries import my_notices
from registry.projects.operations import create_project
from registry.projects.zones.operations import note_membership

YEAR = (date(2026, 1, 1), date(2026, 12, 31))


def calendar(
    engine: Engine, actor: Actor, today: date, first: date = YEAR[0], last: date = YEAR[1]
) -> dict[str, Event]:
    with reading(engine) as session:
        return {each.key: each for each in read_calendar(session, actor, today=today, first=first, last=last)}


def waited_for(event: Event) -> list[str]:
    return [each.organisation for each in event.waits_for]


class TestTheEntries:
    def test_fall_due_each_year_and_once(self) -> None:
        found = {each.key: each.due_on for each in occurrences(date(2026, 4, 15), date(2027, 12, 31))}
        assert found["cef-spring-2026"] == date(2026, 4, 15)
        assert found["cef-autumn-2027"] == date(2027, 9, 15)
        assert found["eod-report-2026"] == date(2026, 12, 31)
        assert found["goals-2027"] == date(2027, 12, 31)
        assert "cef-spring-2025" not in found

    def test_name_a_source_and_how_sure_it_is(self) -> None:
        rules = [each.rule for each in occurrences(date(2026, 1, 1), date(2027, 12, 31))]
        assert {each.confidence for each in rules} <= set(CONFIDENCES)
        assert all(each.document.startswith(("《", "中央")) for each in rules)


class TestACalendar:
    def test_is_for_offices(self, engine: Engine, people: People) -> None:
        with pytest.raises(NotAllowed):
            calendar(engine, people.bank, DAY)

    def test_tells_a_filing_is_late_four_months_after_the_money_came(self, engine: Engine, people: People) -> None:
        stated = [
            {"central_funds_received_date": "2026-01-31"},
            {"central_funds_received_date": "2026-01-31", "central_funds_filing_date": "2026-05-01"},
            {},
        ]
        with writing(engine) as session:
            codes = [create_project(session, people.city, dossier(**each), reason="录入").code for each in stated]
        on_time = calendar(engine, people.city, date(2026, 5, 31))["filing-2026-05-31"]
        late = calendar(engine, people.city, date(2026, 6, 1))["filing-2026-05-31"]
        assert (on_time.is_late, late.is_late) == (False, True)
        assert [each.link for each in late.waits_for] == [f"/projects/{codes[0]}"]
        assert not [key for key in calendar(engine, people.other_city, DAY) if key.startswith("filing")]

    def test_calls_a_leading_city_late_that_signed_no_self_evaluation(self, engine: Engine, people: People) -> None:
        with writing(engine) as session:
            open_round(session, people.ministry, year=2025, opens_on=date(2026, 1, 1), closes_on=date(2026, 3, 31))
        key, after = "self-evaluation-2025", date(2026, 4, 1)
        assert waited_for(calendar(engine, people.ministry, after)[key]) == []
        with writing(engine) as session:
            note_membership(
                session, people.ministry, zone="leading_city", division_code="370400", starts_on=date(2026, 1, 1),
                source="某公告",
            )  # fmt: skip
            begin_self_evaluation(session, people.city, year=2025, today=date(2026, 3, 1))
        found = calendar(engine, people.ministry, after)[key]
        assert waited_for(found) == ["湖州市财政局", "枣庄市财政局"]
        assert found.is_late
        assert waited_for(calendar(engine, people.city, after)[key]) == ["湖州市财政局"]

    def test_tells_a_province_that_nominations_wait_for_its_opinion(self, engine: Engine, people: People) -> None:
        stage = opened(engine, people)
        apply(stage, people.city)
        found = calendar(engine, people.province, DAY)[f"selection-{stage.round_id}"]
        assert (found.due_on, waited_for(found), found.is_late) == (CLOSES, ["浙江省生态环境厅"], False)

    def test_calls_nobody_late_where_the_record_cannot_tell(self, engine: Engine, people: People) -> None:
        report = calendar(engine, people.province, date(2026, 12, 31))["eod-report-2026"]
        assert (report.is_checked, report.is_late, report.waits_for) == (False, False, [])


class TestNoticesBeforeDeadlines:
    def test_go_once_to_each_for_each_threshold(self, engine: Engine, people: People) -> None:
        def told(day: date) -> list[tuple[str, int]]:
            with writing(engine) as session:
                return [
                    (each.key, days)
                    for each, days, _ in warn_of_deadlines(session, ensure_operator(session), as_of=day)
                ]

        assert told(date(2026, 11, 30)) == []
        assert told(date(2026, 12, 1)) == [("eod-report-2026", 30)]
        assert told(date(2026, 12, 2)) == []
        assert told(date(2026, 12, 24)) == [("eod-report-2026", 7)]
        with reading(engine) as session:
            texts = [each.text_zh for each in my_notices(session, people.province)]
            assert my_notices(session, people.city) == []
        assert len(texts) == 2
        assert "2026-12-31 截止，还有 7 天" in texts[0]

    def test_go_to_those_who_are_waited_for_alone(self, engine: Engine, people: People) -> None:
        with writing(engine) as session:
            create_project(session, people.city, dossier(central_funds_received_date="2026-05-01"), reason="录入")
        with reading(engine) as session:
            due = due_notices(session, people.ministry, as_of=date(2026, 8, 30))
        concerned = {each.key: houses for each, _, houses in due}
        assert concerned["filing-2026-09-01"] == [people.city.organisation_id]

    def test_are_sent_by_ministry_and_operator(self, engine: Engine, people: People) -> None:
        with reading(engine) as session, pytest.raises(NotAllowed):
            due_notices(session, people.province, as_of=DAY)


class TestTheFiles:
    def test_of_a_calendar_keep_the_rules_of_ics(self, engine: Engine, people: People) -> None:
        events = list(calendar(engine, people.province, DAY).values())
        content = calendar_ics(events, moment=datetime(2026, 3, 10, 1, tzinfo=UTC))
        lines = content.decode().split("\r\n")
        assert (lines[0], lines[-2:]) == ("BEGIN:VCALENDAR", ["END:VCALENDAR", ""])
        assert max(len(line.encode()) for line in lines) <= 75
        assert content.replace(b"\r\n", b"").count(b"\n") == 0
        whole = content.decode().replace("\r\n ", "")
        assert whole.count("BEGIN:VEVENT") == len(events)
        report = whole[whole.index("UID:eod-report-2026@") :]
        assert report.index("DTSTART;VALUE=DATE:20261201") < report.index("DTEND;VALUE=DATE:20270101")
        assert "各省报送EOD项目成效和案例" in report

    def test_of_excel_have_a_row_for_each_who_is_waited_for(self, engine: Engine, people: People) -> None:
        with writing(engine) as session:
            for _ in range(2):
                create_project(session, people.city, dossier(central_funds_received_date="2026-01-31"), reason="录入")
        events = [calendar(engine, people.city, date(2026, 6, 1))["filing-2026-05-31"]]
        sheet = openpyxl.load_workbook(io.BytesIO(calendar_workbook(events))).worksheets[0]
        rows = list(sheet.iter_rows(min_row=2, values_only=True))
        assert [(row[3], row[6], row[8]) for row in rows] == [("2026-05-31", "湖州市财政局", "逾期")] * 2


class TestAWindowOfTheCentralFund:
    def test_waits_for_applications_begun_by_its_day_and_not_for_later_ones(
        self, engine: Engine, people: People
    ) -> None:
        application_in(engine, people, "draft")
        day = china_date(audit.now())
        with reading(engine) as session:
            by_day = [
                [each.organisation for each in central_fund_applications(session, people.city, by=by)]
                for by in (day, day - timedelta(days=1))
            ]
            of_neighbour = central_fund_applications(session, people.other_city, by=day)
        assert by_day == [["湖州市财政局"], []]
        assert of_neighbour == []
