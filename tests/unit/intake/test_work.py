"""Imports as jobs: killed anywhere, nothing half is stored, and the next worker ends where one alone would have."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, update
from sqlmodel import col, select

from conftest import People
from intake_files import csv_text
from registry import audit, jobs
from registry.database import reading, writing
from registry.errors import InvalidInput, NotAllowed, NotFound
from registry.intake import work
from registry.intake.model import ImportBatch
from registry.intake.taking import keep_unmoved
from registry.intake.uploads import UploadFolder
from registry.jobs import Job
from registry.projects.model import Project, ProjectRevision

ROWS = 600
CSV = csv_text(("项目名称", "总投资"), *((f"第{number}号污水工程", str(number + 1)) for number in range(ROWS))).encode()

WORKER = """
import os, signal, sys
from pathlib import Path
from registry import jobs
from registry.database import open_engine
from registry.intake import importing, uploads, work

url, folder, where = sys.argv[1:]

def die(*_args, **_kwargs):
    os.kill(os.getpid(), signal.SIGKILL)

def after(module, name):
    inner = getattr(module, name)
    setattr(module, name, lambda *args, **kwargs: (inner(*args, **kwargs), die()))

match where:
    case "reading": uploads.read_table = die
    case "checking":
        inner = jobs._renew
        jobs._renew = lambda *args: (inner(*args), die() if args[3] >= 500 else None)
    case "keeping": after(uploads, "_line")
    case "saving": importing._record = die
    case "concluding": after(jobs, "conclude")
    case "done": jobs._finish = die
