from datetime import UTC, date, datetime
from itertools import product
from threading import Barrier, Thread
from typing import get_args

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from applications import EXPECTED, LIBRARY, application_in, complete_dossier, enter_project, move
from builders import dossier
from conftest import People
from registry import audit
from registry.accounts.model import PUBLIC, Actor
from registry.accounts.operations import add_user, ensure_operator
from registry.accounts.queries import actor_by_login
from registry.database import reading, writing
from registry.errors import InvalidInput, NotAllowed, NotFound, StaleWrite
from registry.projects.lifecycle.assigning import assign_reviewer, unassign_reviewer
from registry.projects.lifecycle.model import Application, ApplicationEvent
from registry.projects.lifecycle.operations import Step, WrongState, act, act_on_many, open_application, submit
from registry.projects.lifecycle.opinions import (
    GivenOpinion,
    give_opinion,
    give_opinions,
    list_opinions,
    request_opinions,
)
from registry.projects.lifecycle.queries import (
    applications_of,
    changes_since_last_submission,
    count_by_state,
    ending_entries,
    find_application,
    history,
    my_pending,
    overdue_entries,
    queue,
)
from registry.projects.lifecycle.states import Action
from registry.projects.operations import create_project, release_project, save_project

TODAY = date(2026, 3, 11)
OUTSIDERS = ("other_city", "bank", "public")


def _everybody(engine: Engine, people: People) -> dict[str, Actor]:
    with writing(engine) as session:
        operator = ensure_operator(session)
    groups = ("city", "province", "ministry", "other_city", "bank")
    return {name: getattr(people, name) for name in groups} | {"operator": operator, "public": PUBLIC}


class TestEveryStateForEveryGroup:
    @pytest.mark.parametrize("state", list(EXPECTED))
    def test_moves_only_as_the_table_says(self, engine: Engine, people: People, state: str) -> None:
        application = application_in(engine, people, state)
        for (name, actor), action in product(_everybody(engine, people).items(), get_args(Action)):
            group = "city" if name == "other_city" else name
            expected = None if name in OUTSIDERS else EXPECTED[state].get(group, {}).get(action)
            step = Step(application.id or 0, action, application.version, "理由", {"identity": "补充"})
            moment = datetime(2029, 3, 2, tzinfo=UTC)
            with reading(engine) as session:
                try:
                    moved: str | None = act(session, actor, step, moment=moment).state
                except (NotAllowed, NotFound, WrongState):
                    moved = None
            assert (name, action, moved) == (name, action, expected)


class TestSubmitting:
    def test_names_every_field_that_is_missing(self, engine: Engine, people: People) -> None:
        with writing(engine) as session:
            code = create_project(session, people.city, dossier(), reason="录入").code
            application = open_application(session, people.city, code, library=LIBRARY)
        with pytest.raises(InvalidInput) as refused:
            move(engine, people.city, application, "submit")
        paths = {finding.path for finding in refused.value.findings}
        assert paths == {
            "approval_code",
            "implementer_name",
            "implementer_credit_code",
            "content_summary",
            "construction_status",
            "construction_start",
            "construction_end",
            "revenue_source",
        }

    def test_lets_a_verdict_of_ineligible_through_with_a_reason(self, engine: Engine, people: People) -> None:
        code = enter_project(engine, people.city)
        verdict = {"pack": LIBRARY, "version": "2021", "verdict": "ineligible"}
        with writing(engine) as session:
            number = open_application(session, people.city, code, library=LIBRARY).id or 0
        with pytest.raises(InvalidInput, match="写明理由"), writing(engine) as session:
            submit(session, people.city, number, expected_version=1, verdict=verdict)
        with writing(engine) as session:
            moved = submit(session, people.city, number, expected_version=1, verdict=verdict, reason="条款已废止")
            assert (moved.state, moved.round) == ("submitted", 1)
        with reading(engine) as session:
            (event,) = history(session, people.province, code)
            assert (event.verdict, event.reason) == (verdict, "条款已废止")

    def test_opens_one_application_for_a_project_and_library(self, engine: Engine, people: People) -> None:
        code = enter_project(engine, people.city)
        with writing(engine) as session:
            first = open_application(session, people.city, code, library=LIBRARY).id
            assert open_application(session, people.city, code, library=LIBRARY).id == first
            assert open_application(session, people.city, code, library="climate-investment").id != first

    def test_begins_anew_after_the_end(self, engine: Engine, people: People) -> None:
        code = enter_project(engine, people.city)
        old = application_in(engine, people, "withdrawn", code=code)
        with writing(engine) as session:
            new = open_application(session, people.city, code, library=LIBRARY)
        assert (new.id != old.id, new.state) == (True, "draft")


