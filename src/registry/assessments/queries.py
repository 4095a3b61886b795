"""Reads on assessments; like every read, from the projects the actor may see."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlmodel import Session, col

from registry.accounts.model import Actor
from registry.assessments.model import Assessment, RecordedJudgement
from registry.errors import NotFound
from registry.projects.queries import find_project


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
