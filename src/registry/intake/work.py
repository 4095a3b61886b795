"""Imports as jobs 后台任务: one that compares an upload with what is stored, one that takes it.

Both are harmless when repeated. The preview writes files of its own; the taking prepares everything first, so that
the database is held only while it writes, and its result is part of the same transaction: `kill -9` at any moment
leaves all of it or nothing.
"""

from collections.abc import Collection, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from registry import jobs
from registry.accounts.model import Actor
from registry.accounts.permissions import require
from registry.accounts.queries import actor_by_id
from registry.database import reading, writing
from registry.errors import Finding, InvalidInput, NotFound, StaleWrite
from registry.intake.importing import ImportResult, collector_paused, save_prepared
from registry.intake.preparing import Prepared, prepare
from registry.intake.preview import preview_rows
from registry.intake.reading import Unreadable
from registry.intake.taking import keep_entries, keep_unmoved
from registry.intake.uploads import UploadFolder
from registry.jobs import Handler, Job, Work
from registry.projects.lifecycle.freeze import FrozenDossier

PREVIEW, COMMIT = "preview-import", "commit-import"
SHOWN_FINDINGS = 50
"""Findings in the result of a job; all of them are in the workbook given back."""
_MOST_TRIES = 3
"""Somebody saving or admitting one of the projects at the very moment is met by preparing again, not for ever."""
_ADMISSIBLE = ("new", "changed")


def handlers(engine: Engine, data_dir: Path) -> Mapping[str, Handler]:
    """Return what a worker needs to run these jobs."""
    return {PREVIEW: partial(_preview, engine, data_dir), COMMIT: partial(_commit, engine, data_dir)}


def enqueue_preview(session: Session, actor: Actor, *, name: str, key: str) -> int:
    """Ask for the preview of a kept upload; return the number of the job. Raises NotAllowed."""
    require(actor, "import_projects")
    return jobs.enqueue(session, kind=PREVIEW, parameters={"name": name, "key": key}, requested_by=actor.user_id)


def enqueue_commit(
    session: Session,
    actor: Actor,
    data_dir: Path,
    preview: int,
    *,
    rows: Collection[tuple[str, int]] | None = None,
    states: Collection[str] = _ADMISSIBLE,
    reopens_entry: bool = False,
) -> int:
    """Ask for the rows of a preview to be taken: those named, else all in these states; return the number of the job.

    `reopens_entry` agrees to what the preview said of projects in a library: taking a major change reopens their
    entry. Without it these rows are left out, with a finding each.
    Raises NotAllowed, NotFound for a preview that is not there, InvalidInput when no row is chosen.
    """
    require(actor, "import_projects")
    job = find_preview(session, actor, preview)
    folder = UploadFolder(data_dir, actor.user_id)
    is_all = rows is None and set(states) == set(_ADMISSIBLE)
    there = set(folder.revisions(preview, states if rows is None else _ADMISSIBLE))
    chosen = there if rows is None else there & set(rows)
    if not chosen and not is_all:
        zh, en = "没有勾选任何一行；请勾选，或取全部", "No row is chosen; choose some, or take all of them"
        raise InvalidInput.of([Finding("row", "missing", zh, en)])
    asked = jobs.parameters_of(job)
    folder.read(asked["key"])
    parameters = {**asked, "preview": preview, "rows": None if is_all else sorted(chosen)}
    parameters["reopens_entry"] = reopens_entry
    return jobs.enqueue(session, kind=COMMIT, parameters=parameters, requested_by=actor.user_id)


def find_import(session: Session, actor: Actor, number: int) -> Job:
    """Return a preview or a taking this person asked for. Raises NotFound."""
    job = jobs.find_job(session, number, requested_by=actor.user_id)
    if job.kind not in {PREVIEW, COMMIT}:
        raise NotFound(f"没有编号为 {number} 的导入", f"There is no import {number} of yours")
    return job


def find_preview(session: Session, actor: Actor, number: int) -> Job:
    """Return a finished preview of this person. Raises NotFound."""
    job = find_import(session, actor, number)
    if job.kind != PREVIEW or job.state != "done":
        raise NotFound(f"没有编号为 {number} 的预览", f"There is no finished preview {number} of yours")
    return job


def _preview(engine: Engine, data_dir: Path, work: Work) -> dict[str, Any]:
    prepared = Prepared()
    folder = UploadFolder(data_dir, work.requested_by)
    with reading(engine) as session, collector_paused():
        actor = actor_by_id(session, work.requested_by)
        require(actor, "import_projects")
        try:
            sheets = folder.table(work.parameters["key"], work.parameters["name"])
            rows = preview_rows(session, actor, sheets, prepared, work.report)
            counts = folder.put_preview(work.job_id, rows, prepared.notes)
        except Unreadable as refused:
            counts = folder.put_preview(work.job_id, (), ())
            return {"counts": counts, "reopening": 0, **_findings(refused.findings)}
    return {"counts": counts, "reopening": len(folder.reopening(work.job_id)), **_findings(prepared.findings)}


def _findings(found: Collection[Finding]) -> dict[str, Any]:
    worst_first = sorted(found, key=lambda finding: ("error", "warning", "info").index(finding.severity))
    return {"n_findings": len(found), "findings": [each.as_dict() for each in worst_first[:SHOWN_FINDINGS]]}


def _commit(engine: Engine, data_dir: Path, work: Work) -> dict[str, Any]:
    folder = UploadFolder(data_dir, work.requested_by)
    previewed = folder.revisions(work.parameters["preview"])
    agreed = folder.reopening(work.parameters["preview"]) if work.parameters["reopens_entry"] else frozenset()
    for attempt in range(1, _MOST_TRIES + 1):
        try:
            return _take(engine, work, folder, previewed, agreed)
        except (StaleWrite, FrozenDossier):
            if attempt == _MOST_TRIES:
                raise
    raise AssertionError("unreachable")


def _take(
    engine: Engine,
    work: Work,
    folder: UploadFolder,
    previewed: Mapping[tuple[str, int], int],
    agreed: Collection[tuple[str, int]],
) -> dict[str, Any]:
    name, key = work.parameters["name"], work.parameters["key"]
    with collector_paused():
        with reading(engine) as session:
            actor = actor_by_id(session, work.requested_by)
            require(actor, "import_projects")
            prepared = prepare(session, actor, folder.table(key, name), work.report)
        if work.parameters["rows"] is not None:
            prepared.keep({(sheet, number) for sheet, number in work.parameters["rows"]})
        keep_unmoved(prepared, previewed)
        keep_entries(prepared, agreed.__contains__)
        with writing(engine) as session:
            jobs.hold(session, work)
            result = told(save_prepared(session, actor, prepared, name=name, digest=key))
            jobs.conclude(session, work, result)
    return result


def told(done: ImportResult) -> dict[str, Any]:
    """Return the wire form of what an import did, with the first findings; `codes` are keyed `sheet:number`."""
    return {"batch": done.batch_id, **done.counts(), "codes": done.codes_by_row(), **_findings(done.findings)}
