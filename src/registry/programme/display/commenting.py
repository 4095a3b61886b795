"""公众意见: what anybody may write on a displayed project or case, and the decision without which nobody sees it.

Kept are the words alone. Who writes leaves no name and no address; telephone numbers, e-mail addresses and identity
numbers are refused rather than stored, and so are links, which are what spam is made of.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Literal

import msgspec
from sqlalchemy import Select, and_, false, func, or_, select, true
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col

from registry import audit
from registry.accounts.model import Actor
from registry.accounts.permissions import require
from registry.errors import Finding, InvalidInput, NotFound
from registry.programme.cases.model import ModelCase
from registry.programme.cases.queries import find_shown
from registry.programme.cases.queries import visible_to as works_on_case
from registry.programme.display.model import DisplayRelease, PublicComment
from registry.programme.display.queries import find_displayed
from registry.projects.model import Project
from registry.projects.queries import visible_to

State = Literal["new", "published", "refused"]
STATES: dict[str, tuple[str, str]] = {
    "new": ("待审核", "Waiting"),
    "published": ("已公开", "Published"),
    "refused": ("不予公开", "Refused"),
}
SHORTEST, LONGEST = 5, 1000
MOST_WAITING = 200
"""Comments that may wait on one project or case: more are refused until somebody has looked at these."""

_PRIVATE = (
    ("email", re.compile(r"[^\s@]+@[^\s@]+\.[A-Za-z]{2,}"), "电子邮箱", "an e-mail address"),
    ("identity-number", re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)"), "身份证号", "an identity number"),
    (
        "telephone",
        re.compile(r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)"),
        "手机号",
        "a telephone number",
    ),
)
_LINK = re.compile(r"https?://|www\.|<a\s|\[url", re.IGNORECASE)


class ShownComment(msgspec.Struct, frozen=True):
    """A published comment, as the public reads it."""

    id: int
    text: str
    written_at: datetime
    is_demo: bool


class QueuedComment(msgspec.Struct, frozen=True):
    """A comment as those who decide on it see it."""

    id: int
    project: str | None
    case: int | None
    about: str
    text: str
    state: str
    written_at: datetime
    decided_at: datetime | None
    reason: str | None
    is_demo: bool


def write_comment(
    session: Session, *, text: str, today: date, project: str | None = None, case: int | None = None
) -> int:
    """Take a comment on one displayed project or case; it waits to be read. Raises NotFound, InvalidInput.

    How often one address may write is for the caller to limit: no address comes this far.
    """
    words = text.replace("\r\n", "\n").strip()
    findings = list(_flaws(words))
    if findings:
        raise InvalidInput.of(findings)
    target = _target(session, project, case, today)
    waiting = select(func.count()).select_from(PublicComment).where(_on(target), col(PublicComment.state) == "new")
    if session.execute(waiting).scalar_one() >= MOST_WAITING:
        zh, en = "待审核的意见较多，请过些时候再提交", "Many comments are waiting to be read; please try again later"
        raise InvalidInput.of([Finding("text", "too-many-waiting", zh, en)])
    comment = PublicComment(
        text=words,
        written_at=audit.now(),
        project_id=target.get("project_id"),
        case_id=target.get("case_id"),
    )
    session.add(comment)
    session.flush()
    about = f"project:{project}" if project is not None else f"case:{case}"
    audit.record(session, actor_id=None, action="comment.public", subject=about, details={"comment": comment.id})
    return comment.id or 0


def _target(session: Session, project: str | None, case: int | None, today: date) -> dict[str, int]:
    if project is not None:
        release = find_displayed(session, project, today=today).summary.id
        query = select(col(DisplayRelease.project_id)).where(col(DisplayRelease.id) == release)
        return {"project_id": session.execute(query).scalar_one()}
    return {"case_id": find_shown(session, case or 0, today=today).summary.id}


def _on(target: dict[str, int]) -> ColumnElement[bool]:
    (name, value), *_ = target.items()
    return col(getattr(PublicComment, name)) == value


def _flaws(words: str) -> Iterator[Finding]:
    if not SHORTEST <= len(words) <= LONGEST:
        zh, en = f"意见应为 {SHORTEST}–{LONGEST} 字", f"A comment has {SHORTEST} to {LONGEST} characters"
        yield Finding("text", "length", f"{zh}，现为 {len(words)} 字", f"{en}; this has {len(words)}")
    if any(not (each.isprintable() or each == "\n") for each in words):
        yield Finding("text", "control-characters", "意见含有控制字符，请去掉", "Take out the control characters")
    for code, pattern, zh, en in _PRIVATE:
        if pattern.search(words):
            yield Finding(
                "text", code, f"请去掉{zh}：本平台不收集个人信息", f"Take out {en}: no personal data is kept here"
            )
    if _LINK.search(words):
        yield Finding("text", "link", "请去掉网址链接", "Take out the links")


def published_comments(session: Session, *, project: str | None = None, case: int | None = None) -> list[ShownComment]:
    """Return the published comments on a project or case the caller has found on display, newest first."""
    query = select(PublicComment).where(col(PublicComment.state) == "published")
    if project is not None:
        query = query.join(Project, col(Project.id) == col(PublicComment.project_id)).where(
            col(Project.code) == project
        )
    else:
        query = query.where(col(PublicComment.case_id) == case)
    rows = session.execute(query.order_by(col(PublicComment.id).desc()).limit(200)).scalars()
    return [ShownComment(each.id or 0, each.text, each.written_at, each.is_demo) for each in rows]


def list_comments(
    session: Session, actor: Actor, *, state: State | None = "new", before: int | None = None, limit: int = 50
) -> list[QueuedComment]:
    """Return the comments the actor decides on, newest first. Raises NotAllowed."""
    require(actor, "moderate_comments")
    query = _decided_by(actor)
    if state is not None:
        query = query.where(col(PublicComment.state) == state)
    if before is not None:
        query = query.where(col(PublicComment.id) < before)
    rows = session.execute(query.order_by(col(PublicComment.id).desc()).limit(limit))
    return [_queued(*row) for row in rows]


def decide_comment(session: Session, actor: Actor, number: int, *, publish: bool, reason: str = "") -> QueuedComment:
    """Publish a comment, or refuse it with a reason; a published one may be refused later. Harmless when repeated.

    Raises NotFound, NotAllowed, InvalidInput without a reason.
    """
    require(actor, "moderate_comments")
    text = reason.strip()
    if len(text) > 300 or (not publish and not text):  # noqa: PLR2004 - the column's length
        zh, en = "不予公开请写明理由，最多 300 字", "Say why it is refused, in at most 300 characters"
        raise InvalidInput.of([Finding("reason", "missing" if not text else "too-long", zh, en)])
    query = _decided_by(actor).where(col(PublicComment.id) == number).with_for_update(of=PublicComment)
    row = session.execute(query.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise NotFound(
            f"没有编号为 {number} 的意见，或不归您审核", f"There is no comment {number} for you to decide on"
        )
    comment: PublicComment = row[0]
    state = "published" if publish else "refused"
    if comment.state != state:
        comment.state, comment.reason = state, text or None
        comment.decided_by, comment.decided_at = actor.user_id, audit.now()
        session.add(comment)
        session.flush()
        action, details = "comment.publish" if publish else "comment.refuse", {"comment": number, "reason": text}
        subject = f"project:{row[1]}" if row[1] else f"case:{comment.case_id}"
        audit.record(session, actor_id=actor.user_id, action=action, subject=subject, details=details)
    return _queued(*row)


def _decided_by(actor: Actor) -> Select[Any]:
    """Return the query for the comments on what is the actor's own, joined to what they are about."""
    of_project = and_(col(PublicComment.project_id).is_not(None), visible_to(actor))
    of_case = and_(col(PublicComment.case_id).is_not(None), works_on_case(actor))
    condition = {"ministry": true(), "city": or_(of_project, of_case)}.get(actor.group, false())
    columns: tuple[Any, ...] = (PublicComment, col(Project.code), col(Project.name), col(ModelCase.title))
    query = (
        select(*columns)
        .outerjoin(Project, col(Project.id) == col(PublicComment.project_id))
        .outerjoin(ModelCase, col(ModelCase.id) == col(PublicComment.case_id))
    )
    return query.where(condition)


def _queued(comment: PublicComment, code: str | None, name: str | None, title: str | None) -> QueuedComment:
    return QueuedComment(
        comment.id or 0,
        code,
        comment.case_id,
        (name if code else title) or "",
        comment.text,
        comment.state,
        comment.written_at,
        comment.decided_at,
        comment.reason,
        comment.is_demo,
    )
