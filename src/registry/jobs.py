"""Long work 后台任务: a row that says what is to be done, how far it is, and who is on it.

A worker holds a lease and renews it with every report of progress. A worker that dies lets its lease run out, and the
next worker takes the job up where the last report left it: handlers are given the progress reached and must be
harmless when a step is repeated.
"""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from threading import Event
from typing import Any, ClassVar, Literal

from sqlalchemy import Engine, Text, exists, insert, literal, or_, update
from sqlalchemy import select as core_select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError
from sqlmodel import Field, Session, SQLModel, col, select

from registry import audit
from registry.database import UtcDateTime, reading, writing
from registry.errors import NotFound, RegistryError

logger = logging.getLogger("registry.jobs")

State = Literal["queued", "running", "done", "failed"]

LEASE = timedelta(seconds=60)
MOST_ATTEMPTS = 5
"""A job whose worker died this often is itself the cause."""


class Job(SQLModel, table=True):
    """One piece of long work."""

    __tablename__: ClassVar[str] = "job"

    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(max_length=40)
    parameters: str = Field(sa_type=Text)
    state: str = Field(max_length=10, index=True)
    progress: int = 0
    total: int | None = None
    attempts: int = 0
    result: str | None = Field(default=None, sa_type=Text)
    error: str | None = Field(default=None, sa_type=Text)
    requested_by: int | None = Field(default=None, index=True)
    requested_at: datetime = Field(sa_type=UtcDateTime)
    not_before: datetime | None = Field(default=None, sa_type=UtcDateTime)
    leased_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class DailyClaim(SQLModel, table=True):
    """That work of a kind is taken up for a day: whoever writes the row first puts the job in the queue."""

    __tablename__: ClassVar[str] = "daily_claim"

    kind: str = Field(max_length=40, primary_key=True)
    day: date = Field(primary_key=True)
    claimed_at: datetime = Field(sa_type=UtcDateTime)


@dataclass(frozen=True, slots=True)
class Work:
    """What a handler is given: the parameters, who asked, and how far an earlier attempt came."""

    job_id: int
    attempt: int
    parameters: Mapping[str, Any]
    requested_by: int | None
    progress: int
    report: Callable[[int, int | None], None]
    """Report steps done and steps in all; renews the lease."""


Handler = Callable[[Work], Any]
"""Does the work and returns a JSON value, the job's result."""


Today = Callable[[], date]
"""Tells the day it is where the daily work belongs."""


class LostLease(RegistryError):
    """Another worker took the job over; this one must stop."""

    code = "lost-lease"


def enqueue(
    session: Session,
    *,
    kind: str,
    parameters: Mapping[str, Any],
    requested_by: int | None,
    not_before: datetime | None = None,
) -> int:
    """Put a job in the queue and return its number; no worker takes it up before the given moment."""
    job = Job(
        kind=kind,
        parameters=audit.canonical_json(dict(parameters)),
        state="queued",
        requested_by=requested_by,
        requested_at=audit.now(),
        not_before=not_before,
    )
    session.add(job)
    session.flush()
    audit.record(session, actor_id=requested_by, action="job.enqueue", subject=f"job:{job.id}", details={"kind": kind})
    return job.id or 0


def ensure_queued(session: Session, *, kind: str) -> None:
    """Put housekeeping nobody asked for in the queue, unless some of its kind waits there already. One statement.

    A job that runs does not count as waiting: it may have read before this transaction is there. No audit entry is
    left, as nobody's act is behind it but the one that is in the log itself.
    """
    waits = exists(core_select(col(Job.id)).where(col(Job.state) == "queued", col(Job.kind) == kind))
    names = ("kind", "parameters", "state", "progress", "attempts", "requested_at")
    moment = literal(audit.now(), UtcDateTime)
    row = core_select(literal(kind), literal("{}"), literal("queued"), literal(0), literal(0), moment)
    session.execute(insert(Job).from_select(names, row.where(~waits)))


def enqueue_daily(session: Session, *, kind: str, day: date) -> int | None:
    """Put the work of a day in the queue, once however many workers ask; None when it is there already.

    The claim and the job are one transaction: a worker killed in between has left neither.
    """
    dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    claim = dialect.insert(DailyClaim).values(kind=kind, day=day, claimed_at=audit.now()).on_conflict_do_nothing()
    if session.execute(claim.returning(col(DailyClaim.kind))).first() is None:
        return None
    return enqueue(session, kind=kind, parameters={"day": day.isoformat()}, requested_by=None)


def find_job(session: Session, job_id: int, *, requested_by: int | None, kind: str | None = None) -> Job:
    """Return a job of this person, of a kind where one is given. Raises NotFound, also for somebody else's."""
    job = session.exec(select(Job).where(Job.id == job_id, Job.requested_by == requested_by)).one_or_none()
    if job is None or kind not in {None, job.kind}:
        raise NotFound(f"没有编号为 {job_id} 的任务", f"There is no job {job_id} of yours")
    return job


def parameters_of(job: Job) -> dict[str, Any]:
    """Return what a job was asked to do."""
    found: dict[str, Any] = json.loads(job.parameters)
    return found


