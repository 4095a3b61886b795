"""Published plans and self-evaluations of cities as the public reads them.

The state of the paper decides (`papers`: published, its embargo over). Shown are its texts and those of its projects
that are on display themselves; tables that name other projects stay with those who may see them.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec
from sqlmodel import Session

from registry.accounts.model import PUBLIC
from registry.errors import NotFound
from registry.programme.city_plan.document import CityPlanDocument
from registry.programme.display.queries import DisplayedProject, list_displayed
from registry.programme.financing_plan.document import PlanDocument
from registry.programme.papers.model import Kind
from registry.programme.papers.queries import PaperSummary, list_papers, read_paper
from registry.programme.self_evaluation.document import SelfEvaluationDocument
from registry.projects.catalogue import CatalogueField, fields_of

SHOWN_KINDS: tuple[Kind, ...] = ("city_plan", "self_evaluation", "financing_plan")
DOCUMENTS: Mapping[str, tuple[Any, tuple[str, ...]]] = {
    "city_plan": (CityPlanDocument, ("goals", "tasks", "measures")),
    "self_evaluation": (SelfEvaluationDocument, ("indicators",)),
    "financing_plan": (PlanDocument, ("performance_goals", "timetable")),
}
"""What a paper of a kind holds, and which of its tables name no project and so are shown in full."""
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
    found = list_papers(session, PUBLIC, kinds=SHOWN_KINDS)
    return [each for each in found if each.embargo_until is None or each.embargo_until <= today]


def read_shown_paper(session: Session, number: int, *, today: date) -> ShownPaper:
    """Return a published paper as the public reads it. Raises NotFound, also when it is no longer published."""
    summary = next((each for each in list_shown_papers(session, today=today) if each.id == number), None)
    if summary is None:
        raise NotFound("没有公开展示这个文件，或已撤回公开", "No such paper is on display, or it was withdrawn")
    text = read_paper(session, PUBLIC, number)
    codes = {each["code"] for each in text.document.get("projects", ()) if isinstance(each, dict) and "code" in each}
    shown = [each for each in list_displayed(session, today=today) if each.code in codes] if codes else []
    model, names = DOCUMENTS[summary.kind]
    scalars = fields_of(model, [name for name in model.SCALARS if name != _NUMBER_OF_ANOTHER])
    texts = [(field, text.document[name]) for name, field in scalars.items() if text.document.get(name)]
    tables = [table for name in names if (table := _table(model, name, text.document)) is not None]
    return ShownPaper(summary, text.number, text.hash, texts, tables, shown, len(codes) - len(shown))


def _table(model: Any, name: str, document: Mapping[str, Any]) -> ShownTable | None:
    rows = document.get(name) or []
    zh, en, line = model.LISTS[name]
    columns = [each for key, each in fields_of(line).items() if any(row.get(key) is not None for row in rows)]
    return ShownTable((zh.partition("（")[0], en.partition(" (")[0]), columns, rows) if rows else None
