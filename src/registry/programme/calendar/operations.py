"""Notices before deadlines 期限提醒: each organisation is told once for each threshold of days it has passed."""

from datetime import date, timedelta

from sqlalchemy import select
from sqlmodel import Session, col

from registry import audit
from registry.accounts.model import Actor, Organisation
from registry.accounts.permissions import require
from registry.programme.calendar.model import DeadlineWarning
from registry.programme.calendar.queries import Event, read_calendar
from registry.projects.notices.operations import announce

_FARTHEST = timedelta(days=366)
Due = tuple[Event, int, list[int]]
"""An entry, the threshold of days it has passed, and the organisations to be told."""


def due_notices(session: Session, actor: Actor, *, as_of: date) -> list[Due]:
    """Return whom to tell of what: who is waited for where the record knows, else every office the entry names.

    Left out is who was told at this threshold or a later one. Raises NotAllowed.
    """
    require(actor, "warn_of_deadlines")
    found: list[Due] = []
    for event in read_calendar(session, actor, today=as_of, first=as_of, last=as_of + _FARTHEST):
        passed = next((days for days in event.warn_days if event.days_left <= days), None)
        if passed is None:
            continue
        told = _told(session, event.key, passed)
        concerned = [each for each in _concerned(session, event) if each not in told]
        if concerned:
            found.append((event, passed, concerned))
    return found


def _concerned(session: Session, event: Event) -> list[int]:
    if event.is_checked:
        return sorted({each.organisation_id for each in event.waits_for})
    query = select(col(Organisation.id)).where(col(Organisation.group).in_(event.groups)).order_by(col(Organisation.id))
    return [found or 0 for found in session.execute(query).scalars()]


def _told(session: Session, event: str, threshold: int) -> set[int]:
    query = select(col(DeadlineWarning.organisation_id)).where(
        col(DeadlineWarning.event) == event, col(DeadlineWarning.threshold_days) <= threshold
    )
    return set(session.execute(query).scalars())


def warn_of_deadlines(session: Session, actor: Actor, *, as_of: date) -> list[Due]:
    """Tell everybody concerned, once for each threshold; harmless when a day is run again. Raises NotAllowed."""
    require(actor, "warn_of_deadlines")
    # Of two who run this at once, the second waits here and then finds nothing left to tell.
    session.execute(select(col(Organisation.id)).order_by(col(Organisation.id)).limit(1).with_for_update())
    due = due_notices(session, actor, as_of=as_of)
    for event, threshold, concerned in due:
        moment = audit.now()
        session.add_all(
            DeadlineWarning(event=event.key, organisation_id=each, threshold_days=threshold, told_at=moment)
            for each in concerned
        )
        announce(
            session,
            kind="calendar.deadline",
            project_code="",
            organisation_ids=concerned,
            text_zh=f"{event.title_zh}：{event.due_on} 截止，还有 {event.days_left} 天（依据：{event.document}）",
            text_en=f"{event.title_en}: due {event.due_on}, {event.days_left} days from now",
            moment=moment,
        )
        details = {"threshold_days": threshold, "days_left": event.days_left, "organisations": len(concerned)}
        subject = f"calendar:{event.key}"
        audit.record(session, actor_id=actor.user_id, action="calendar.warn", subject=subject, details=details)
    return due
