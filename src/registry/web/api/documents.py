"""Documents of a project over the API: list, upload, download, attach to the checklist, withdraw."""

from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.params import FromPath, QueryParameter, RawBody
from msgspec import Meta
from sqlmodel import Session

from registry.accounts.model import Actor
from registry.accounts.permissions import require
from registry.database import reading, writing
from registry.projects.documents.operations import (
    Download,
    attach_to_checklist,
    download_document,
    list_documents,
    upload_document,
    withdraw_document,
)
from registry.projects.documents.store import open_store
from registry.web.api.assessments import Number
from registry.web.auth import identity_of
from registry.web.bodies import json_answer, read_body
from registry.web.openapi import answers, problems
from registry.web.uploads import LARGEST_UPLOAD, file_name

Anybody = Request[Any, Any, Any]


class DocumentOut(msgspec.Struct):
    """An uploaded document; `size` is in bytes."""

    id: int
    file_name: str
    checklist_code: str | None
    media_type: str
    size: int
    sha256: str
    uploaded_at: datetime


class ChecklistIn(msgspec.Struct, forbid_unknown_fields=True):
    """As which item of the checklist a document counts, on top of which revision of the dossier."""

    checklist_code: Annotated[str, Meta(min_length=1, max_length=20)]
    expected_revision: int


class AttachedOut(msgspec.Struct):
    """The revision in which the dossier names the document."""

    code: str
    change: str
    revision_number: int


@get(
    "/projects/{code:str}/documents",
    sync_to_thread=True,
    responses={**answers(list[DocumentOut], "Oldest first"), **problems(400, 401, 403, 404)},
)
def list_all(request: Anybody, code: FromPath[str]) -> Response[bytes]:
    """List the documents of a project."""
    with reading(request.app.state.engine) as session:
        return json_answer(documents_of(session, identity_of(request).actor, code))


def documents_of(session: Session, actor: Actor, code: str) -> list[DocumentOut]:
    """Return the documents of a project as they are shown. Raises NotFound, NotAllowed."""
    return [
        DocumentOut(
            item.id or 0, item.file_name, item.checklist_code, file.media_type, file.size, file.sha256, item.uploaded_at
        )
        for item, file in list_documents(session, actor, code)
    ]


@post(
    "/projects/{code:str}/documents",
    sync_to_thread=True,
    status_code=201,
    request_max_body_size=LARGEST_UPLOAD,
    responses={**answers(DocumentOut, "The document", 201), **problems(400, 401, 403, 404, 413, 422, 503)},
)
def upload(
    request: Anybody,
    code: FromPath[str],
    body: RawBody,
    name: Annotated[str, QueryParameter(min_length=1, max_length=200, description="The name of the file")],
) -> Response[bytes]:
    """Upload a PDF, Office document or picture sent as the body. The same file again is the same document."""
    actor, engine = identity_of(request).actor, request.app.state.engine
    store = open_store(request.app.state.settings)
    kept = upload_document(
        engine, actor, code, content=body, file_name=file_name(name), checklist_code=None, store=store
    )
    with reading(engine) as session:
        told = next(each for each in documents_of(session, actor, code) if each.id == kept.id)
    return json_answer(told, status=201, headers={"Location": f"/api/v1/projects/{code}/documents/{kept.id}"})


@get(
    "/projects/{code:str}/documents/{number:int}",
    sync_to_thread=True,
    media_type="application/octet-stream",
    responses=problems(400, 401, 403, 404, 503),
)
def download(request: Anybody, code: FromPath[str], number: Number) -> Response[bytes]:
    """Download a document, always as an attachment; the reading is in the audit log."""
    with writing(request.app.state.engine) as session:
        store = open_store(request.app.state.settings)
        return attachment(download_document(session, identity_of(request).actor, code, number, store=store))


def attachment(found: Download) -> Response[bytes]:
    """Return a document so that no browser runs it or shows it as a page of ours."""
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.file_name)}",
        "Cache-Control": "private, no-store",
    }
    return Response(found.content, media_type=found.media_type, headers=headers)


@post(
    "/projects/{code:str}/documents/{number:int}/checklist",
    sync_to_thread=True,
    status_code=200,
    responses={**answers(AttachedOut, "Saved as a new revision"), **problems(400, 401, 403, 404, 412, 422)},
)
def attach(request: Anybody, code: FromPath[str], number: Number, body: RawBody) -> Response[bytes]:
    """Name a document as the one of a checklist item: a new revision of the dossier."""
    actor = identity_of(request).actor
    require(actor, "upload_documents")
    asked = read_body(body, ChecklistIn)
    with writing(request.app.state.engine) as session:
        done = attach_to_checklist(
            session,
            actor,
            code,
            number,
            checklist_code=asked.checklist_code,
            expected_revision=asked.expected_revision,
        )
    return json_answer(AttachedOut(done.code, done.change, done.revision_number))


@delete(
    "/projects/{code:str}/documents/{number:int}",
    sync_to_thread=True,
    status_code=204,
    responses=problems(400, 401, 403, 404),
)
def withdraw(request: Anybody, code: FromPath[str], number: Number) -> None:
    """Take a document off the list; what refers to its content keeps it."""
    with writing(request.app.state.engine) as session:
        withdraw_document(session, identity_of(request).actor, code, number)


BODIES = {"/api/v1/projects/{code}/documents/{number}/checklist": ChecklistIn}
handlers = [list_all, upload, download, attach, withdraw]
