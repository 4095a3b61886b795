"""Model cases over the API, for those who work on them: record, moves, pictures, workbook in and out."""

from datetime import date
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, delete, get, post, put
from litestar.params import QueryParameter, RawBody

from registry.accounts.permissions import require
from registry.database import reading, writing
from registry.programme.cases.operations import SavedCase, create_case, move_case, read_case, save_case
from registry.programme.cases.pictures import add_picture, read_picture, remove_picture
from registry.programme.cases.queries import CaseRecord, CaseSummary, find_case, list_cases
from registry.programme.cases.workbook import cases_workbook, take_cases
from registry.projects.documents.store import open_store
from registry.projects.validation import read_json
from registry.web.api.assessments import Number
from registry.web.auth import identity_of
from registry.web.bodies import as_of_or_today, attachment, json_answer, read_body
from registry.web.openapi import answers, problems
from registry.web.preconditions import IfMatch, etag, seen_hashes
from registry.web.uploads import LARGEST_UPLOAD, XLSX, file_name

Anybody = Request[Any, Any, Any]
Name = Annotated[str, QueryParameter(min_length=1, max_length=200, description="The name of the file")]
Kind = Annotated[str | None, QueryParameter(max_length=20)]
InState = Annotated[str | None, QueryParameter(name="state", max_length=20)]


class SavedCaseOut(msgspec.Struct):
    """What a write left; `version` is the ETag of the next write."""

    id: int
    version: int
    state: str


class CaseActionIn(msgspec.Struct, forbid_unknown_fields=True):
    """One move: `version` is the case's as you saw it; `embargo_until` holds a release back until that day."""

    action: str
    version: int
    reason: str = ""
    embargo_until: date | None = None


class PictureOut(msgspec.Struct):
    """The number of a picture."""

    id: int


class TakenCases(msgspec.Struct):
    """The numbers of the cases a workbook began."""

    cases: list[int]


@get("/cases", sync_to_thread=True, responses={**answers(list[CaseSummary], "Newest"), **problems(400, 401, 403)})
def list_all(request: Anybody, kind: Kind = None, in_state: InState = None) -> Response[bytes]:
    """List the model cases you work with."""
    with reading(request.app.state.engine) as session:
        return json_answer(list_cases(session, identity_of(request).actor, kind=kind, state=in_state))


@get("/cases.xlsx", sync_to_thread=True, media_type=XLSX, responses=problems(400, 401, 403))
def workbook(request: Anybody) -> Response[bytes]:
    """Download the cases you work with as a workbook that can be filled and taken back."""
    with reading(request.app.state.engine) as session:
        content = cases_workbook(session, identity_of(request).actor)
    return Response(content, media_type=XLSX, headers=attachment("cases.xlsx"))


@post(
    "/cases/import",
    sync_to_thread=True,
    status_code=201,
    request_max_body_size=LARGEST_UPLOAD,
    responses={**answers(TakenCases, "Begun", 201), **problems(400, 401, 403, 413, 422)},
)
def take(request: Anybody, body: RawBody, name: Name) -> Response[bytes]:
    """Begin a case for every row of a workbook or CSV sent as the body, all or none."""
    with writing(request.app.state.engine) as session:
        made = take_cases(session, identity_of(request).actor, content=body, name=file_name(name))
    return json_answer(TakenCases(made), status=201)


@post(
    "/cases",
    sync_to_thread=True,
    status_code=201,
    responses={**answers(SavedCaseOut, "Begun", 201), **problems(400, 401, 403, 422)},
)
def begin(request: Anybody, body: RawBody) -> Response[bytes]:
    """Begin a case of your organisation; the body is its record."""
    actor = identity_of(request).actor
    require(actor, "edit_cases")
    fields = read_case(read_json(body))
    with writing(request.app.state.engine) as session:
        saved = create_case(session, actor, fields)
    return _saved(saved, status=201, headers={"Location": f"/api/v1/cases/{saved.id}"})


