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
from registry.programme.display.queries import DisplayedProject, list_displayed
from registry.programme.financing_plan.document import PlanDocument
from registry.programme.papers.model import Kind
from registry.programme.papers.queries import PaperSummary, list_papers, read_paper
from registry.projects.catalogue import CatalogueField, fields_of
from registry.projects.lines import Line

SHOWN_KINDS: tuple[Kind, ...] = ("city_plan", "self_evaluation", "financing_plan")
DOCUMENTS: Mapping[Kind, type[Line]] = {"financing_plan": PlanDocument}
"""What a paper of a kind holds; of other kinds the public sees that it is published, its revision and digest."""


class ShownPaper(msgspec.Struct, frozen=True):
    """A published paper: `texts` are its scalar fields, `projects` those of its projects on display."""

    summary: PaperSummary
    revision: int
    hash: str
    texts: list[tuple[CatalogueField, Any]]
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
    return ShownPaper(
        summary, text.number, text.hash, _texts(summary.kind, text.document), shown, len(codes) - len(shown)
    )


def _texts(kind: str, document: Mapping[str, Any]) -> list[tuple[CatalogueField, Any]]:
    model = next((model for name, model in DOCUMENTS.items() if name == kind), None)
    if model is None:
        return []
    scalars = getattr(model, "SCALARS", ())
    return [(field, document[name]) for name, field in fields_of(model, scalars).items() if document.get(name)]
