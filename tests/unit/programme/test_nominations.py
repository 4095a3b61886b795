"""Nomination and selection: by date, by step, anonymous until published, no score where there is a tie."""

from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlmodel import col

from builders import dossier
from conftest import People
from nomination_builders import (
    AFTER,
    CLOSES,
    DAY,
    Stage,
    applied,
    apply,
    compared,
    opened,
    scored,
    scoring,
)
from registry.accounts.model import Actor
from registry.audit import AuditEntry
from registry.database import reading, writing
from registry.errors import InvalidInput, NotAllowed, NotFound, StaleWrite
from registry.programme.indicators.operations import Stated, state_values
from registry.programme.nomination.comparison import Compared, compare, comparison_table
from registry.programme.nomination.operations import check_form, give_provincial_opinion, take_back_nomination
from registry.programme.nomination.panel import ConflictOfInterest, name_member
from registry.programme.nomination.proposal import Proposal, propose
from registry.programme.nomination.queries import count_taken, list_nominations, minutes_of, quotas_of
from registry.programme.nomination.rounds import StatedQuota, open_selection
from registry.programme.nomination.rules import size_class_of, steps
from registry.projects.notices.queries import my_notices
from registry.projects.operations import create_project


def table(stage: Stage, actor: Actor) -> list[Compared]:
    with reading(stage.engine) as session:
        return compare(session, actor, stage.round_id)


def computed(stage: Stage) -> Proposal:
    with reading(stage.engine) as session:
        return propose(session, stage.people.ministry, stage.round_id)


def names(stage: Stage, actor: Actor) -> list[str]:
    with reading(stage.engine) as session:
        return [each.city for each in list_nominations(session, actor, stage.round_id)]


def refused(caught: pytest.ExceptionInfo[InvalidInput]) -> list[str]:
    return [each.code for each in caught.value.findings]


class TestANomination:
    def test_is_taken_on_the_last_day_and_refused_after_it_with_what_why_and_what_to_do(
        self, engine: Engine, people: People
    ) -> None:
        stage = opened(engine, people)
        apply(stage, people.city, day=CLOSES)
        with pytest.raises(InvalidInput) as caught:
            apply(stage, people.other_city, day=AFTER)
        (flaw,) = caught.value.findings
        assert flaw.code == "after-deadline"
        for part in ("第一批", "2026-03-31 截止", "今天是 2026-04-02", "下一批次"):
            assert part in flaw.message_zh
        assert names(stage, people.ministry) == ["湖州市财政局"]

    def test_is_not_signed_while_its_size_is_unknown(self, engine: Engine, people: People) -> None:
        with pytest.raises(InvalidInput) as caught:
            apply(opened(engine, people), people.city, None)
        assert refused(caught) == ["missing"]

    def test_is_made_by_a_city_and_not_by_its_county(self, engine: Engine, people: People) -> None:
        from nomination_builders import person  # noqa: PLC0415 - beside its only use

        stage = opened(engine, people)
        with pytest.raises(InvalidInput) as caught:
            apply(stage, person(engine, "deqing", "city", "330521"))
        assert refused(caught) == ["wrong-level"]
        with pytest.raises(NotAllowed):
            apply(stage, people.bank)

    def test_is_seen_by_its_city_its_province_and_the_ministry_alone(self, engine: Engine, people: People) -> None:
        stage = opened(engine, people)
        apply(stage, people.city)
        assert [len(names(stage, actor)) for actor in (people.city, people.province, people.ministry)] == [1, 1, 1]
        assert [len(names(stage, actor)) for actor in (people.other_city, people.bank)] == [0, 0]

    def test_is_taken_back_until_its_province_has_spoken(self, engine: Engine, people: People) -> None:
        stage = opened(engine, people)
        number = apply(stage, people.city)
        with writing(engine) as session:
            take_back_nomination(session, people.city, number, expected_version=2, today=DAY)
        assert names(stage, people.ministry) == []
        with writing(engine) as session, pytest.raises(StaleWrite):
            take_back_nomination(session, people.city, number, expected_version=2, today=DAY)

    def test_is_answered_by_its_own_province(self, engine: Engine, people: People) -> None:
        from nomination_builders import person  # noqa: PLC0415 - beside its only use

        stage = opened(engine, people)
        number = apply(stage, people.city)
        stranger = person(engine, "shandong", "province", "370000")
        with writing(engine) as session, pytest.raises(NotFound):
            give_provincial_opinion(session, stranger, number, is_recommended=True, opinion="好", expected_version=2)
        with writing(engine) as session, pytest.raises(NotAllowed):
            give_provincial_opinion(
                session, people.ministry, number, is_recommended=True, opinion="好", expected_version=2
            )
        with reading(engine) as session:
            assert [each.kind for each in my_notices(session, people.province)] == ["nomination.submitted"]

    def test_without_an_opinion_is_not_in_form(self, engine: Engine, people: People) -> None:
        stage = opened(engine, people)
        number = apply(stage, people.city)
        stage.advance()
        with writing(engine) as session, pytest.raises(InvalidInput) as caught:
            check_form(session, people.ministry, number, is_in_form=True, remark="齐全", expected_version=2)
        assert refused(caught) == ["no-opinion"]


