"""Pairs as reviewers meet them: the queue of their jurisdiction, and two projects side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

import msgspec
from sqlalchemy import Select, and_, func, or_, select, tuple_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from registry import audit
from registry.accounts.model import Actor, Organisation, UserAccount
from registry.accounts.permissions import require
from registry.errors import NotFound
from registry.projects.differences import Difference, differences
from registry.projects.duplicates.model import DuplicateMark, DuplicatePair
from registry.projects.duplicates.queries import own_record
from registry.projects.duplicates.scoring import Reason, Score, score
from registry.projects.model import Project
from registry.projects.queries import RevisionFacts, is_seen, read_document
from registry.quantities import money_text

LARGEST_PAGE = 100
Decision = Literal["undecided", "same", "different"]
DECISIONS: tuple[Decision, ...] = get_args(Decision)


@dataclass(frozen=True, slots=True)
class Mark:
    """What a reviewer decided about a pair: who, of which organisation, when and why."""

    is_same: bool
    reason: str
    author: str | None
    organisation: str | None
    marked_at: datetime


@dataclass(frozen=True, slots=True)
class Side:
    """One project of a pair, as a list shows it; money in 万元."""

    code: str
    name: str | None
    city_name: str | None
    total_investment: str | None
    is_demo: bool


@dataclass(frozen=True, slots=True)
class PairSummary:
    """One line of the queue."""

    points: float
    reasons: tuple[Reason, ...]
    compared_at: datetime
    one: Side
    other: Side
    mark: Mark | None


def list_pairs(
    session: Session, actor: Actor, *, decision: Decision = "undecided", limit: int = 50, offset: int = 0
) -> list[PairSummary]:
    """Return one page of the pairs of which the actor may see both projects, highest score first. Raises NotAllowed."""
    require(actor, "record_judgements")
    pair = DuplicatePair
    order = col(pair.points).desc(), col(pair.lower_id), col(pair.higher_id)
    # Which are on the page is found first, without the projects, whose rows are as wide as a dossier.
    key = tuple_(col(pair.lower_id), col(pair.higher_id))
    query = _queue(actor, decision, col(pair.lower_id), col(pair.higher_id)).order_by(*order)
    found = [tuple(row) for row in session.execute(query.limit(min(limit, LARGEST_PAGE + 1)).offset(offset))]
    both = _with_author(select(*_COLUMNS).select_from(pair).outerjoin(DuplicateMark, _IS_MARK))
    both = both.join(_One, col(_One.id) == col(pair.lower_id)).join(_Other, col(_Other.id) == col(pair.higher_id))
    return [_summary(row) for row in session.execute(both.where(key.in_(found)).order_by(*order))]


def count_pairs(session: Session, actor: Actor) -> dict[Decision, int]:
    """Return how many pairs there are of each decision. Raises NotAllowed."""
    require(actor, "record_judgements")
    return {
        decision: int(session.execute(_queue(actor, decision, func.count())).scalar_one()) for decision in DECISIONS
    }


_One, _Other = aliased(Project), aliased(Project)


def _sides(project: Any) -> tuple[Any, ...]:
    return project.code, project.name, project.city_name, project.total_investment, project.is_demo


_MARK_COLUMNS: tuple[Any, ...] = (
    col(DuplicateMark.is_same),
    col(DuplicateMark.reason),
    col(UserAccount.display_name),
    col(Organisation.name),
    col(DuplicateMark.marked_at),
)
_COLUMNS: tuple[Any, ...] = (
    col(DuplicatePair.points),
    col(DuplicatePair.reasons),
    col(DuplicatePair.compared_at),
    *_MARK_COLUMNS,
    *_sides(_One),
    *_sides(_Other),
)


_IS_MARK = and_(
    col(DuplicateMark.lower_id) == col(DuplicatePair.lower_id),
    col(DuplicateMark.higher_id) == col(DuplicatePair.higher_id),
)


def _with_author(query: Select[Any]) -> Select[Any]:
    return query.outerjoin(UserAccount, col(UserAccount.id) == col(DuplicateMark.author_id)).outerjoin(
        Organisation, col(Organisation.id) == col(UserAccount.organisation_id)
    )


def _queue(actor: Actor, decision: Decision, *columns: Any) -> Select[Any]:
    """Return the query of the pairs whose two projects the actor may both see."""
    pair, mark = DuplicatePair, DuplicateMark
    query = select(*columns).select_from(pair).outerjoin(mark, _IS_MARK)
    query = query.where(*(is_seen(actor, side) for side in (pair.lower_id, pair.higher_id)))
    wanted = {"undecided": col(mark.id).is_(None), "same": col(mark.is_same).is_(True)}
    return query.where(wanted.get(decision, col(mark.is_same).is_(False)))


def _summary(row: Any) -> PairSummary:
    points, reasons, compared_at, *rest = row
    stored = tuple(Reason(**each) for each in audit.parsed_json(reasons))
    return PairSummary(points, stored, compared_at, _side(rest[5:10]), _side(rest[10:]), _mark(rest[:5]))


def _side(values: Sequence[Any]) -> Side:
    code, name, city, total, is_demo = values
    return Side(code, name, city, None if total is None else money_text(total), is_demo)


def _mark(values: Sequence[Any]) -> Mark | None:
    return None if values[0] is None else Mark(*values)


def marks_with_author(session: Session, project_id: int) -> dict[int, Mark]:
    """Return what was decided about a project and each other one, by the other's id."""
    mark = DuplicateMark
    query = select(col(mark.lower_id), col(mark.higher_id), *_MARK_COLUMNS).select_from(mark)
    query = _with_author(query).where(or_(col(mark.lower_id) == project_id, col(mark.higher_id) == project_id))
    return {
        (higher if lower == project_id else lower): Mark(*values) for lower, higher, *values in session.execute(query)
    }


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two projects side by side: their documents, what differs, the score as of now, and the decision."""

    one: RevisionFacts
    other: RevisionFacts
    documents: tuple[dict[str, Any], dict[str, Any]]
    differences: tuple[Difference, ...]
    score: Score
    mark: Mark | None


def compare(session: Session, actor: Actor, code: str, other_code: str) -> Comparison:
    """Compare two projects the actor may both see. Raises NotFound, NotAllowed."""
    require(actor, "read_duplicates")
    one, text = read_document(session, actor, code)
    other, other_text = read_document(session, actor, other_code)
    if one.project_id == other.project_id:
        raise NotFound("请选择两个不同的项目", "Choose two different projects")
    documents = msgspec.json.decode(text), msgspec.json.decode(other_text)
    scored = score(own_record(session, actor, code), own_record(session, actor, other_code))
    found = tuple(differences(*documents))
    mark = marks_with_author(session, one.project_id).get(other.project_id)
    return Comparison(one, other, documents, found, scored, mark)