def run_next(engine: Engine, handlers: Mapping[str, Handler]) -> int | None:
    """Take up the oldest job that waits or was abandoned, run it to its end, return its number; None when idle."""
    job = _claim(engine, tuple(handlers))
    if job is None:
        return None
    job_id = job.id or 0

    def report(progress: int, total: int | None) -> None:
        _renew(engine, job_id, job.attempts, progress, total)

    work = Work(job_id, job.attempts, parameters_of(job), job.requested_by, job.progress, report)
    try:
        result = handlers[job.kind](work)
    except LostLease:
        return job_id
    except RegistryError as error:
        _finish(engine, job, state="failed", error=f"{error.message_zh}\n{error.message_en}")
    except Exception as error:  # noqa: BLE001 - one job's defect must not end the worker; its text is kept for the operator
        _finish(engine, job, state="failed", error=f"程序错误，请联系管理员\n{type(error).__name__}: {error}")
    else:
        _finish(engine, job, state="done", result=result)
    return job_id


def work(
    engine: Engine,
    handlers: Mapping[str, Handler],
    *,
    stop: Event,
    daily: Mapping[str, Today] | None = None,
    idle_seconds: float = 1.0,
) -> None:
    """Run jobs as they come until told to stop; a database that is away for a while does not end the worker.

    `daily` names kinds of work that are to be done once each day, by whichever worker is there, and what day it is.
    """
    asked: dict[str, date] = {}
    while not stop.is_set():
        try:
            ask_for_the_day(engine, daily or {}, asked)
            is_idle = run_next(engine, handlers) is None
        except OperationalError:
            logger.warning("the database did not answer; the worker tries again", exc_info=True)
            is_idle = True
        if is_idle:
            stop.wait(idle_seconds)


def ask_for_the_day(engine: Engine, daily: Mapping[str, Today], asked: dict[str, date]) -> None:
    """Ask for the daily work that this worker has not asked for today; `asked` keeps the day for each kind."""
    for kind, today in daily.items():
        if asked.get(kind) != (day := today()):
            with writing(engine) as session:
                enqueue_daily(session, kind=kind, day=day)
            asked[kind] = day


def _claim(engine: Engine, kinds: tuple[str, ...]) -> Job | None:
    moment = audit.now()
    is_free = or_(col(Job.state) == "queued", (col(Job.state) == "running") & (col(Job.leased_until) < moment))
    is_due = or_(col(Job.not_before).is_(None), col(Job.not_before) <= moment)
    query = select(Job).where(is_free, is_due, col(Job.kind).in_(kinds)).order_by(col(Job.id)).limit(1)
    # An idle worker looks every second; on SQLite the lock to write is for the one that found something.
    with reading(engine) as session:
        if session.exec(query).one_or_none() is None:
            return None
    with writing(engine) as session:
        job = session.exec(query.with_for_update(skip_locked=True)).one_or_none()
        if job is None:
            return None
        job.attempts += 1
        if job.attempts > MOST_ATTEMPTS:
            job.state = "failed"
            job.error = "任务多次中断，已停止重试\nThe job was interrupted too often and is not tried again"
            job.finished_at = moment
        else:
            job.state = "running"
            job.leased_until = moment + LEASE
        session.add(job)
        session.flush()
        return job if job.state == "running" else None


def _renew(engine: Engine, job_id: int, attempt: int, progress: int, total: int | None) -> None:
    with writing(engine) as session:
        _change(session, job_id, attempt, progress=progress, total=total, leased_until=audit.now() + LEASE)


def hold(session: Session, work: Work) -> None:
    """Keep every other worker off this job until the caller's transaction ends. Raises LostLease."""
    _change(session, work.job_id, work.attempt, leased_until=audit.now() + LEASE)


def conclude(session: Session, work: Work, result: Any) -> None:
    """Finish the job in the transaction that does its work, so that both happen or neither. Raises LostLease."""
    text = audit.canonical_json(result)
    _change(session, work.job_id, work.attempt, state="done", result=text, finished_at=audit.now(), leased_until=None)


def _change(session: Session, job_id: int, attempt: int, **values: Any) -> None:
    mine = update(Job).where(col(Job.id) == job_id, col(Job.attempts) == attempt, col(Job.state) == "running")
    if session.execute(mine.values(**values).returning(col(Job.id))).one_or_none() is None:
        raise LostLease(f"任务 {job_id} 已由其他进程接手", f"Job {job_id} was taken over by another worker")


def _finish(engine: Engine, job: Job, *, state: State, result: Any = None, error: str | None = None) -> None:
    with writing(engine) as session:
        mine = update(Job).where(col(Job.id) == job.id, col(Job.attempts) == job.attempts, col(Job.state) == "running")
        session.execute(
            mine.values(
                state=state,
                result=None if result is None else audit.canonical_json(result),
                error=error,
                finished_at=audit.now(),
                leased_until=None,
            )
        )


def latest_jobs(engine: Engine, *, requested_by: int | None, limit: int = 20) -> list[Job]:
    """Return this person's newest jobs."""
    with reading(engine) as session:
        query = select(Job).where(Job.requested_by == requested_by).order_by(col(Job.id).desc()).limit(limit)
        return list(session.exec(query))
