from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from functools import partial
from threading import Event

import pytest
from sqlalchemy import Engine, text

from registry import audit, jobs
from registry.database import reading, writing
from registry.errors import InvalidInput, NotFound
from registry.jobs import Job, Work


def _enqueue(engine: Engine, **parameters: object) -> int:
    with writing(engine) as session:
        return jobs.enqueue(session, kind="count", parameters=parameters, requested_by=None)


def _job(engine: Engine, job_id: int) -> Job:
    with reading(engine) as session:
        return jobs.find_job(session, job_id, requested_by=None)


class TestRunning:
    def test_does_the_oldest_job_first_and_keeps_its_result(self, engine: Engine) -> None:
        first, second = _enqueue(engine, upto=2), _enqueue(engine, upto=3)
        handlers = {"count": lambda work: {"counted": work.parameters["upto"]}}
        assert jobs.run_next(engine, handlers) == first
        assert _job(engine, first).state == "done"
        assert _job(engine, first).result == '{"counted":2}'
        assert _job(engine, second).state == "queued"

    def test_leaves_jobs_of_kinds_it_cannot_do(self, engine: Engine) -> None:
        _enqueue(engine)
        assert jobs.run_next(engine, {"other": lambda _: None}) is None

    def test_tells_a_refusal_in_words(self, engine: Engine) -> None:
        job_id = _enqueue(engine)

        def refuse(_: Work) -> None:
            raise InvalidInput("文件为空", "The file is empty")

        jobs.run_next(engine, {"count": refuse})
        assert _job(engine, job_id).state == "failed"
        assert _job(engine, job_id).error == "文件为空\nThe file is empty"

    def test_shows_a_job_to_nobody_but_who_asked(self, engine: Engine) -> None:
        job_id = _enqueue(engine)
        with reading(engine) as session, pytest.raises(NotFound):
            jobs.find_job(session, job_id, requested_by=99)


class TestAnAbandonedJob:
    def _abandon(self, engine: Engine) -> None:
        with engine.execution_options(is_writer=True).begin() as connection:
            past = audit.now() - timedelta(hours=1)
            connection.execute(
                text("UPDATE job SET leased_until = :past"),
                {"past": past if "postgres" in str(engine.url) else str(past)},
            )

    def test_goes_on_where_the_last_report_left_it(self, engine: Engine) -> None:
        job_id = _enqueue(engine, upto=10)
        reached: list[int] = []

        class Killed(BaseException):
            """Stands for kill -9: nothing of the worker runs afterwards."""

        def die_at_four(work: Work) -> None:
            work.report(4, 10)
            raise Killed

        with pytest.raises(Killed):
            jobs.run_next(engine, {"count": die_at_four})
        assert jobs.run_next(engine, {"count": lambda work: reached.append(work.progress)}) is None
        self._abandon(engine)
        assert jobs.run_next(engine, {"count": lambda work: reached.append(work.progress)}) == job_id
        assert reached == [4]
        assert _job(engine, job_id).state == "done"

    def test_cannot_be_finished_by_the_worker_that_lost_it(self, engine: Engine) -> None:
        job_id = _enqueue(engine)

        def overtaken(work: Work) -> str:
            self._abandon(engine)
            assert jobs.run_next(engine, {"count": lambda _: "second"}) == job_id
            work.report(1, 1)
            return "first"

        jobs.run_next(engine, {"count": overtaken})
        assert _job(engine, job_id).result == '"second"'

    def test_is_given_up_after_five_attempts(self, engine: Engine) -> None:
        job_id = _enqueue(engine)

        def die(_: Work) -> None:
            raise KeyboardInterrupt

        for _ in range(5):
            with pytest.raises(KeyboardInterrupt):
                jobs.run_next(engine, {"count": die})
            self._abandon(engine)
        assert jobs.run_next(engine, {"count": die}) is None
        assert _job(engine, job_id).state == "failed"


class TestTheWorkOfADay:
    def test_is_asked_for_once_however_many_workers_there_are(self, engine: Engine) -> None:
        day = date(2026, 3, 1)
        with ThreadPoolExecutor(4) as workers:
            list(workers.map(lambda _: jobs.ask_for_the_day(engine, {"count": lambda: day}, {}), range(8)))
        done: list[str] = []
        handlers = {"count": lambda work: done.append(work.parameters["day"])}
        while jobs.run_next(engine, handlers) is not None:
            pass
        assert done == ["2026-03-01"]

    def test_comes_again_the_next_day(self, engine: Engine) -> None:
        asked: dict[str, date] = {}
        for day in (date(2026, 3, 1), date(2026, 3, 1), date(2026, 3, 2)):
            jobs.ask_for_the_day(engine, {"count": partial(min, [day])}, asked)
        done: list[str] = []
        while jobs.run_next(engine, {"count": lambda work: done.append(work.parameters["day"])}) is not None:
            pass
        assert done == ["2026-03-01", "2026-03-02"]

    def test_is_done_by_a_worker_that_runs(self, engine: Engine) -> None:
        stop = Event()
        done: list[str] = []

        def count(work: Work) -> None:
            done.append(work.parameters["day"])
            stop.set()

        jobs.work(engine, {"count": count}, stop=stop, daily={"count": lambda: date(2026, 3, 1)}, idle_seconds=0.01)
        assert done == ["2026-03-01"]
