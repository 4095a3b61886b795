"""Reads on applications; like every read, from the projects the actor may see. Days are counted to a given date."""

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any, cast

import msgspec
from sqlalchemy import Select, case, func, or_, select, true
from sqlmodel import Session, col

from registry.accounts.model import Actor, UserAccount
from registry.accounts.permissions import require
from registry.errors import NotFound
from registry.projects.catalogue import fields, line_fields
from registry.projects.differences import Difference, LineDifference, differences, line_differences
from registry.projects.lifecycle.board import waited
from registry.projects.lifecycle.deadlines import (
    VALIDITY_MONTHS,
    WARNING_MONTHS,
    Validity,
    days_left,
    months_later,
    validity,
)
from registry.projects.lifecycle.model import Application, ApplicationEvent, ReviewAssignment
from registry.projects.lifecycle.states import Action, State, actions_for, pending_states
from registry.projects.missing import SECTION_NAMES
from registry.projects.model import Dossier, Project
from registry.projects.queries import find_project, is_seen, read_document, visible_projects

LARGEST_PAGE = 100


class ApplicationSummary(msgspec.Struct, frozen=True):
    """One line of a queue. `days_left` is negative when late; `actions` is what the actor's group may do now."""

    id: int
    code: str
    name: str | None
    city_name: str | None
    library: str
    state: State
    round: int
    version: int
    revision_number: int
    latest_revision: int
    state_since: dt.datetime
    due_on: dt.date | None
    days_left: int | None
    is_pending: bool
    is_assigned_to_me: bool
    validity: Validity | None
    actions: tuple[Action, ...]
    is_demo: bool


class HistoryEntry(msgspec.Struct, frozen=True):
    """One event of an application, as people read it."""

    application_id: int
    library: str
    at: dt.datetime
    actor_name: str | None
    action: str
    from_state: State
    to_state: State
    round: int
    revision_number: int
    reason: str
    sections: dict[str, str]
    verdict: dict[str, Any] | None


class SectionChanges(msgspec.Struct, frozen=True):
    """What differs in one part of the dossier: single values, and child records where the part is a list of them."""

    fields: list[Difference]
    lines: list[LineDifference]


def find_application(session: Session, actor: Actor, application_id: int, *, as_of: dt.date) -> ApplicationSummary:
    """Return one application of a visible project. Raises NotFound."""
    require(actor, "read_applications")
    row = session.execute(_applications(actor).where(col(Application.id) == application_id)).one_or_none()
    if row is None:
        raise NotFound(
            f"没有编号为 {application_id} 的入库申请，或您无权查看",
            f"There is no application {application_id} that you may see",
        )
    return _summary(row, actor, as_of)


def applications_of(session: Session, actor: Actor, code: str, *, as_of: dt.date) -> list[ApplicationSummary]:
    """Return all applications of a project, newest first. Raises NotFound."""
    require(actor, "read_applications")
    project = find_project(session, actor, code)
    query = _applications(actor).where(col(Project.id) == project.id).order_by(col(Application.id).desc())
    return [_summary(row, actor, as_of) for row in session.execute(query)]


def my_pending(session: Session, actor: Actor, *, as_of: dt.date, limit: int = 50) -> list[ApplicationSummary]:
    """Return what waits for this actor, what is due first on top; drafts, which nothing hurries, come last.

    What is assigned to others of the actor's level is left out.
    """
    require(actor, "read_applications")
    mine, others = _assigned(actor)
    asked = select(col(Application.id)).where(col(Application.state).in_(pending_states(actor)), or_(mine, ~others))
    # A group waits in one state with a deadline, so the longest waiting is the one due first.
    is_draft = case((col(Application.state) == "draft", 1), else_=0)
    asked = asked.order_by(is_draft, col(Application.state_since), col(Application.id))
    return _in_order(session, actor, asked.limit(min(limit, LARGEST_PAGE)), as_of)


