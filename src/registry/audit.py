"""Who changed what, when: an append-only log in which every entry carries the hash of the one before."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import Text, and_, func, insert, or_, update
from sqlalchemy import select as core_select
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Field, Session, SQLModel, col, select

from registry.audit_check import GENESIS, SCHEMA, Chain, chained_hash, entry_hash
from registry.database import UtcDateTime

__all__ = [
    "GENESIS",
    "AuditEntry",
    "AuditHead",
    "PastAct",
    "canonical_json",
    "chained_hash",
    "now",
    "parsed_json",
    "record",
    "record_past",
]

_FETCHED = 5000
"""Rows held at a time while the whole log is read."""


class AuditEntry(SQLModel, table=True):
    """One act: who (None: the system itself), what, on which object, with what details."""

    __tablename__: ClassVar[str] = "audit_entry"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    actor_id: int | None = Field(default=None, index=True)
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


def now() -> datetime:
    """Return this moment in UTC, to the millisecond both databases keep."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def record(
    session: Session,
    *,
    actor_id: int | None,
    action: str,
    subject: str,
    details: Any = None,
    moment: datetime | None = None,
) -> None:
    """Append one entry, in the transaction of the act itself. `moment` is now, unless a history is loaded."""
    head = _locked_head(session)
    entry = AuditEntry(
        at=moment or now(),
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


@dataclass(frozen=True, slots=True)
class PastAct:
    """An act of a history that is loaded, with the moment it is dated; otherwise as `record` takes it."""

    at: datetime
    actor_id: int | None
    action: str
    subject: str
    details: Any = None


def record_past(session: Session, acts: Sequence[PastAct]) -> None:
    """Append the acts of a loaded history in the order given, in the transaction that loads it.

    Their moments are those of the history; their place in the chain says when they were really written down.
    """
    if not acts:
        return
    head = _locked_head(session)
    rows = []
    for act in acts:
        entry = {name: getattr(act, name) for name in ("at", "actor_id", "action", "subject")}
        entry |= {"details": canonical_json(act.details), "previous_hash": head.hash}
        entry["hash"] = entry_hash({**entry, "at": _moment(act.at)})
        head.hash = entry["hash"]
        rows.append(entry)
    session.execute(insert(SQLModel.metadata.tables["audit_entry"]), rows)
    session.add(head)
    session.flush()


def _locked_head(session: Session) -> AuditHead:
    # Writing the head first takes its row lock: on PostgreSQL two appenders queue here, on SQLite they already have.
    session.execute(update(AuditHead).where(col(AuditHead.id) == 1).values(id=1))
    return session.exec(select(AuditHead).where(AuditHead.id == 1).execution_options(populate_existing=True)).one()


def first_broken_link(entries: Iterable[AuditEntry], *, head: str | None = None) -> BrokenLink | None:
    """Return the first entry that does not follow, or None when the chain holds and passes through `head`."""
    chain = Chain(head)
    last: AuditEntry | None = None
    for entry in entries:
        if not chain.takes(_fields(entry)):
            return BrokenLink(entry.id, entry.action, entry.subject)
        last = entry
    if not chain.reached_head:
        return BrokenLink(last.id if last else None, "chain-head", "entries are missing at the end")
    return None


def verify_log(session: Session) -> BrokenLink | None:
    """Check the whole log of this database against its head."""
    # The head first: entries that others append while the log is read then only continue it.
    head = head_hash(session)
    return first_broken_link(_all_entries(session), head=head)


def head_hash(session: Session) -> str:
    """Return the hash of the newest entry: what an outsider keeps to check a log by, later."""
    return session.exec(select(AuditHead.hash).where(AuditHead.id == 1)).one()


def export_lines(session: Session, head: str) -> Iterator[str]:
    """Yield the log as JSON lines, up to and with the entry whose hash is `head`: what `audit_check` reads."""
    yield canonical_json({"schema": SCHEMA, "head": head})
    if head == GENESIS:
        return
    for entry in _all_entries(session):
        yield canonical_json(_fields(entry))
        if entry.hash == head:
            return


def _all_entries(session: Session) -> Iterator[AuditEntry]:
    names = list(AuditEntry.model_fields)
    columns = [col(getattr(AuditEntry, name)) for name in names]
    query = core_select(*columns).order_by(col(AuditEntry.id)).limit(_FETCHED)
    last = 0
    while rows := session.execute(query.where(col(AuditEntry.id) > last)).all():
        yield from (AuditEntry(**dict(zip(names, row, strict=True))) for row in rows)
        last = rows[-1].id


def _fields(entry: AuditEntry) -> Mapping[str, Any]:
    return {**{name: getattr(entry, name) for name in AuditEntry.model_fields}, "at": _moment(entry.at)}


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds")


def _hash(entry: AuditEntry) -> str:
    return entry_hash(_fields(entry))


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """What a list of entries is narrowed to; None is no condition.

    `subjects` are taken beside those of the project (its applications, its packages); `is_pair_told` takes decisions
    on likenesses written down under the other project of the pair.
    """

    project: str | None = None
    actor_id: int | None = None
    action: str | None = None
    subjects: Sequence[str] = ()
    is_pair_told: bool = False

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return the filter as conditions on entries."""
        found: list[ColumnElement[bool]] = []
        if self.project is not None:
            found.append(or_(*self._of_project(self.project)))
        if self.actor_id is not None:
            found.append(col(AuditEntry.actor_id) == self.actor_id)
        if self.action is not None:
            found.append(col(AuditEntry.action) == self.action)
        return found

    def _of_project(self, code: str) -> Iterator[ColumnElement[bool]]:
        yield _concerns(code)
        if self.subjects:
            yield col(AuditEntry.subject).in_(self.subjects)
        if self.is_pair_told:
            named = col(AuditEntry.details).contains(f'"other":"{code}"', autoescape=True)
            yield and_(col(AuditEntry.action) == "project.duplicate", named)


def _concerns(code: str) -> ColumnElement[bool]:
    """Return the condition of entries on a project, those on many projects saved at once (`projects:A…B`) with them."""
    subject, start = col(AuditEntry.subject), len("projects:") + 1
    first, last = func.substr(subject, start, len(code)), func.substr(subject, start + len(code) + 1, len(code))
    among = and_(subject.startswith("projects:", autoescape=True), first <= code, last >= code)
    return or_(subject == f"project:{code}", among)


def list_entries(
    session: Session,
    *,
    wanted: EntryFilter,
    before: int | None = None,
    limit: int = 50,
    without: Collection[str] = (),
) -> list[AuditEntry]:
    """Return one page of the log, newest first, older than the entry `before`. The caller checks who may ask.

    Acts named in `without` are left out.
    """
    query = select(AuditEntry).where(*wanted.conditions()).order_by(col(AuditEntry.id).desc()).limit(limit)
    if without:
        query = query.where(col(AuditEntry.action).not_in(sorted(without)))
    if before is not None:
        query = query.where(col(AuditEntry.id) < before)
    return list(session.exec(query))


def known_actions(session: Session) -> list[str]:
    """Return every kind of act the log holds, in order."""
    return list(session.exec(select(AuditEntry.action).distinct().order_by(AuditEntry.action)))
