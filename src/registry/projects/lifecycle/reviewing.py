"""Reviewers and department opinions 审核分派、部门意见."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session, col

from registry import audit
from registry.accounts.model import Actor, Organisation, UserAccount
from registry.accounts.permissions import require
from registry.accounts.queries import actor_of
from registry.errors import Finding, InvalidInput, NotAllowed, NotFound, RegistryError, StaleWrite
from registry.projects.lifecycle.checks import has_conflict, require_free_to_review
from registry.projects.lifecycle.model import DEPARTMENTS, Application, DepartmentOpinion, ReviewAssignment
from registry.projects.lifecycle.operations import lock_application, lock_in_order
from registry.projects.lifecycle.states import pending_states
from registry.projects.model import Project
from registry.projects.queries import find_project


@dataclass(frozen=True, slots=True)
class GivenOpinion:
    """One department's opinion on one application, with its own reason."""

    application_id: int
    department: str
    is_favourable: bool
    opinion: str


def assign_reviewer(session: Session, actor: Actor, application_id: int, *, reviewer_id: int) -> ReviewAssignment:
    """Assign a colleague of the actor's own organisation. Harmless when repeated.

    Raises NotFound, and NotAllowed when the reviewer entered the project or works elsewhere.
    """
    require(actor, "assign_reviewers")
    application, project = lock_application(session, actor, application_id)
    user = session.get(UserAccount, reviewer_id)
    if user is None or not user.is_active or user.organisation_id != actor.organisation_id:
        raise NotFound("只能分派给本单位在用账号", "Only active colleagues of your own organisation can be assigned")
    if has_conflict(session, actor_of(session, user), application, project):
        raise NotAllowed(
            "利益回避：该人员参与过项目的录入或提交", "Conflict of interest: this person entered or submitted it"
        )
    query = select(ReviewAssignment).where(
        col(ReviewAssignment.application_id) == application_id, col(ReviewAssignment.reviewer_id) == reviewer_id
    )
    known = session.execute(query).scalar_one_or_none()
    if known is not None:
        return known  # type: ignore[no-any-return]
    assignment = ReviewAssignment(
        application_id=application_id,
        level=actor.group,
        reviewer_id=reviewer_id,
        assigned_by=actor.user_id,
        assigned_at=audit.now(),
    )
    session.add(assignment)
    _record(session, actor, application, "assign", {"reviewer": reviewer_id})
    return assignment


def unassign_reviewer(session: Session, actor: Actor, application_id: int, *, reviewer_id: int) -> None:
    """Take an assignment back. Raises NotFound when there is none at the actor's level."""
    require(actor, "assign_reviewers")
    application, _ = lock_application(session, actor, application_id)
    query = select(ReviewAssignment).where(
        col(ReviewAssignment.application_id) == application_id,
        col(ReviewAssignment.reviewer_id) == reviewer_id,
        col(ReviewAssignment.level) == actor.group,
    )
    found = session.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound("没有这项分派", "There is no such assignment")
    session.delete(found)
    _record(session, actor, application, "unassign", {"reviewer": reviewer_id})


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
    if has_conflict(session, actor, application, project):
        raise NotAllowed(
            "利益回避：不得对本人或本单位录入的项目出具意见", "Conflict of interest: you entered this project"
        )
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


def list_opinions(session: Session, actor: Actor, code: str, application_id: int) -> list[DepartmentOpinion]:
    """Return all slots of an application, oldest first. Raises NotFound."""
    require(actor, "read_applications")
    project = find_project(session, actor, code)
    query = (
        select(DepartmentOpinion)
        .join(Application, col(Application.id) == col(DepartmentOpinion.application_id))
        .where(col(Application.id) == application_id, col(Application.project_id) == project.id)
    )
    return list(session.execute(query.order_by(col(DepartmentOpinion.id))).scalars())


def possible_reviewers(session: Session, actor: Actor) -> list[UserAccount]:
    """Return the active people of the actor's organisation, by name."""
    require(actor, "assign_reviewers")
    query = (
        select(UserAccount)
        .join(Organisation, col(Organisation.id) == col(UserAccount.organisation_id))
        .where(col(Organisation.id) == actor.organisation_id, col(UserAccount.is_active))
    )
    return list(session.execute(query.order_by(col(UserAccount.display_name))).scalars())


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
