"""Department opinions 部门意见: slots opened side by side, each filled once, and who still waits for which."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Select, select
from sqlmodel import Session, col

from registry import audit
from registry.accounts.model import Actor, UserAccount
from registry.accounts.permissions import require
from registry.errors import Finding, InvalidInput, NotAllowed, NotFound, RegistryError, StaleWrite
from registry.projects.lifecycle.checks import require_free_to_review
from registry.projects.lifecycle.conflicts import conflict_of
from registry.projects.lifecycle.deadlines import china_date
from registry.projects.lifecycle.model import DEPARTMENTS, Application, DepartmentOpinion
from registry.projects.lifecycle.operations import lock_application, lock_in_order
from registry.projects.lifecycle.states import pending_states
from registry.projects.model import Project
from registry.projects.queries import visible_projects


@dataclass(frozen=True, slots=True)
class GivenOpinion:
    """One department's opinion on one application, with its own reason."""

    application_id: int
    department: str
    is_favourable: bool
    opinion: str


def request_opinions(
    session: Session, actor: Actor, application_id: int, departments: Sequence[str]
) -> list[DepartmentOpinion]:
    """Open a slot for each department, side by side; until all are filled the actor's level does not move on.

    A department asked before in this round keeps its slot. Raises InvalidInput, NotAllowed, NotFound.
    """
    require(actor, "give_opinions")
    _require_departments(departments)
    application, project = _under_review(session, actor, application_id)
    require_free_to_review(session, actor, application, project)
    known = {slot.department: slot for slot in _slots(session, actor, application)}
    for department in dict.fromkeys(departments):
        if department not in known:
            known[department] = DepartmentOpinion(
                application_id=application_id,
                round=application.round,
                level=actor.group,
                department=department,
                requested_by=actor.user_id,
                requested_at=audit.now(),
            )
            session.add(known[department])
    _record(session, actor, application, "request-opinions", {"departments": list(departments)})
    return [known[department] for department in dict.fromkeys(departments)]


def give_opinion(session: Session, actor: Actor, given: GivenOpinion) -> DepartmentOpinion:
    """Fill an open slot of the actor's level. Raises NotFound without a slot, StaleWrite when it is filled already."""
    require(actor, "give_opinions")
    _require_departments([given.department])
    if not given.opinion.strip():
        raise InvalidInput.of([Finding("opinion", "needs-reason", "部门意见须写明理由", "An opinion needs its reason")])
    application, project = _under_review(session, actor, given.application_id)
    conflict = conflict_of(session, actor, application, project)
    if conflict is not None:
        raise conflict.refusal()
    slot = next((each for each in _slots(session, actor, application) if each.department == given.department), None)
    if slot is None:
        raise NotFound("未向该部门征求意见", "This department was not asked for an opinion")
    if slot.given_at is not None:
        raise StaleWrite("该部门意见已经填写", "This opinion has been given already")
    slot.is_favourable, slot.opinion = given.is_favourable, given.opinion
    slot.given_by, slot.given_at = actor.user_id, audit.now()
    session.add(slot)
    details = {"department": given.department, "is_favourable": given.is_favourable, "opinion": given.opinion}
    _record(session, actor, application, "opinion", details)
    return slot


def give_opinions(
    session: Session, actor: Actor, opinions: Sequence[GivenOpinion]
) -> list[tuple[GivenOpinion, RegistryError | None]]:
    """Fill many slots, each with its own reason; one that is refused leaves the others standing."""
    lock_in_order(session, actor, [given.application_id for given in opinions])
    outcomes: list[tuple[GivenOpinion, RegistryError | None]] = []
    for given in opinions:
        try:
            with session.begin_nested():
                give_opinion(session, actor, given)
        except RegistryError as refused:
            outcomes.append((given, refused))
        else:
            outcomes.append((given, None))
    return outcomes


