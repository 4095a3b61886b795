"""Telling people: a notice is a row written with the act itself; what leaves the house is a job, so nothing waits."""

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from typing import Literal
from urllib.parse import SplitResult, urlsplit

from sqlalchemy import delete, select
from sqlmodel import Session, col

from registry import audit
from registry.accounts.model import Actor, Group, Organisation, UserAccount
from registry.accounts.permissions import require
from registry.errors import Finding, InvalidInput, NotFound
from registry.jobs import enqueue, ensure_queued
from registry.projects.lifecycle.libraries import library_names
from registry.projects.lifecycle.states import ACTIONS, STATES, Transition
from registry.projects.model import Project, ProjectRelease
from registry.projects.notices.model import Delivery, MailAddress, Notice, NoticeReading, Webhook
from registry.projects.notices.queries import unread_among
from registry.settings import settings

JOB_KIND = "deliver-notice"
RELEASED_CHANGED = "released-project-changed"
"""Job: projects that banks were shown have a new revision; who gave them papers of an older one tells them."""
MATCH_SEARCHES = "match-saved-searches"
"""Job: banks may see a project, or figures of one, that they have not seen before; who keeps searches runs them."""
LONGEST_ADDRESS = 500


def announce(
    session: Session,
    *,
    kind: str,
    project_code: str,
    organisation_ids: Iterable[int],
    text_zh: str,
    text_en: str,
    moment: datetime,
) -> list[Notice]:
    """Tell these organisations, in the transaction of the act; deliveries outside are queued, never sent here."""
    notices = [
        Notice(
            organisation_id=organisation_id,
            kind=kind,
            project_code=project_code,
            text_zh=text_zh,
            text_en=text_en,
            at=moment,
        )
        for organisation_id in sorted(set(organisation_ids))
    ]
    session.add_all(notices)
    session.flush()
    for notice in notices:
        _queue_deliveries(session, notice)
    return notices


def ask_to_tell_banks(session: Session, project_ids: Sequence[int]) -> None:
    """Note that these projects have a new revision, if one of them was released to a bank. One statement or two."""
    if _is_shown_to_a_bank(session, project_ids):
        ensure_queued(session, kind=RELEASED_CHANGED)
        ensure_queued(session, kind=MATCH_SEARCHES)


def ask_to_match_searches(session: Session, project_ids: Sequence[int]) -> None:
    """Note that banks may find one of these projects where they did not before. One statement or two."""
    if _is_shown_to_a_bank(session, project_ids):
        ensure_queued(session, kind=MATCH_SEARCHES)


def _is_shown_to_a_bank(session: Session, project_ids: Sequence[int]) -> bool:
    released = select(col(ProjectRelease.id)).where(
        col(ProjectRelease.project_id).in_(project_ids), col(ProjectRelease.organisation_id).is_not(None)
    )
    return session.execute(released.limit(1)).first() is not None


def announce_move(
    session: Session, actor: Actor, *, project: Project, library: str, row: Transition, reason: str, moment: datetime
) -> list[Notice]:
    """Tell whoever an application now waits for, and its owner, that it moved; the mover's own side is not told."""
    told = {project.owner_id} | set(reviewers_of(session, project, row.new_state))
    text_zh, text_en = move_texts(project.name or project.code, library, row, reason)
    return announce(
        session,
        kind=f"application.{row.action}",
        project_code=project.code,
        organisation_ids=told - {actor.organisation_id or 0},
        text_zh=text_zh,
        text_en=text_en,
        moment=moment,
    )


def move_texts(name: str, library: str, row: Transition, reason: str) -> tuple[str, str]:
    """Return what is said of a move, in Chinese and English."""
    (action_zh, action_en), (state_zh, state_en) = ACTIONS[row.action], STATES[row.new_state]
    library_zh, library_en = library_names(library)
    because_zh, because_en = (f"理由：{reason}", f" Reason: {reason}") if reason else ("", "")
    return (
        f"{name}（{library_zh}）：{action_zh}，现为“{state_zh}”。{because_zh}",
        f"{name} ({library_en}): {action_en}; now: {state_en}.{because_en}",
    )


def reviewers_of(session: Session, project: Project, state: str) -> list[int]:
    """Return the organisations for whose review a state waits."""
    group: Group | None = {"submitted": "province", "recommended": "ministry"}.get(state)  # type: ignore[assignment]
    if group is None:
        return []
    query = select(col(Organisation.id)).where(col(Organisation.group) == group)
    if group == "province":
        query = query.where(col(Organisation.division_code).startswith((project.city_code or "??")[:2]))
    return [found for found in session.execute(query).scalars() if found is not None]


def mark_read(session: Session, actor: Actor, notice_ids: Sequence[int]) -> None:
    """Note that the actor has seen these notices; others' and known ones are passed over."""
    for notice_id in unread_among(session, actor, notice_ids):
        session.add(NoticeReading(notice_id=notice_id, user_id=actor.user_id or 0, read_at=audit.now()))
    session.flush()


