"""Keep what a plan was calculated to, keyed by everything it was made of: an unchanged plan is priced once a process.

A plan of a large city takes seconds to judge and price. What it is made of is named by one short read: its own text,
and for each project the visitor may see the revision, the assessment and the judgements in force. A change of any of
them names something else, so nothing has to be thrown away; the least used goes first.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from datetime import date
from threading import Lock
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from registry.accounts.model import Actor
from registry.assessments.model import Assessment, RecordedJudgement
from registry.programme.financing_plan.document import PlanDocument
from registry.programme.financing_plan.figures import PlanFigures
from registry.projects.duplicates.findings import funded_elsewhere
from registry.projects.model import Project, ProjectRevision
from registry.projects.queries import visible_projects

MOST_KEPT = 16
"""Figures of a plan of 200 projects take some 20 MB."""

_kept: OrderedDict[Hashable, PlanFigures] = OrderedDict()
_lock = Lock()


def kept_figures(basis: Hashable, make: Callable[[], PlanFigures]) -> PlanFigures:
    """Return the figures made of this basis before, or make and keep them."""
    with _lock:
        known = _kept.get(basis)
        if known is not None:
            _kept.move_to_end(basis)
            return known
    found = make()
    with _lock:
        _kept[basis] = found
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
    return found


def basis_of(session: Session, actor: Actor, document: PlanDocument, *, today: date) -> Hashable:
    """Return a name for everything the figures of a plan are made of, for this reader.

    A signed plan fixes revisions and assessments in its own text: of its projects only who may be seen is added.
    """
    codes = [entry.code for entry in document.projects]
    told = (str(session.get_bind().engine.url), document.model_dump_json(), actor.group == "public")
    if document.fixed_on is not None:
        return (*told, frozenset(_rows(session, actor, codes, col(Project.code))))
    project = col(Project.id)
    assessed = select(col(Assessment.hash)).where(
        col(Assessment.project_id) == project, col(Assessment.revision_number) == col(Project.revision_number)
    )
    newest = assessed.order_by(col(Assessment.id).desc()).limit(1).correlate(Project).scalar_subquery()
    judged = select(col(RecordedJudgement.id)).where(col(RecordedJudgement.project_id) == project)
    decided = judged.order_by(col(RecordedJudgement.id).desc()).limit(1).correlate(Project).scalar_subquery()
    revision = select(col(ProjectRevision.hash)).where(
        col(ProjectRevision.project_id) == project, col(ProjectRevision.number) == col(Project.revision_number)
    )
    text = revision.correlate(Project).scalar_subquery()
    rows = _rows(session, actor, codes, col(Project.code), project, text, newest, decided)
    twice = funded_elsewhere(session).intersection(row[1] for row in rows)
    return (*told, today, frozenset(rows), twice)


def _rows(session: Session, actor: Actor, codes: list[str], *columns: Any) -> list[tuple[Any, ...]]:
    query = visible_projects(actor, *columns).where(col(Project.code).in_(codes))
    return [tuple(row) for row in session.execute(query)]