class TestARound:
    def test_goes_on_only_when_its_step_is_done(self, engine: Engine, people: People) -> None:
        stage = applied(engine, people)
        with pytest.raises(InvalidInput) as caught:
            stage.advance(day=CLOSES)
        assert refused(caught) == ["still-open"]
        stage.advance()
        with pytest.raises(InvalidInput) as caught:
            stage.advance()
        assert refused(caught) == ["not-checked"]
        assert "4 个申报" in caught.value.message_zh

    def test_needs_a_panel_then_two_whole_scores_for_every_code(self, engine: Engine, people: People) -> None:
        stage = compared(engine, people)
        with pytest.raises(InvalidInput) as caught:
            stage.advance()
        assert refused(caught) == ["panel-too-small"]

    def test_needs_minutes_for_every_step_and_keeps_them(self, engine: Engine, people: People) -> None:
        stage = applied(engine, people)
        with pytest.raises(InvalidInput) as caught:
            stage.advance(minutes="  ")
        assert refused(caught) == ["needs-minutes"]
        stage.advance(minutes="到会五人，截止时共四个申报")
        with reading(engine) as session:
            (kept,) = minutes_of(session, people.ministry, stage.round_id)
            said = session.execute(
                select(col(AuditEntry.details)).where(col(AuditEntry.action) == "selection.minute")
            ).scalar_one()
        assert (kept.step, kept.text) == ("applications", "到会五人，截止时共四个申报")
        assert "到会五人" in said
        with reading(engine) as session, pytest.raises(NotAllowed):
            minutes_of(session, people.city, stage.round_id)

    def test_is_not_opened_with_reversed_days_or_quotas_that_contradict(self, engine: Engine, people: People) -> None:
        quotas = [StatedQuota("east", "", 5, 3), StatedQuota("moon", "", None, 1), StatedQuota("west")]
        with writing(engine) as session, pytest.raises(InvalidInput) as caught:
            open_selection(session, people.ministry, title="批", opens_on=CLOSES, closes_on=DAY, quotas=quotas)
        assert sorted(refused(caught)) == ["conflicting-limits", "missing", "period-reversed", "unknown-class"]
        with writing(engine) as session, pytest.raises(NotAllowed):
            open_selection(session, people.province, title="批", opens_on=DAY, closes_on=CLOSES)


