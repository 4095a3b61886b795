"""Exports over the API: any list of projects as a job, in a form that can be edited and imported again."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import RawBody
from litestar.response import File
from sqlmodel import Session

from registry.accounts.permissions import require
from registry.database import reading
from registry.intake.export_work import EXPORT, enqueue_export, export_file, find_export
from registry.intake.exporting import ExportForm
from registry.projects.search.filters import Sort
from registry.web.api.assessments import JobOut, Number, job_answer
from registry.web.api.imports import Key
from registry.web.api.package_batches import filter_in
from registry.web.auth import identity_of
from registry.web.bodies import read_body
from registry.web.openapi import answers, problems
from registry.web.preconditions import Answer, once
from registry.web.uploads import XLSX

Anybody = Request[Any, Any, Any]
_CALL = "/api/v1/exports"
_MEDIA = {".xlsx": XLSX, ".csv": "text/csv", ".zip": "application/zip"}


class ExportIn(msgspec.Struct, forbid_unknown_fields=True):
    """Which projects: those a list narrowed and sorted like this shows, all unless said; and in which form.

    `xlsx` is the import template with every sheet, a CSV (`csv` in UTF-8) the table of projects alone.
    """

    filter: dict[str, str] = msgspec.field(default_factory=dict)
    sort: Sort = "code"
    form: ExportForm = "xlsx"


@post(
    "/exports",
    sync_to_thread=True,
    status_code=202,
    responses={
        **answers(JobOut, "The job that writes the file; follow its Location", 202),
        **problems(400, 401, 403, 422),
    },
)
def start(request: Anybody, body: RawBody, idempotency_key: Key = None) -> Response[bytes]:
    """Export the projects of a list, however many; more than 5,000 come as a ZIP of files that can be imported."""
    actor, engine = identity_of(request).actor, request.app.state.engine
    require(actor, "read_projects")
    asked = read_body(body or b"{}", ExportIn)
    wanted = filter_in(asked.filter)

    def act(session: Session) -> Answer:
        job = enqueue_export(session, actor, wanted=wanted, sort=asked.sort, form=asked.form)
        return Answer(202, {"Location": f"{_CALL}/{job}"}, str(job))

    told, is_repeated = once(engine, actor, key=idempotency_key, request=body, act=act)
    replayed = {"Idempotent-Replayed": "true"} if is_repeated else {}
    return job_answer(request, int(told.body), status=told.status, headers={**told.headers, **replayed})


@get(
    "/exports/{number:int}",
    sync_to_thread=True,
    responses={**answers(JobOut, "How far it is; the name of the file once done"), **problems(400, 401, 403, 404)},
)
def follow(request: Anybody, number: Number) -> Response[bytes]:
    """Follow an export you asked for."""
    with reading(request.app.state.engine) as session:
        find_export(session, identity_of(request).actor, number)
    return job_answer(request, number, kind=EXPORT)


@get(
    "/exports/{number:int}/file",
    sync_to_thread=True,
    media_type="application/octet-stream",
    responses=problems(400, 401, 403, 404),
)
def download(request: Anybody, number: Number) -> File:
    """Download the file of an export that is done; it is kept for a day."""
    return exported(request, number)


def exported(request: Anybody, number: int) -> File:
    """Return the file of an export. Raises NotFound, NotAllowed."""
    with reading(request.app.state.engine) as session:
        path = export_file(session, identity_of(request).actor, request.app.state.settings.data_dir, number)
    headers = {"Cache-Control": "private, no-store"}
    return File(path, filename=path.name, media_type=_MEDIA[path.suffix], headers=headers)


BODIES: dict[str, Any] = {_CALL: ExportIn}
"""Path of a call to the structure of its body."""

handlers = [start, follow, download]
