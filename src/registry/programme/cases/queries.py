"""Reads on model cases: of those who work on them from `visible_cases(actor)`, of the public from `shown_cases`."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Select, case, false, func, or_, select, true
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col

from registry import audit
from registry.accounts.model import Actor, Organisation, UserAccount
from registry.accounts.permissions import require
from registry.accounts.queries import organisations_below
from registry.errors import NotFound
from registry.programme.cases.model import CaseFields, CasePicture, ModelCase, ModelCaseEvent

_CHINA = ZoneInfo("Asia/Shanghai")


class CaseWithdrawn(NotFound):
    """The case was on display and was taken back."""

    code = "withdrawn"


class CaseSummary(msgspec.Struct, frozen=True):
    """One line of a list of cases. `cover` is the number of its first picture."""

    id: int
    kind: str
    title: str
    city_code: str
    owner: str
    state: str
    state_since: datetime
    version: int
    embargo_until: date | None
    is_demo: bool
    summary: str | None
    cover: int | None


class Picture(msgspec.Struct, frozen=True):
    """A picture of a case; `size` in bytes."""

    id: int
    caption: str
    media_type: str
    size: int
    sha256: str


class CaseRecord(msgspec.Struct, frozen=True):
    """A case with its record and pictures; `fields` is the JSON document, unknown values left out."""

    summary: CaseSummary
    fields: dict[str, Any]
    pictures: list[Picture]


class CaseStep(msgspec.Struct, frozen=True):
    """One move in a case's history."""

    at: datetime
    actor_name: str | None
    action: str
    from_state: str
    to_state: str
    reason: str


class KindCount(msgspec.Struct, frozen=True):
    """How many cases of a kind are on display, and how many of these are invented."""

    kind: str
    cases: int
    demo_cases: int


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return the condition under which this actor works with a case. There is no other way to one not on display."""
    match actor.group:
        case "ministry" | "operator":
            return true()
        case "city":
            return col(ModelCase.owner_id).in_(organisations_below(actor.organisation_id))
        case "province" if actor.division_code:
            return col(ModelCase.city_code).startswith(actor.division_code[:2])
        case _:
            return false()


def visible_cases(actor: Actor, *columns: Any) -> Select[Any]:
    """Return the query every read of those who work on cases starts from, joined to the owner."""
    query = select(*(columns or (ModelCase,))).select_from(ModelCase)
    return query.join(Organisation, col(Organisation.id) == col(ModelCase.owner_id)).where(visible_to(actor))


def shown_cases(today: date, *columns: Any) -> Select[Any]:
    """Return the query every public read starts from: what is released and past its embargo, joined to the owner."""
    query = select(*(columns or (ModelCase,))).select_from(ModelCase)
    return query.join(Organisation, col(Organisation.id) == col(ModelCase.owner_id)).where(
        col(ModelCase.state) == "released",
        or_(col(ModelCase.embargo_until).is_(None), col(ModelCase.embargo_until) <= today),
    )


def list_cases(
    session: Session, actor: Actor, *, kind: str | None = None, state: str | None = None
) -> list[CaseSummary]:
    """Return the cases the actor works with, newest change first. Raises NotAllowed."""
    require(actor, "read_cases")
    query = visible_cases(actor, ModelCase, col(Organisation.name), _cover())
    if kind:
        query = query.where(col(ModelCase.kind) == kind)
    if state:
        query = query.where(col(ModelCase.state) == state)
    query = query.order_by(col(ModelCase.updated_at).desc(), col(ModelCase.id))
    return [_summary(*row) for row in session.execute(query)]


def list_records(session: Session, actor: Actor) -> list[CaseFields]:
    """Return the records of every case the actor works with, oldest first: what the workbook holds."""
    require(actor, "read_cases")
    rows = session.execute(visible_cases(actor, col(ModelCase.document)).order_by(col(ModelCase.id))).scalars()
    return [CaseFields.model_validate(audit.parsed_json(row)) for row in rows]


def find_case(session: Session, actor: Actor, number: int) -> CaseRecord:
    """Return one case with its record. Raises NotFound, also when it exists and is not the actor's; NotAllowed."""
    require(actor, "read_cases")
    query = visible_cases(actor, ModelCase, col(Organisation.name), _cover()).where(col(ModelCase.id) == number)
    row = session.execute(query).one_or_none()
    if row is None:
        raise not_found(number)
    return _record(session, row)