class TestTheComparison:
    def test_names_no_city_and_stays_as_it_was_drawn(self, engine: Engine, people: People) -> None:
        value = Stated("pm25", 2025, "μg/m³", {"target": 30, "actual": 28})
        missed = Stated("pm10", 2025, "μg/m³", {"target": 30, "actual": 50})
        with writing(engine) as session:
            state_values(session, people.city, [value, missed], today=DAY)
            create_project(session, people.city, dossier(city_code="330500", total_investment="123456"), reason="录入")
        stage = compared(engine, people)
        with writing(engine) as session:
            create_project(session, people.city, dossier(city_code="330500"), reason="录入")
        lines = {each.code: each.facts for each in table(stage, people.ministry)}
        assert sorted(lines) == ["C001", "C002", "C003", "C004"]
        facts = lines[stage.code("city")]
        assert (facts.region, facts.size_class, facts.year) == ("east", "medium", 2025)
        assert (facts.n_met, facts.n_missed, facts.n_projects, facts.investment_100m) == (1, 1, 1, 12)
        unknown = lines[stage.code("wuhan")]
        assert (unknown.year, unknown.n_met, unknown.investment_100m, unknown.n_projects) == (None, None, None, 0)
        printed = str(comparison_table(table(stage, people.ministry)).as_dict())
        assert "湖州" not in printed
        assert "3305" not in printed

    def test_keeps_codes_and_names_apart_until_publication(self, engine: Engine, people: People) -> None:
        stage = compared(engine, people)
        with reading(engine) as session:
            assert list_nominations(session, people.ministry, stage.round_id) == []
            assert [each.city for each in list_nominations(session, people.city, stage.round_id)] == ["湖州市财政局"]
        assert len(table(stage, people.ministry)) == 4

    def test_is_for_the_panel_and_the_ministry(self, engine: Engine, people: People) -> None:
        stage = compared(engine, people)
        for actor in (people.city, people.province, people.bank):
            with pytest.raises(NotAllowed):
                table(stage, actor)


class TestAPanelMember:
    @pytest.mark.parametrize(("member", "login"), [("zhejiang", "city"), ("tied", "wuhan")])
    def test_scores_no_city_they_are_tied_to(self, engine: Engine, people: People, member: str, login: str) -> None:
        stage = scoring(engine, people)
        with pytest.raises(ConflictOfInterest) as caught:
            stage.score(stage.panel[member], login, 18)
        assert stage.code(login) in caught.value.message_zh
        assert "利益回避" in caught.value.message_zh
        assert "其他成员" in caught.value.message_zh
        stage.score(stage.panel[member], "xian", 18)

    def test_reads_no_names(self, engine: Engine, people: People) -> None:
        stage = scoring(engine, people)
        assert [names(stage, actor) for actor in stage.panel.values()] == [[]] * 4
        assert names(stage, people.ministry) == []

    def test_scores_within_the_range_and_only_with_a_seat(self, engine: Engine, people: People) -> None:
        stage = scoring(engine, people)
        with pytest.raises(InvalidInput) as caught:
            stage.score(stage.panel["free"], "xian", 20.5)
        assert set(refused(caught)) == {"score-out-of-range"}
        with pytest.raises(NotAllowed):
            stage.score(people.ministry, "xian", 18)

    def test_does_not_read_what_others_gave_while_scoring(self, engine: Engine, people: People) -> None:
        stage = scoring(engine, people)
        stage.score(stage.panel["free"], "xian", 18)
        assert {each.score for each in table(stage, stage.panel["second"])} == {None}
        assert {each.score for each in table(stage, people.ministry)} == {None, 90.0}

    def test_is_a_clerk_or_reviewer_of_ministry_or_province(self, engine: Engine, people: People) -> None:
        stage = compared(engine, people)
        for login, home, code in (("city", None, "wrong-group"), ("nobody", None, "unknown-user"),
                                  ("ministry", "330500", "not-a-province")):  # fmt: skip
            with writing(engine) as session, pytest.raises(InvalidInput) as caught:
                name_member(session, people.ministry, stage.round_id, login=login, home_province=home)
            assert refused(caught) == [code]