@get(
    "/cases/{number:int}",
    sync_to_thread=True,
    responses={**answers(CaseRecord, "The case"), **problems(400, 401, 403, 404)},
)
def read(request: Anybody, number: Number) -> Response[bytes]:
    """Read a case with its record; `ETag` is the version a write must name."""
    with reading(request.app.state.engine) as session:
        found = find_case(session, identity_of(request).actor, number)
    return json_answer(found, headers={"ETag": etag(str(found.summary.version))})


@put(
    "/cases/{number:int}",
    sync_to_thread=True,
    responses={**answers(SavedCaseOut, "Saved"), **problems(400, 401, 403, 404, 412, 422, 428)},
)
def change(
    request: Anybody,
    number: Number,
    body: RawBody,
    if_match: IfMatch = None,
) -> Response[bytes]:
    """Save the record of a case over the version you saw."""
    actor = identity_of(request).actor
    require(actor, "edit_cases")
    seen = max((int(tag) for tag in seen_hashes(if_match) if tag.isascii() and tag.isdigit()), default=0)
    fields = read_case(read_json(body))
    with writing(request.app.state.engine) as session:
        return _saved(save_case(session, actor, number, fields, expected_version=seen))


@post(
    "/cases/{number:int}/actions",
    sync_to_thread=True,
    status_code=200,
    responses={**answers(SavedCaseOut, "Moved"), **problems(400, 401, 403, 404, 412, 422)},
)
def act(request: Anybody, number: Number, body: RawBody) -> Response[bytes]:
    """Submit a case, take it back, agree, return, release, withdraw or revise it."""
    actor = identity_of(request).actor
    require(actor, "read_cases")
    asked = read_body(body, CaseActionIn)
    with writing(request.app.state.engine) as session:
        moved = move_case(
            session,
            actor,
            number,
            action=asked.action,
            expected_version=asked.version,
            today=as_of_or_today(None),
            reason=asked.reason,
            embargo_until=asked.embargo_until,
        )
    return _saved(moved)


@post(
    "/cases/{number:int}/pictures",
    sync_to_thread=True,
    status_code=201,
    request_max_body_size=LARGEST_UPLOAD,
    responses={**answers(PictureOut, "The picture", 201), **problems(400, 401, 403, 404, 413, 422)},
)
def picture_add(
    request: Anybody,
    number: Number,
    body: RawBody,
    name: Name,
    caption: Annotated[str, QueryParameter(max_length=200, description="What the picture shows")] = "",
) -> Response[bytes]:
    """Add a PNG or JPEG sent as the body. The same picture again is the same picture."""
    store = open_store(request.app.state.settings)
    actor, engine = identity_of(request).actor, request.app.state.engine
    made = add_picture(engine, actor, number, content=body, file_name=file_name(name), caption=caption, store=store)
    return json_answer(PictureOut(made), status=201)


@get(
    "/cases/{number:int}/pictures/{picture:int}",
    sync_to_thread=True,
    media_type="image/png",
    responses=problems(400, 401, 403, 404),
)
def picture_read(request: Anybody, number: Number, picture: Number) -> Response[bytes]:
    """Read a picture of a case you work with."""
    store = open_store(request.app.state.settings)
    with reading(request.app.state.engine) as session:
        found = read_picture(session, identity_of(request).actor, number, picture, store=store)
    return Response(found.content, media_type=found.media_type, headers={"Cache-Control": "private, no-cache"})


@delete(
    "/cases/{number:int}/pictures/{picture:int}",
    sync_to_thread=True,
    status_code=204,
    responses=problems(400, 401, 403, 404, 422),
)
def picture_remove(request: Anybody, number: Number, picture: Number) -> None:
    """Take a picture off a case."""
    with writing(request.app.state.engine) as session:
        remove_picture(session, identity_of(request).actor, number, picture)


def _saved(saved: SavedCase, *, status: int = 200, headers: dict[str, str] | None = None) -> Response[bytes]:
    told = SavedCaseOut(saved.id, saved.version, saved.state)
    return json_answer(told, status=status, headers={"ETag": etag(str(saved.version)), **(headers or {})})


BODIES = {"/api/v1/cases/{number}/actions": CaseActionIn}
handlers = [
    list_all,
    workbook,
    take,
    begin,
    read,
    change,
    act,
    picture_add,
    picture_read,
    picture_remove,
]
