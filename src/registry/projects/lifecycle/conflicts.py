"""Conflict of interest 利益回避: nobody reviews what they or their organisation entered."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session, col

from registry.accounts.model import Actor
from registry.errors import NotAllowed
from registry.projects.lifecycle.model import Application, ApplicationEvent
from registry.projects.model import Project, ProjectRevision


@dataclass(frozen=True, slots=True)
class Conflict:
    """Why somebody is barred from a review, as people read it."""

    why_zh: str
    why_en: str

    def refusal(self) -> NotAllowed:
        """Return the refusal of who tried nevertheless."""
        return NotAllowed(f"利益回避：{self.why_zh}", f"Conflict of interest: {self.why_en}")


_OWNER = Conflict("所在单位录入了该项目", "their organisation entered the project")
_OPENED = Conflict("发起了该申请", "opened the application")
_SUBMITTED = Conflict("提交过该申请", "submitted the application")
_WROTE = Conflict("录入或修改过该项目", "entered or changed the project")
_NOBODY = Conflict("没有账户身份", "no account stands behind this")


def conflict_of(session: Session, actor: Actor, application: Application, project: Project) -> Conflict | None:
    """Return why the actor must not review this application, None when they are free to."""
    if actor.user_id is None:
        return _NOBODY
    if project.owner_id == actor.organisation_id:
        return _OWNER
    return involved(session, application, project).get(actor.user_id)


def involved(session: Session, application: Application, project: Project) -> dict[int, Conflict]:
    """Return everybody who wrote, opened or submitted any of it, by user id, wherever they work today."""
    authors = select(col(ProjectRevision.author_id)).where(col(ProjectRevision.project_id) == project.id).distinct()
    senders = select(col(ApplicationEvent.actor_id)).where(
        col(ApplicationEvent.application_id) == application.id,
        col(ApplicationEvent.action).in_(("submit", "reopen")),
    )
    found = {application.opened_by: _OPENED}
    found |= dict.fromkeys(session.execute(senders).scalars(), _SUBMITTED)
    found |= dict.fromkeys(session.execute(authors).scalars(), _WROTE)
    return {user_id: conflict for user_id, conflict in found.items() if user_id is not None}
