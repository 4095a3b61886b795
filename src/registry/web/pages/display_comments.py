"""公众意见: writing one without signing in, and the queue of those who decide on them."""

import secrets
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath, RawBody

from registry.accounts.permissions import require
from registry.database import reading, writing
from registry.errors import Finding, InvalidInput
from registry.programme.cases.queries import find_shown
from registry.programme.display.commenting import LONGEST, STATES, decide_comment, list_comments, write_comment
from registry.programme.display.queries import find_displayed
from registry.web.api.assessments import Number
from registry.web.auth import FORM_COOKIE, identity_of, signed_in
from registry.web.bodies import as_of_or_today
from registry.web.forms import read_form
from registry.web.pages.display import whole
from registry.web.pages.sign_in import redirect
from registry.web.rendering import cookie, page, visit
from registry.web.throttle import Throttle, address

Anybody = Request[Any, Any, Any]
COMMENTS_AN_HOUR = 5
PAGE = 50


def comment_limit() -> Throttle:
    """Return the count of comments by address; it lives in this process and is written down nowhere."""
    return Throttle(limit=COMMENTS_AN_HOUR, seconds=3600)


@get("/display/projects/{code:str}/comment", sync_to_thread=True, include_in_schema=False)
def project_form(request: Anybody, code: FromPath[str]) -> Response[str]:
    """Show the form for a comment on a project. Raises NotFound, Withdrawn."""
    with reading(request.app.state.engine) as session:
        name = find_displayed(session, code, today=as_of_or_today(None)).summary.name
    return _form(request, f"/display/projects/{code}", name)


@post("/display/projects/{code:str}/comment", sync_to_thread=True, include_in_schema=False)
def project_comment(request: Anybody, code: FromPath[str], body: RawBody) -> Response[Any]:
    """Take a comment on a project. Raises NotFound, Withdrawn, TooManyAttempts."""
    with reading(request.app.state.engine) as session:
        name = find_displayed(session, code, today=as_of_or_today(None)).summary.name
    return _take(request, f"/display/projects/{code}", name, read_form(body).get("text", ""), project=code)


@get("/display/cases/{number:int}/comment", sync_to_thread=True, include_in_schema=False)
def case_form(request: Anybody, number: Number) -> Response[str]:
    """Show the form for a comment on a case. Raises NotFound, CaseWithdrawn."""
    with reading(request.app.state.engine) as session:
        title = find_shown(session, number, today=as_of_or_today(None)).summary.title
    return _form(request, f"/display/cases/{number}", title)


@post("/display/cases/{number:int}/comment", sync_to_thread=True, include_in_schema=False)
def case_comment(request: Anybody, number: Number, body: RawBody) -> Response[Any]:
    """Take a comment on a case. Raises NotFound, CaseWithdrawn, TooManyAttempts."""
    with reading(request.app.state.engine) as session:
        title = find_shown(session, number, today=as_of_or_today(None)).summary.title
    return _take(request, f"/display/cases/{number}", title, read_form(body).get("text", ""), case=number)


def _take(
    request: Anybody, back: str, name: str, text: str, *, project: str | None = None, case: int | None = None
) -> Response[Any]:
    request.app.state.comment_limit.attempt(address(request))
    try:
        with writing(request.app.state.engine) as session:
            write_comment(session, text=text, today=as_of_or_today(None), project=project, case=case)
    except InvalidInput as error:
        return _form(request, back, name, text=text, findings=error.findings)
    return _form(request, back, name, is_taken=True)


def _form(
    request: Anybody,
    back: str,
    name: str,
    *,
    text: str = "",
    findings: tuple[Finding, ...] = (),
    is_taken: bool = False,
) -> Response[str]:
    nonce = identity_of(request).secret or secrets.token_urlsafe(32)
    here = visit(request, secret=nonce)
    is_new = identity_of(request).secret is None
    return page(
        "display/comment.html",
        here,
        status=422 if findings else 200,
        cookies=[cookie(here, FORM_COOKIE, nonce)] if is_new else [],
        suffix="?lang=en" if here.language == "en" else "",
        back=back,
        name=name,
        text=text,
        findings=findings,
        is_taken=is_taken,
        longest=LONGEST,
        limit=COMMENTS_AN_HOUR,
    )


@get("/display-comments", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def queue(request: Anybody) -> Response[str]:
    """List the comments the visitor decides on. Raises NotAllowed."""
    here = visit(request)
    require(here.actor, "moderate_comments")
    asked = request.query_params.get("state", "new")
    state: Any = asked if asked in STATES else "new"
    with reading(here.engine) as session:
        before = whole(request.query_params.get("before"))
        rows = list_comments(session, here.actor, state=state, before=before, limit=PAGE + 1)
    following = rows[PAGE - 1].id if len(rows) > PAGE else None
    return page("display/queue.html", here, rows=rows[:PAGE], next=following, state=state, states=STATES)


@post("/display-comments/{number:int}", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def decide(request: Anybody, number: Number, body: RawBody) -> Response[Any]:
    """Publish or refuse a comment. Raises NotFound, NotAllowed, InvalidInput without a reason."""
    here, form = visit(request), read_form(body)
    require(here.actor, "moderate_comments")
    with writing(here.engine) as session:
        publish = form.get("decision") == "publish"
        decide_comment(session, here.actor, number, publish=publish, reason=form.get("reason", ""))
    return redirect("/display-comments", [])


handlers = [project_form, project_comment, case_form, case_comment, queue, decide]
