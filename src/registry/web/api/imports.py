"""Files over the API: the template, an upload and its preview, what is taken of it, the workbook with its findings."""

from collections.abc import Collection
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, get, post
from litestar.params import HeaderParameter, PathParameter, QueryParameter, RawBody
from msgspec import Meta
from sqlmodel import Session

from registry import jobs
from registry.accounts.permissions import require
from registry.database import reading
from registry.errors import Finding, InvalidInput
from registry.intake.preview import RowPreview
from registry.intake.template import template_workbook
from registry.intake.uploads import STATES, UploadFolder
from registry.intake.work import enqueue_commit, enqueue_preview, find_import, find_preview
from registry.web.api.assessments import JobOut, job_answer
from registry.web.auth import identity_of
from registry.web.bodies import json_answer, read_body
from registry.web.openapi import answers, problems
from registry.web.preconditions import Answer, once
from registry.web.uploads import LARGEST_UPLOAD, XLSX, file_name

Anybody = Request[Any, Any, Any]
Number = Annotated[int, PathParameter(ge=1, le=2_000_000_000)]
FileName = Annotated[str, QueryParameter(max_length=200, description="What the file is called, as findings name it")]
State = Literal["new", "changed", "unchanged", "rejected"]
Key = Annotated[str | None, HeaderParameter(name="Idempotency-Key")]
_CALL = "/api/v1/imports"


class CellOut(msgspec.Struct):
    """One field an upload would change, or a cell that cannot be taken (`state` is `error`)."""

    path: str
    title: str
    state: str
    before: Any
    after: Any


class RowOut(msgspec.Struct):
    """One row of the file; `code` is null for a new project, `n_unchanged` counts filled fields that stay.

    `reopens` names the major changes of a project that stands in a library: taking the row reopens its entry.
    """

    sheet: str
    row: int
    state: str
    code: str | None
    name: str | None
    cells: list[CellOut]
    n_unchanged: int
    reopens: list[str]


class RowsOut(msgspec.Struct):
    """Some rows of a preview: `total` in the states asked for, `next` is where to go on (null: that was all)."""

    rows: list[RowOut]
    total: int
    next: int | None


class ChoiceIn(msgspec.Struct, forbid_unknown_fields=True):
    """What to take of a preview: these rows, each as `sheet:number`, else all rows in these states.

    `reopens_entry` agrees that the projects whose rows have `reopens` go back to review; else these rows are left out.
    """

    rows: Annotated[list[str], Meta(max_length=200_000)] | None = None
    states: list[Literal["new", "changed"]] = msgspec.field(default_factory=lambda: ["new", "changed"])
    reopens_entry: bool = False


@get("/template.xlsx", sync_to_thread=True, media_type=XLSX, responses=problems(400, 401))
def template(request: Anybody) -> Response[bytes]:
    """Download the empty Excel template 填报模板."""
    del request
    return workbook(template_workbook(), "project-template.xlsx")


@post(
    "/imports",
    sync_to_thread=True,
    status_code=202,
    request_max_body_size=LARGEST_UPLOAD,
    responses={
        **answers(JobOut, "The job that compares the file with what is stored; follow its Location", 202),
        **problems(400, 401, 403, 413, 422),
    },
)
def upload(
    request: Anybody, body: RawBody, name: FileName = "upload.xlsx", idempotency_key: Key = None
) -> Response[bytes]:
    """Send a CSV or XLSX file as the body. It is compared with what is stored; nothing is taken yet."""
    engine, actor, called = request.app.state.engine, identity_of(request).actor, file_name(name)
    require(actor, "import_projects")
    key = _folder(request).keep(body)

    def act(session: Session) -> Answer:
        return _asked(enqueue_preview(session, actor, name=called, key=key))

    answer, is_repeated = once(engine, actor, key=idempotency_key, request=called.encode() + body, act=act)
    return _accepted(request, answer, is_repeated=is_repeated)


@get(
    "/imports/{number:int}",
    sync_to_thread=True,
    responses={**answers(JobOut, "How far it is; counts and first findings once done"), **problems(400, 401, 404)},
)
def read(request: Anybody, number: Number) -> Response[bytes]:
    """Follow an upload or the taking of one.

    The result of a preview has `counts` by state, and in `reopening` how many rows reopen the entry of a project in a
    library. The result of a taking has `rows`, `created`, `changed`, `unchanged` and `rejected`; `codes` with the
    project of each row as `{"sheet:number": code}`; `reopened` and `left_frozen`: entries reopened, and rows among
    the rejected left out because nobody agreed to that.
    """
    with reading(request.app.state.engine) as session:
        find_import(session, identity_of(request).actor, number)
    return job_answer(request, number)