def queue(
    session: Session,
    actor: Actor,
    *,
    as_of: dt.date,
    state: State | None = None,
    library: str | None = None,
    band: str | None = None,
    limit: int = 50,
    offset: int = 0,
) -> list[ApplicationSummary]:
    """Return the open applications the actor may see: those waiting for the actor's group first, then the rest.

    `band` is one of `board.BANDS`: only those that long in their state.
    """
    require(actor, "read_applications")
    pending = case((col(Application.state).in_(pending_states(actor)), 0), else_=1)
    asked = select(col(Application.id)).where(col(Application.state) == state if state else col(Application.is_open))
    # Who sees all of a state is given its oldest by the index. For others it would be walked past those of all the
    # rest: an order no index has makes the database look at what they may see first.
    if not state or is_seen(actor, Application.project_id) is not true():
        asked = asked.order_by(pending)
    if library:
        asked = asked.where(col(Application.library) == library)
    if band:
        asked = asked.where(waited(band, as_of=as_of))
    asked = asked.order_by(col(Application.state_since), col(Application.id))
    return _in_order(session, actor, asked.limit(min(limit, LARGEST_PAGE)).offset(offset), as_of)


def count_by_state(session: Session, actor: Actor, *, library: str | None = None) -> dict[State, int]:
    """Return how many applications stand in each state."""
    require(actor, "read_applications")
    query = select(col(Application.state), func.count().label("n")).where(is_seen(actor, Application.project_id))
    query = query.group_by(col(Application.state))
    if library:
        query = query.where(col(Application.library) == library)
    return {row.state: row.n for row in session.execute(query)}


def ending_entries(
    session: Session, actor: Actor, *, as_of: dt.date, limit: int | None = 100
) -> list[ApplicationSummary]:
    """Return the entries whose validity ends within half a year of the date or is over, the oldest first."""
    require(actor, "read_applications")
    latest = months_later(as_of, -WARNING_MONTHS)
    asked = select(col(Application.id)).where(
        col(Application.state) == "in_library", col(Application.entered_on) <= latest
    )
    asked = asked.order_by(col(Application.entered_on), col(Application.id))
    return _in_order(session, actor, asked.limit(limit), as_of)


def overdue_entries(session: Session, actor: Actor, *, as_of: dt.date) -> list[ApplicationSummary]:
    """Return the entries whose validity is over on the date, for `expire`."""
    require(actor, "read_applications")
    latest = months_later(as_of, -VALIDITY_MONTHS)
    query = _applications(actor).where(col(Application.state) == "in_library", col(Application.entered_on) <= latest)
    rows = (_summary(row, actor, as_of) for row in session.execute(query.order_by(col(Application.id))))
    return [row for row in rows if row.validity and row.validity.status == "over"]


def history(session: Session, actor: Actor, code: str) -> list[HistoryEntry]:
    """Return all events of a project's applications, oldest first. Raises NotFound."""
    require(actor, "read_applications")
    project = find_project(session, actor, code)
    query = (
        select(ApplicationEvent, col(Application.library), col(UserAccount.display_name))
        .join(Application, col(Application.id) == col(ApplicationEvent.application_id))
        .outerjoin(UserAccount, col(UserAccount.id) == col(ApplicationEvent.actor_id))
        .where(col(Application.project_id) == project.id)
        .order_by(col(ApplicationEvent.id))
    )
    return [_entry(event, library, name) for event, library, name in session.execute(query)]


def changes_since_last_submission(session: Session, actor: Actor, application_id: int) -> dict[str, SectionChanges]:
    """Return what the revision under review changed against the one submitted before, by section; {} the first time.

    Raises NotFound.
    """
    require(actor, "read_applications")
    row = session.execute(_applications(actor).where(col(Application.id) == application_id)).one_or_none()
    if row is None:
        raise NotFound(f"没有编号为 {application_id} 的入库申请", f"There is no application {application_id}")
    numbers = _submitted_revisions(session, application_id)
    if len(numbers) < 2:  # noqa: PLR2004 - two submissions are compared
        return {}
    before, after = (json.loads(read_document(session, actor, row.code, number=number)[1]) for number in numbers[-2:])
    return by_section(before, after)


