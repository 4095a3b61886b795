"""Any report as of a past day: today gives what now gives, before a change the old figures stand."""

import datetime as dt
from typing import Any

import polars as pl
import pytest
from sqlalchemy import Engine, update
from sqlmodel import col, select

from applications import application_in, complete_dossier, move
from builders import dossier
from conftest import People
from registry.accounts.model import Actor
from registry.assessments.columns import read_assessments, read_verdicts
from registry.assessments.operations import assess_project
from registry.assessments.screening import count_rules, registry_facts
from registry.database import reading, writing
from registry.errors import InvalidInput, NotAllowed
from registry.portfolio.queries import Evidence, gather
from registry.portfolio.reports import REPORTS, Ask, make_report
from registry.projects.columns import (
    project_schema,
    read_benefits,
    read_documents,
    read_funding_lines,
    read_projects,
    read_stated_lines,
)
from registry.projects.lifecycle.columns import read_events, standing
from registry.projects.lifecycle.model import Application
from registry.projects.model import Dossier, ProjectRevision
from registry.projects.operations import create_project, release_project, save_project
from registry.projects.past import end_of_day

TODAY = dt.date(2026, 11, 26)
SOON = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
LONG_AGO = dt.datetime(2020, 5, 1, tzinfo=dt.UTC)
BENEFITS = [{"indicator": "COD", "value": 12.5, "unit": "吨/年"}, {"indicator": "氨氮"}]


def rich(**changes: Any) -> Dossier:
    return complete_dossier(
        benefits=BENEFITS,
        documents=[{"checklist_code": "D02", "is_available": True}],
        components=[{"name": "厂区"}],
        performance_goals=[{"indicator": "处理量"}],
        is_in_annual_budget=False,
        construction_progress_ratio=0.5,
        financials={"timeline": {"construction_years": 2, "operation_years": 20}},
        beautiful_city_task="sewer_coverage",
        **changes,
    )


def backdate(engine: Engine, number: int, moment: dt.datetime) -> None:
    """Pretend a revision was saved earlier; the hash chain is not what is tested here."""
    with writing(engine) as session:
        wanted = col(ProjectRevision.number) == number
        session.execute(update(ProjectRevision).where(wanted).values(saved_at=moment))


@pytest.fixture
def code(engine: Engine, people: People) -> str:
    """A project first saved long ago with 12,345.67 万元, and changed today to 20,000."""
    with writing(engine) as session:
        made = create_project(session, people.city, rich(), reason="录入").code
        changed = rich(total_investment="20000", city_code="330500", funding_lines=[
            {"source": "special_bond", "year": 2027, "amount": "20000", "status": "planned"},
        ])  # fmt: skip
        save_project(session, people.city, made, changed, reason="调整投资", expected_revision=1)
    backdate(engine, 1, LONG_AGO)
    return made


class TestAsOfToday:
    def test_every_column_equals_now(self, engine: Engine, people: People, code: str) -> None:
        with writing(engine) as session:
            create_project(session, people.other_city, dossier(total_investment=None, city_code=None), reason="录入")
        now = read_projects(engine, people.ministry)
        then = read_projects(engine, people.ministry, at=SOON)
        assert dict(then.schema) == dict(project_schema())
        # The row is written in the same moment as the revision, a few microseconds apart at most.
        assert then.drop("updated_at").equals(now.drop("updated_at"))
        for read in (read_funding_lines, read_stated_lines, read_documents):
            assert read(engine, people.ministry, at=SOON).equals(read(engine, people.ministry))
            assert read(engine, people.ministry).height > 0
        for now_part, then_part in zip(
            read_benefits(engine, people.ministry), read_benefits(engine, people.ministry, at=SOON), strict=True
        ):
            assert then_part.equals(now_part)
            assert now_part.height > 0

    def test_assessments_facts_and_rules_equal_now(self, engine: Engine, people: People, code: str) -> None:
        with writing(engine) as session:
            assess_project(session, people.city, code, as_of=TODAY)
        actor = people.province
        assert read_assessments(engine, actor, at=SOON).equals(read_assessments(engine, actor))
        assert read_verdicts(engine, actor, at=SOON).equals(read_verdicts(engine, actor))
        assert read_verdicts(engine, actor).height > 3
        assert registry_facts(engine, actor, at=SOON).equals(registry_facts(engine, actor))
        counted = count_rules(engine, actor, as_of=TODAY, by="province", at=SOON)
        assert counted.equals(count_rules(engine, actor, as_of=TODAY, by="province"))
        whole = count_rules(engine, actor, as_of=TODAY)
        assert counted.drop("province").equals(whole)
        assert counted["province"].unique().to_list() == ["浙江省"]

    def test_applications_stand_where_their_row_says(self, engine: Engine, people: People) -> None:
        for state in ("draft", "returned", "in_library", "withdrawn"):
            application_in(engine, people, state)
        found = standing(read_events(engine, people.ministry))
        with reading(engine) as session:
            rows = session.exec(select(Application).order_by(col(Application.id))).all()
        expected = [(row.id, row.state, row.state_since, row.round, row.entered_on) for row in rows]
        got = found.select("application_id", pl.col("state").cast(pl.String), "since", "round", "entered_on").rows()
        assert got == expected

    def test_every_report_equals_now(self, engine: Engine, people: People, code: str) -> None:
        application_in(engine, people, "in_library")
        with writing(engine) as session:
            assess_project(session, people.city, code, as_of=TODAY)
        now = Evidence(engine, people.ministry, TODAY, None)
        then = Evidence(engine, people.ministry, TODAY, SOON)
        for name in REPORTS:
            assert make_report(then, Ask(name)).as_dict() == make_report(now, Ask(name)).as_dict()


