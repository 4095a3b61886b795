"""Applications as columns: where each stood at a moment, read off its events, which are only ever added."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import polars as pl
from sqlalchemy import Engine, and_
from sqlmodel import col

from registry.accounts.model import Actor
from registry.accounts.permissions import require
from registry.projects.columns import read_frame
from registry.projects.lifecycle.model import Application, ApplicationEvent
from registry.projects.lifecycle.states import STATES
from registry.projects.model import Project
from registry.projects.queries import visible_projects

_MOMENT = pl.Datetime("us", "UTC")
EVENT_SCHEMA: Mapping[str, pl.DataType] = {
    "project_id": pl.Int64(),
    "application_id": pl.Int64(),
    "library": pl.String(),
    "opened_at": _MOMENT,
    "event_id": pl.Int64(),
    "at": _MOMENT,
    "action": pl.String(),
    "to_state": pl.String(),
    "round": pl.Int64(),
}
APPLICATION_SCHEMA: Mapping[str, pl.DataType] = {
    "project_id": pl.Int64(),
    "application_id": pl.Int64(),
    "library": pl.String(),
    "state": pl.Enum(list(STATES)),
    "since": _MOMENT,
    "round": pl.Int64(),
    "entered_on": pl.Date(),
}


def read_events(engine: Engine, actor: Actor, *, at: dt.datetime | None = None) -> pl.DataFrame:
    """Return the events of the applications of visible projects before a moment (EVENT_SCHEMA), in order.

    An application nothing has happened to has one row without an event. Raises NotAllowed.
    """
    require(actor, "read_applications")
    event = ApplicationEvent
    columns: tuple[Any, ...] = (
        Application.project_id,
        col(Application.id).label("application_id"),
        Application.library,
        Application.opened_at,
        col(event.id).label("event_id"),
        event.at,
        event.action,
        event.to_state,
        event.round,
    )
    is_own = col(event.application_id) == col(Application.id)
    query = visible_projects(actor, *columns).join(Application, col(Application.project_id) == col(Project.id))
    query = query.outerjoin(event, is_own if at is None else and_(is_own, col(event.at) < at))
    if at is not None:
        query = query.where(col(Application.opened_at) < at)
    return read_frame(engine, query.order_by(col(Application.id), col(event.id)), EVENT_SCHEMA)


def standing(events: pl.DataFrame) -> pl.DataFrame:
    """Return where each application stands after these events (APPLICATION_SCHEMA), in order of application.

    A note on a frozen dossier moves nothing; the validity runs from the first entry.
    """
    moved = pl.col("action").is_not_null() & (pl.col("action") != "note")
    found = events.group_by("application_id", maintain_order=True).agg(
        pl.col("project_id").first(),
        pl.col("library").first(),
        pl.col("to_state").filter(moved).last().fill_null("draft").alias("state"),
        pl.coalesce(pl.col("at").filter(moved).last(), pl.col("opened_at").first()).alias("since"),
        pl.col("round").last().fill_null(0),
        pl.col("at").filter(pl.col("action") == "admit").first().alias("entered_on"),
    )
    # The day in China, which has no summer time.
    entered = pl.col("entered_on").dt.offset_by("8h").dt.replace_time_zone(None).dt.date()
    return found.with_columns(entered).select(list(APPLICATION_SCHEMA)).cast(pl.Schema(APPLICATION_SCHEMA))
