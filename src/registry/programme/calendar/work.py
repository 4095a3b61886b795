"""Work of each day on the calendar: notices before deadlines, nobody having to ask."""

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Any, Final

from sqlalchemy import Engine

from registry.accounts.operations import ensure_operator
from registry.database import writing
from registry.jobs import Handler, Today, Work
from registry.programme.calendar.operations import warn_of_deadlines
from registry.projects.lifecycle.work import today

DEADLINES: Final = "run-deadlines"


DAILY: Final[Mapping[str, Today]] = {DEADLINES: today}
"""What a worker asks for once a day."""


def handlers(engine: Engine) -> Mapping[str, Handler]:
    """Return what a worker needs to run this job."""
    return {DEADLINES: partial(_run, engine)}


def _run(engine: Engine, work: Work) -> dict[str, Any]:
    day = date.fromisoformat(work.parameters["day"])
    with writing(engine) as session:
        told = warn_of_deadlines(session, ensure_operator(session), as_of=day)
    return {"day": day.isoformat(), "entries": len(told), "notices": sum(len(each[2]) for each in told)}
