"""When things happen in the demo nation: working hours in China, up to one fixed day, whatever the clock says."""

from datetime import UTC, date, datetime, time, timedelta

from registry.demo.dice import Dice

LAST_DAY = date(2026, 11, 20)
"""The day on which the nation was written down, a Friday: nothing in it is later, and its deadlines count from here."""

LAST_MOMENT = datetime.combine(LAST_DAY, time(10), UTC)

_SATURDAY = 5
_OPENS = time(1)
"""Nine o'clock in China, in UTC."""

_MINUTES_OPEN = 510


def working_moment(dice: Dice, day: date) -> datetime:
    """Return a minute of a working day: this one, or the Friday before a weekend."""
    weekday = max(0, day.weekday() - _SATURDAY + 1)
    moment = datetime.combine(day - timedelta(days=weekday), _OPENS, UTC)
    return moment + timedelta(minutes=dice.integer(0, _MINUTES_OPEN), seconds=dice.integer(0, 59))


def days_before_end(dice: Dice, low: int, high: int) -> datetime:
    """Return a working moment between `low` and `high` days before the last day."""
    return working_moment(dice, LAST_DAY - timedelta(days=dice.integer(low, high)))


def between(dice: Dice, start: datetime, end: datetime, *, within: int | None = None) -> datetime:
    """Return a moment after `start` and before `end`, at most `within` days after `start`; in working hours if it can.

    Where the two lie too close together for a working hour, their middle.
    """
    span = (end.date() - start.date()).days
    reach = span if within is None else min(span, within)
    drawn = working_moment(dice, start.date() + timedelta(days=dice.integer(1, max(1, reach - 1))))
    if start < drawn < end:
        return drawn
    middle = start + (end - start) / 2
    return middle.replace(microsecond=0) if (end - start) > timedelta(seconds=4) else middle
