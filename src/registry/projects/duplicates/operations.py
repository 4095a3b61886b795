"""Reviewers decide whether two projects are one; the decision is remembered and can be changed."""

from sqlmodel import Session, col, select

from registry import audit
from registry.accounts.model import Actor
from registry.accounts.permissions import require
from registry.errors import Finding, InvalidInput, NotFound
from registry.projects.duplicates.matching import pair_row
from registry.projects.duplicates.model import DuplicateMark, DuplicatePair
from registry.projects.duplicates.queries import own_record
from registry.projects.duplicates.scoring import score
from registry.projects.model import Project
from registry.projects.queries import visible_projects


def mark_duplicate(session: Session, actor: Actor, code: str, other_code: str, *, is_same: bool, reason: str) -> None:
    """Say that two projects are the same, or are not; a later decision replaces an earlier one.

    Raises NotAllowed, NotFound when the actor may not see both, and InvalidInput for one project twice or no reason.
    """
    require(actor, "record_judgements")
    if code == other_code:
        raise _refused("other_code", "same-project", "请选择两个不同的项目", "Choose two different projects")
    if not reason.strip():
        raise _refused("reason", "reason-missing", "请说明判断理由", "Say why you decided so")
    lower, higher = sorted((_id(session, actor, code), _id(session, actor, other_code)))
    query = select(DuplicateMark).where(DuplicateMark.lower_id == lower, DuplicateMark.higher_id == higher)
    known = session.exec(query.with_for_update()).one_or_none()
    mark = known or DuplicateMark(lower_id=lower, higher_id=higher, is_same=is_same, reason="", marked_at=audit.now())
    earlier = None if known is None else known.is_same
    mark.is_same, mark.reason = is_same, reason.strip()
    mark.author_id, mark.marked_at = actor.user_id, audit.now()
    session.add(mark)
    session.flush()
    _keep_pair(session, actor, lower, higher, (code, other_code))
    first, second = sorted((code, other_code))
    details = {"other": second, "is_same": is_same, "was": earlier, "reason": mark.reason}
    audit.record(
        session, actor_id=actor.user_id, action="project.duplicate", subject=f"project:{first}", details=details
    )


def _keep_pair(session: Session, actor: Actor, lower: int, higher: int, codes: tuple[str, str]) -> None:
    """Keep a decided pair in the queue, also one no search has brought up."""
    if session.get(DuplicatePair, (lower, higher)) is None:
        scored = score(*(own_record(session, actor, code) for code in codes))
        session.add(DuplicatePair(**pair_row(lower, higher, scored), compared_at=audit.now()))
        session.flush()


def _id(session: Session, actor: Actor, code: str) -> int:
    query = visible_projects(actor, Project.id).where(col(Project.code) == code)
    found: int | None = session.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound(f"没有编号为 {code} 的项目，或您无权查看", f"There is no project {code} that you may see")
    return found


def _refused(path: str, code: str, zh: str, en: str) -> InvalidInput:
    return InvalidInput.of([Finding(path, code, zh, en)])
