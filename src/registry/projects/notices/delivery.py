"""Carrying notices out of the house: signed webhooks and mail, retried with growing pauses through `jobs`."""

import hashlib
import hmac
import smtplib
from collections.abc import Mapping
from datetime import timedelta
from email.message import EmailMessage
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
        if delivery is None or delivery.delivered_at is not None:
            return {"delivery": delivery_id, "state": "nothing to do"}
        notice = session.get_one(Notice, delivery.notice_id)
        webhook = session.get(Webhook, delivery.target_id) if delivery.channel == "webhook" else None
        address = session.get(MailAddress, delivery.target_id) if delivery.channel == "mail" else None
    try:
        if webhook is not None and webhook.is_active:
            _call(webhook, delivery_id, notice)
        elif address is not None:
            _mail(address.address, notice)
        error = None
    except (httpx.HTTPError, OSError, smtplib.SMTPException) as failed:
        error = f"{type(failed).__name__}: {failed}"[:500]
    with writing(engine) as session:
        return _note(session, delivery_id, error)


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
    enqueue(session, kind=JOB_KIND, parameters={"delivery": delivery_id}, requested_by=None, not_before=due)
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
    message.set_content(f"{notice.text_zh}\n\n{notice.text_en}\n")
    parts = urlsplit(settings().smtp_url or "")
    connect = smtplib.SMTP_SSL if parts.scheme == "smtps" else smtplib.SMTP
    with connect(parts.hostname or "localhost", parts.port or 0, timeout=TIMEOUT_SECONDS) as server:
        if parts.scheme == "smtp+starttls":
            server.starttls()
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        server.send_message(message)