class OpinionSlot(msgspec.Struct, frozen=True):
    """One slot: on which application, which department, how many days it has waited (or took), what was said."""

    application_id: int
    code: str
    name: str | None
    library: str
    level: str
    round: int
    department: str
    requested_at: dt.datetime
    waiting_days: int
    is_favourable: bool | None
    opinion: str | None
    given_by: str | None
    given_at: dt.datetime | None
    is_demo: bool


def list_opinions(session: Session, actor: Actor, application_id: int, *, as_of: dt.date) -> list[OpinionSlot]:
    """Return all slots of an application, oldest first; none for one the actor may not see."""
    require(actor, "read_applications")
    query = _slots_seen(actor).where(col(Application.id) == application_id).order_by(col(DepartmentOpinion.id))
    return [_slot(row, as_of) for row in session.execute(query)]


def awaited_opinions(session: Session, actor: Actor, *, as_of: dt.date, limit: int = 100) -> list[OpinionSlot]:
    """Return the open slots of the actor's level, the longest waiting first."""
    require(actor, "read_applications")
    query = _slots_seen(actor).where(
        col(DepartmentOpinion.given_at).is_(None),
        col(DepartmentOpinion.level) == actor.group,
        col(DepartmentOpinion.round) == col(Application.round),
        col(Application.state).in_(pending_states(actor)),
    )
    query = query.order_by(col(DepartmentOpinion.requested_at), col(DepartmentOpinion.id)).limit(limit)
    return [_slot(row, as_of) for row in session.execute(query)]


def _slots_seen(actor: Actor) -> Select[Any]:
    query = visible_projects(
        actor,
        DepartmentOpinion,
        col(Project.code),
        col(Project.name),
        col(Project.is_demo),
        col(Application.library),
        col(UserAccount.display_name),
    )
    return (
        query.join(Application, col(Application.project_id) == col(Project.id))
        .join(DepartmentOpinion, col(DepartmentOpinion.application_id) == col(Application.id))
        .outerjoin(UserAccount, col(UserAccount.id) == col(DepartmentOpinion.given_by))
    )


def _slot(row: Any, as_of: dt.date) -> OpinionSlot:
    slot: DepartmentOpinion = row.DepartmentOpinion
    until = as_of if slot.given_at is None else china_date(slot.given_at)
    return OpinionSlot(
        slot.application_id,
        row.code,
        row.name,
        row.library,
        slot.level,
        slot.round,
        slot.department,
        slot.requested_at,
        (until - china_date(slot.requested_at)).days,
        slot.is_favourable,
        slot.opinion,
        row.display_name,
        slot.given_at,
        row.is_demo,
    )


def _under_review(session: Session, actor: Actor, application_id: int) -> tuple[Application, Project]:
    application, project = lock_application(session, actor, application_id)
    if application.state not in pending_states(actor):
        raise NotAllowed("该申请目前不在您这一级审核", "This application is not under review at your level")
    return application, project


def _slots(session: Session, actor: Actor, application: Application) -> list[DepartmentOpinion]:
    query = select(DepartmentOpinion).where(
        col(DepartmentOpinion.application_id) == application.id,
        col(DepartmentOpinion.round) == application.round,
        col(DepartmentOpinion.level) == actor.group,
    )
    return list(session.execute(query).scalars())


def _require_departments(departments: Sequence[str]) -> None:
    known = "、".join(f"{code}（{zh}）" for code, (zh, _) in DEPARTMENTS.items())
    findings = [
        Finding(
            "department",
            "unknown-department",
            f"没有部门 {each}；应为：{known}",
            f"Unknown department {each}",
            value=each,
        )
        for each in departments
        if each not in DEPARTMENTS
    ]
    if findings:
        raise InvalidInput.of(findings)


def _record(session: Session, actor: Actor, application: Application, what: str, details: object) -> None:
    subject = f"application:{application.id}"
    audit.record(session, actor_id=actor.user_id, action=f"application.{what}", subject=subject, details=details)
