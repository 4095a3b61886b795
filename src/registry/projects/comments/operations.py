"""Writing and settling comments."""

import re
from collections.abc import Mapping
from typing import Any

from sqlmodel import Session

from registry import audit
from registry.accounts.model import Actor
from registry.accounts.permissions import require
from registry.errors import Finding, InvalidInput, NotFound
from registry.projects.case_fields import SECTION as CASE
from registry.projects.catalogue import fields, line_fields
from registry.projects.comments.model import AUDIENCES, LONGEST_COMMENT, Comment
from registry.projects.comments.queries import audiences_of, list_comments
from registry.projects.financials import FinancialCase
from registry.projects.missing import SECTION_NAMES
from registry.projects.model import Dossier
from registry.projects.queries import find_project, read_document

_LINE_PATH = re.compile(r"([a-z_]+)\[(0|[1-9][0-9]{0,4})\]\.([a-z0-9_]+)")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def add_comment(
    session: Session, actor: Actor, code: str, *, section: str, text: str, audience: str, field: str | None = None
) -> Comment:
    """Write a comment on a section or on one of its fields.

    A field is `name`, a line as `funding_lines[2].amount`, or a part of the case as `financials.debts`. Raises
    NotFound, NotAllowed, InvalidInput.
    """
    require(actor, "comment")
    project = find_project(session, actor, code)
    document = audit.parsed_json(read_document(session, actor, code)[1])
    findings = _flaws(actor, document, section, field, text, audience)
    if findings:
        raise InvalidInput.of(findings)
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


def _flaws(
    actor: Actor, document: Mapping[str, Any], section: str, field: str | None, text: str, audience: str
) -> list[Finding]:
    found = []
    if section not in SECTION_NAMES:
        found.append(
            Finding("section", "unknown-section", f"没有名为 {section[:40]} 的部分", f"No section {section[:40]}")
        )
    elif field is not None and not _is_field_of(document, section, field):
        found.append(
            Finding("field", "unknown-field", f"该部分没有字段 {field[:80]}", f"The section has no field {field[:80]}")
        )
    if audience not in audiences_of(actor):
        zh = "、".join(AUDIENCES[name][0] for name in audiences_of(actor))
        en = ", ".join(audiences_of(actor))
        found.append(Finding("audience", "not-in-list", f"可见范围应为：{zh}", f"The audience should be one of {en}"))
    if not text.strip() or len(text) > LONGEST_COMMENT:
        found.append(
            Finding(
                "text",
                "text-length",
                f"批注应为 1 至 {LONGEST_COMMENT} 字",
                f"A comment has 1 to {LONGEST_COMMENT} characters",
            )
        )
    elif _CONTROL.search(text):
        zh, en = "批注含有不可见的控制字符，请删除", "The comment holds control characters; remove them"
        found.append(Finding("text", "control-character", zh, en))
    return found


def _is_field_of(document: Mapping[str, Any], section: str, field: str) -> bool:
    described = fields().get(field)
    if described is not None:
        return described.term.section == section
    if section == CASE:
        return field.removeprefix(f"{CASE}.") in FinancialCase.model_fields
    match = _LINE_PATH.fullmatch(field)
    if match is None or match[1] != section or section not in Dossier.LINES:
        return False
    return int(match[2]) < len(document.get(section, ())) and match[3] in line_fields(section)
