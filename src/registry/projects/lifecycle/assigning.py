"""Assignment of reviewers 审核分派: who may take an application on, who must not and why."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import select
from sqlmodel import Session, col

from registry import audit
from registry.accounts.model import ROLE_NAMES, Actor, UserAccount
from registry.accounts.permissions import may, require
from registry.accounts.queries import actor_of
from registry.errors import Finding, InvalidInput, NotFound, RegistryError, StaleWrite
from registry.projects.lifecycle.checks import require_free_to_review, unmet
from registry.projects.lifecycle.conflicts import conflict_of, involved
from registry.projects.lifecycle.model import Application, ReviewAssignment
from registry.projects.lifecycle.operations import Step, lock_application, lock_in_order
from registry.projects.lifecycle.states import REVIEW_ACTS, Action, Transition, actions_for, pending_states
from registry.projects.model import Project
from registry.projects.queries import visible_projects


class Candidate(msgspec.Struct, frozen=True):
    """A colleague: assigned or not, and why they must not review this application (None: they may)."""

    id: int
    name: str
    role: str
    is_assigned: bool
    barred_zh: str | None
    barred_en: str | None


def assign_reviewer(session: Session, actor: Actor, application_id: int, *, reviewer_id: int) -> ReviewAssignment:
    """Assign a colleague of the actor's own organisation. Harmless when repeated.

    Raises NotFound; NotAllowed when the reviewer has a conflict of interest; InvalidInput when their role cannot
    decide; StaleWrite when the application no longer waits at the actor's level.
    """
    require(actor, "assign_reviewers")
    application, project = lock_application(session, actor, application_id)
    user = session.get(UserAccount, reviewer_id)
    if user is None or not user.is_active or user.organisation_id != actor.organisation_id:
        raise NotFound("只能分派给本单位在用账号", "Only active colleagues of your own organisation can be assigned")
    reviewer = actor_of(session, user)
    conflict = conflict_of(session, reviewer, application, project)
    if conflict is not None:
        raise conflict.refusal()
    _require_signing(reviewer)
    _require_turn(actor, application)
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
    session.flush()
    _record(session, actor, application, "assign", {"reviewer": reviewer_id})
    return assignment


def _require_turn(actor: Actor, application: Application) -> None:
    if application.state not in pending_states(actor):
        raise StaleWrite("该申请目前不在您这一级审核", "This application is not under review at your level")


def _require_signing(reviewer: Actor) -> None:
    if not _can_sign(reviewer):
        role = ROLE_NAMES[reviewer.role]
        zh = f"{reviewer.display_name}的角色为“{role}”，不能作出审核决定；请分派给“{ROLE_NAMES['reviewer']}”"
        en = f"{reviewer.display_name} is a {reviewer.role}, who may not decide; assign a reviewer"
        raise InvalidInput.of([Finding("reviewer", "cannot-decide", zh, en, reviewer.display_name)])


def _can_sign(reviewer: Actor) -> bool:
    return may(reviewer, "recommend_applications") or may(reviewer, "decide_applications")


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
    session.flush()
    _record(session, actor, application, "unassign", {"reviewer": reviewer_id})


def assign_many(
    session: Session, actor: Actor, application_ids: Sequence[int], *, reviewer_id: int
) -> list[tuple[int, RegistryError | None]]:
    """Assign one colleague to many applications; one that is refused leaves the others standing."""
    require(actor, "assign_reviewers")
    lock_in_order(session, actor, application_ids)
    outcomes: list[tuple[int, RegistryError | None]] = []
    for application_id in dict.fromkeys(application_ids):
        try:
            with session.begin_nested():
                assign_reviewer(session, actor, application_id, reviewer_id=reviewer_id)
        except RegistryError as refused:
            outcomes.append((application_id, refused))
        else:
            outcomes.append((application_id, None))
    return outcomes


def colleagues(session: Session, actor: Actor) -> list[UserAccount]:
    """Return the active people of the actor's organisation, by name."""
    require(actor, "assign_reviewers")
    query = select(UserAccount).where(
        col(UserAccount.organisation_id) == actor.organisation_id, col(UserAccount.is_active)
    )
    return list(session.execute(query.order_by(col(UserAccount.display_name), col(UserAccount.id))).scalars())


def candidates(session: Session, actor: Actor, application_id: int) -> list[Candidate]:
    """Return the actor's colleagues: who is assigned, who may be, who is barred and why. Raises NotFound."""
    application, project = _seen(session, actor, application_id)
    at_level = select(col(ReviewAssignment.reviewer_id)).where(
        col(ReviewAssignment.application_id) == application_id, col(ReviewAssignment.level) == actor.group
    )
    assigned = set(session.execute(at_level).scalars())
    barred = involved(session, application, project)
    found: list[Candidate] = []
    for user in colleagues(session, actor):
        why = barred.get(user.id or 0)
        zh, en = (why.why_zh, why.why_en) if why else (None, None)
        if why is None and not _can_sign(actor_of(session, user)):
            zh, en = "角色不能作出审核决定", "their role may not decide"
        found.append(Candidate(user.id or 0, user.display_name, user.role, user.id in assigned, zh, en))
    return found


def hindrances(session: Session, actor: Actor, application_id: int, *, on: dt.date) -> dict[Action, list[Finding]]:
    """Return, for each action the actor's group and role have now, what stands in its way whatever they fill in.

    An action nothing hinders has an empty list. Raises NotFound.
    """
    application, project = _seen(session, actor, application_id)
    state: Any = application.state
    return {
        row.action: list(_hindered(session, actor, application, project, row, on)) for row in actions_for(state, actor)
    }


def _hindered(
    session: Session, actor: Actor, application: Application, project: Project, row: Transition, on: dt.date
) -> list[Finding]:
    if row.act in REVIEW_ACTS:
        try:
            require_free_to_review(session, actor, application, project)
        except RegistryError as refused:
            return [Finding("reviewer", refused.code, refused.message_zh, refused.message_en)]
    # As if reason and remarks were filled in: what is left, nobody can write into the form.
    filled = Step(application.id or 0, row.action, application.version, "-", {"identity": "-"})
    return list(unmet(session, actor, application, project, row, filled, on=on))


def _seen(session: Session, actor: Actor, application_id: int) -> tuple[Application, Project]:
    require(actor, "read_applications")
    query = (
        visible_projects(actor, Application, Project)
        .join(Application, col(Application.project_id) == col(Project.id))
        .where(col(Application.id) == application_id)
    )
    found = session.execute(query).one_or_none()
    if found is None:
        zh, en = f"没有编号为 {application_id} 的入库申请，或您无权查看", f"There is no application {application_id}"
        raise NotFound(zh, en)
    return found[0], found[1]


def _record(session: Session, actor: Actor, application: Application, what: str, details: object) -> None:
    subject = f"application:{application.id}"
    audit.record(session, actor_id=actor.user_id, action=f"application.{what}", subject=subject, details=details)