class TestTheComputedProposal:
    def test_takes_the_highest_scores_within_target_and_quotas(self, engine: Engine, people: People) -> None:
        stage = scored(engine, people, [StatedQuota("east", "", 1, None), StatedQuota("northeast", "large", None, 0)])
        found = computed(stage)
        # Without limits it would be Dalian (northeast, large: no place) and Xi'an; one place is the east's.
        assert found.codes == sorted([stage.code("xian"), stage.code("city")])
        assert found.score == pytest.approx(12 * 5 + 10 * 5)
        assert found.is_proven

    def test_is_none_where_no_choice_meets_the_quotas(self, engine: Engine, people: People) -> None:
        found = computed(scored(engine, people, [StatedQuota("west", "", 2, None)]))
        assert found.codes == []
        assert "下限" in found.messages[0][0]

    def test_waits_for_the_scores(self, engine: Engine, people: People) -> None:
        with pytest.raises(InvalidInput) as caught:
            computed(scoring(engine, people))
        assert refused(caught) == ["wrong-step"]

    def test_marks_nothing(self, engine: Engine, people: People) -> None:
        stage = scored(engine, people)
        computed(stage)
        assert {each.proposal for each in table(stage, people.ministry)} == {None}


class TestTheDecision:
    def test_beyond_a_quota_or_against_the_proposal_needs_a_reason(self, engine: Engine, people: People) -> None:
        stage = scored(engine, people, [StatedQuota("", "", None, 1)])
        stage.mark("dalian", "select")
        with pytest.raises(InvalidInput) as caught:
            stage.mark("xian", "select")
        assert refused(caught) == ["over-quota"]
        stage.mark("xian", "reserve")
        for login in ("wuhan", "city"):
            stage.mark(login, "decline")
        stage.advance()
        with pytest.raises(InvalidInput) as caught:
            stage.mark("dalian", "decline")
        assert refused(caught) == ["needs-reason"]

    def test_fills_the_quotas_and_is_read_by_all_once_published(self, engine: Engine, people: People) -> None:
        stage = scored(engine, people, [StatedQuota("northeast", "", 1, 2), StatedQuota("east", "", None, 1)])
        choices = {"dalian": "select", "xian": "select", "wuhan": "reserve", "city": "decline"}

        def filled(actor: Actor) -> tuple[Any, ...]:
            with reading(engine) as session:
                quotas = quotas_of(session, actor, stage.round_id)
                return (*(each.filled for each in quotas), count_taken(session, actor, stage.round_id))

        for login, choice in choices.items():
            stage.mark(login, choice)
        assert filled(people.ministry) == (1, 0, 2)
        assert filled(people.city) == (None, None, None)
        stage.advance()
        for login, choice in choices.items():
            stage.mark(login, choice, "集体研究")
        assert names(stage, people.bank) == []
        assert stage.advance().step == list(steps())[-1]
        with reading(engine) as session:
            shown = list_nominations(session, people.bank, stage.round_id)
            own = [
                each
                for each in list_nominations(session, people.city, stage.round_id)
                if each.owner_id == people.city.organisation_id
            ]
            told = [each.text_zh for each in my_notices(session, people.city)]
        assert sorted(each.city for each in shown) == ["dalian机构", "xian机构"]
        assert {(each.statement, each.opinion) for each in shown} == {(None, None)}
        assert [each.decision for each in own] == ["decline"]
        assert any("未入选" in text for text in told)
        assert filled(people.bank) == (1, 0, 2)


@pytest.mark.parametrize(
    ("people_10k", "size"),
    [(1000, "mega"), (999.9, "very_large"), (500, "very_large"), (100, "large"), (99.99, "medium"), (50, "medium"),
     (49.9, "small"), (None, None)],
)  # fmt: skip
def test_a_city_belongs_to_the_class_of_its_urban_residents(people_10k: float | None, size: str | None) -> None:
    assert size_class_of(people_10k) == size