@get(
    "/imports/{number:int}/rows",
    sync_to_thread=True,
    responses={**answers(RowsOut, "Rows in the order of the file"), **problems(400, 401, 404)},
)
def read_rows(
    request: Anybody,
    number: Number,
    wanted: Annotated[list[State] | None, QueryParameter(name="state", description="Rows in these states only")] = None,
    reopens: Annotated[bool, QueryParameter(description="Only rows whose taking reopens an entry")] = False,
    start: Annotated[int, QueryParameter(ge=0, le=1_000_000)] = 0,
    limit: Annotated[int, QueryParameter(ge=1, le=500)] = 100,
) -> Response[bytes]:
    """Read what each row of an upload would do: old and new value of each field, and the cells that cannot be taken."""
    with reading(request.app.state.engine) as session:
        find_preview(session, identity_of(request).actor, number)
    rows, total = _folder(request).rows(number, states=wanted or STATES, reopens=reopens, start=start, limit=limit)
    following = start + len(rows)
    return json_answer(RowsOut([_shown(row) for row in rows], total, following if following < total else None))


@post(
    "/imports/{number:int}/commit",
    sync_to_thread=True,
    status_code=202,
    responses={
        **answers(JobOut, "The job that takes the rows; follow its Location", 202),
        **problems(400, 401, 403, 404, 422),
    },
)
def commit(request: Anybody, number: Number, body: RawBody, idempotency_key: Key = None) -> Response[bytes]:
    """Take all of an upload, or some of its rows, in one transaction. Harmless when repeated."""
    engine, data_dir = request.app.state.engine, request.app.state.settings.data_dir
    actor, choice = identity_of(request).actor, read_body(body or b"{}", ChoiceIn)
    rows = None if choice.rows is None else chosen_rows(choice.rows)

    def act(session: Session) -> Answer:
        agreed = choice.reopens_entry
        job = enqueue_commit(session, actor, data_dir, number, rows=rows, states=choice.states, reopens_entry=agreed)
        return _asked(job)

    answer, is_repeated = once(engine, actor, key=idempotency_key, request=f"{number}:".encode() + body, act=act)
    return _accepted(request, answer, is_repeated=is_repeated)


@get(
    "/imports/{number:int}/findings.xlsx",
    sync_to_thread=True,
    media_type=XLSX,
    responses=problems(400, 401, 404),
)
def annotate(request: Anybody, number: Number) -> Response[bytes]:
    """Return an uploaded file with every finding in it: coloured cells, comments, a sheet that lists them."""
    return workbook(annotated(request, number)[1], "findings.xlsx")


def annotated(request: Anybody, number: int) -> tuple[str, bytes]:
    """Return the name of an upload and its workbook with the findings of its preview. Raises NotFound."""
    from registry.intake.annotating import annotated_workbook  # noqa: PLC0415 - openpyxl takes 8 MB of a server

    with reading(request.app.state.engine) as session:
        asked = jobs.parameters_of(find_preview(session, identity_of(request).actor, number))
    folder, name = _folder(request), str(asked["name"])
    sheets = folder.table(asked["key"], name)
    return name, annotated_workbook(folder.read(asked["key"]), sheets, list(folder.notes(number)))


def workbook(content: bytes, name: str) -> Response[bytes]:
    """Return a workbook as a download."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-cache"}
    return Response(content, status_code=200, media_type=XLSX, headers=headers)


def chosen_rows(texts: Collection[str]) -> set[tuple[str, int]]:
    """Return rows written as `sheet:number`. Raises InvalidInput for one that is not."""
    chosen = set()
    for text in texts:
        sheet, _, number = text.rpartition(":")
        if not sheet or not number.isdecimal() or len(number) > 7:  # noqa: PLR2004 - Excel has 1,048,576 rows
            zh, en = "行应写作“工作表:行号”", "A row is written as sheet:number"
            raise InvalidInput.of([Finding("row", "invalid-parameter", zh, en, text[:100])])
        chosen.add((sheet, int(number)))
    return chosen


def _folder(request: Anybody) -> UploadFolder:
    return UploadFolder(request.app.state.settings.data_dir, identity_of(request).actor.user_id)


def _asked(job: int) -> Answer:
    return Answer(202, {"Location": f"{_CALL}/{job}"}, str(job))


def _accepted(request: Anybody, answer: Answer, *, is_repeated: bool) -> Response[bytes]:
    replayed = {"Idempotent-Replayed": "true"} if is_repeated else {}
    return job_answer(request, int(answer.body), status=answer.status, headers={**answer.headers, **replayed})


def _shown(row: RowPreview) -> RowOut:
    cells = [CellOut(each.path, each.title, each.state, each.before, each.after) for each in row.cells]
    return RowOut(row.sheet, row.row, row.state, row.code, row.name, cells, row.n_unchanged, list(row.reopens))


BODIES: dict[str, Any] = {"/api/v1/imports/{number}/commit": ChoiceIn}
"""Path of a call to the structure of its body."""

handlers = [template, upload, read, read_rows, commit, annotate]
