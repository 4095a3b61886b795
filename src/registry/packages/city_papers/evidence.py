"""Evidence pack 证据包 of a self-evaluation: report, the signed text with its hash, figures, and the files behind them.

A file is in the pack where whoever takes it may read it; `evidence.csv` says of every other why it is not.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col

from registry import audit
from registry.accounts.model import Actor
from registry.accounts.permissions import may
from registry.errors import NotFound
from registry.programme.self_evaluation.queries import SelfEvaluation
from registry.projects.documents.model import UploadedDocument
from registry.projects.documents.operations import DamagedFile, Download, download_document
from registry.projects.documents.store import Store, StoreUnavailable
from registry.projects.model import Project
from registry.projects.queries import visible_projects

_EARLIEST = (1980, 1, 1, 0, 0, 0)
_HIDDEN = "无权查看或已撤回 not open to you, or withdrawn"
_BROKEN, _THERE = "文件无法读取 cannot be read", "已附 enclosed"


@dataclass(frozen=True, slots=True)
class _Enclosed:
    """A document the figures name: its project and content where it could be read, and what became of it."""

    number: int
    code: str | None
    file: Download | None
    told: str

    @property
    def name(self) -> str | None:
        return None if self.file is None else f"evidence/{self.number}_{self.file.file_name}"


def pack(session: Session, actor: Actor, found: SelfEvaluation, reports: Mapping[str, bytes], store: Store) -> bytes:
    """Return the pack as ZIP; each document in it leaves an entry of its reading. Equal contents give equal bytes."""
    text = {"revision": found.text.number, "hash": found.text.hash, "document": found.text.document}
    enclosed = _enclosed(session, actor, found, store)
    files = {
        **reports,
        "document.json": audit.canonical_json(text).encode(),
        "indicators.csv": _indicators(found),
        "evidence.csv": _list(found, enclosed),
        **{each.name: each.file.content for each in enclosed if each.name and each.file},
    }
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, _EARLIEST), content)
    return target.getvalue()


def _enclosed(session: Session, actor: Actor, found: SelfEvaluation, store: Store) -> list[_Enclosed]:
    numbers = sorted({each.document_id for each in found.document.indicators if each.document_id is not None})
    codes = _codes(session, actor, numbers)
    return [_read(session, actor, number, codes.get(number), store) for number in numbers]


def _codes(session: Session, actor: Actor, numbers: Sequence[int]) -> dict[int, str]:
    """Return the projects of the documents the actor may see."""
    if not numbers or not may(actor, "read_documents"):
        return {}
    query = visible_projects(actor, col(UploadedDocument.id), col(Project.code)).join(
        UploadedDocument, col(UploadedDocument.project_id) == col(Project.id)
    )
    return {row[0]: row[1] for row in session.execute(query.where(col(UploadedDocument.id).in_(numbers)))}


def _read(session: Session, actor: Actor, number: int, code: str | None, store: Store) -> _Enclosed:
    if code is None:
        return _Enclosed(number, None, None, _HIDDEN)
    try:
        return _Enclosed(number, code, download_document(session, actor, code, number, store=store), _THERE)
    except NotFound:
        return _Enclosed(number, None, None, _HIDDEN)
    except (StoreUnavailable, DamagedFile):
        return _Enclosed(number, code, None, _BROKEN)


def _indicators(found: SelfEvaluation) -> bytes:
    head = ("指标编号", "指标", "单位", "上年实际", "目标值", "实际值", "差异说明", "依据", "资料编号")
    last = found.last_year
    rows = (
        (each.indicator, each.name, each.unit, last.get(each.indicator), each.target, each.actual, each.explanation,
         each.evidence, each.document_id)
        for each in found.document.indicators
    )  # fmt: skip
    return _csv([head, *rows])


def _list(found: SelfEvaluation, enclosed: Iterable[_Enclosed]) -> bytes:
    by_number = {each.number: each for each in enclosed}
    rows: list[Sequence[object]] = [("指标编号", "指标", "资料编号", "项目编号", "文件", "情况")]
    for line in found.document.indicators:
        if line.document_id is None:
            continue
        each = by_number[line.document_id]
        rows.append((line.indicator, line.name, each.number, each.code, each.name, each.told))
    return _csv(rows)


def _csv(rows: Iterable[Sequence[object]]) -> bytes:
    target = io.StringIO()
    writer = csv.writer(target)
    for row in rows:
        # A spreadsheet would run a text that begins like a formula.
        writer.writerow([f"'{cell}" if isinstance(cell, str) and cell[:1] in "=+-@" else cell for cell in row])
    return target.getvalue().encode("utf-8-sig")
