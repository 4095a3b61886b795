"""Who changed what, when: an append-only log in which every entry carries the hash of the one before."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import Text, update
from sqlmodel import Field, Session, SQLModel, col, select

from registry.database import UtcDateTime

GENESIS = "0" * 64
"""What the first entry of a chain calls the hash before it."""


class AuditEntry(SQLModel, table=True):
    """One act: who (None: the system itself), what, on which object, with what details."""

    __tablename__: ClassVar[str] = "audit_entry"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    actor_id: int | None = None
    action: str = Field(max_length=60, index=True)
    subject: str = Field(max_length=120, index=True)
    details: str = Field(sa_type=Text)
    previous_hash: str = Field(max_length=64)
    hash: str = Field(max_length=64)


class AuditHead(SQLModel, table=True):
    """The one row every writer locks to append: the hash of the newest entry."""

    __tablename__: ClassVar[str] = "audit_head"

    id: int = Field(default=1, primary_key=True)
    hash: str = Field(default=GENESIS, max_length=64)


@dataclass(frozen=True, slots=True)
class BrokenLink:
    """The first entry whose hash does not follow from its contents and the entry before."""

    entry_id: int | None
    action: str
    subject: str


def canonical_json(value: Any) -> str:
    """Return the one text of a JSON value: sorted keys, no spaces, Unicode as it is."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def parsed_json(text: str) -> Any:
    """Return the value of a text made by `canonical_json`."""
    return json.loads(text)


def chained_hash(previous_hash: str, *parts: str) -> str:
    """Return the SHA-256 of the previous hash and the parts, each closed by a newline that no part can imitate."""
    digest = hashlib.sha256(previous_hash.encode())
    for part in parts:
        encoded = part.encode()
        digest.update(f"\n{len(encoded)}:".encode())
        digest.update(encoded)
    return digest.hexdigest()


def now() -> datetime:
    """Return this moment in UTC, to the millisecond both databases keep."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def record(session: Session, *, actor_id: int | None, action: str, subject: str, details: Any = None) -> None:
    """Append one entry, in the transaction of the act itself."""
    # Writing the head first takes its row lock: on PostgreSQL two appenders queue here, on SQLite they already have.
    session.execute(update(AuditHead).where(col(AuditHead.id) == 1).values(id=1))
    head = session.exec(select(AuditHead).where(AuditHead.id == 1).execution_options(populate_existing=True)).one()
    entry = AuditEntry(
        at=now(),
        actor_id=actor_id,
        action=action,
        subject=subject,
        details=canonical_json(details),
        previous_hash=head.hash,
        hash="",
    )
    entry.hash = _hash(entry)
    head.hash = entry.hash
    session.add(entry)
    session.add(head)
    session.flush()


def first_broken_link(entries: Iterable[AuditEntry], *, head: str | None = None) -> BrokenLink | None:
    """Return the first entry that does not follow, or None when the chain holds up to `head`."""
    previous, last = GENESIS, None
    for entry in entries:
        if entry.previous_hash != previous or entry.hash != _hash(entry):
            return BrokenLink(entry.id, entry.action, entry.subject)
        previous, last = entry.hash, entry
    if head is not None and previous != head:
        return BrokenLink(last.id if last else None, "chain-head", "entries are missing at the end")
    return None


def verify_log(session: Session) -> BrokenLink | None:
    """Check the whole log of this database against its head."""
    head = session.exec(select(AuditHead).where(AuditHead.id == 1)).one()
    return first_broken_link(session.exec(select(AuditEntry).order_by(col(AuditEntry.id))), head=head.hash)


def _hash(entry: AuditEntry) -> str:
    at = entry.at.isoformat(timespec="milliseconds")
    return chained_hash(entry.previous_hash, at, str(entry.actor_id), entry.action, entry.subject, entry.details)
