"""Many packages 批量生成 as one job: two processes, harmless to repeat, no half file ever visible.

The job keeps nothing but its count. What is finished is told by the files themselves: a package is skipped when the
file of its name is whole and its manifest speaks of the same assessment, made by the same program. So a job cut off
anywhere, even by `kill -9`, goes on where the files end.
"""

import gc
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from multiprocessing import connection, get_context, parent_process
from pathlib import Path
from threading import Thread
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from registry import audit, jobs
from registry.accounts.model import Actor
from registry.accounts.permissions import require
from registry.accounts.queries import actor_by_id
from registry.assessments.operations import assess_project
from registry.database import reading, writing
from registry.errors import Finding, RegistryError
from registry.finance.declarations import forget_programs
from registry.jobs import Handler, Work
from registry.packages.assemble import assemble, is_package_of
from registry.packages.content import PackageContent
from registry.packages.files import clear_abandoned, write_whole
from registry.packages.operations import Result, priced, unpriced_content
from registry.packages.verify import manifest_digest
from registry.projects.documents.store import open_store
from registry.settings import settings

PACKAGES = "packages"
PROCESSES = 2
_GARBAGE_THRESHOLDS = (50_000, 5, 20)
MOST_PROGRAMS = 48
"""Compiled structures a process keeps, about a megabyte each: projects of one kind share theirs."""

Told = Callable[[int, int | None], None]
"""Hears how many packages are done, of how many."""


@dataclass(frozen=True, slots=True)
class Task:
    """One package to be written, and where. Its content is priced by the process that writes it, `result` is kept."""

    content: PackageContent
    result: Result | None
    target: Path


@dataclass
class _Tally:
    """What became of the packages so far."""

    total: int
    written: int = 0
    skipped: int = 0
    findings: tuple[Finding, ...] = ()
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By project: the name, size and digest of the manifest of each package that is there now."""

    def kept(self, task: Task, digest: str) -> None:
        """Note a package that is there whole."""
        size = task.target.stat().st_size
        self.files[task.content.project_code] = {"file": task.target.name, "size": size, "manifest": digest}

    @property
    def done(self) -> int:
        return self.written + self.skipped + len(self.findings)

    def failed(self, finding: Finding) -> None:
        """Keep one project's failure; the others go on."""
        self.findings = (*self.findings, finding)


def _failure(code: str, error: Exception) -> Finding:
    if isinstance(error, RegistryError):
        zh, en = error.message_zh, error.message_en
    else:
        zh, en = f"程序错误，请联系管理员：{type(error).__name__}", f"{type(error).__name__}: {error}"
    return Finding(code, "package-not-written", zh, en)


def handlers(engine: Engine, *, processes: int = PROCESSES, told: Told | None = None) -> Mapping[str, Handler]:
    """Return what a worker needs to run these jobs; `told` hears of every step beside the job itself."""
    return {PACKAGES: partial(_write_packages, engine, processes, told)}


def enqueue_packages(session: Session, actor: Actor, codes: Sequence[str], *, folder: Path, as_of: date) -> int:
    """Ask for the packages of these projects in a folder of the server; return the number of the job.

    The job's result has `written`, `skipped` (there already, unchanged), `files`, and `findings`, one for each project
    that could not be packaged. Raises NotAllowed.
    """
    require(actor, "build_packages")
    parameters = {"codes": list(codes), "folder": str(folder.resolve()), "as_of": as_of.isoformat()}
    return jobs.enqueue(session, kind=PACKAGES, parameters=parameters, requested_by=actor.user_id)


