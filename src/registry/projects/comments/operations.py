"""Writing, reading and settling comments."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlmodel import Session, col

from registry import audit
from registry.accounts.model import Actor, Group
from registry.accounts.permissions import require
from registry.errors import Finding, InvalidInput, NotFound
from registry.projects.catalogue import fields, line_fields
from registry.projects.comments.model import AUDIENCES, Comment
from registry.projects.missing import SECTION_NAMES
from registry.projects.model import Dossier
from registry.projects.queries import find_project

LONGEST_COMMENT = 2000

SEES: Mapping[Group, frozenset[str]] = {
    "city": frozenset({"city", "both"}),
    "province": frozenset({"reviewers", "both"}),
    "ministry": frozenset({"reviewers", "both"}),
    "operator": frozenset(AUDIENCES),
    "bank": frozenset(),
    "public": frozenset(),
}
"""Which audiences a group belongs to; it writes only for audiences it belongs to."""


def add_comment(
    session: Session, actor: Actor, code: str, *, section: str, text: str, audience: str, field: str | None = None
) -> Comment:
    """Write a comment on a section, or on one of its fields (`name`, or a line as `funding_lines[2].amount`).

    Raises NotFound, NotAllowed, InvalidInput.
    """
    require(actor, "comment")
    findings = _flaws(actor, section, field, text, audience)
    if findings:
        raise InvalidInput.of(findings)
    project = find_project(session, actor, code)
    comment = Comment(
        project_id=project.id or 0,
        section=section,
        field=field,
        audience=audience,
        text=text.strip(),
        revision_number=project.revision_number,
        author_id=actor.user_id,
        author_name=actor.display_name,
        written_at=audit.now(),
    )
    session.add(comment)
    session.flush()
    details = {"comment": comment.id, "section": section, "audience": audience}
    audit.record(session, actor_id=actor.user_id, action="comment.add", subject=f"project:{code}", details=details)
    return comment


def list_comments(session: Session, actor: Actor, code: str, *, section: str | None = None) -> list[Comment]:
    """Return the comments on a project that the actor's side may read, oldest first. Raises NotFound."""
    project = find_project(session, actor, code)
    query = select(Comment).where(
        col(Comment.project_id) == project.id, col(Comment.audience).in_(sorted(SEES[actor.group]))
    )
    if section is not None:
        query = query.where(col(Comment.section) == section)
    return list(session.execute(query.order_by(col(Comment.id))).scalars())


def settle_comment(session: Session, actor: Actor, code: str, comment_id: int) -> Comment:
    """Mark a comment as dealt with. Raises NotFound, also for one the actor's side may not read."""
    require(actor, "comment")
    comment = next((each for each in list_comments(session, actor, code) if each.id == comment_id), None)
    if comment is None:
        raise NotFound(f"没有编号为 {comment_id} 的批注", f"There is no comment {comment_id}")
    if comment.settled_at is None:
        comment.settled_at, comment.settled_by = audit.now(), actor.user_id
        session.add(comment)
        details = {"comment": comment_id}
        audit.record(
            session, actor_id=actor.user_id, action="comment.settle", subject=f"project:{code}", details=details
        )
    return comment


def _flaws(actor: Actor, section: str, field: str | None, text: str, audience: str) -> list[Finding]:
    found = []
    if section not in SECTION_NAMES:
        found.append(
            Finding("section", "unknown-section", f"没有名为 {section[:40]} 的部分", f"No section {section[:40]}")
        )
    elif field is not None and not _is_field_of(section, field):
        found.append(
            Finding("field", "unknown-field", f"该部分没有字段 {field[:80]}", f"The section has no field {field[:80]}")
        )
    if audience not in SEES[actor.group]:
        known = "、".join(AUDIENCES[name][0] for name in AUDIENCES if name in SEES[actor.group])
        found.append(Finding("audience", "not-in-list", f"可见范围应为：{known}", "choose an audience you belong to"))
    if not text.strip() or len(text) > LONGEST_COMMENT:
        found.append(
            Finding("text", "text-length", f"批注应为 1 至 {LONGEST_COMMENT} 字", f"1 to {LONGEST_COMMENT} characters")
        )
    return found


def _is_field_of(section: str, field: str) -> bool:
    described = fields().get(field)
    if described is not None:
        return described.term.section == section
    collection, _, rest = field.partition("[")
    index, _, name = rest.partition("].")
    is_line = section == collection and collection in Dossier.LINES and index.isascii() and index.isdigit()
    return is_line and name in line_fields(collection)
