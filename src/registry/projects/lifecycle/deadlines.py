"""Dates in the life of an application, as functions of given dates: nothing here reads a clock."""

import calendar
import datetime as dt
from typing import Literal

import msgspec

from registry.projects.lifecycle.states import State

REVIEW_DAYS: dict[State, int] = {"submitted": 20, "recommended": 20, "returned": 30}
"""Days a state may last before it counts as late: a house default, no document seen sets them."""

AGE_BANDS = (10, 20, 30, 60)
"""Upper ends in days, each included, of how long an application has been in its state."""

VALIDITY_MONTHS = 36
WARNING_MONTHS = 30
"""财资环〔2021〕91号 lets an entry stand three years; the reminder half a year earlier is ours, as in the packs."""

_CHINA = dt.timezone(dt.timedelta(hours=8))


class Validity(msgspec.Struct, frozen=True):
    """有效期 of an entry on a given day; on `valid_until` itself it is over."""

    entered_on: dt.date
    warn_from: dt.date
    valid_until: dt.date
    days_left: int
    status: Literal["valid", "ending", "over"]


def china_date(moment: dt.datetime) -> dt.date:
    """Return the day in China on which a moment falls."""
    return moment.astimezone(_CHINA).date()


def months_later(day: dt.date, months: int) -> dt.date:
    """Return the same day some months on, the last of the month where there is no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def validity(entered_on: dt.date, *, as_of: dt.date) -> Validity:
    """Return how long an entry is still good on a given day."""
    warn_from, until = months_later(entered_on, WARNING_MONTHS), months_later(entered_on, VALIDITY_MONTHS)
    status: Literal["valid", "ending", "over"] = (
        "over" if as_of >= until else "ending" if as_of >= warn_from else "valid"
    )
    return Validity(entered_on, warn_from, until, (until - as_of).days, status)


def days_left(state: State, since: dt.datetime, *, as_of: dt.date) -> int | None:
    """Return the days until a state becomes late, negative when it is; None where nobody is waited for."""
    allowed = REVIEW_DAYS.get(state)
    return None if allowed is None else (china_date(since) + dt.timedelta(days=allowed) - as_of).days
