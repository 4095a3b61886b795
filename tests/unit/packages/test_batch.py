"""Packages of many projects, taken one by one or in one ZIP."""

import io
import json
import os
import time
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from builders import dossier
from conftest import People
from registry import settings
from registry.audit import AuditEntry
from registry.database import reading, writing
from registry.errors import InvalidInput, NotAllowed, NotFound
from registry.jobs import Job, find_job, run_next
from registry.packages import batch
from registry.packages.batch import batch_files, enqueue_batch, find_batch, take_files, zipped
from registry.packages.verify import verify_bytes
from registry.packages.work import handlers
from registry.projects.operations import create_project

pytestmark = pytest.mark.slow
DAY = date(2026, 3, 1)


@pytest.fixture(autouse=True)
def _own_folder(data_dir: Path) -> Iterator[None]:
    assert data_dir.is_dir()
    settings.settings.cache_clear()
    yield
    settings.settings.cache_clear()


@pytest.fixture
def codes(engine: Engine, people: People) -> list[str]:
    with writing(engine) as session:
        return [create_project(session, people.city, dossier(name=f"项目{n}"), reason="录入").code for n in range(2)]


@pytest.fixture
def done(engine: Engine, people: People, codes: list[str], cheap_batches: None) -> Job:
    with writing(engine) as session:
        number = enqueue_batch(session, people.city, [*codes, "ML-9999999"], as_of=DAY)
    assert run_next(engine, handlers(engine)) == number
    with reading(engine) as session:
        return find_job(session, number, requested_by=people.city.user_id)


class TestABatch:
    def test_is_taken_whole_or_one_by_one_and_each_taking_is_written_down(
        self, engine: Engine, people: People, codes: list[str], done: Job
    ) -> None:
        with writing(engine) as session:
            job = find_batch(session, people.city, done.id or 0)
            taken = take_files(session, people.city, job)
            (one,) = take_files(session, people.city, job, code=codes[1])
        assert [each.code for each in taken] == codes
        assert one == taken[1]
        with zipfile.ZipFile(io.BytesIO(b"".join(zipped(taken)))) as archive:
            assert archive.testzip() is None
            assert archive.namelist() == [f"{code}_20260301_v1.zip" for code in codes]
            reports = [verify_bytes(archive.read(each.name), each.manifest_sha256) for each in taken]
        assert [report.is_intact for report in reports] == [True, True]
        with reading(engine) as session:
            written = select(AuditEntry).where(AuditEntry.action == "package.take").order_by(col(AuditEntry.id))
            entries = session.exec(written).all()
        assert [entry.subject for entry in entries] == [f"project:{code}" for code in (*codes, codes[1])]
        assert json.loads(entries[0].details)["manifest"] == taken[0].manifest_sha256
        findings = json.loads(done.result or "")["findings"]
        assert [each["path"] for each in findings] == ["ML-9999999"]

    def test_is_nobody_elses(self, engine: Engine, people: People, done: Job) -> None:
        with reading(engine) as session:
            for actor in (people.other_city, people.ministry):
                with pytest.raises(NotFound):
                    find_batch(session, actor, done.id or 0)
            with pytest.raises(NotAllowed):
                find_batch(session, people.bank, done.id or 0)

    def test_that_was_cleared_says_so(self, engine: Engine, people: People, codes: list[str], done: Job) -> None:
        with reading(engine) as session:
            old, fresh = batch_files(session, people.city, done)
        past = time.time() - (batch.KEPT_DAYS + 1) * 24 * 3600
        os.utime(old.path, (past, past))
        with writing(engine) as session:
            enqueue_batch(session, people.city, codes, as_of=DAY)
            assert [each.is_kept for each in batch_files(session, people.city, done)] == [False, True]
            with pytest.raises(NotFound):
                take_files(session, people.city, done, code=old.code)
            assert take_files(session, people.city, done) == [fresh]

    def test_is_for_offices_and_for_some_projects_not_all_the_world(self, engine: Engine, people: People) -> None:
        with writing(engine) as session:
            with pytest.raises(NotAllowed):
                enqueue_batch(session, people.bank, ["ML-0000001"], as_of=DAY)
            for many in ([], ["ML-0000001"] * (batch.MOST_PROJECTS + 1)):
                with pytest.raises(InvalidInput):
                    enqueue_batch(session, people.city, many, as_of=DAY)