class TestAsOfAPastDay:
    def test_gives_the_figures_from_before_the_change(self, engine: Engine, people: People, code: str) -> None:
        before = gather(engine, people.city, as_of=dt.date(2020, 5, 2), today=TODAY)
        now = gather(engine, people.city, as_of=TODAY, today=TODAY)
        totals = [each.portfolio.projects["total_investment_fen"].to_list() for each in (before, now)]
        assert totals == [[12_345_670_000], [20_000_000_000]]
        mixes = [make_report(each, Ask("funding_mix")).frame for each in (before, now)]
        assert mixes[0]["secured_fen"].sum() == 3_000_000_000
        assert mixes[1]["secured_fen"].sum() == 0
        assert before.portfolio.projects["province"].to_list() == ["浙江省"]

    def test_leaves_out_what_was_not_there_yet(self, engine: Engine, people: People, code: str) -> None:
        # The day ends at midnight in China, not in London: 00:00 UTC of 1 May is 08:00 there.
        for day, count in ((dt.date(2020, 4, 30), 0), (dt.date(2020, 5, 1), 1)):
            found = gather(engine, people.ministry, as_of=day, today=TODAY)
            assert found.portfolio.projects.height == count

    def test_reads_the_assessment_of_the_revision_in_force(self, engine: Engine, people: People, code: str) -> None:
        with writing(engine) as session:
            assess_project(session, people.city, code, as_of=TODAY)
        assert read_assessments(engine, people.city).height == 1
        # The only assessment is of the second revision, which was not there yet.
        assert read_assessments(engine, people.city, at=end_of_day(dt.date(2020, 5, 2))).height == 0

    def test_shows_an_application_as_it_stood(self, engine: Engine, people: People) -> None:
        application = application_in(engine, people, "in_library")
        with writing(engine) as session:
            session.execute(update(Application).values(opened_at=LONG_AGO))
        later = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
        move(engine, people.ministry, application, "remove", moment=later)
        for day, state in (("2026-02-01", "draft"), ("2026-03-01", "in_library"), ("2026-06-01", "removed")):
            at = end_of_day(dt.date.fromisoformat(day))
            assert standing(read_events(engine, people.city, at=at))["state"].to_list() == [state]

    def test_is_for_those_who_may_read_revisions(self, engine: Engine, people: People, code: str) -> None:
        with writing(engine) as session:
            release_project(session, people.city, code, organisation_id=people.bank.organisation_id)
        assert gather(engine, people.bank, as_of=TODAY, today=TODAY).portfolio.projects.height == 1
        with pytest.raises(NotAllowed):
            gather(engine, people.bank, as_of=dt.date(2020, 5, 2), today=TODAY)

    def test_is_not_a_day_to_come(self, engine: Engine, people: People) -> None:
        with pytest.raises(InvalidInput) as refused:
            gather(engine, people.ministry, as_of=TODAY + dt.timedelta(days=1), today=TODAY)
        assert refused.value.findings[0].code == "date-to-come"


def test_each_group_gets_what_it_may_see_and_nothing_else(engine: Engine, people: People, code: str) -> None:
    with writing(engine) as session:
        create_project(session, people.other_city, dossier(city_code="370402", total_investment="7"), reason="录入")
        release_project(session, people.city, code, organisation_id=people.bank.organisation_id)
    seen = {}
    for name in ("city", "other_city", "province", "ministry", "bank", "other_bank"):
        actor: Actor = getattr(people, name)
        table = make_report(gather(engine, actor, as_of=TODAY, today=TODAY), Ask("funding_mix", ("province",)))
        seen[name] = table.frame.select(pl.col("province").cast(pl.String), "total_investment_fen").rows()
    zhejiang, shandong = ("浙江省", 20_000_000_000), ("山东省", 7_000_000)
    assert seen == {
        "city": [zhejiang],
        "other_city": [shandong],
        "province": [zhejiang],
        "ministry": [zhejiang, shandong],
        "bank": [zhejiang],
        "other_bank": [],
    }
    with pytest.raises(NotAllowed):
        make_report(gather(engine, people.bank, as_of=TODAY, today=TODAY), Ask("application_states"))


def test_the_head_of_the_log_tells_when_to_read_again(engine: Engine, people: People, code: str) -> None:
    from registry.portfolio.keeping import KeptEvidence  # noqa: PLC0415 - beside its only use

    kept = KeptEvidence(engine)
    first = kept.gather(people.city, as_of=TODAY, today=TODAY)
    assert first.portfolio.projects.height == 1
    assert kept.gather(people.city, as_of=TODAY, today=TODAY) is first
    assert kept.gather(people.bank, as_of=TODAY, today=TODAY).portfolio.projects.height == 0
    with writing(engine) as session:
        create_project(session, people.city, dossier(), reason="录入")
    assert kept.gather(people.city, as_of=TODAY, today=TODAY).portfolio.projects.height == 2
