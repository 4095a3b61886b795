"""Moves of applications: each by the table of states, each leaving an event, an audit entry and notices."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import select
from sqlmodel import Session, col

from registry import audit
from registry.accounts.model import Actor
from registry.accounts.permissions import require
from registry.errors import Finding, InvalidInput, NotFound, RegistryError, StaleWrite
from registry.projects.lifecycle import checks
from registry.projects.lifecycle.deadlines import china_date
from registry.projects.lifecycle.model import Application, ApplicationEvent
from registry.projects.lifecycle.states import (
    ACTIONS,
    OPEN_STATES,
    REVIEW_ACTS,
    STATES,
    Action,
    State,
    Transition,
    transition,
)
from registry.projects.model import Project
from registry.projects.notices.operations import announce_move
from registry.projects.queries import find_project, visible_projects
from registry.projects.search.keys import write_rows


class WrongState(InvalidInput):
    """The application is in a state in which this action does not exist."""

    code = "wrong-state"


@dataclass(frozen=True, slots=True)
class Step:
    """One move asked for: on which application, as last seen by the actor, with its own reason.

    `sections` maps a part of the dossier to what is asked for there; `verdict` is what the rules said of the revision
    ({"pack": …, "version": …, "verdict": "eligible" | "ineligible" | …, …}), kept with a submission.
    """

    application_id: int
    action: Action
    expected_version: int
    reason: str = ""
    sections: Mapping[str, str] = field(default_factory=dict)
    verdict: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class StepOutcome:
    """What one of several moves did: the new state, or why it was refused."""

    application_id: int
    state: State | None
    error: RegistryError | None


def open_application(
    session: Session, actor: Actor, code: str, *, library: str, moment: dt.datetime | None = None
) -> Application:
    """Begin an application of a project to a library; the one already open is returned. Raises NotFound, NotAllowed."""
    require(actor, "apply_to_libraries")
    project = find_project(session, actor, code)
    # The project's row is locked, so that two who begin at once get one application.
    session.execute(visible_projects(actor, Project.id).where(col(Project.code) == code).with_for_update())
    query = select(Application).where(
        col(Application.project_id) == project.id, col(Application.library) == library, col(Application.is_open)
    )
    known = session.execute(query).scalar_one_or_none()
    if known is not None:
        return known  # type: ignore[no-any-return]
    at = moment or audit.now()
    application = Application(
        project_id=project.id or 0,
        library=library,
        state="draft",
        revision_number=project.revision_number,
        opened_by=actor.user_id,
        opened_at=at,
        state_since=at,
    )
    session.add(application)
    session.flush()
    write_rows(session, [application.project_id])
    details = {"project": code, "library": library}
    audit.record(
        session, actor_id=actor.user_id, action="application.open", subject=_subject(application), details=details
    )
    return application


def submit(
    session: Session,
    actor: Actor,
    application_id: int,
    *,
    expected_version: int,
    verdict: Mapping[str, Any] | None,
    reason: str = "",
    moment: dt.datetime | None = None,
) -> Application:
    """Submit the project's latest revision, the first time or again.

    Fields needed for submission must be there. A verdict 不符合 ("ineligible") does not stop a submission, but asks
    for a reason, which the reviewer reads beside it (decision 0020).
    """
    step = Step(application_id, "submit", expected_version, reason, verdict=verdict)
    return act(session, actor, step, moment=moment)


def act(session: Session, actor: Actor, step: Step, *, moment: dt.datetime | None = None) -> Application:
    """Take one action on an application. `moment` is now, unless a history is loaded.

    Raises NotFound, NotAllowed (also for a conflict of interest or another's assignment), WrongState, StaleWrite,
    InvalidInput with all that is missing.
    """
    application, project = lock_application(session, actor, step.application_id)
    row = transition(cast("State", application.state), step.action)
    if application.version != step.expected_version:
        raise _moved_on(application)
    if row is None or step.action == "reopen":
        raise _wrong_state(application, step.action)
    require(actor, row.act)
    if row.act in REVIEW_ACTS:
        checks.require_free_to_review(session, actor, application, project)
    at = moment or audit.now()
    findings = list(checks.unmet(session, actor, application, project, row, step, on=china_date(at)))
    if findings:
        raise InvalidInput.of(findings)
    _move(session, actor, application, project, row, step, at)
    return application


def act_on_many(
    session: Session, actor: Actor, steps: Sequence[Step], *, moment: dt.datetime | None = None
) -> list[StepOutcome]:
    """Take several actions, each with its own reason; one that is refused leaves the others standing."""
    lock_in_order(session, actor, [step.application_id for step in steps])
    outcomes: list[StepOutcome] = []
    for step in steps:
        try:
            with session.begin_nested():
                moved = act(session, actor, step, moment=moment)
        except RegistryError as refused:
            outcomes.append(StepOutcome(step.application_id, None, refused))
        else:
            outcomes.append(StepOutcome(step.application_id, cast("State", moved.state), None))
    return outcomes


def lock_application(session: Session, actor: Actor, application_id: int) -> tuple[Application, Project]:
    """Return an application of a visible project and lock it until the transaction ends. Raises NotFound."""
    require(actor, "read_applications")
    query = (
        visible_projects(actor, Application, Project)
        .join(Application, col(Application.project_id) == col(Project.id))
        .where(col(Application.id) == application_id)
        .with_for_update(of=Application)
        .execution_options(populate_existing=True)
    )
    found = session.execute(query).one_or_none()
    if found is None:
        raise NotFound(
            f"没有编号为 {application_id} 的入库申请，或您无权查看",
            f"There is no application {application_id} that you may see",
        )
    # Read after the lock was granted: whoever held it may have saved a revision.
    session.refresh(found[1])
    return found[0], found[1]


def lock_in_order(session: Session, actor: Actor, application_ids: Sequence[int]) -> None:
    """Lock several visible applications in one order for everybody: two who act on many never wait in a circle."""
    query = visible_projects(actor, col(Application.id)).join(
        Application, col(Application.project_id) == col(Project.id)
    )
    wanted = query.where(col(Application.id).in_(sorted(set(application_ids)))).order_by(col(Application.id))
    session.execute(wanted.with_for_update(of=Application)).all()


def _move(
    session: Session,
    actor: Actor,
    application: Application,
    project: Project,
    row: Transition,
    step: Step,
    at: dt.datetime,
) -> None:
    if row.action == "submit":
        application.revision_number = project.revision_number
        application.round += 1
    if row.action == "admit" and application.entered_on is None:
        # A change admitted later buys no new time: the validity runs from the first entry.
        application.entered_on = china_date(at)
    application.state, application.state_since = row.new_state, at
    application.is_open = row.new_state in OPEN_STATES
    application.version += 1
    session.add(application)
    session.add(
        ApplicationEvent(
            application_id=application.id or 0,
            at=at,
            actor_id=actor.user_id,
            action=row.action,
            from_state=row.state,
            to_state=row.new_state,
            round=application.round,
            revision_number=application.revision_number,
            reason=step.reason,
            sections=audit.canonical_json(dict(step.sections)),
            verdict=None if step.verdict is None else audit.canonical_json(dict(step.verdict)),
        )
    )
    session.flush()
    write_rows(session, [application.project_id])
    details = {
        "project": project.code,
        "revision": application.revision_number,
        "from": row.state,
        "to": row.new_state,
        "reason": step.reason,
        "sections": json.loads(audit.canonical_json(dict(step.sections))),
    }
    audit.record(
        session,
        actor_id=actor.user_id,
        action=f"application.{row.action}",
        subject=_subject(application),
        details=details,
    )
    announce_move(session, actor, project=project, library=application.library, row=row, reason=step.reason, moment=at)


def _subject(application: Application) -> str:
    return f"application:{application.id}"


def _moved_on(application: Application) -> StaleWrite:
    zh, en = STATES[cast("State", application.state)]
    return StaleWrite(
        f"该申请已由他人处理，现为“{zh}”；请刷新后再操作", f"Somebody else moved this application; it is now: {en}"
    )


def _wrong_state(application: Application, action: Action) -> WrongState:
    (state_zh, state_en), (zh, en) = STATES[cast("State", application.state)], ACTIONS[action]
    finding = Finding(
        "action",
        "wrong-state",
        f"申请处于“{state_zh}”，不能“{zh}”",
        f"The application is {state_en.lower()}: {en} does not apply",
    )
    return WrongState.of([finding])
