"""The desk of applications over the API: the board of states with its ageing, and the check before a submission."""

from datetime import date
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get
from litestar.params import QueryParameter

from registry.accounts.permissions import require
from registry.assessments.applying import check_submission
from registry.assessments.missing import MissingStep
from registry.database import reading
from registry.eligibility.verdicts import LibraryVerdict
from registry.projects.lifecycle.board import BANDS, StateCount, board
from registry.projects.lifecycle.queries import ApplicationSummary
from registry.web.api.assessments import Number
from registry.web.api.libraries import AsOf
from registry.web.api.reviews import told
from registry.web.auth import identity_of
from registry.web.bodies import as_of_or_today, json_answer
from registry.web.openapi import FindingOut, answers, problems

Anybody = Request[Any, Any, Any]


class BoardOut(msgspec.Struct):
    """States that hold applications you may see; `bands` gives the first and the last day of each, null for no end."""

    as_of: date
    bands: dict[str, tuple[int, int | None]]
    states: list[StateCount]


class CheckOut(msgspec.Struct):
    """What a submission would meet; `hindered` is null for who may not submit now, `verdict` where no rule applies."""

    application: ApplicationSummary
    hindered: list[FindingOut] | None
    verdict: LibraryVerdict | None
    steps: tuple[MissingStep, ...]


@get(
    "/board",
    sync_to_thread=True,
    responses={**answers(BoardOut, "Applications by state and days in it"), **problems(400, 401, 403)},
)
def read_board(
    request: Anybody,
    library: Annotated[str | None, QueryParameter(max_length=60, description="Only applications to it")] = None,
    as_of: AsOf = None,
) -> Response[bytes]:
    """Count the applications you may see by state and age; amounts in 万元 as text, of the projects that state one."""
    actor, day = identity_of(request).actor, as_of_or_today(as_of)
    require(actor, "read_applications")
    with reading(request.app.state.engine) as session:
        return json_answer(BoardOut(day, BANDS, board(session, actor, as_of=day, library=library)))


@get(
    "/applications/{number:int}/check",
    sync_to_thread=True,
    responses={**answers(CheckOut, "What a submission would meet"), **problems(400, 401, 403, 404)},
)
def check(request: Anybody, number: Number) -> Response[bytes]:
    """Check an application before it is submitted; nothing is kept."""
    with reading(request.app.state.engine) as session:
        found = check_submission(session, identity_of(request).actor, number, as_of=as_of_or_today(None))
    hindered = None if found.hindered is None else [told(each) for each in found.hindered]
    return json_answer(CheckOut(found.application, hindered, found.verdict, found.steps))


handlers = [read_board, check]
