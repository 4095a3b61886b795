"""Reads on projects. Every one starts from `visible_projects(actor)`."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Protocol

import msgspec
from sqlalchemy import ScalarSelect, Select, and_, false, or_, select, true
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col

from registry.accounts.model import Actor
from registry.accounts.queries import in_line, organisations_below
from registry.database import is_among
from registry.errors import NotFound
from registry.projects.model import Dossier, Project, ProjectRelease, ProjectRevision
from registry.projects.search.model import SearchRow
from registry.quantities import money_text

LARGEST_PAGE = 100
_DOCUMENTS_AT_ONCE = 250


class ProjectSummary(msgspec.Struct, frozen=True):
    """One line of a list of projects."""

    code: str
    name: str | None
    province_name: str | None
    city_name: str | None
    published_field: str | None
    total_investment: str | None
    revision_number: int
    is_demo: bool
    updated_at: datetime


class RevisionFacts(msgspec.Struct, frozen=True):
    """What a revision says of itself."""

    project_id: int
    code: str
    number: int
    hash: str
    saved_at: datetime
    author_id: int | None
    reason: str
    is_demo: bool


class _Keys(Protocol):
    """A table with the columns visibility is decided by: `project` itself, or a projection of it."""

    owner_id: Any
    city_code: Any


def visible_to(actor: Actor, of: type[_Keys] = Project, *, by_key: bool = False) -> ColumnElement[bool]:
    """Return the condition under which this actor may know of a project. There is no other way to a project.

    A city sees its own and those of its counties, a province its cities' by division code, the ministry and the
    operator all, the public what was released for display. A bank is one legal person: what was released to the head
    office is seen by every branch, what was released to a branch by that branch and those above it (decision 0030).

    `of` is the table asked: `Project`, or a projection with a row per project that keeps `project_id`, `owner_id` and
    `city_code`. `by_key` says that few projects are asked for by code: each release is then looked up, not all listed.
    """
    match actor.group:
        case "ministry" | "operator":
            return true()
        case "city":
            return is_among(col(of.owner_id), _values(organisations_below(actor.organisation_id)))
        case "province" if actor.division_code:
            return _lies_in(of.city_code, actor.division_code[:2])
        case "bank":
            receiver = col(ProjectRelease.organisation_id)
            return _is_released(of, receiver.in_(in_line(actor.organisation_id)), by_key=by_key)
        case "public":
            return _is_released(of, col(ProjectRelease.organisation_id).is_(None), by_key=by_key)
        case _:
            return false()


def _is_released(of: type[_Keys], to_actor: ColumnElement[bool], *, by_key: bool) -> ColumnElement[bool]:
    released = select(col(ProjectRelease.project_id)).where(to_actor)
    if of is not Project:
        return is_among(col(of.project_id), _values(released))  # type: ignore[attr-defined]
    key = col(Project.id)
    return released.where(col(ProjectRelease.project_id) == key).exists() if by_key else key.in_(released)


def _values(query: Select[Any]) -> ScalarSelect[Any]:
    return query.correlate(None).scalar_subquery()


def _lies_in(city_code: Any, province: str) -> ColumnElement[bool]:
    # As a range, which both databases answer from an index; SQLite does not for LIKE.
    return and_(col(city_code) >= province, col(city_code) < f"{int(province) + 1:02d}")


def is_seen(actor: Actor, project_id: Any) -> ColumnElement[bool]:
    """Return the condition under which a row about a project is one the actor may see: `visible_to`, by its number.

    Answered from the narrow search rows, so that a queue over the nation is put in order without reading its projects.
    """
    visible = visible_to(actor, SearchRow)
    if visible is true():
        return visible
    return is_among(col(project_id), _values(select(col(SearchRow.project_id)).where(visible)))


def visible_projects(actor: Actor, *columns: Any, by_key: bool = False) -> Select[Any]:
    """Return the query every read starts from: these columns of the projects the actor may see."""
    return select(*(columns or (Project,))).select_from(Project).where(visible_to(actor, by_key=by_key))


def find_project(session: Session, actor: Actor, code: str) -> Project:
    """Return one project. Raises NotFound, also when it exists and the actor may not see it."""
    project = session.execute(
        visible_projects(actor, by_key=True).where(col(Project.code) == code)
    ).scalar_one_or_none()
    if project is None:
        raise NotFound(f"没有编号为 {code} 的项目，或您无权查看", f"There is no project {code} that you may see")
    return project  # type: ignore[no-any-return]


def list_statement(actor: Actor, *, after: Any, limit: Any) -> Select[Any]:
    """Return the query behind one page of all visible projects; `after` and `limit` may be bound later."""
    query = visible_projects(actor, *SUMMARY_COLUMNS).order_by(col(Project.code)).limit(limit)
    return query.where(col(Project.code) > after)


def list_codes(session: Session, actor: Actor) -> list[str]:
    """Return the codes of all visible projects, in order."""
    return list(session.execute(visible_projects(actor, col(Project.code)).order_by(col(Project.code))).scalars())


class IncompleteProject(msgspec.Struct, frozen=True):
    """A project and the fields it lacks."""

    code: str
    name: str | None
    is_demo: bool
    updated_at: datetime
    missing: list[str]


def incomplete_projects(
    session: Session, actor: Actor, needed: Sequence[str], *, limit: int
) -> list[IncompleteProject]:
    """Return the visible projects that lack any of these fields, saved last first."""
    columns = [col(getattr(Project, name)) for name in needed]
    query = visible_projects(
        actor, col(Project.code), col(Project.name), col(Project.is_demo), col(Project.updated_at), *columns
    )
    query = query.where(or_(*(column.is_(None) for column in columns)))
    query = query.order_by(col(Project.updated_at).desc(), col(Project.code)).limit(limit)
    return [
        IncompleteProject(
            row.code, row.name, row.is_demo, row.updated_at, [name for name in needed if getattr(row, name) is None]
        )
        for row in session.execute(query)
    ]


SUMMARY_COLUMNS = (
    col(Project.code),
    col(Project.name),
    col(Project.province_name),
    col(Project.city_name),
    col(Project.published_field),
    col(Project.total_investment),
    col(Project.revision_number),
    col(Project.is_demo),
    col(Project.updated_at),
)


def summary(row: Any) -> ProjectSummary:
    """Return a row of `SUMMARY_COLUMNS` as a line of a list."""
    code, name, province, city, field, amount, *rest = row
    return ProjectSummary(code, name, province, city, field, None if amount is None else money_text(amount), *rest)


def read_dossier(
    session: Session, actor: Actor, code: str, *, number: int | None = None
) -> tuple[RevisionFacts, Dossier]:
    """Return the document of one revision, the latest unless a number is given. Raises NotFound."""
    facts, document = read_document(session, actor, code, number=number)
    return facts, Dossier.model_validate(json.loads(document))


def read_dossiers(session: Session, actor: Actor, codes: Sequence[str]) -> Iterator[tuple[str, Dossier]]:
    """Yield code and latest dossier of each of these projects the actor sees, in the order given, in a few queries."""
    is_latest = and_(
        col(ProjectRevision.project_id) == col(Project.id), col(ProjectRevision.number) == col(Project.revision_number)
    )
    query = visible_projects(actor, col(Project.code), col(ProjectRevision.document)).join(ProjectRevision, is_latest)
    for start in range(0, len(codes), _DOCUMENTS_AT_ONCE):
        chunk = codes[start : start + _DOCUMENTS_AT_ONCE]
        found = {row.code: row.document for row in session.execute(query.where(col(Project.code).in_(chunk)))}
        for code in chunk:
            if code in found:
                yield code, Dossier.model_validate(json.loads(found[code]))


def document_statement(actor: Actor, *, code: Any, number: Any = None) -> Select[Any]:
    """Return the query behind one revision, the latest unless a number is given; `code` may be bound later."""
    wanted = col(Project.revision_number) if number is None else number
    is_wanted = and_(col(ProjectRevision.project_id) == col(Project.id), col(ProjectRevision.number) == wanted)
    query = visible_projects(actor, *_REVISION_COLUMNS, by_key=True).join(ProjectRevision, is_wanted)
    return query.where(col(Project.code) == code)


_REVISION_COLUMNS: tuple[Any, ...] = (
    col(Project.id).label("project_id"),
    col(Project.code),
    col(ProjectRevision.number),
    col(ProjectRevision.hash),
    col(ProjectRevision.saved_at),
    col(ProjectRevision.author_id),
    col(ProjectRevision.reason),
    col(Project.is_demo),
    col(ProjectRevision.document),
)


def read_document(session: Session, actor: Actor, code: str, *, number: int | None = None) -> tuple[RevisionFacts, str]:
    """Return one revision's JSON text as it was saved: one query, nothing parsed. Raises NotFound."""
    return revision(code, session.execute(document_statement(actor, code=code, number=number)).one_or_none())


def revision(code: str, row: Any) -> tuple[RevisionFacts, str]:
    """Return a row of `document_statement` as facts and text. Raises NotFound when there is none."""
    if row is None:
        raise NotFound(f"没有编号为 {code} 的项目，或您无权查看", f"There is no project {code} that you may see")
    *facts, document = row
    return RevisionFacts(*facts), document


def list_revisions(session: Session, actor: Actor, code: str) -> list[ProjectRevision]:
    """Return all revisions of a project, oldest first. Raises NotFound."""
    project = find_project(session, actor, code)
    query = select(ProjectRevision).where(col(ProjectRevision.project_id) == project.id)
    return list(session.execute(query.order_by(col(ProjectRevision.number))).scalars())
