"""Reads on papers of cities. Every one starts from `visible_papers(actor)`."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Select, and_, false, or_, select, true
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col

from registry import audit
from registry.accounts.model import Actor, Organisation, UserAccount
from registry.accounts.queries import organisations_below
from registry.errors import NotFound
from registry.programme.papers.model import CityPaper, CityPaperEvent, CityPaperRevision, Kind

_CHINA = ZoneInfo("Asia/Shanghai")


class PaperSummary(msgspec.Struct, frozen=True):
    """One line of a list of papers. `year` is None for a paper that is not yearly."""

    id: int
    kind: str
    title: str
    year: int | None
    owner: str
    division_code: str | None
    state: str
    state_since: datetime
    version: int
    revision_number: int
    approved_revision: int | None
    published_revision: int | None
    embargo_until: date | None
    is_demo: bool


class PaperText(msgspec.Struct, frozen=True):
    """One revision of a paper; `document` is its JSON value."""

    number: int
    saved_at: datetime
    author_id: int | None
    reason: str
    hash: str
    document: Any


class PaperStep(msgspec.Struct, frozen=True):
    """One move in a paper's history."""

    at: datetime
    actor_name: str | None
    action: str
    from_state: str
    to_state: str
    revision_number: int
    reason: str


def visible_to(actor: Actor, *, today: date) -> ColumnElement[bool]:
    """Return the condition under which this actor may know of a paper. There is no other way to a paper.

    A city sees its own and those of its counties, a province those of its division, the ministry and the operator
    all; everybody else what is published and past its embargo.
    """
    shown = and_(
        col(CityPaper.published_revision).is_not(None),
        or_(col(CityPaper.embargo_until).is_(None), col(CityPaper.embargo_until) <= today),
    )
    match actor.group:
        case "ministry" | "operator":
            return true()
        case "city":
            return or_(col(CityPaper.owner_id).in_(organisations_below(actor.organisation_id)), shown)
        case "province" if actor.division_code:
            return or_(col(Organisation.division_code).startswith(actor.division_code[:2]), shown)
        case "bank" | "public":
            return shown
        case _:
            return false()


def works_on(actor: Actor) -> ColumnElement[bool]:
    """Return the condition under which the actor sees a paper as written, not only what is published of it."""
    match actor.group:
        case "ministry" | "operator":
            return true()
        case "city":
            return col(CityPaper.owner_id).in_(organisations_below(actor.organisation_id))
        case "province" if actor.division_code:
            return col(Organisation.division_code).startswith(actor.division_code[:2])
        case _:
            return false()


def visible_papers(actor: Actor, *columns: Any, today: date | None = None) -> Select[Any]:
    """Return the query every read starts from: these columns of the papers the actor may see, joined to the owner."""
    query = select(*(columns or (CityPaper,))).select_from(CityPaper)
    query = query.join(Organisation, col(Organisation.id) == col(CityPaper.owner_id))
    return query.where(visible_to(actor, today=today or audit.now().astimezone(_CHINA).date()))


def list_papers(
    session: Session,
    actor: Actor,
    *,
    kinds: Sequence[Kind] = (),
    year: int | None = None,
    state: str | None = None,
    today: date | None = None,
) -> list[PaperSummary]:
    """Return the papers the actor may see, newest change first; of these kinds only, where any are named."""
    query = visible_papers(actor, CityPaper, Organisation, today=today)
    if kinds:
        query = query.where(col(CityPaper.kind).in_(kinds))
    if year is not None:
        query = query.where(col(CityPaper.year) == year)
    if state is not None:
        query = query.where(col(CityPaper.state) == state)
    query = query.order_by(col(CityPaper.updated_at).desc(), col(CityPaper.id))
    return [_summary(paper, owner) for paper, owner in session.execute(query)]


def find_paper(session: Session, actor: Actor, paper_id: int, *, kind: Kind | None = None) -> PaperSummary:
    """Return one paper. Raises NotFound, also when it exists and the actor may not see it."""
    query = visible_papers(actor, CityPaper, Organisation).where(col(CityPaper.id) == paper_id)
    if kind is not None:
        query = query.where(col(CityPaper.kind) == kind)
    row = session.execute(query).one_or_none()
    if row is None:
        raise not_found(paper_id)
    return _summary(*row)


def read_paper(session: Session, actor: Actor, paper_id: int, *, number: int | None = None) -> PaperText:
    """Return one revision: the one asked for, else the latest; who only sees what is published gets that one.

    Raises NotFound, also for a revision the actor may not see.
    """
    found = find_paper(session, actor, paper_id)
    is_inside = session.execute(
        visible_papers(actor, col(CityPaper.id)).where(col(CityPaper.id) == paper_id, works_on(actor))
    ).first()
    if is_inside is None and number not in {None, found.published_revision}:
        raise not_found(paper_id)
    wanted = number or (found.revision_number if is_inside is not None else found.published_revision)
    query = select(CityPaperRevision).where(
        col(CityPaperRevision.paper_id) == paper_id, col(CityPaperRevision.number) == wanted
    )
    row = session.execute(query).scalar_one_or_none()
    if row is None:
        raise not_found(paper_id)
    return PaperText(row.number, row.saved_at, row.author_id, row.reason, row.hash, audit.parsed_json(row.document))


def list_paper_revisions(session: Session, actor: Actor, paper_id: int) -> list[PaperText]:
    """Return every revision, oldest first, for those who work on the paper. Raises NotFound."""
    _require_inside(session, actor, paper_id)
    query = select(CityPaperRevision).where(col(CityPaperRevision.paper_id) == paper_id)
    rows = session.execute(query.order_by(col(CityPaperRevision.number))).scalars()
    return [
        PaperText(row.number, row.saved_at, row.author_id, row.reason, row.hash, audit.parsed_json(row.document))
        for row in rows
    ]


def paper_history(session: Session, actor: Actor, paper_id: int) -> list[PaperStep]:
    """Return every move, oldest first, for those who work on the paper. Raises NotFound."""
    _require_inside(session, actor, paper_id)
    query = (
        select(CityPaperEvent, col(UserAccount.display_name))
        .outerjoin(UserAccount, col(UserAccount.id) == col(CityPaperEvent.actor_id))
        .where(col(CityPaperEvent.paper_id) == paper_id)
        .order_by(col(CityPaperEvent.id))
    )
    return [
        PaperStep(each.at, name, each.action, each.from_state, each.to_state, each.revision_number, each.reason)
        for each, name in session.execute(query)
    ]


def _require_inside(session: Session, actor: Actor, paper_id: int) -> None:
    query = visible_papers(actor, col(CityPaper.id)).where(col(CityPaper.id) == paper_id, works_on(actor))
    if session.execute(query).first() is None:
        raise not_found(paper_id)


def not_found(paper_id: int) -> NotFound:
    """Return the error for a paper that is not there, or not for this actor."""
    return NotFound(f"没有编号为 {paper_id} 的文件，或您无权查看", f"There is no paper {paper_id} that you may see")


def _summary(paper: CityPaper, owner: Organisation) -> PaperSummary:
    return PaperSummary(
        paper.id or 0,
        paper.kind,
        paper.title,
        paper.year or None,
        owner.name,
        owner.division_code,
        paper.state,
        paper.state_since,
        paper.version,
        paper.revision_number,
        paper.approved_revision,
        paper.published_revision,
        paper.embargo_until,
        paper.is_demo,
    )
