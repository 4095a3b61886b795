"""公众意见 over the API: anybody may write on what is on display, at the same rate as on the page; nobody signs in."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, Router, post
from litestar.params import FromPath, RawBody
from msgspec import Meta

from registry.database import reading, writing
from registry.programme.cases.queries import find_shown
from registry.programme.display.commenting import LONGEST, write_comment
from registry.programme.display.queries import find_displayed
from registry.web.api.assessments import Number
from registry.web.bodies import as_of_or_today, json_answer, read_body
from registry.web.hooks import check_anonymous
from registry.web.openapi import answers, problems
from registry.web.throttle import address

Anybody = Request[Any, Any, Any]


class CommentIn(msgspec.Struct, forbid_unknown_fields=True):
    """The words alone: 5 to 1000 characters, without personal data or links. Nothing of who writes is kept."""

    text: Annotated[str, Meta(max_length=2 * LONGEST)]


class CommentWaits(msgspec.Struct):
    """The comment was taken; it is shown once somebody has read it."""

    state: str = "new"


@post(
    "/projects/{code:str}/comments",
    sync_to_thread=True,
    status_code=202,
    responses={**answers(CommentWaits, "Waits to be read", 202), **problems(400, 401, 403, 404, 410, 422, 429)},
)
def on_project(request: Anybody, code: FromPath[str], body: RawBody) -> Response[bytes]:
    """Write a comment on a displayed project. No sign-in; five an hour from one address."""
    today = as_of_or_today(None)
    with reading(request.app.state.engine) as session:
        find_displayed(session, code, today=today)
    asked = read_body(body, CommentIn)
    request.app.state.comment_limit.attempt(address(request))
    with writing(request.app.state.engine) as session:
        write_comment(session, text=asked.text, today=today, project=code)
    return json_answer(CommentWaits(), status=202)


@post(
    "/cases/{number:int}/comments",
    sync_to_thread=True,
    status_code=202,
    responses={**answers(CommentWaits, "Waits to be read", 202), **problems(400, 401, 403, 404, 410, 422, 429)},
)
def on_case(request: Anybody, number: Number, body: RawBody) -> Response[bytes]:
    """Write a comment on a displayed case. No sign-in; five an hour from one address."""
    today = as_of_or_today(None)
    with reading(request.app.state.engine) as session:
        find_shown(session, number, today=today)
    asked = read_body(body, CommentIn)
    request.app.state.comment_limit.attempt(address(request))
    with writing(request.app.state.engine) as session:
        write_comment(session, text=asked.text, today=today, case=number)
    return json_answer(CommentWaits(), status=202)


BODIES = {
    "/api/v1/display/projects/{code}/comments": CommentIn,
    "/api/v1/display/cases/{number}/comments": CommentIn,
}
comments_router = Router(
    "/api/v1/display", route_handlers=[on_project, on_case], before_request=check_anonymous, security=[{}]
)
