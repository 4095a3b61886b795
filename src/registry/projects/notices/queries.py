"""Reads on notices: everybody those of their own organisation; deliveries and webhooks the operator alone."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import func, select
from sqlmodel import Session, col

from registry.accounts.model import Actor, Organisation
from registry.accounts.permissions import require
from registry.projects.notices.model import Delivery, MailAddress, Notice, NoticeReading, Webhook


class NoticeLine(msgspec.Struct, frozen=True, rename={"text_zh": "text"}):
    """One notice to your organisation; `is_read` is yours alone."""

    id: int
    kind: str
    project_code: str
    text_zh: str
    text_en: str
    at: datetime
    is_read: bool


class WebhookLine(msgspec.Struct, frozen=True):
    """Where an organisation's system is called; the signing secret is never shown again."""

    id: int
    organisation_id: int
    organisation: str
    url: str
    is_active: bool


class DeliveryLine(msgspec.Struct, frozen=True):
    """One notice on its way: to whom, how often tried, why it failed; `delivered_at` is null until it arrived."""

    id: int
    notice: int
    kind: str
    project_code: str
    organisation: str
    channel: str
    attempts: int
    delivered_at: datetime | None
    last_error: str | None


def my_notices(
    session: Session, actor: Actor, *, only_unread: bool = False, before: int | None = None, limit: int = 50
) -> list[NoticeLine]:
    """Return the newest notices to the actor's organisation, older than notice `before` when given."""
    read = select(col(NoticeReading.notice_id)).where(col(NoticeReading.user_id) == actor.user_id)
    is_read = col(Notice.id).in_(read)
    query = select(Notice, is_read.label("is_read")).where(col(Notice.organisation_id) == actor.organisation_id)
    if only_unread:
        query = query.where(~is_read)
    if before is not None:
        query = query.where(col(Notice.id) < before)
    rows = session.execute(query.order_by(col(Notice.id).desc()).limit(limit))
    return [
        NoticeLine(each.id or 0, each.kind, each.project_code, each.text_zh, each.text_en, each.at, bool(seen))
        for each, seen in rows
    ]


def count_unread(session: Session, actor: Actor) -> int:
    """Return how many notices to their organisation the actor has not read."""
    read = select(col(NoticeReading.notice_id)).where(col(NoticeReading.user_id) == actor.user_id)
    query = select(func.count()).select_from(Notice).where(col(Notice.organisation_id) == actor.organisation_id)
    return int(session.execute(query.where(col(Notice.id).not_in(read))).scalar_one())


def unread_among(session: Session, actor: Actor, notice_ids: Sequence[int]) -> list[int]:
    """Return those of these notices that are to the actor's organisation and that the actor has not read."""
    read = select(col(NoticeReading.notice_id)).where(col(NoticeReading.user_id) == actor.user_id)
    query = select(col(Notice.id)).where(
        col(Notice.organisation_id) == actor.organisation_id,
        col(Notice.id).in_(sorted(set(notice_ids))[:1000]),
        col(Notice.id).not_in(read),
    )
    return [found or 0 for found in session.execute(query).scalars()]


def mail_address(session: Session, actor: Actor) -> str | None:
    """Return where the actor wants mail, None for nowhere."""
    query = select(col(MailAddress.address)).where(col(MailAddress.user_id) == actor.user_id)
    return session.execute(query).scalar_one_or_none()


def webhooks(session: Session, actor: Actor) -> list[WebhookLine]:
    """Return every webhook, by organisation."""
    require(actor, "manage_deliveries")
    query = (
        select(Webhook, col(Organisation.name))
        .join(Organisation, col(Organisation.id) == col(Webhook.organisation_id))
        .order_by(col(Organisation.name), col(Webhook.id))
    )
    return [
        WebhookLine(hook.id or 0, hook.organisation_id, name, hook.url, hook.is_active)
        for hook, name in session.execute(query)
    ]


def deliveries(
    session: Session, actor: Actor, *, only_failed: bool = False, before: int | None = None, limit: int = 100
) -> list[DeliveryLine]:
    """Return the newest deliveries, or those that failed and have not arrived since."""
    require(actor, "manage_deliveries")
    query = (
        select(Delivery, Notice, col(Organisation.name))
        .join(Notice, col(Notice.id) == col(Delivery.notice_id))
        .join(Organisation, col(Organisation.id) == col(Notice.organisation_id))
    )
    if only_failed:
        query = query.where(col(Delivery.delivered_at).is_(None), col(Delivery.last_error).is_not(None))
    if before is not None:
        query = query.where(col(Delivery.id) < before)
    return [
        DeliveryLine(
            sent.id or 0,
            notice.id or 0,
            notice.kind,
            notice.project_code,
            name,
            sent.channel,
            sent.attempts,
            sent.delivered_at,
            sent.last_error,
        )
        for sent, notice, name in session.execute(query.order_by(col(Delivery.id).desc()).limit(limit))
    ]
