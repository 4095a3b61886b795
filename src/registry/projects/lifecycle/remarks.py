"""What a return asks for 退回意见, part by part: for the city's home page and beside the part concerned."""

import datetime as dt
import json
from collections.abc import Sequence

import msgspec
from sqlalchemy import func, select
from sqlmodel import Session, col

from registry.accounts.model import Actor
from registry.accounts.permissions import may
from registry.projects.lifecycle.model import Application, ApplicationEvent
from registry.projects.model import Project
from registry.projects.queries import visible_projects


class Return(msgspec.Struct, frozen=True):
    """The latest return of an application: why, and what is asked for in which part of the dossier."""

    application_id: int
    library: str
    at: dt.datetime
    reason: str
    sections: dict[str, str]


def latest_returns(session: Session, actor: Actor, application_ids: Sequence[int]) -> dict[int, Return]:
    """Return the latest return of each of these applications that the actor may see."""
    return {each.application_id: each for each in _returns(session, actor, col(Application.id).in_(application_ids))}


def open_remarks(session: Session, actor: Actor, code: str) -> dict[str, list[Return]]:
    """Return, for each part of a project's dossier, the returns now open that ask for something there.

    Empty for groups that take no part in reviews.
    """
    if not may(actor, "read_applications"):
        return {}
    found: dict[str, list[Return]] = {}
    for each in _returns(session, actor, (col(Project.code) == code) & (col(Application.state) == "returned")):
        for section in each.sections:
            found.setdefault(section, []).append(each)
    return found


def _returns(session: Session, actor: Actor, condition: object) -> list[Return]:
    latest = (
        select(func.max(col(ApplicationEvent.id)))
        .where(col(ApplicationEvent.application_id) == col(Application.id), col(ApplicationEvent.action) == "return")
        .correlate(Application)
        .scalar_subquery()
    )
    query = (
        visible_projects(actor, ApplicationEvent, col(Application.library))
        .join(Application, col(Application.project_id) == col(Project.id))
        .join(ApplicationEvent, col(ApplicationEvent.id) == latest)
        .where(condition)  # type: ignore[arg-type]
        .order_by(col(ApplicationEvent.id))
    )
    return [
        Return(event.application_id, library, event.at, event.reason, json.loads(event.sections))
        for event, library in session.execute(query)
    ]