engine = open_engine(url)
jobs.run_next(engine, work.handlers(engine, Path(folder)))
"""


def worker(engine: Engine, folder: Path, where: str) -> subprocess.Popen[bytes]:
    url = engine.url.render_as_string(hide_password=False).replace("postgresql+psycopg", "postgresql")
    return subprocess.Popen([sys.executable, "-c", WORKER, url, str(folder), where])


def killed(engine: Engine, folder: Path, where: str) -> None:
    assert worker(engine, folder, where).wait(60) == -signal.SIGKILL


def abandon(engine: Engine) -> None:
    """Let the lease of a killed worker run out."""
    with writing(engine) as session:
        session.execute(
            update(Job).where(col(Job.state) == "running").values(leased_until=audit.now() - timedelta(hours=1))
        )


def finish(engine: Engine, folder: Path) -> None:
    while jobs.run_next(engine, work.handlers(engine, folder)) is not None:
        pass


def result_of(engine: Engine, number: int) -> Job:
    with reading(engine) as session:
        return session.exec(select(Job).where(Job.id == number)).one()


def counts(engine: Engine) -> tuple[int, int, int]:
    """Return how many projects, revisions and import records there are."""
    with reading(engine) as session:
        return tuple(len(session.exec(select(table.id)).all()) for table in (Project, ProjectRevision, ImportBatch))  # type: ignore[return-value]


def sent(engine: Engine, people: People, folder: Path, content: bytes = CSV) -> int:
    key = UploadFolder(folder, people.city.user_id).keep(content)
    with writing(engine) as session:
        return work.enqueue_preview(session, people.city, name="项目.csv", key=key)


def previewed(engine: Engine, people: People, folder: Path) -> int:
    number = sent(engine, people, folder)
    finish(engine, folder)
    return number


def taken(engine: Engine, people: People, folder: Path, preview: int) -> int:
    with writing(engine) as session:
        return work.enqueue_commit(session, people.city, folder, preview)


@pytest.mark.slow
class TestAPreviewKilledWhile:
    @pytest.mark.parametrize("where", ["reading", "checking", "keeping", "done"])
    def test_it_works_is_made_again_by_the_next_worker(
        self, engine: Engine, people: People, tmp_path: Path, where: str
    ) -> None:
        number = sent(engine, people, tmp_path)
        killed(engine, tmp_path, where)
        folder = UploadFolder(tmp_path, people.city.user_id)
        if where != "done":
            with pytest.raises(NotFound):
                folder.rows(number, limit=1)
        abandon(engine)
        finish(engine, tmp_path)
        assert result_of(engine, number).state == "done"
        assert folder.rows(number, limit=1)[1] == ROWS
        assert counts(engine) == (0, 0, 0)


@pytest.mark.slow
class TestATakingKilledWhile:
    @pytest.mark.parametrize("where", ["reading", "checking", "saving", "concluding"])
    def test_it_works_leaves_nothing_and_the_next_worker_takes_all(
        self, engine: Engine, people: People, tmp_path: Path, where: str
    ) -> None:
        number = taken(engine, people, tmp_path, previewed(engine, people, tmp_path))
        killed(engine, tmp_path, where)
        assert counts(engine) == (0, 0, 0)
        abandon(engine)
        finish(engine, tmp_path)
        job = result_of(engine, number)
        assert (job.state, job.attempts) == ("done", 2)
        assert f'"created":{ROWS}' in (job.result or "")
        assert counts(engine) == (ROWS, ROWS, 1)
        with reading(engine) as session:
            assert audit.verify_log(session) is None

    def test_it_says_so_has_taken_all_and_is_not_taken_again(
        self, engine: Engine, people: People, tmp_path: Path
    ) -> None:
        number = taken(engine, people, tmp_path, previewed(engine, people, tmp_path))
        killed(engine, tmp_path, "done")
        assert result_of(engine, number).state == "done"
        abandon(engine)
        finish(engine, tmp_path)
        assert counts(engine) == (ROWS, ROWS, 1)

    @pytest.mark.parametrize("seconds", [1.0, 1.6])
    def test_at_any_moment_it_is_all_or_nothing_and_ends_the_same(
        self, engine: Engine, people: People, tmp_path: Path, seconds: float
    ) -> None:
        taken(engine, people, tmp_path, previewed(engine, people, tmp_path))
        process = worker(engine, tmp_path, "nowhere")
        time.sleep(seconds)
        os.kill(process.pid, signal.SIGKILL)
        process.wait(10)
        assert counts(engine) in {(0, 0, 0), (ROWS, ROWS, 1)}
        abandon(engine)
        finish(engine, tmp_path)
        assert counts(engine) == (ROWS, ROWS, 1)


class TestTaking:
    def test_twice_changes_nothing(self, engine: Engine, people: People, tmp_path: Path) -> None:
        preview = previewed(engine, people, tmp_path)
        for _ in range(2):
            taken(engine, people, tmp_path, preview)
            finish(engine, tmp_path)
        assert counts(engine) == (ROWS, ROWS, 2)

    def test_prepares_again_when_somebody_saves_in_between(
        self, engine: Engine, people: People, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        preview = previewed(engine, people, tmp_path)
        other = previewed(engine, people, tmp_path)
        numbers = [taken(engine, people, tmp_path, one) for one in (preview, other)]
        inner: Callable[..., object] = keep_unmoved
        handlers = work.handlers(engine, tmp_path)
        calls = []

        def overtaken(*args: object) -> None:
            calls.append(args)
            if len(calls) == 1:
                jobs.run_next(engine, handlers)
            inner(*args)

        monkeypatch.setattr(work, "keep_unmoved", overtaken)
        jobs.run_next(engine, handlers)
        assert [result_of(engine, number).state for number in numbers] == ["done", "done"]
        assert '"unchanged":600' in (result_of(engine, numbers[0]).result or "")
        assert counts(engine)[:2] == (ROWS, ROWS)

    def test_is_not_for_banks_and_needs_a_finished_preview(
        self, engine: Engine, people: People, tmp_path: Path
    ) -> None:
        number = sent(engine, people, tmp_path)
        with writing(engine) as session, pytest.raises(NotFound):
            work.enqueue_commit(session, people.city, tmp_path, number)
        finish(engine, tmp_path)
        with writing(engine) as session, pytest.raises(NotAllowed):
            work.enqueue_commit(session, people.bank, tmp_path, number)
        with writing(engine) as session, pytest.raises(NotFound):
            work.enqueue_commit(session, people.other_city, tmp_path, number)
        with writing(engine) as session, pytest.raises(InvalidInput):
            work.enqueue_commit(session, people.city, tmp_path, number, rows=[("项目", 99_999)])
