"""Files over the API: the template, a preview of an upload, its import, and the workbook with its findings."""

from collections.abc import Collection
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import HeaderParameter, QueryParameter, RawBody
from sqlmodel import Session

from registry.accounts.permissions import require
from registry.database import reading
from registry.errors import Finding, InvalidInput
from registry.intake.annotating import annotated_workbook
from registry.intake.importing import ImportResult, import_file
from registry.intake.preview import Preview, preview_file
from registry.intake.template import template_workbook
from registry.web.auth import identity_of
from registry.web.bodies import json_answer
from registry.web.openapi import FindingOut, answers, problems
from registry.web.preconditions import Answer, once
from registry.web.uploads import LARGEST_UPLOAD, XLSX, as_file, file_name

Anybody = Request[Any, Any, Any]
FileName = Annotated[str, QueryParameter(max_length=200, description="What the file is called, as findings name it")]


class CellOut(msgspec.Struct):
    """One field an upload would change, or a cell that cannot be taken (`state` is `error`)."""

    path: str
    title: str
    state: str
    before: Any
    after: Any


class RowOut(msgspec.Struct):
    """One row of the file; `code` is null for a new project."""

    sheet: str
    row: int
    state: str
    code: str | None
    name: str | None
    cells: list[CellOut]


class PreviewOut(msgspec.Struct):
    """What an upload would do; nothing was written."""

    counts: dict[str, int]
    rows: list[RowOut]
    findings: list[FindingOut]


class ImportOut(msgspec.Struct):
    """What an import did: rows = created + changed + unchanged + rejected. `codes` gives the project of each row."""

    batch: int | None
    rows: int
    created: int
    changed: int
    unchanged: int
    rejected: int
    codes: dict[int, str]
    findings: list[FindingOut]


@get("/template.xlsx", sync_to_thread=True, media_type=XLSX, responses=problems(400, 401))
def template(request: Anybody) -> Response[bytes]:
    """Download the empty Excel template 填报模板."""
    del request
    return workbook(template_workbook(), "project-template.xlsx")


@post(
    "/imports",
    sync_to_thread=True,
    status_code=200,
    request_max_body_size=LARGEST_UPLOAD,
    responses={
        **answers(PreviewOut | ImportOut, "What it did, or with `preview` would do"),
        **problems(400, 401, 403, 413, 422),
    },
)
def take(
    request: Anybody,
    body: RawBody,
    name: FileName = "upload.xlsx",
    preview: Annotated[bool, QueryParameter(description="Say what it would do; write nothing")] = False,
    row: Annotated[
        list[str] | None, QueryParameter(description="Take these rows only, each as sheet:number, as in the preview")
    ] = None,
    idempotency_key: Annotated[str | None, HeaderParameter(name="Idempotency-Key")] = None,
) -> Response[bytes]:
    """Import a CSV or XLSX file sent as the body, or say what it would do. Harmless when repeated."""
    engine, actor, called = request.app.state.engine, identity_of(request).actor, file_name(name)
    require(actor, "import_projects")
    if preview:
        with reading(engine) as session:
            return json_answer(shown(preview_file(session, actor, body, called)))
    chosen = None if row is None else chosen_rows(row)

    def act(session: Session) -> Answer:
        with as_file(body) as path:
            done = import_file(session, actor, path, name=called, chosen=chosen)
        return Answer(200, {}, msgspec.json.encode(_told(done)).decode())

    asked = body + "\n".join(row or ()).encode()
    answer, is_repeated = once(engine, actor, key=idempotency_key, request=asked, act=act)
    headers = {"Idempotent-Replayed": "true"} if is_repeated else {}
    return json_answer(msgspec.Raw(answer.body.encode()), headers=headers)


@post(
    "/imports/annotated",
    sync_to_thread=True,
    status_code=200,
    request_max_body_size=LARGEST_UPLOAD,
    media_type=XLSX,
    responses=problems(400, 401, 403, 413, 422),
)
def annotate(request: Anybody, body: RawBody, name: FileName = "upload.xlsx") -> Response[bytes]:
    """Return the file sent as the body with every finding in it: coloured cells, comments, a sheet that lists them."""
    actor, called = identity_of(request).actor, file_name(name)
    with reading(request.app.state.engine) as session:
        found = preview_file(session, actor, body, called)
    return annotated(body, called, found)


def annotated(content: bytes, name: str, found: Preview) -> Response[bytes]:
    """Return the annotated workbook of a preview as a download. Raises Unreadable."""
    return workbook(annotated_workbook(content, name, found.notes), "findings.xlsx")


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


def shown(found: Preview) -> PreviewOut:
    """Return a preview in its wire form."""
    rows = [
        RowOut(
            row.sheet,
            row.row,
            row.state,
            row.code,
            row.name,
            [CellOut(each.path, each.title, each.state, each.before, each.after) for each in row.cells],
        )
        for row in found.rows
    ]
    counts: dict[str, int] = {str(state): n for state, n in found.counts().items()}
    return PreviewOut(counts, rows, _findings(found.findings))


def _told(done: ImportResult) -> ImportOut:
    return ImportOut(
        done.batch_id,
        done.rows,
        done.created,
        done.changed,
        done.unchanged,
        done.rejected,
        dict(done.codes),
        _findings(done.findings),
    )


def _findings(found: Any) -> list[FindingOut]:
    return [
        FindingOut(
            each.path, each.row, each.column, each.value, each.code, each.message_zh, each.message_en, each.severity
        )
        for each in found
    ]


handlers = [template, take, annotate]
