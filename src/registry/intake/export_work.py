"""Exports of any size as a job 后台导出: a table, or a ZIP of tables each small enough to be uploaded again.

The job keeps nothing but its count and begins anew when it was cut off; the file appears whole or not at all.
"""

import time
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, cast

import msgspec
from sqlalchemy import Engine
from sqlmodel import Session

from registry import jobs
from registry.accounts.model import Actor
from registry.accounts.permissions import require
from registry.accounts.queries import actor_by_id
from registry.database import reading
from registry.errors import NotFound
from registry.intake.exporting import ExportForm, file_ending, written
from registry.intake.uploads import whole
from registry.jobs import Handler, Job, Work
from registry.projects.model import Dossier
from registry.projects.queries import list_codes, read_dossiers
from registry.projects.search.filters import ProjectFilter, Sort, read_filter
from registry.projects.search.queries import narrow

EXPORT: Final = "export-projects"
PART: Final = 5000
"""Projects in one table: a file of so many, with all their child records, is within what an upload may be."""
KEPT_SECONDS: Final = 24 * 3600
_CHUNK: Final = 250
_EARLIEST = (1980, 1, 1, 0, 0, 0)


def handlers(engine: Engine, data_dir: Path) -> Mapping[str, Handler]:
    """Return what a worker needs to run these jobs."""
    return {EXPORT: partial(_export, engine, data_dir)}


def enqueue_export(session: Session, actor: Actor, *, wanted: ProjectFilter, sort: Sort, form: ExportForm) -> int:
    """Ask for every visible project of a filter as a file; return the number of the job. Raises NotAllowed."""
    require(actor, "read_projects")
    parameters = {"filter": wanted.as_query(), "sort": sort, "form": form}
    return jobs.enqueue(session, kind=EXPORT, parameters=parameters, requested_by=actor.user_id)


def find_export(session: Session, actor: Actor, number: int) -> Job:
    """Return an export this person asked for. Raises NotAllowed, NotFound."""
    require(actor, "read_projects")
    return jobs.find_job(session, number, requested_by=actor.user_id, kind=EXPORT)


def export_file(session: Session, actor: Actor, data_dir: Path, number: int) -> Path:
    """Return the file of an export that is done.

    Raises NotAllowed, NotFound: also when it is a day old, or the person no longer sees all of what is in it.
    """
    job = find_export(session, actor, number)
    if job.state != "done":
        raise NotFound(f"导出 {number} 尚未完成", f"Export {number} is not done")
    path = _folder(data_dir, actor.user_id) / str(msgspec.json.decode(job.result or "{}")["file"])
    codes = _codes_beside(path)
    if not path.is_file() or not codes.is_file():
        raise NotFound("导出的文件已过期，请重新导出", "The exported file is no longer kept; export again")
    if not set(msgspec.json.decode(codes.read_bytes())) <= set(list_codes(session, actor)):
        raise NotFound(
            "文件中有您不再能查看的项目，请重新导出", "The file holds projects you no longer see; export again"
        )
    return path


def _export(engine: Engine, data_dir: Path, work: Work) -> dict[str, Any]:
    form, sort = cast("ExportForm", work.parameters["form"]), cast("Sort", work.parameters["sort"])
    with reading(engine) as session:
        actor = actor_by_id(session, work.requested_by)
        require(actor, "read_projects")
        codes = narrow(session, actor, read_filter(work.parameters["filter"].get)).codes(sort)
    folder = _folder(data_dir, work.requested_by)
    folder.mkdir(parents=True, exist_ok=True)
    _clear_old(folder)
    parts = [codes[start : start + PART] for start in range(0, len(codes), PART)] or [[]]
    ending = file_ending(form)
    path = folder / f"projects-{work.job_id}.{ending if len(parts) == 1 else 'zip'}"
    with whole(_codes_beside(path)) as file:
        file.write(msgspec.json.encode(codes))
    tables = (
        written(_told(engine, actor, part, index * PART, work, len(codes)), form) for index, part in enumerate(parts)
    )
    with whole(path) as file:
        if len(parts) == 1:
            file.write(next(tables))
        else:
            _write_zip(file, tables, ending)
    return {"file": path.name, "projects": len(codes), "parts": len(parts), "form": form}


def _write_zip(file: Any, tables: Iterator[bytes], ending: str) -> None:
    # A workbook is compressed already.
    compression = zipfile.ZIP_STORED if ending == "xlsx" else zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(file, "w", compression) as archive:
        for number, table in enumerate(tables, start=1):
            entry = zipfile.ZipInfo(f"projects-{number:03d}.{ending}", _EARLIEST)
            archive.writestr(entry, table, compress_type=compression)


def _told(
    engine: Engine, actor: Actor, codes: Sequence[str], done: int, work: Work, total: int
) -> Iterator[tuple[str, Dossier]]:
    """Yield the dossiers of one table and report how many are done; no transaction is open for long."""
    for start in range(0, len(codes), _CHUNK):
        work.report(done + start, total)
        with reading(engine) as session:
            yield from read_dossiers(session, actor, codes[start : start + _CHUNK])
    work.report(done + len(codes), total)


def _folder(data_dir: Path, user_id: int | None) -> Path:
    return data_dir / "exports" / str(user_id or 0)


def _codes_beside(path: Path) -> Path:
    return path.with_suffix(".codes")


def _clear_old(folder: Path) -> None:
    oldest = time.time() - KEPT_SECONDS
    for path in folder.iterdir():
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
