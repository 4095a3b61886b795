"""The pipeline at a glance 进程看板: how many applications stand in each state, and for how long."""

import datetime as dt
from decimal import Decimal
from typing import Any, cast
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import ColumnElement, case, func
from sqlmodel import Session, col

from registry.accounts.model import Actor
from registry.accounts.permissions import require
from registry.projects.lifecycle.deadlines import AGE_BANDS, REVIEW_DAYS
from registry.projects.lifecycle.model import Application
from registry.projects.lifecycle.states import State
from registry.projects.model import Project
from registry.projects.queries import visible_projects

_CHINA = ZoneInfo("Asia/Shanghai")
BANDS: dict[str, tuple[int, int | None]] = {
    **{
        f"to_{high}": (low, high)
        for low, high in zip((0, *(limit + 1 for limit in AGE_BANDS)), AGE_BANDS, strict=False)
    },
    "more": (AGE_BANDS[-1] + 1, None),
}
"""Days in the state, both ends included."""


class StateCount(msgspec.Struct, frozen=True):
    """Applications in one state. `bands` counts them by days in it; `n_late` is None where nothing is due."""

    state: State
    n: int
    n_late: int | None
    total_investment: Decimal
    """万元, of the projects that state one; the others are counted in `n_unknown_total`."""
    n_unknown_total: int
    bands: dict[str, int]


def board(session: Session, actor: Actor, *, as_of: dt.date, library: str | None = None) -> list[StateCount]:
    """Return every state that holds applications the actor may see. Raises NotAllowed."""
    require(actor, "read_applications")
    band = case(
        *((waited(name, as_of=as_of), name) for name in BANDS if name != "more"),
        else_="more",
    ).label("band")
    total = col(Project.total_investment)
    query = visible_projects(
        actor,
        Application.state,
        band,
        func.count().label("n"),
        func.sum(total).label("total"),
        (func.count() - func.count(total)).label("unknown"),
        func.sum(case((_is_late(as_of), 1), else_=0)).label("late"),
    ).join(Application, col(Application.project_id) == col(Project.id))
    if library:
        query = query.where(col(Application.library) == library)
    rows = session.execute(query.group_by(col(Application.state), band)).all()
    return [_counted(state, [row for row in rows if row.state == state]) for state in {row.state: 0 for row in rows}]


def _counted(state: str, rows: list[Any]) -> StateCount:
    known = cast("State", state)
    return StateCount(
        state=known,
        n=sum(row.n for row in rows),
        n_late=sum(int(row.late) for row in rows) if known in REVIEW_DAYS else None,
        total_investment=sum((row.total or Decimal(0) for row in rows), Decimal(0)),
        n_unknown_total=sum(row.unknown for row in rows),
        bands={name: next((row.n for row in rows if row.band == name), 0) for name in BANDS},
    )


def waited(band: str, *, as_of: dt.date) -> ColumnElement[bool]:
    """Return the condition that an application has been in its state as long as a band says, in days of China."""
    low, high = BANDS[band]
    latest = col(Application.state_since) < _midnight(as_of - dt.timedelta(days=low - 1))
    if high is None:
        return latest
    return latest & (col(Application.state_since) >= _midnight(as_of - dt.timedelta(days=high)))


def _is_late(as_of: dt.date) -> ColumnElement[bool]:
    """Return the condition that a deadline is over: on the last day it is not."""
    over = (
        (col(Application.state) == state)
        & (col(Application.state_since) < _midnight(as_of - dt.timedelta(days=allowed)))
        for state, allowed in REVIEW_DAYS.items()
    )
    first, *rest = over
    for each in rest:
        first = first | each
    return first


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), tzinfo=_CHINA)
