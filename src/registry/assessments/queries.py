"""Reads on assessments; like every read, from the projects the actor may see."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from registry.accounts.model import Actor
from registry.assessments.model import Assessment, RecordedJudgement
from registry.errors import NotFound
from registry.projects.model import Project
from registry.projects.past import revision_in_force
from registry.projects.queries import find_project, visible_projects


def judgements_of(session: Session, project_id: int) -> Sequence[RecordedJudgement]:
    """Return the recorded judgements of a project, the newest for each rule and pack version."""
    query = select(RecordedJudgement).where(col(RecordedJudgement.project_id) == project_id)
    newest: dict[tuple[str, str, str], RecordedJudgement] = {}
    for each in session.execute(query.order_by(col(RecordedJudgement.id))).scalars():
        newest[each.pack_id, each.pack_version, each.rule_id] = each
    return list(newest.values())


def list_assessments(session: Session, actor: Actor, code: str) -> list[Assessment]:
    """Return all assessments of a project, newest first. Raises NotFound."""
    project = find_project(session, actor, code)
    query = select(Assessment).where(col(Assessment.project_id) == project.id)
    return list(session.execute(query.order_by(col(Assessment.id).desc())).scalars())


def find_assessment(session: Session, actor: Actor, code: str, assessment_id: int | None = None) -> Assessment:
    """Return one assessment of a project, the newest unless a number is given. Raises NotFound."""
    project = find_project(session, actor, code)
    query = select(Assessment).where(col(Assessment.project_id) == project.id)
    if assessment_id is not None:
        query = query.where(col(Assessment.id) == assessment_id)
    found: Assessment | None = session.execute(query.order_by(col(Assessment.id).desc()).limit(1)).scalar_one_or_none()
    if found is None:
        raise NotFound(f"项目 {code} 还没有预审结论", f"Project {code} has not been assessed yet")
    return found


def newest_assessment(session: Session, actor: Actor, code: str) -> Assessment | None:
    """Return the newest assessment of the project's current revision, None where there is none (or no such project)."""
    is_current = and_(
        col(Assessment.project_id) == col(Project.id), col(Assessment.revision_number) == col(Project.revision_number)
    )
    query = visible_projects(actor, Assessment).join(Assessment, is_current).where(col(Project.code) == code)
    found: Assessment | None = session.execute(query.order_by(col(Assessment.id).desc()).limit(1)).scalar_one_or_none()
    return found


def newest_assessments(actor: Actor, *columns: Any, at: dt.datetime | None = None) -> Select[Any]:
    """Return the query of the newest assessment of each visible project's revision in force, now or before a moment."""
    other: Any = aliased(Assessment)
    newest = select(func.max(other.id)).where(
        other.project_id == Project.id, other.revision_number == revision_in_force(at)
    )
    if at is not None:
        newest = newest.where(other.created_at < at)
    query = visible_projects(actor, *columns)
    return query.join(Assessment, col(Assessment.id) == newest.correlate(Project).scalar_subquery())