def by_section(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, SectionChanges]:
    """Return what differs between two documents under the parts of the dossier, in the order of the form."""
    found: dict[str, SectionChanges] = {}
    old, new = ({name: value for name, value in each.items() if name not in Dossier.LINES} for each in (before, after))
    for difference in differences(old, new):
        top = difference.path.split(".")[0].split("[")[0]
        described = fields().get(top)
        section = described.term.section if described else top
        found.setdefault(section, SectionChanges([], [])).fields.append(difference)
    for name in Dossier.LINES:
        lines = line_differences(before.get(name, ()), after.get(name, ()), key=next(iter(line_fields(name))))
        if lines:
            found[name] = SectionChanges([], lines)
    order = {name: place for place, name in enumerate(SECTION_NAMES)}
    return {name: found[name] for name in sorted(found, key=lambda name: order.get(name, len(order)))}


def _submitted_revisions(session: Session, application_id: int) -> list[int]:
    query = select(col(ApplicationEvent.revision_number)).where(
        col(ApplicationEvent.application_id) == application_id, col(ApplicationEvent.action).in_(("submit", "reopen"))
    )
    return list(session.execute(query.order_by(col(ApplicationEvent.id))).scalars())


def _assigned(actor: Actor) -> tuple[Any, Any]:
    """Return two conditions: assigned to this actor, and assigned to anybody of the actor's level."""
    at_level = select(col(ReviewAssignment.id)).where(
        col(ReviewAssignment.application_id) == col(Application.id), col(ReviewAssignment.level) == actor.group
    )
    return at_level.where(col(ReviewAssignment.reviewer_id) == actor.user_id).exists(), at_level.exists()


def _applications(actor: Actor) -> Select[Any]:
    query = visible_projects(
        actor,
        Application,
        col(Project.code),
        col(Project.name),
        col(Project.city_name),
        col(Project.revision_number).label("latest_revision"),
        col(Project.is_demo),
        _assigned(actor)[0].label("is_mine"),
    )
    return query.join(Application, col(Application.project_id) == col(Project.id))


def _in_order(session: Session, actor: Actor, asked: Select[Any], as_of: dt.date) -> list[ApplicationSummary]:
    """Return the applications a query finds and the actor may see, in its order.

    In two steps: which they are is found without the projects, whose rows are as wide as a dossier.
    """
    found = list(session.execute(asked.where(is_seen(actor, Application.project_id))).scalars())
    rows: dict[int, ApplicationSummary] = {}
    for start in range(0, len(found), LARGEST_PAGE):
        query = _applications(actor).where(col(Application.id).in_(found[start : start + LARGEST_PAGE]))
        rows |= {row.Application.id: _summary(row, actor, as_of) for row in session.execute(query)}
    return [rows[each] for each in found if each in rows]


def _summary(row: Any, actor: Actor, as_of: dt.date) -> ApplicationSummary:
    application: Application = row.Application
    state = cast("State", application.state)
    left = days_left(state, application.state_since, as_of=as_of)
    entered = application.entered_on if state == "in_library" else None
    return ApplicationSummary(
        id=application.id or 0,
        code=row.code,
        name=row.name,
        city_name=row.city_name,
        library=application.library,
        state=state,
        round=application.round,
        version=application.version,
        revision_number=application.revision_number,
        latest_revision=row.latest_revision,
        state_since=application.state_since,
        due_on=None if left is None else as_of + dt.timedelta(days=left),
        days_left=left,
        is_pending=state in pending_states(actor),
        is_assigned_to_me=bool(row.is_mine),
        validity=None if entered is None else validity(entered, as_of=as_of),
        actions=tuple(each.action for each in actions_for(state, actor)),
        is_demo=row.is_demo,
    )


def _entry(event: ApplicationEvent, library: str, name: str | None) -> HistoryEntry:
    return HistoryEntry(
        event.application_id,
        library,
        event.at,
        name,
        event.action,
        cast("State", event.from_state),
        cast("State", event.to_state),
        event.round,
        event.revision_number,
        event.reason,
        json.loads(event.sections),
        None if event.verdict is None else json.loads(event.verdict),
    )
