"""Releasing a project for the public display, and deciding on comments, over the API: for somebody signed in."""

from datetime import date, datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, delete, get, post, put
from litestar.params import FromPath, QueryParameter, RawBody
from msgspec import Meta

from registry import audit
from registry.accounts.permissions import require
from registry.database import reading, writing
from registry.errors import NotFound
from registry.programme.display.commenting import QueuedComment, State, decide_comment, list_comments
from registry.programme.display.model import DisplayRelease
from registry.programme.display.operations import display_project, withdraw_display
from registry.programme.display.queries import release_of
from registry.web.api.assessments import Number
from registry.web.auth import identity_of
from registry.web.bodies import as_of_or_today, json_answer, read_body
from registry.web.openapi import answers, problems

Anybody = Request[Any, Any, Any]


class EvidenceIn(msgspec.Struct, forbid_unknown_fields=True):
    """A document of the project to release with it, and the part of the record it proves."""

    document: int
    part: str


class DisplayIn(msgspec.Struct, forbid_unknown_fields=True):
    """What to show: fields or whole parts of the record; `embargo_until` holds it back until that day."""

    fields: Annotated[list[str], Meta(max_length=500)]
    introduction: str = ""
    embargo_until: date | None = None
    evidence: list[EvidenceIn] = []
    expected_revision: int | None = None


class DisplayReleaseOut(msgspec.Struct):
    """The release in force of a project: the revision and fields shown, and from which day."""

    code: str
    revision_number: int
    revision_hash: str
    fields: list[str]
    introduction: str | None
    embargo_until: date | None
    released_at: datetime


class DecisionIn(msgspec.Struct, forbid_unknown_fields=True):
    """Publish a comment, or refuse it with a reason."""

    publish: bool
    reason: str = ""


@get(
    "/projects/{code:str}/display",
    sync_to_thread=True,
    responses={**answers(DisplayReleaseOut, "The release in force"), **problems(400, 401, 403, 404)},
)
def read(request: Anybody, code: FromPath[str]) -> Response[bytes]:
    """Read what of a project is released for display, shown already or not."""
    with reading(request.app.state.engine) as session:
        release = release_of(session, identity_of(request).actor, code)
        if release is None:
            raise NotFound(f"项目 {code} 未公开展示", f"Project {code} is not on display")
        return json_answer(_told(release))


@put(
    "/projects/{code:str}/display",
    sync_to_thread=True,
    responses={**answers(DisplayReleaseOut, "Released"), **problems(400, 401, 403, 404, 412, 422)},
)
def release(request: Anybody, code: FromPath[str], body: RawBody) -> Response[bytes]:
    """Show these fields of the latest revision to the public, in place of what was shown before."""
    actor = identity_of(request).actor
    require(actor, "display_projects")
    asked = read_body(body, DisplayIn)
    with writing(request.app.state.engine) as session:
        made = display_project(
            session,
            actor,
            code,
            fields=asked.fields,
            today=as_of_or_today(None),
            introduction=asked.introduction,
            embargo_until=asked.embargo_until,
            evidence={each.document: each.part for each in asked.evidence},
            expected_revision=asked.expected_revision,
        )
        return json_answer(_told(made))


@delete(
    "/projects/{code:str}/display",
    sync_to_thread=True,
    status_code=204,
    responses=problems(400, 401, 403, 404, 422),
)
def withdraw(
    request: Anybody,
    code: FromPath[str],
    reason: Annotated[str, QueryParameter(max_length=300, description="Why it is withdrawn")] = "",
) -> None:
    """Take a project off the display: the next request finds it gone."""
    with writing(request.app.state.engine) as session:
        withdraw_display(session, identity_of(request).actor, code, reason=reason)


@get(
    "/display-comments",
    sync_to_thread=True,
    responses={**answers(list[QueuedComment], "Newest first"), **problems(400, 401, 403)},
)
def comment_queue(
    request: Anybody,
    in_state: Annotated[State | None, QueryParameter(name="state", description="All, where none is named")] = None,
    before: Annotated[int | None, QueryParameter(ge=1, le=2_000_000_000)] = None,
) -> Response[bytes]:
    """List the public's comments that you decide on."""
    with reading(request.app.state.engine) as session:
        return json_answer(list_comments(session, identity_of(request).actor, state=in_state, before=before))


@post(
    "/display-comments/{number:int}/decision",
    sync_to_thread=True,
    status_code=200,
    responses={**answers(QueuedComment, "Decided"), **problems(400, 401, 403, 404, 422)},
)
def decide(request: Anybody, number: Number, body: RawBody) -> Response[bytes]:
    """Publish a comment, or refuse it with a reason."""
    actor = identity_of(request).actor
    require(actor, "moderate_comments")
    asked = read_body(body, DecisionIn)
    with writing(request.app.state.engine) as session:
        return json_answer(decide_comment(session, actor, number, publish=asked.publish, reason=asked.reason))


def _told(made: DisplayRelease) -> DisplayReleaseOut:
    return DisplayReleaseOut(
        made.code,
        made.revision_number,
        made.revision_hash,
        audit.parsed_json(made.fields),
        made.introduction,
        made.embargo_until,
        made.released_at,
    )


BODIES = {
    "/api/v1/projects/{code}/display": DisplayIn,
    "/api/v1/display-comments/{number}/decision": DecisionIn,
}
handlers = [read, release, withdraw, comment_queue, decide]