class TestReturning:
    def test_needs_a_reason_for_each_section(self, engine: Engine, people: People) -> None:
        application = application_in(engine, people, "submitted")
        with pytest.raises(InvalidInput, match="逐部分"):
            move(engine, people.province, application, "return")
        with pytest.raises(InvalidInput, match="没有名为 budget 的部分"):
            move(engine, people.province, application, "return", sections={"budget": "?"})

    def test_shows_the_next_reviewer_what_changed_by_section(self, engine: Engine, people: People) -> None:
        code = enter_project(engine, people.city)
        application = application_in(engine, people, "returned", code=code)
        with reading(engine) as session:
            assert changes_since_last_submission(session, people.province, application.id or 0) == {}
        changed = complete_dossier(total_investment="20000", contact_name="王工")
        with writing(engine) as session:
            save_project(session, people.city, code, changed, expected_revision=1, reason="按意见补充")
        application = move(engine, people.city, application, "submit")
        with reading(engine) as session:
            found = changes_since_last_submission(session, people.province, application.id or 0)
        assert {name: [(d.path, d.before, d.after) for d in items.fields] for name, items in found.items()} == {
            "identity": [("contact_name", None, "王工")],
            "investment": [("total_investment", "12345.67", "20000")],
        }
        assert (application.round, application.revision_number) == (2, 2)

    def test_tells_the_city_what_is_asked_for(self, engine: Engine, people: People) -> None:
        code = enter_project(engine, people.city)
        application_in(engine, people, "returned", code=code)
        with reading(engine) as session:
            last = history(session, people.city, code)[-1]
        assert (last.action, last.to_state, last.sections) == (
            "return",
            "returned",
            {"investment": "请补充投资估算依据"},
        )
        assert last.actor_name == "浙江省生态环境厅用户"