def _write_packages(engine: Engine, processes: int, told: Told | None, work: Work) -> dict[str, Any]:
    folder, codes = Path(work.parameters["folder"]), list(work.parameters["codes"])
    as_of = date.fromisoformat(work.parameters["as_of"])
    folder.mkdir(parents=True, exist_ok=True)
    clear_abandoned(folder)
    with reading(engine) as session:
        actor = actor_by_id(session, work.requested_by)
    tally = _Tally(len(codes))

    def report() -> None:
        work.report(tally.done, tally.total)
        if told is not None:
            told(tally.done, tally.total)

    tasks = _tasks(engine, actor, codes, folder, as_of, tally)
    for task, outcome in in_processes(tasks, processes, waiting=report):
        if isinstance(outcome, str):
            tally.written += 1
            tally.kept(task, outcome)
            _record(engine, actor, task, outcome)
        else:
            tally.failed(outcome)
    report()
    return {
        "folder": str(folder),
        "written": tally.written,
        "skipped": tally.skipped,
        "findings": [finding.as_dict() for finding in tally.findings],
        "files": [{"code": code, **tally.files[code]} for code in codes if code in tally.files],
    }


def _tasks(
    engine: Engine, actor: Actor, codes: Sequence[str], folder: Path, as_of: date, tally: _Tally
) -> Iterator[Task]:
    """Assess one project after the other and yield those whose package is not there yet."""
    for code in codes:
        forget_programs(MOST_PROGRAMS)
        try:
            with writing(engine) as session:
                assessment = assess_project(session, actor, code, as_of=as_of)
                content, result = unpriced_content(session, actor, code, assessment)
        except RegistryError as error:
            tally.failed(_failure(code, error))
            continue
        task = Task(content, result, folder / content.file_name)
        if is_package_of(task.target, content):
            tally.skipped += 1
            tally.kept(task, manifest_digest(task.target))
        else:
            yield task


def in_processes(
    tasks: Iterator[Task], processes: int, *, waiting: Callable[[], None]
) -> Iterator[tuple[Task, str | Finding]]:
    """Yield each task with the digest of its manifest or what went wrong; `waiting` is called before each wait.

    Only a few tasks are open at a time: a thousand contents would not fit in memory.
    """
    open_tasks: dict[Future[str | Finding], Task] = {}
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=_begin) as pool:
        for task in tasks:
            open_tasks[pool.submit(_write, task)] = task
            while len(open_tasks) > processes:
                waiting()
                yield from _finished(open_tasks)
        while open_tasks:
            waiting()
            yield from _finished(open_tasks)


def _finished(open_tasks: dict[Future[str | Finding], Task]) -> Iterator[tuple[Task, str | Finding]]:
    done, _ = wait(open_tasks, timeout=jobs.LEASE.total_seconds() / 3, return_when=FIRST_COMPLETED)
    for future in done:
        yield open_tasks.pop(future), future.result()


def _write(task: Task) -> str | Finding:
    """Write one package; what went wrong goes back as a value, since not every exception survives the way."""
    forget_programs(MOST_PROGRAMS)
    try:
        package = assemble(priced(task.content, task.result), store=open_store(settings()))
        write_whole(task.target, package.content)
    except Exception as error:  # noqa: BLE001 - one project's defect must not stop a thousand others
        return _failure(task.content.project_code, error)
    return package.manifest_digest


def _begin() -> None:
    """Prepare a worker process.

    A package makes and drops some hundred thousand objects, next to none of them in circles; looking for circles as
    often as Python does, and through all that was imported, was a fifth of a package's time.
    """
    gc.freeze()
    gc.set_threshold(*_GARBAGE_THRESHOLDS)
    _end_with_parent()


def _end_with_parent() -> None:
    """Let a worker process end when the one that started it is killed; it would wait for work for ever."""
    parent = parent_process()
    if parent is not None:
        Thread(target=_leave_after, args=(parent.sentinel,), daemon=True).start()


def _leave_after(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)


def _record(engine: Engine, actor: Actor, task: Task, digest: str) -> None:
    content = task.content
    details = {
        "manifest": digest,
        "revision": content.revision.number,
        "as_of": content.governing_date.isoformat(),
        "file": task.target.name,
    }
    with writing(engine) as session:
        subject = f"project:{content.project_code}"
        audit.record(session, actor_id=actor.user_id, action="package.build", subject=subject, details=details)