def case_history(session: Session, actor: Actor, number: int) -> list[CaseStep]:
    """Return every move, oldest first. Raises NotFound, NotAllowed."""
    find_case(session, actor, number)
    query = (
        select(ModelCaseEvent, col(UserAccount.display_name))
        .outerjoin(UserAccount, col(UserAccount.id) == col(ModelCaseEvent.actor_id))
        .where(col(ModelCaseEvent.case_id) == number)
        .order_by(col(ModelCaseEvent.id))
    )
    return [
        CaseStep(each.at, name, each.action, each.from_state, each.to_state, each.reason)
        for each, name in session.execute(query)
    ]


def list_shown(
    session: Session, *, today: date, kind: str | None = None, before: int | None = None, limit: int | None = None
) -> list[CaseSummary]:
    """Return the cases on display, entered last first."""
    query = shown_cases(today, ModelCase, col(Organisation.name), _cover())
    if kind:
        query = query.where(col(ModelCase.kind) == kind)
    if before is not None:
        query = query.where(col(ModelCase.id) < before)
    return [_summary(*row) for row in session.execute(query.order_by(col(ModelCase.id).desc()).limit(limit))]


def find_shown(session: Session, number: int, *, today: date) -> CaseRecord:
    """Return a case on display. Raises CaseWithdrawn when it was shown and taken back, else NotFound."""
    query = shown_cases(today, ModelCase, col(Organisation.name), _cover()).where(col(ModelCase.id) == number)
    row = session.execute(query).one_or_none()
    if row is None:
        raise _absent(session, number)
    return _record(session, row)


def every_shown(session: Session, *, today: date) -> list[CaseRecord]:
    """Return every case on display with its record, oldest first: what the open data is made from."""
    query = shown_cases(today, ModelCase, col(Organisation.name), _cover()).order_by(col(ModelCase.id))
    return [_record(session, row) for row in session.execute(query).all()]


def count_shown(session: Session, *, today: date) -> list[KindCount]:
    """Return how many cases of each kind are on display."""
    demo = func.sum(case((col(ModelCase.is_demo), 1), else_=0))
    query = shown_cases(today, col(ModelCase.kind), func.count(), demo).group_by(col(ModelCase.kind))
    return [KindCount(kind, n, demo or 0) for kind, n, demo in session.execute(query)]


def shown_version(session: Session, *, today: date) -> str:
    """Return a text that changes whenever anything shown of a case changes, an embargo that ends included."""
    query = shown_cases(today, col(ModelCase.id), col(ModelCase.version)).order_by(col(ModelCase.id))
    return " ".join(f"{number}.{version}" for number, version in session.execute(query))


def not_found(number: int) -> NotFound:
    """Return the error for a case that is not there, or not for this actor."""
    return NotFound(f"没有编号为 {number} 的案例，或您无权查看", f"There is no case {number} that you may see")


def _absent(session: Session, number: int) -> NotFound:
    query = select(ModelCase).where(col(ModelCase.id) == number, col(ModelCase.was_shown))
    found: ModelCase | None = session.execute(query).scalar_one_or_none()
    if found is None or found.state == "released":
        return NotFound("没有公开展示这个案例", "No such case is on display")
    return CaseWithdrawn(
        "该案例已撤回公开展示，文字、数据和图片均不再提供",
        "This case was withdrawn from display; its text, data and pictures are gone",
    )


def _cover() -> Any:
    query = select(func.min(col(CasePicture.id))).where(
        col(CasePicture.case_id) == col(ModelCase.id), col(CasePicture.withdrawn_at).is_(None)
    )
    return query.correlate(ModelCase).scalar_subquery()


def _record(session: Session, row: Any) -> CaseRecord:
    number = row[0].id
    query = select(CasePicture).where(col(CasePicture.case_id) == number, col(CasePicture.withdrawn_at).is_(None))
    pictures = session.execute(query.order_by(col(CasePicture.id))).scalars()
    return CaseRecord(
        _summary(*row),
        audit.parsed_json(row[0].document),
        [Picture(each.id or 0, each.caption, each.media_type, each.size, each.sha256) for each in pictures],
    )


def _summary(found: ModelCase, owner: str, cover: int | None) -> CaseSummary:
    return CaseSummary(
        found.id or 0,
        found.kind,
        found.title,
        found.city_code,
        owner,
        found.state,
        found.state_since,
        found.version,
        found.embargo_until,
        found.is_demo,
        audit.parsed_json(found.document).get("summary"),
        cover,
    )


def was_on_display(embargo_until: date | None, at: datetime) -> bool:
    """Say whether a released case was past its embargo at a moment."""
    return embargo_until is None or embargo_until <= at.astimezone(_CHINA).date()
