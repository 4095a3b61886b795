from datetime import UTC, date, datetime
from threading import Barrier, Thread

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from applications import application_in, enter_project
from conftest import People
from registry.accounts.model import Actor
from registry.accounts.operations import ensure_operator
from registry.database import reading, writing
from registry.errors import InvalidInput, NotAllowed
from registry.projects.lifecycle.expiry import due_warnings, expire_entries, warn_of_endings
from registry.projects.lifecycle.model import Application, ValidityWarning
from registry.projects.notices.queries import my_notices

OVER = date(2029, 3, 1)
LATER = datetime(2029, 3, 5, tzinfo=UTC)


@pytest.fixture
def operator(engine: Engine) -> Actor:
    with writing(engine) as session:
        return ensure_operator(session)


class TestExpiring:
    def test_takes_out_what_is_over_and_nothing_else(self, engine: Engine, people: People, operator: Actor) -> None:
        entry = application_in(engine, people, "in_library")
        waiting = application_in(engine, people, "submitted")
        with writing(engine) as session:
            assert expire_entries(session, operator, as_of=date(2029, 2, 28), moment=LATER) == []
            (done,) = expire_entries(session, operator, as_of=OVER, moment=LATER)
            assert (done.application_id, done.state) == (entry.id, "expired")
        with writing(engine) as session:
            assert expire_entries(session, operator, as_of=OVER, moment=LATER) == []
            assert session.get_one(Application, waiting.id).state == "submitted"
            assert "入库有效期至 2029-03-01" in my_notices(session, people.city)[0].text_zh

    def test_does_not_run_ahead_of_the_calendar(self, engine: Engine, people: People, operator: Actor) -> None:
        application_in(engine, people, "in_library")
        with pytest.raises(InvalidInput, match="尚未到来"), writing(engine) as session:
            expire_entries(session, operator, as_of=OVER, moment=datetime(2029, 2, 28, tzinfo=UTC))

    def test_is_the_operators_and_the_ministrys(self, engine: Engine, people: People) -> None:
        for actor in (people.city, people.province, people.bank):
            with pytest.raises(NotAllowed), writing(engine) as session:
                expire_entries(session, actor, as_of=OVER, moment=LATER)


class TestWarning:
    def test_tells_owner_and_province_once_at_each_threshold(
        self, engine: Engine, people: People, operator: Actor
    ) -> None:
        code = enter_project(engine, people.city)
        application_in(engine, people, "in_library", code=code)
        told: list[tuple[date, list[int]]] = []
        days = (date(2028, 8, 28), date(2028, 9, 1), date(2028, 10, 1), date(2028, 12, 1), date(2029, 2, 15), OVER)
        for day in days:
            for _ in range(2):
                with writing(engine) as session:
                    told.append((day, [each[1] for each in warn_of_endings(session, operator, as_of=day)]))
        assert [found for _, found in told] == [[], [], [184], [], [], [], [90], [], [30], [], [], []]
        with reading(engine) as session:
            for actor, n in ((people.city, 3), (people.province, 3), (people.ministry, 0), (people.bank, 0)):
                notices = [each for each in my_notices(session, actor) if each.kind == "application.ending"]
                assert len(notices) == n
            (last, *_) = [each for each in my_notices(session, people.city) if each.kind == "application.ending"]
            assert ("2029-03-01" in last.text_zh, "还有 14 天" in last.text_zh) == (True, True)
            assert last.project_code == code

    def test_begins_with_the_nearest_threshold_when_it_comes_late(
        self, engine: Engine, people: People, operator: Actor
    ) -> None:
        application_in(engine, people, "in_library")
        with writing(engine) as session:
            assert [each[1] for each in warn_of_endings(session, operator, as_of=date(2029, 2, 20))] == [30]
        with writing(engine) as session:
            # An earlier date afterwards, by mistake: who was told of 30 days is not told of 184.
            assert warn_of_endings(session, operator, as_of=date(2028, 9, 2)) == []

    def test_changes_nothing_when_only_asked(self, engine: Engine, people: People, operator: Actor) -> None:
        application_in(engine, people, "in_library")
        for _ in range(2):
            with reading(engine) as session:
                assert len(due_warnings(session, operator, as_of=date(2028, 9, 2))) == 1

    def test_is_given_once_by_two_who_run_it_at_once(self, engine: Engine, people: People, operator: Actor) -> None:
        application_in(engine, people, "in_library")
        start = Barrier(2)

        def run() -> None:
            start.wait()
            with writing(engine) as session:
                warn_of_endings(session, operator, as_of=date(2028, 9, 2))

        threads = [Thread(target=run) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with reading(engine) as session:
            assert len(session.exec(select(ValidityWarning)).all()) == 1
            assert len([each for each in my_notices(session, people.city) if each.kind == "application.ending"]) == 1