class TestReviewing:
    def test_lets_one_of_two_reviewers_at_once_win(self, engine: Engine, people: People) -> None:
        application = application_in(engine, people, "submitted")
        start = Barrier(2)
        outcomes: list[str] = []

        def review(action: Action) -> None:
            start.wait()
            try:
                move(engine, people.province, application, action)
            except StaleWrite:
                outcomes.append("stale")
            else:
                outcomes.append("moved")

        threads = [Thread(target=review, args=(action,)) for action in ("recommend", "decline")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == ["moved", "stale"]
        with reading(engine) as session:
            assert len(session.exec(select(ApplicationEvent)).all()) == 2
            assert audit.verify_log(session) is None

    def test_refuses_who_entered_it_even_after_changing_office(self, engine: Engine, people: People) -> None:
        application = application_in(engine, people, "submitted")
        moved_over = Actor(
            people.city.user_id, people.province.organisation_id, "province", "330000", "调任者", "reviewer"
        )
        with pytest.raises(NotAllowed, match="利益回避"):
            move(engine, moved_over, application, "recommend")

    def test_refuses_the_organisation_that_owns_it(self, engine: Engine, people: People) -> None:
        application = application_in(engine, people, "submitted")
        same_house = Actor(
            people.ministry.user_id, people.city.organisation_id, "province", "330000", "同单位", "reviewer"
        )
        with pytest.raises(NotAllowed, match="利益回避"):
            move(engine, same_house, application, "recommend")

    def test_is_left_to_the_assigned(self, engine: Engine, people: People) -> None:
        application = application_in(engine, people, "submitted")
        number = application.id or 0
        with writing(engine) as session:
            house = people.province.organisation_id or 0
            colleague = add_user(session, login="second", display_name="乙", password="x" * 12, organisation_id=house)
            assign_reviewer(session, people.province, number, reviewer_id=colleague.id or 0)
        with reading(engine) as session:
            assigned = actor_by_login(session, "second")
            assert my_pending(session, people.province, as_of=TODAY) == []
            assert [each.is_assigned_to_me for each in my_pending(session, assigned, as_of=TODAY)] == [True]
        with pytest.raises(NotAllowed, match="已分派"):
            move(engine, people.province, application, "recommend")
        assert move(engine, assigned, application, "recommend").state == "recommended"

    def test_can_be_taken_back_from_the_assigned(self, engine: Engine, people: People) -> None:
        application = application_in(engine, people, "submitted")
        number, me = application.id or 0, people.province.user_id or 0
        with writing(engine) as session:
            assign_reviewer(session, people.province, number, reviewer_id=me)
            unassign_reviewer(session, people.province, number, reviewer_id=me)
            with pytest.raises(NotFound):
                unassign_reviewer(session, people.province, number, reviewer_id=me)

    def test_is_assigned_within_the_house_only(self, engine: Engine, people: People) -> None:
        number = application_in(engine, people, "submitted").id or 0
        for outsider in (people.ministry, people.city):
            with pytest.raises(NotFound, match="本单位"), writing(engine) as session:
                assign_reviewer(session, people.province, number, reviewer_id=outsider.user_id or 0)
        with pytest.raises(NotAllowed), writing(engine) as session:
            assign_reviewer(session, people.city, number, reviewer_id=people.city.user_id or 0)


class TestOpinions:
    def test_hold_the_move_until_all_are_given(self, engine: Engine, people: People) -> None:
        application = application_in(engine, people, "submitted")
        number = application.id or 0
        with writing(engine) as session:
            request_opinions(session, people.province, number, ["finance", "housing"])
            give_opinion(session, people.province, GivenOpinion(number, "finance", True, "资金可落实"))
        with pytest.raises(InvalidInput, match="住房城乡建设部门意见尚未返回"):
            move(engine, people.province, application, "recommend")
        with writing(engine) as session:
            give_opinion(session, people.province, GivenOpinion(number, "housing", False, "与管网规划不一致"))
        assert move(engine, people.province, application, "recommend").state == "recommended"

    def test_are_given_in_bulk_each_with_its_reason(self, engine: Engine, people: People) -> None:
        code = enter_project(engine, people.city)
        number = application_in(engine, people, "submitted", code=code).id or 0
        with writing(engine) as session:
            request_opinions(session, people.province, number, ["finance", "reform", "resources"])
            outcomes = give_opinions(
                session,
                people.province,
                [
                    GivenOpinion(number, "finance", True, "同意"),
                    GivenOpinion(number, "reform", True, "  "),
                    GivenOpinion(number, "housing", True, "同意"),
                    GivenOpinion(number, "finance", False, "改口"),
                ],
            )
        codes = [error.code if error else None for _, error in outcomes]
        assert codes == [None, "invalid-input", "not-found", "stale-write"]
        with reading(engine) as session:
            slots = list_opinions(session, people.city, number, as_of=TODAY)
            assert [(slot.department, slot.is_favourable) for slot in slots] == [
                ("finance", True),
                ("reform", None),
                ("resources", None),
            ]

    def test_are_not_asked_out_of_turn(self, engine: Engine, people: People) -> None:
        number = application_in(engine, people, "submitted").id or 0
        with pytest.raises(NotAllowed, match="不在您这一级"), writing(engine) as session:
            request_opinions(session, people.ministry, number, ["finance"])
        with pytest.raises(InvalidInput, match="没有部门 police"), writing(engine) as session:
            request_opinions(session, people.province, number, ["police"])


class TestManyAtOnce:
    def test_takes_each_by_its_own_reason_and_keeps_the_good_ones(self, engine: Engine, people: People) -> None:
        first, second, third = (application_in(engine, people, "submitted") for _ in range(3))
        with writing(engine) as session:
            outcomes = act_on_many(
                session,
                people.province,
                [
                    Step(first.id or 0, "recommend", first.version, "资料齐全"),
                    Step(second.id or 0, "recommend", second.version, ""),
                    Step(third.id or 0, "decline", third.version, "重复申报"),
                ],
            )
        assert [(each.state, each.error is None) for each in outcomes] == [
            ("recommended", True),
            (None, False),
            ("declined", True),
        ]
        with reading(engine) as session:
            assert count_by_state(session, people.ministry) == {"recommended": 1, "submitted": 1, "declined": 1}
            reasons = {event.reason for event in session.exec(select(ApplicationEvent)) if event.action != "submit"}
            assert reasons == {"资料齐全", "重复申报"}


class TestQueues:
    def test_put_what_waits_for_me_first_and_count_the_days(self, engine: Engine, people: People) -> None:
        recommended = application_in(engine, people, "recommended")
        submitted = application_in(engine, people, "submitted")
        with reading(engine) as session:
            (mine,) = my_pending(session, people.province, as_of=TODAY)
            assert (mine.id, mine.days_left, mine.is_pending) == (submitted.id, 10, True)
            assert mine.actions == ("recommend", "return", "decline")
            assert [each.id for each in queue(session, people.province, as_of=TODAY)] == [submitted.id, recommended.id]
            assert [each.id for each in queue(session, people.ministry, as_of=TODAY)] == [recommended.id, submitted.id]
            (late,) = my_pending(session, people.ministry, as_of=date(2026, 3, 25))
            assert (late.id, late.days_left) == (recommended.id, -4)

    def test_show_each_group_its_own(self, engine: Engine, people: People) -> None:
        code = enter_project(engine, people.city)
        number = application_in(engine, people, "submitted", code=code).id or 0
        with reading(engine) as session:
            assert len(queue(session, people.city, as_of=TODAY)) == 1
            assert queue(session, people.other_city, as_of=TODAY) == []
            with pytest.raises(NotFound):
                find_application(session, people.other_city, number, as_of=TODAY)
            with pytest.raises(NotFound):
                history(session, people.other_city, code)
            assert applications_of(session, people.ministry, code, as_of=TODAY)[0].code == code

    def test_hide_reviews_from_a_bank_that_was_released_the_project(self, engine: Engine, people: People) -> None:
        code = enter_project(engine, people.city)
        application_in(engine, people, "submitted", code=code)
        with writing(engine) as session:
            release_project(session, people.city, code, organisation_id=people.bank.organisation_id)
        for reader in (people.bank, PUBLIC):
            with reading(engine) as session, pytest.raises(NotAllowed):
                history(session, reader, code)


class TestValidity:
    @pytest.mark.parametrize(
        ("as_of", "status", "left"),
        [
            (date(2028, 8, 31), "valid", 182),
            (date(2028, 9, 1), "ending", 181),
            (date(2029, 2, 28), "ending", 1),
            (date(2029, 3, 1), "over", 0),
        ],
    )
    def test_warns_after_two_and_a_half_years_and_ends_after_three(
        self, engine: Engine, people: People, as_of: date, status: str, left: int
    ) -> None:
        number = application_in(engine, people, "in_library").id or 0
        with reading(engine) as session:
            found = find_application(session, people.city, number, as_of=as_of).validity
            assert found is not None
            assert (found.status, found.days_left, found.valid_until) == (status, left, date(2029, 3, 1))
            assert len(ending_entries(session, people.ministry, as_of=as_of)) == (status != "valid")
            assert len(overdue_entries(session, people.ministry, as_of=as_of)) == (status == "over")

    def test_does_not_let_anybody_expire_an_entry_early(self, engine: Engine, people: People) -> None:
        application = application_in(engine, people, "in_library")
        with pytest.raises(InvalidInput, match="有效期"):
            move(engine, people.ministry, application, "expire", moment=datetime(2029, 2, 28, 15, 59, tzinfo=UTC))
        # 16:00 UTC is midnight in China.
        moved = move(engine, people.ministry, application, "expire", moment=datetime(2029, 2, 28, 16, tzinfo=UTC))
        assert moved.state == "expired"


class TestAStaleReader:
    def test_is_told_that_it_moved_on(self, engine: Engine, people: People) -> None:
        application = application_in(engine, people, "submitted")
        move(engine, people.province, application, "recommend")
        with pytest.raises(StaleWrite, match="待国家审核"):
            move(engine, people.city, application, "withdraw")


class TestAFailedMove:
    def test_leaves_nothing_behind(self, engine: Engine, people: People) -> None:
        application = application_in(engine, people, "submitted")

        def fail_after_the_move() -> None:
            with writing(engine) as session:
                act(session, people.province, Step(application.id or 0, "recommend", application.version, "好"))
                raise RuntimeError

        with pytest.raises(RuntimeError):
            fail_after_the_move()
        with reading(engine) as session:
            assert session.exec(select(Application)).one().state == "submitted"
            assert len(session.exec(select(ApplicationEvent)).all()) == 1
