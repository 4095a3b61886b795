"""Published plans and self-evaluations of cities as the public reads them.

The state of the paper decides (`papers`: published, its embargo over). Shown are its texts and those of its projects
that are on display themselves; tables that name other projects stay with those who may see them.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import select
from sqlmodel import Session, col

from registry.accounts.model import PUBLIC
from registry.errors import NotFound
from registry.programme.city_plan.document import CityPlanDocument
from registry.programme.display.model import DisplayEvidence, DisplayRelease
from registry.programme.display.queries import DisplayedProject, Withdrawn, list_displayed, on_display
from registry.programme.financing_plan.document import PlanDocument
from registry.programme.papers.model import CityPaper, CityPaperEvent, Kind
from registry.programme.papers.queries import PaperSummary, list_papers, read_paper
from registry.programme.self_evaluation.document import SelfEvaluationDocument
from registry.projects.catalogue import CatalogueField, fields_of
from registry.projects.documents.model import UploadedDocument

_CHINA = ZoneInfo("Asia/Shanghai")
SHOWN_KINDS: tuple[Kind, ...] = ("city_plan", "self_evaluation", "financing_plan")
DOCUMENTS: Mapping[str, tuple[Any, tuple[str, ...]]] = {
    "city_plan": (CityPlanDocument, ("goals", "tasks", "measures")),
    "self_evaluation": (SelfEvaluationDocument, ("indicators",)),
    "financing_plan": (PlanDocument, ("performance_goals", "timetable")),
}
"""What a paper of a kind holds, and which of its tables name no project and so are shown in full."""
_DOCUMENT = "document_id"
"""The number of a document inside: the public is led to it where it was released, and told no number."""
_NUMBER_OF_ANOTHER = "financing_plan"
"""The number of a paper that may not be published."""


class ShownTable(msgspec.Struct, frozen=True):
    """A table of a paper: Chinese and English title, the columns that hold anything, and the rows."""

    title: tuple[str, str]
    columns: list[CatalogueField]
    rows: list[dict[str, Any]]


class ShownPaper(msgspec.Struct, frozen=True):
    """A published paper: its scalar fields, its tables that name no project, and its projects that are on display."""

    summary: PaperSummary
    revision: int
    hash: str
    texts: list[tuple[CatalogueField, Any]]
    tables: list[ShownTable]
    projects: list[DisplayedProject]
    other_projects: int


def list_shown_papers(session: Session, *, today: date) -> list[PaperSummary]:
    """Return the published papers whose embargo is over, newest change first."""
    return list_papers(session, PUBLIC, kinds=SHOWN_KINDS, today=today)


def read_shown_paper(session: Session, number: int, *, today: date) -> ShownPaper:
    """Return a published paper as the public reads it. Raises Withdrawn once taken back, NotFound if never shown."""
    summary = next((each for each in list_shown_papers(session, today=today) if each.id == number), None)
    if summary is None:
        raise _absent(session, number)
    text = read_paper(session, PUBLIC, number)
    codes = {each["code"] for each in text.document.get("projects", ()) if isinstance(each, dict) and "code" in each}
    shown = [each for each in list_displayed(session, today=today) if each.code in codes] if codes else []
    model, names = DOCUMENTS[summary.kind]
    scalars = fields_of(model, [name for name in model.SCALARS if name != _NUMBER_OF_ANOTHER])
    texts = [(field, text.document[name]) for name, field in scalars.items() if text.document.get(name)]
    released = _released(session, text.document, today)
    tables = [table for name in names if (table := _table(model, name, text.document, released)) is not None]
    return ShownPaper(summary, text.number, text.hash, texts, tables, shown, len(codes) - len(shown))


def _absent(session: Session, number: int) -> NotFound:
    """Return what to say of a paper that is not shown; that it was withdrawn, only where the public had seen it."""
    query = (
        select(col(CityPaperEvent.at), col(CityPaper.embargo_until))
        .join(CityPaper, col(CityPaper.id) == col(CityPaperEvent.paper_id))
        .where(col(CityPaper.id) == number, col(CityPaper.kind).in_(SHOWN_KINDS))
        .where(col(CityPaper.published_revision).is_(None), col(CityPaperEvent.action) == "unpublish")
    )
    row = session.execute(query.order_by(col(CityPaperEvent.id).desc()).limit(1)).one_or_none()
    if row is not None:
        day = row[0].astimezone(_CHINA).date()
        if row[1] is None or row[1] <= day:
            return Withdrawn(
                f"该文件已于 {day} 撤回公开展示，内容和数据不再提供；如有需要请联系公开该文件的单位",
                f"This paper was withdrawn from display on {day}; its text and figures are gone. Ask who published it",
            )
    return NotFound("没有公开展示这个文件", "No such paper is on display")


def _released(session: Session, document: Mapping[str, Any], today: date) -> dict[int, dict[str, Any]]:
    """Return, by their numbers, the documents behind the figures that were released with a project on display."""
    lines = [each for each in document.get("indicators", ()) if isinstance(each, dict)]
    numbers = {each[_DOCUMENT] for each in lines if each.get(_DOCUMENT) is not None}
    if not numbers:
        return {}
    file, evidence = UploadedDocument, DisplayEvidence
    query = (
        on_display(today, col(file.id), col(DisplayRelease.code), col(evidence.id), col(evidence.file_name))
        .join(evidence, col(evidence.release_id) == col(DisplayRelease.id))
        .join(file, (col(file.sha256) == col(evidence.sha256)) & (col(file.project_id) == DisplayRelease.project_id))
        .where(col(file.id).in_(numbers))
    )
    return {
        number: {"project": code, "evidence": place, "file_name": name}
        for number, code, place, name in session.execute(query.order_by(col(evidence.id).desc()))
    }


def _table(
    model: Any, name: str, document: Mapping[str, Any], released: Mapping[int, dict[str, Any]]
) -> ShownTable | None:
    rows = [
        {key: value for key, value in row.items() if key != _DOCUMENT}
        | ({"released": released[row[_DOCUMENT]]} if row.get(_DOCUMENT) in released else {})
        for row in document.get(name) or []
    ]
    zh, en, line = model.LISTS[name]
    columns = [each for key, each in fields_of(line).items() if any(row.get(key) is not None for row in rows)]
    return ShownTable((zh.partition("（")[0], en.partition(" (")[0]), columns, rows) if rows else None
