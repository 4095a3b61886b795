"""Papers of cities from Excel over the API: the filled workbook becomes the next revision, whole or not at all."""

from typing import Any

from litestar import Request, Response, post
from litestar.params import RawBody

from registry.accounts.permissions import require
from registry.database import reading, writing
from registry.programme.financing_plan.operations import take_plan_workbook
from registry.programme.papers.workbook import checked, read_paper_workbook
from registry.web.api.assessments import Number
from registry.web.api.city_papers import Name
from registry.web.api.financing_plans import Reason, SavedPlan, saved_answer, seen_version
from registry.web.auth import identity_of
from registry.web.bodies import as_of_or_today
from registry.web.openapi import answers, problems
from registry.web.paper_desks import desk_of
from registry.web.preconditions import IfMatch
from registry.web.uploads import LARGEST_UPLOAD

Anybody = Request[Any, Any, Any]


@post(
    "/city-papers/{name:str}/{number:int}/workbook",
    sync_to_thread=True,
    status_code=200,
    request_max_body_size=LARGEST_UPLOAD,
    responses={**answers(SavedPlan, "Saved as a new revision"), **problems(400, 401, 403, 404, 412, 422, 428)},
)
def give(
    request: Anybody,
    name: Name,
    number: Number,
    body: RawBody,
    reason: Reason = None,
    if_match: IfMatch = None,
) -> Response[bytes]:
    """Give a paper as the workbook `files/data` hands out, filled in; each flaw names its sheet and cell."""
    desk, actor = desk_of(name), identity_of(request).actor
    require(actor, "edit_papers")
    seen, today = seen_version(if_match), as_of_or_today(None)
    with reading(request.app.state.engine) as session:
        known = desk.read(session, actor, number, today=today).document.model_dump(mode="json", exclude_none=True)
    document: Any = checked(desk.document, read_paper_workbook(desk.document, body, "data.xlsx", known))
    with writing(request.app.state.engine) as session:
        saved = desk.save(
            session, actor, number, document=document, expected_version=seen, today=today, reason=reason or ""
        )
    return saved_answer(saved)


@post(
    "/financing-plans/{number:int}/workbook",
    sync_to_thread=True,
    status_code=200,
    request_max_body_size=LARGEST_UPLOAD,
    responses={**answers(SavedPlan, "Saved as a new revision"), **problems(400, 401, 403, 404, 412, 422, 428)},
)
def give_plan(
    request: Anybody,
    number: Number,
    body: RawBody,
    reason: Reason = None,
    if_match: IfMatch = None,
) -> Response[bytes]:
    """Give a financing plan as the workbook `files/data` hands out, filled in; each flaw names its sheet and cell."""
    actor = identity_of(request).actor
    require(actor, "edit_papers")
    seen = seen_version(if_match)
    with writing(request.app.state.engine) as session:
        saved = take_plan_workbook(
            session, actor, number, content=body, name="data.xlsx", expected_version=seen, reason=reason or ""
        )
    return saved_answer(saved)


handlers = [give, give_plan]
