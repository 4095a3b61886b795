"""Many packages as a job: what is written, what is skipped, and what a kill leaves behind."""

import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from builders import dossier
from conftest import People
from registry.accounts.model import PUBLIC
from registry.accounts.operations import ensure_operator
from registry.audit import parsed_json
from registry.database import migrate, open_engine, reading, writing
from registry.errors import NotAllowed
from registry.jobs import Job, find_job, run_next
from registry.packages.verify import verify_file
from registry.packages.work import enqueue_packages, handlers
from registry.projects.operations import create_project, save_project

pytestmark = pytest.mark.slow
DAY = date(2026, 3, 1)


def run(engine: Engine, people: People, codes: list[str], folder: Path) -> Job:
    with writing(engine) as session:
        job_id = enqueue_packages(session, people.city, codes, folder=folder, as_of=DAY)
    assert run_next(engine, handlers(engine)) == job_id
    with reading(engine) as session:
        return find_job(session, job_id, requested_by=people.city.user_id)


def result(job: Job) -> dict[str, Any]:
    assert job.state == "done", job.error
    found: dict[str, Any] = parsed_json(job.result or "")
    return found


@pytest.fixture
def codes(engine: Engine, people: People) -> list[str]:
    with writing(engine) as session:
        return [create_project(session, people.city, dossier(name=f"项目{n}"), reason="录入").code for n in range(3)]


class TestTheJob:
    def test_writes_each_package_whole_and_skips_what_is_there(
        self, engine: Engine, people: People, codes: list[str], tmp_path: Path
    ) -> None:
        first = run(engine, people, [*codes, "ML-9999999"], tmp_path)
        answer = result(first)
        assert (answer["written"], answer["skipped"]) == (3, 0)
        assert [(each["path"], each["code"]) for each in answer["findings"]] == [("ML-9999999", "package-not-written")]
        assert (first.progress, first.total) == (4, 4)
        names = sorted(path.name for path in tmp_path.iterdir())
        assert names == sorted(f"{code}_20260301_v1.zip" for code in codes)
        assert all(verify_file(tmp_path / name).is_intact for name in names)
        written = {name: (tmp_path / name).stat().st_mtime_ns for name in names}
        again = result(run(engine, people, codes, tmp_path))
        assert (again["written"], again["skipped"]) == (0, 3)
        assert {name: (tmp_path / name).stat().st_mtime_ns for name in names} == written

    def test_writes_again_what_was_cut_short_or_has_changed(
        self, engine: Engine, people: People, codes: list[str], tmp_path: Path
    ) -> None:
        assert result(run(engine, people, codes, tmp_path))["written"] == 3
        cut = tmp_path / f"{codes[0]}_20260301_v1.zip"
        whole = cut.read_bytes()
        cut.write_bytes(whole[:-100])
        with writing(engine) as session:
            save_project(session, people.city, codes[1], dossier(name="改名"), expected_revision=1, reason="更正")
        again = result(run(engine, people, codes, tmp_path))
        assert (again["written"], again["skipped"]) == (2, 1)
        assert cut.read_bytes() == whole
        assert (tmp_path / f"{codes[1]}_20260301_v2.zip").is_file()

    def test_is_not_for_the_public(self, engine: Engine, people: People, tmp_path: Path) -> None:
        with writing(engine) as session, pytest.raises(NotAllowed):
            enqueue_packages(session, PUBLIC, [], folder=tmp_path, as_of=DAY)


WORKER = """
import sys
from pathlib import Path
from registry.database import open_engine
from registry.jobs import run_next
from registry.packages.work import handlers
if __name__ == "__main__":
    engine = open_engine(sys.argv[1])
    print(run_next(engine, handlers(engine)), flush=True)
"""


class TestAKilledWorker:
    def test_leaves_whole_files_only_and_the_next_one_finishes(self, tmp_path: Path) -> None:
        url, folder, script = f"sqlite:///{tmp_path / 'r.db'}", tmp_path / "out", tmp_path / "worker.py"
        script.write_text(WORKER, encoding="utf-8")
        engine = open_engine(url)
        migrate(engine)
        with writing(engine) as session:
            actor = ensure_operator(session)
            codes = [create_project(session, actor, dossier(name=f"项目{n}"), reason="录入").code for n in range(6)]
            enqueue_packages(session, actor, codes, folder=folder, as_of=DAY)
        worker = subprocess.Popen([sys.executable, str(script), url], start_new_session=True)
        try:
            _wait_until(lambda: len(list(folder.glob("*.zip"))) >= 2)
        finally:
            os.kill(worker.pid, signal.SIGKILL)
            worker.wait()
        _wait_until(lambda: not _members_of(worker.pid))
        finished = sorted(folder.glob("*.zip"))
        assert 2 <= len(finished) < 6
        assert all(verify_file(path).is_intact for path in finished)
        kept = {path: path.stat().st_mtime_ns for path in finished}
        with writing(engine) as session:
            enqueue_packages(session, actor, codes, folder=folder, as_of=DAY)
        job_id = run_next(engine, handlers(engine))
        with reading(engine) as session:
            answer = result(find_job(session, job_id or 0, requested_by=actor.user_id))
        assert (answer["written"], answer["skipped"]) == (6 - len(kept), len(kept))
        assert {path: path.stat().st_mtime_ns for path in finished} == kept
        assert len(list(folder.glob("*.zip"))) == 6
        engine.dispose()


def _wait_until(holds: Any, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def _members_of(session_id: int) -> list[str]:
    """Processes still alive in the session a killed worker had opened."""
    listed = subprocess.run(
        ["ps", "-s", str(session_id), "-o", "pid=,stat="], capture_output=True, text=True, check=False
    ).stdout
    return [line for line in listed.splitlines() if " Z" not in line]
