"""The calendar of a reader 年度日历: what is due when, for whom it waits, and who is late, from what they may see."""

from collections.abc import Iterator
from datetime import date, timedelta

import msgspec
from sqlmodel import Session

from registry.accounts.model import Actor
from registry.accounts.permissions import require
from registry.programme.calendar import waiting
from registry.programme.calendar.entries import Rule, occurrences, recorded
from registry.programme.calendar.waiting import Waiting
from registry.programme.nomination.queries import list_rounds as list_selections
from registry.programme.self_evaluation.rounds import list_rounds

_LOOK_BACK = timedelta(days=120)
"""How long after its day a yearly window still counts as missed; the next round comes after five months."""


class Event(msgspec.Struct, frozen=True):
    """One entry of the calendar. `is_checked`: the record tells for whom it waits; if not, nobody is called late."""

    key: str
    kind: str
    title_zh: str
    title_en: str
    starts_on: date
    due_on: date
    days_left: int
    groups: tuple[str, ...]
    document: str
    confidence: str
    note_zh: str | None
    note_en: str | None
    is_checked: bool
    waits_for: list[Waiting]
    is_late: bool
    """The day is over and somebody is still waited for."""
    is_demo: bool = False
    warn_days: tuple[int, ...] = ()


def read_calendar(session: Session, actor: Actor, *, today: date, first: date, last: date) -> list[Event]:
    """Return what is due between two days, both included, by due day. Raises NotAllowed."""
    require(actor, "read_calendar")
    found = [*_yearly(session, actor, today, first, last), *_recorded(session, actor, today)]
    return sorted((each for each in found if first <= each.due_on <= last), key=lambda each: (each.due_on, each.key))


def _yearly(session: Session, actor: Actor, today: date, first: date, last: date) -> Iterator[Event]:
    for each in occurrences(first, last):
        is_checked = each.rule.check == "central_fund_applications" and _is_near(each.due_on, today)
        waits = waiting.central_fund_applications(session, actor, by=each.due_on) if is_checked else None
        yield _event(each.rule, each.key, each.starts_on, each.due_on, today, waits)


def _is_near(due: date, today: date) -> bool:
    return today - _LOOK_BACK <= due <= today + _LOOK_BACK


def _recorded(session: Session, actor: Actor, today: date) -> Iterator[Event]:
    rule = recorded("self_evaluation")
    for held in list_rounds(session):
        waits = waiting.self_evaluations(session, actor, held.year, on=held.closes_on) if held.opens_on <= today else []
        waits += waiting.provincial_remarks(session, actor, held.year)
        titles = rule.zh.format(year=held.year), rule.en.format(year=held.year)
        key = f"self-evaluation-{held.year}"
        yield _event(rule, key, held.opens_on, held.closes_on, today, waits, titles, is_demo=held.is_demo)
    rule = recorded("selection")
    for one in list_selections(session):
        is_running = one.step in ("applications", "form_check")
        waits = waiting.nominations(session, actor, one.id) if is_running else []
        titles = rule.zh.format(title=one.title), rule.en.format(title=one.title)
        yield _event(
            rule, f"selection-{one.id}", one.opens_on, one.closes_on, today, waits, titles, is_demo=one.is_demo
        )
    rule = recorded("filing")
    for due, waits in waiting.filings(session, actor, months=rule.months or 0).items():
        yield _event(rule, f"filing-{due.isoformat()}", due, due, today, waits)


def _event(
    rule: Rule,
    key: str,
    starts_on: date,
    due_on: date,
    today: date,
    waits: list[Waiting] | None,
    titles: tuple[str, str] | None = None,
    *,
    is_demo: bool = False,
) -> Event:
    title_zh, title_en = titles or (rule.zh, rule.en)
    return Event(
        key=key,
        kind=rule.kind,
        title_zh=title_zh,
        title_en=title_en,
        starts_on=starts_on,
        due_on=due_on,
        days_left=(due_on - today).days,
        groups=rule.groups,
        document=rule.document,
        confidence=rule.confidence,
        note_zh=rule.note[0] if rule.note else None,
        note_en=rule.note[1] if rule.note else None,
        is_checked=waits is not None,
        waits_for=waits or [],
        is_late=due_on < today and bool(waits),
        is_demo=is_demo,
        warn_days=rule.warn_days,
    )
