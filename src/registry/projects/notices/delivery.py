"""Carrying notices out of the house: signed webhooks and mail, retried with growing pauses through `jobs`."""

import hashlib
import hmac
import smtplib
from collections.abc import Mapping
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid, parseaddr
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx
from sqlalchemy import Engine
from sqlmodel import Session

from registry import audit
from registry.database import reading, writing
from registry.jobs import Handler, Work, enqueue
from registry.projects.notices.model import Delivery, MailAddress, Notice, Webhook
from registry.projects.notices.operations import JOB_KIND
from registry.settings import settings

PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=3), timedelta(hours=12))
"""Before each further attempt; after the last the delivery waits for a replay."""
TIMEOUT_SECONDS = 10.0


def handlers(engine: Engine) -> Mapping[str, Handler]:
    """Return what `jobs.run_next` runs of this slice."""
    return {JOB_KIND: lambda work: deliver(engine, work)}


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """Return the HMAC-SHA256, in hex, of `<timestamp>.<body>`: the receiver computes it too and refuses old ones."""
    return hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


def deliver(engine: Engine, work: Work) -> dict[str, Any]:
    """Try one delivery once. What fails is tried again after a pause; the network is used outside a transaction."""
    delivery_id = int(work.parameters["delivery"])
    with reading(engine) as session:
        delivery = session.get(Delivery, delivery_id)
        if delivery is None or delivery.delivered_at is not None or _is_overtaken(work, delivery):
            return {"delivery": delivery_id, "state": "nothing to do"}
        notice = session.get_one(Notice, delivery.notice_id)
        webhook = session.get(Webhook, delivery.target_id) if delivery.channel == "webhook" else None
        address = session.get(MailAddress, delivery.target_id) if delivery.channel == "mail" else None
    try:
        if webhook is not None and webhook.is_active:
            _call(webhook, delivery_id, notice)
        elif address is not None:
            _mail(address.address, notice)
        else:
            return _no_longer_wanted(engine, delivery_id)
        error = None
    except httpx.HTTPStatusError as failed:
        error = f"HTTP {failed.response.status_code} {failed.response.reason_phrase}"
    except (httpx.HTTPError, OSError, smtplib.SMTPException) as failed:
        error = f"{type(failed).__name__}: {failed}"[:500]
    with writing(engine) as session:
        return _note(session, delivery_id, error)


def _is_overtaken(work: Work, delivery: Delivery) -> bool:
    """Say whether a replay began anew since this attempt was planned: each delivery is tried in one line, not two."""
    return bool(work.parameters.get("after", delivery.attempts) != delivery.attempts)


def _no_longer_wanted(engine: Engine, delivery_id: int) -> dict[str, Any]:
    """Leave a delivery undone whose address was stopped or taken back meanwhile: not delivered, not tried again."""
    with writing(engine) as session:
        delivery = session.get_one(Delivery, delivery_id)
        delivery.last_error = "该地址已停用或撤销，未投递 · the address was stopped or withdrawn; not delivered"
        session.add(delivery)
    return {"delivery": delivery_id, "state": "no longer wanted"}


def _note(session: Session, delivery_id: int, error: str | None) -> dict[str, Any]:
    delivery = session.get_one(Delivery, delivery_id)
    delivery.attempts += 1
    delivery.last_error = error
    if error is None:
        delivery.delivered_at = audit.now()
        session.add(delivery)
        return {"delivery": delivery_id, "state": "delivered"}
    session.add(delivery)
    if delivery.attempts > len(PAUSES):
        return {"delivery": delivery_id, "state": "given up", "error": error}
    due = audit.now() + PAUSES[delivery.attempts - 1]
    planned = {"delivery": delivery_id, "after": delivery.attempts}
    enqueue(session, kind=JOB_KIND, parameters=planned, requested_by=None, not_before=due)
    return {"delivery": delivery_id, "state": "tried again later", "error": error}


def _call(webhook: Webhook, delivery_id: int, notice: Notice) -> None:
    body = audit.canonical_json(
        {
            "id": notice.id,
            "kind": notice.kind,
            "project": notice.project_code,
            "text": notice.text_zh,
            "text_en": notice.text_en,
            "at": notice.at.isoformat(),
        }
    ).encode()
    timestamp = int(audit.now().timestamp())
    headers = {
        "Content-Type": "application/json",
        "X-Registry-Delivery": str(delivery_id),
        "X-Registry-Timestamp": str(timestamp),
        "X-Registry-Signature": f"sha256={signature(webhook.secret, timestamp, body)}",
    }
    # No redirect is followed: the operator agreed to this address and no other.
    httpx.post(webhook.url, content=body, headers=headers, timeout=TIMEOUT_SECONDS).raise_for_status()


def _mail(address: str, notice: Notice) -> None:
    message = EmailMessage()
    message["From"], message["To"] = settings().mail_from, address
    message["Subject"] = f"美丽城市项目登记：{notice.project_code}"
    # Mail servers take a message without its moment and number for junk.
    message["Date"], message["Message-ID"] = format_datetime(audit.now()), make_msgid(domain=_domain())
    message.set_content(f"{notice.text_zh}\n\n{notice.text_en}\n")
    parts = urlsplit(settings().smtp_url or "")
    connect = smtplib.SMTP_SSL if parts.scheme == "smtps" else smtplib.SMTP
    with connect(parts.hostname or "localhost", parts.port or 0, timeout=TIMEOUT_SECONDS) as server:
        if parts.scheme == "smtp+starttls":
            server.starttls()
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        server.send_message(message)


def _domain() -> str:
    return parseaddr(settings().mail_from)[1].rpartition("@")[2] or "localhost"