def add_webhook(session: Session, actor: Actor, *, organisation_id: int, url: str) -> tuple[Webhook, str]:
    """Let an organisation's system be called; returns the row and its signing secret, shown once.

    Only the operator may: the server itself calls the address. Raises InvalidInput unless it is http(s) and new,
    NotFound for an organisation nobody knows.
    """
    require(actor, "manage_deliveries")
    parts = _web_address(url)
    if session.get(Organisation, organisation_id) is None:
        raise NotFound(f"没有编号为 {organisation_id} 的机构", f"There is no organisation {organisation_id}")
    known = select(Webhook).where(col(Webhook.organisation_id) == organisation_id, col(Webhook.url) == url)
    if session.execute(known).first() is not None:
        zh, en = "该机构已登记此地址；如需新密钥，请停用后换一个地址", "This organisation has that address already"
        raise InvalidInput.of([Finding("url", "taken", zh, en, url[:120])])
    secret = secrets.token_urlsafe(32)
    webhook = Webhook(organisation_id=organisation_id, url=url, secret=secret)
    session.add(webhook)
    session.flush()
    details = {"organisation": organisation_id, "host": parts.hostname}
    audit.record(
        session, actor_id=actor.user_id, action="webhook.add", subject=f"webhook:{webhook.id}", details=details
    )
    return webhook, secret


def _web_address(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.username
        _ = parts.port
    except ValueError:
        is_good = False
    if not is_good or len(url) > LONGEST_ADDRESS or not url.isprintable() or " " in url:
        zh, en = "应为 http(s) 地址，不含用户名和空格", "should be an http(s) address without a user name or spaces"
        raise InvalidInput.of([Finding("url", "not-an-address", zh, en, url[:120])])
    return parts


def switch_webhook(session: Session, actor: Actor, webhook_id: int, *, is_active: bool) -> Webhook:
    """Call an address no more, or again. Raises NotFound."""
    require(actor, "manage_deliveries")
    webhook = session.get(Webhook, webhook_id)
    if webhook is None:
        raise NotFound(f"没有编号为 {webhook_id} 的网络回调", f"There is no webhook {webhook_id}")
    webhook.is_active = is_active
    session.add(webhook)
    action = "webhook.resume" if is_active else "webhook.stop"
    audit.record(session, actor_id=actor.user_id, action=action, subject=f"webhook:{webhook_id}")
    return webhook


def set_mail_address(session: Session, actor: Actor, address: str | None) -> None:
    """Set where the actor wants mail, None for nowhere. Raises InvalidInput."""
    session.execute(delete(MailAddress).where(col(MailAddress.user_id) == actor.user_id))
    if address is not None:
        try:
            parsed = Address(addr_spec=address)
            checked = parsed.addr_spec if parsed.username and parsed.domain else ""
        except (ValueError, IndexError, MessageError):
            checked = ""
        if not checked:
            flaw = Finding("address", "not-an-address", "应为邮箱地址", "should be an e-mail address", address[:120])
            raise InvalidInput.of([flaw])
        session.add(MailAddress(user_id=actor.user_id or 0, address=checked))
    session.flush()
    audit.record(session, actor_id=actor.user_id, action="mail.set", subject=f"user:{actor.user_id}")


def replay(session: Session, actor: Actor, delivery_id: int) -> int:
    """Send one delivery again, also one that arrived; the receiver knows it by its number. Returns the job."""
    require(actor, "manage_deliveries")
    delivery = session.get(Delivery, delivery_id)
    if delivery is None:
        raise NotFound(f"没有编号为 {delivery_id} 的投递", f"There is no delivery {delivery_id}")
    delivery.attempts, delivery.delivered_at = 0, None
    session.add(delivery)
    return _enqueue(session, delivery, requested_by=actor.user_id)


def _queue_deliveries(session: Session, notice: Notice) -> None:
    hooks = select(col(Webhook.id)).where(
        col(Webhook.organisation_id) == notice.organisation_id, col(Webhook.is_active)
    )
    targets: list[tuple[Literal["webhook", "mail"], int]] = [
        ("webhook", found or 0) for found in session.execute(hooks).scalars()
    ]
    if settings().smtp_url:
        people = (
            select(col(MailAddress.user_id))
            .join(UserAccount, col(UserAccount.id) == col(MailAddress.user_id))
            .where(col(UserAccount.organisation_id) == notice.organisation_id, col(UserAccount.is_active))
        )
        targets += [("mail", found) for found in session.execute(people).scalars()]
    for channel, target in targets:
        delivery = Delivery(notice_id=notice.id or 0, channel=channel, target_id=target)
        session.add(delivery)
        session.flush()
        _enqueue(session, delivery, requested_by=None)


def _enqueue(session: Session, delivery: Delivery, *, requested_by: int | None) -> int:
    planned = {"delivery": delivery.id, "after": delivery.attempts}
    return enqueue(session, kind=JOB_KIND, parameters=planned, requested_by=requested_by)
