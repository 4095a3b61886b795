"""Work of each day 每日办理: expiry and warnings as the commands `expire` and `warn` do them, nobody having to ask."""

import datetime as dt
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from sqlalchemy import Engine

from registry import audit
from registry.accounts.operations import ensure_operator
from registry.database import writing
from registry.jobs import Handler, Today, Work
from registry.projects.lifecycle.deadlines import china_date
from registry.projects.lifecycle.expiry import expire_entries, warn_of_endings

VALIDITY: Final = "run-validity"


def today() -> dt.date:
    """Return the day it is in China."""
    return china_date(audit.now())


DAILY: Final[Mapping[str, Today]] = {VALIDITY: today}
"""What a worker asks for once a day."""


def handlers(engine: Engine) -> Mapping[str, Handler]:
    """Return what a worker needs to run this job."""
    return {VALIDITY: partial(_run, engine)}


def _run(engine: Engine, work: Work) -> dict[str, Any]:
    """Take out what is over on the day and warn of what will be; both are harmless when a day is run again."""
    day = dt.date.fromisoformat(work.parameters["day"])
    with writing(engine) as session:
        outcomes = expire_entries(session, ensure_operator(session), as_of=day)
    with writing(engine) as session:
        told = warn_of_endings(session, ensure_operator(session), as_of=day)
    refused = [done.error.message_zh for done in outcomes if done.error is not None]
    return {"day": day.isoformat(), "expired": len(outcomes) - len(refused), "refused": refused, "warned": len(told)}
