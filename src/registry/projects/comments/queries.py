"""Reading comments: each side its own and those for both; a bank and the public none."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlmodel import Session, col

from registry.accounts.model import Actor, Group
from registry.accounts.permissions import require
from registry.projects.comments.model import AUDIENCES, Comment
from registry.projects.queries import find_project

_SEES: Mapping[Group, frozenset[str]] = {
    "city": frozenset({"city", "both"}),
    "province": frozenset({"reviewers", "both"}),
    "ministry": frozenset({"reviewers", "both"}),
    "operator": frozenset(AUDIENCES),
    "bank": frozenset(),
    "public": frozenset(),
}


def audiences_of(actor: Actor) -> tuple[str, ...]:
    """Return the audiences a group belongs to, in order; it reads those alone, and writes for no other."""
    return tuple(name for name in AUDIENCES if name in _SEES[actor.group])


def list_comments(session: Session, actor: Actor, code: str, *, section: str | None = None) -> list[Comment]:
    """Return the comments on a project that the actor's side may read, oldest first. Raises NotFound, NotAllowed."""
    project = find_project(session, actor, code)
    require(actor, "read_comments")
    query = select(Comment).where(col(Comment.project_id) == project.id, col(Comment.audience).in_(audiences_of(actor)))
    if section is not None:
        query = query.where(col(Comment.section) == section)
    return list(session.execute(query.order_by(col(Comment.id))).scalars())
