"""What reports are made of, without a database: a small portfolio with every part named by the test."""

import datetime as dt
from typing import Any

import polars as pl

from registry.assessments.columns import ASSESSMENT_SCHEMA
from registry.portfolio.results import yearly_benefits
from registry.projects.columns import BENEFIT_SCHEMA, CASE_SCHEMA
from registry.projects.lifecycle.columns import EVENT_SCHEMA


def assessments(*rows: dict[str, Any]) -> pl.DataFrame:
    """Return assessments as `read_assessments` gives them; what is not named is unknown."""
    empty = dict.fromkeys(ASSESSMENT_SCHEMA)
    return pl.DataFrame([{**empty, **row} for row in rows], schema=dict(ASSESSMENT_SCHEMA))


def benefits(*rows: tuple[int, str, float | None, str | None]) -> pl.DataFrame:
    """Return benefits in standard units, of lines printed as project, indicator, value, unit."""
    return yearly_benefits(pl.DataFrame(rows, schema=dict(BENEFIT_SCHEMA), orient="row"))


def cases(*rows: tuple[int, int | None, int | None]) -> pl.DataFrame:
    """Return the years of financial cases: project, construction, operation."""
    return pl.DataFrame(rows, schema=dict(CASE_SCHEMA), orient="row")


def events(*rows: tuple[int, int, str, str | None, int, dt.datetime | None], opened: dt.datetime) -> pl.DataFrame:
    """Return events: project, application, library, action, round, moment; the state follows from the action."""
    states = {
        "submit": "submitted",
        "recommend": "recommended",
        "admit": "in_library",
        "return": "returned",
        "decline": "declined",
        "withdraw": "withdrawn",
        "reopen": "submitted",
        "note": "in_library",
    }
    whole = [
        (project, application, library, opened, number if action else None, at, action, states.get(action or ""), turn)
        for number, (project, application, library, action, turn, at) in enumerate(rows, start=1)
    ]
    return pl.DataFrame(whole, schema=dict(EVENT_SCHEMA), orient="row")
