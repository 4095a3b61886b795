"""Packages of a filtered list 批量生成: asked for by an office, kept for a month, taken one by one or all at once."""

import io
import time
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlmodel import Session

from registry import audit, jobs
from registry.accounts.model import Actor
from registry.accounts.permissions import require
from registry.errors import Finding, InvalidInput, NotFound
from registry.jobs import Job
from registry.packages.work import PACKAGES, enqueue_packages
from registry.projects.queries import list_codes
from registry.settings import settings

MOST_PROJECTS = 5000
KEPT_DAYS = 30
_EARLIEST = (1980, 1, 1, 0, 0, 0)
_CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class BatchFile:
    """One package of a batch; not kept: it is gone, ask for the batch again."""

    code: str
    name: str
    size: int
    manifest_sha256: str
    path: Path
    is_kept: bool


def enqueue_batch(session: Session, actor: Actor, codes: Sequence[str], *, as_of: date) -> int:
    """Ask for the packages of these projects, to be taken from the registry; return the number of the job.

    All batches of a person share one folder, so that what has not changed since is not made again. Raises NotAllowed,
    InvalidInput for no project or too many.
    """
    require(actor, "build_packages")
    if not 1 <= len(codes) <= MOST_PROJECTS:
        zh = f"一次可生成 1 至 {MOST_PROJECTS:,} 个项目的材料包，所选为 {len(codes):,} 个；请调整筛选条件"
        en = f"Packages are made for 1 to {MOST_PROJECTS:,} projects at once; {len(codes):,} were chosen"
        raise InvalidInput.of([Finding("codes", "not-that-many", zh, en, str(len(codes)))])
    folder = _folder(actor)
    _clear_old(folder)
    return enqueue_packages(session, actor, codes, folder=folder, as_of=as_of)


def find_batch(session: Session, actor: Actor, number: int) -> Job:
    """Return a batch this person asked for. Raises NotAllowed, NotFound."""
    require(actor, "build_packages")
    job = jobs.find_job(session, number, requested_by=actor.user_id, kind=PACKAGES)
    if not is_batch(job, actor):
        raise NotFound(f"没有编号为 {number} 的任务", f"There is no job {number} of yours")
    return job


def is_batch(job: Job, actor: Actor) -> bool:
    """Say whether a job writes where batches are taken from; commands write to folders of their own."""
    return job.kind == PACKAGES and jobs.parameters_of(job)["folder"] == str(_folder(actor))


def batch_files(session: Session, actor: Actor, job: Job) -> list[BatchFile]:
    """Return the packages of a batch that is done, in the order asked for, of projects the actor still sees."""
    result: dict[str, Any] = audit.parsed_json(job.result or "{}")
    visible = set(list_codes(session, actor))
    return [
        BatchFile(each["code"], each["file"], each["size"], each["manifest"], path, path.is_file())
        for each in result.get("files", ())
        for path in [_folder(actor) / each["file"]]
        if each["code"] in visible
    ]


def take_files(session: Session, actor: Actor, job: Job, *, code: str | None = None) -> list[BatchFile]:
    """Return the packages of a batch, or the one of a project, and write down for each that it was taken.

    Raises NotFound when there is none to take.
    """
    found = [each for each in batch_files(session, actor, job) if each.is_kept and code in {None, each.code}]
    if not found:
        raise NotFound("该批材料包已不再保留，请重新生成", "These packages are no longer kept; ask for them again")
    for each in found:
        details = {"manifest": each.manifest_sha256, "job": job.id, "file": each.name}
        audit.record(
            session, actor_id=actor.user_id, action="package.take", subject=f"project:{each.code}", details=details
        )
    return found


class _Pipe(io.RawIOBase):
    """Takes what the archive writes until somebody fetches it; nothing is kept."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        self._waiting += data
        return len(data)

    def taken(self) -> bytes:
        taken, self._waiting = bytes(self._waiting), bytearray()
        return taken


def zipped(files: Iterable[BatchFile]) -> Iterator[bytes]:
    """Yield one ZIP of the files, read as it goes: a thousand packages would not fit in memory."""
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_STORED) as archive:
        for each in files:
            with each.path.open("rb") as source, archive.open(zipfile.ZipInfo(each.name, _EARLIEST), "w") as entry:
                while chunk := source.read(_CHUNK):
                    entry.write(chunk)
                    yield pipe.taken()
    yield pipe.taken()


def _folder(actor: Actor) -> Path:
    return (settings().data_dir / "batches" / str(actor.user_id or 0)).resolve()


def _clear_old(folder: Path) -> None:
    oldest = time.time() - KEPT_DAYS * 24 * 3600
    for path in folder.glob("*.zip"):
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
