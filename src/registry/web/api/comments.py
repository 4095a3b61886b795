"""Comments on sections and fields over the API: list, write, settle."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, QueryParameter, RawBody
from msgspec import Meta

from registry.accounts.permissions import require
from registry.database import reading, writing
from registry.projects.comments.model import AUDIENCES, Comment
from registry.projects.comments.operations import add_comment, settle_comment
from registry.projects.comments.queries import list_comments
from registry.web.api.assessments import Number
from registry.web.auth import identity_of
from registry.web.bodies import json_answer, read_body
from registry.web.openapi import answers, problems

Anybody = Request[Any, Any, Any]


class CommentIn(msgspec.Struct, forbid_unknown_fields=True):
    """A comment on a section, or on one field of it: `name`, or of a line `funding_lines[2].amount`."""

    section: Annotated[str, Meta(max_length=40)]
    text: str
    audience: Annotated[str, Meta(description="city, reviewers or both; one you belong to")]
    field: Annotated[str, Meta(max_length=120)] | None = None


class CommentOut(msgspec.Struct):
    """A comment; `settled_at` is null while it is open."""

    id: int
    section: str
    field: str | None
    audience: str
    audience_zh: str
    text: str
    revision_number: int
    author_name: str
    written_at: datetime
    settled_at: datetime | None


def _shown(comment: Comment) -> CommentOut:
    return CommentOut(
        id=comment.id or 0,
        section=comment.section,
        field=comment.field,
        audience=comment.audience,
        audience_zh=AUDIENCES[comment.audience][0],
        text=comment.text,
        revision_number=comment.revision_number,
        author_name=comment.author_name,
        written_at=comment.written_at,
        settled_at=comment.settled_at,
    )


@get(
    "/projects/{code:str}/comments",
    sync_to_thread=True,
    responses={**answers(list[CommentOut], "Those your side may read, oldest first"), **problems(400, 401, 403, 404)},
)
def list_all(
    request: Anybody,
    code: FromPath[str],
    section: Annotated[str | None, QueryParameter(max_length=40, description="Only those on this section")] = None,
) -> Response[bytes]:
    """List the comments on a project that your side may read."""
    with reading(request.app.state.engine) as session:
        found = list_comments(session, identity_of(request).actor, code, section=section)
        return json_answer([_shown(each) for each in found])


@post(
    "/projects/{code:str}/comments",
    sync_to_thread=True,
    status_code=201,
    responses={**answers(CommentOut, "The comment", 201), **problems(400, 401, 403, 404, 422)},
)
def add(request: Anybody, code: FromPath[str], body: RawBody) -> Response[bytes]:
    """Write a comment on a section or a field; who reads it is fixed now."""
    actor = identity_of(request).actor
    require(actor, "comment")
    asked = read_body(body, CommentIn)
    with writing(request.app.state.engine) as session:
        kept = add_comment(
            session,
            actor,
            code,
            section=asked.section,
            text=asked.text,
            audience=asked.audience,
            field=asked.field,
        )
        return json_answer(_shown(kept), status=201)


@post(
    "/projects/{code:str}/comments/{number:int}/settlement",
    sync_to_thread=True,
    status_code=200,
    responses={**answers(CommentOut, "The comment, settled"), **problems(400, 401, 403, 404)},
)
def settle(request: Anybody, code: FromPath[str], number: Number) -> Response[bytes]:
    """Mark a comment as dealt with. Harmless when repeated."""
    with writing(request.app.state.engine) as session:
        return json_answer(_shown(settle_comment(session, identity_of(request).actor, code, number)))


BODIES = {"/api/v1/projects/{code}/comments": CommentIn}
handlers = [list_all, add, settle]
