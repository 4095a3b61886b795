"""What offices make for themselves over the API: a package or a part of it, many packages, the summary table."""

from datetime import date
from typing import Annotated, Any, Literal
from urllib.parse import quote

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, QueryParameter, RawBody
from litestar.response import File, Stream
from msgspec import Meta
from sqlmodel import Session

from registry.accounts.permissions import require
from registry.database import reading, writing
from registry.errors import Finding, InvalidInput
from registry.packages.batch import MOST_PROJECTS, BatchFile, batch_files, enqueue_batch, find_batch, take_files, zipped
from registry.packages.operations import build_package, build_variant
from registry.packages.summary_table import summary_table_xlsx
from registry.packages.verify import pack
from registry.packages.work import PACKAGES
from registry.projects.documents.store import open_store
from registry.projects.search.filters import FILTER_NAMES, ProjectFilter, read_filter
from registry.projects.search.queries import narrow
from registry.web.api.assessments import JobOut, Number, job_answer
from registry.web.api.imports import Key
from registry.web.api.libraries import AsOf
from registry.web.api.project_list import NARROWED, NarrowedBy
from registry.web.auth import identity_of
from registry.web.bodies import as_of_or_today, json_answer, read_body
from registry.web.openapi import answers, problems
from registry.web.preconditions import Answer, once
from registry.web.uploads import XLSX

Anybody = Request[Any, Any, Any]
Kind = Literal["full", "teaser", "bond-plan"]
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_MEDIA = {"zip": "application/zip", "pdf": "application/pdf", "docx": DOCX}
_CALL = "/api/v1/package-batches"


class BatchIn(msgspec.Struct, forbid_unknown_fields=True):
    """Which projects: these codes, else those a list of projects narrowed like this shows; and as of which day."""

    codes: Annotated[list[str], Meta(max_length=MOST_PROJECTS)] | None = None
    filter: dict[str, str] = msgspec.field(default_factory=dict)
    as_of: date | None = None


class BatchFileOut(msgspec.Struct):
    """One package of a batch; `size` in bytes, `manifest_sha256` is what a receiver checks it by."""

    code: str
    name: str
    size: int
    manifest_sha256: str
    is_kept: bool


@post(
    "/projects/{code:str}/package",
    sync_to_thread=True,
    status_code=200,
    media_type="application/octet-stream",
    responses=problems(400, 401, 403, 404),
)
def build(
    request: Anybody,
    code: FromPath[str],
    kind: Annotated[
        Kind, QueryParameter(description="The whole package (ZIP), one page (PDF), the papers of a bond (ZIP of DOCX)")
    ] = "full",
    as_of: AsOf = None,
) -> Response[bytes]:
    """Build the package of a project, or a part that may leave alone, and take it; for offices. It is in the log."""
    return built(request, code, kind, as_of_or_today(as_of))


def built(request: Anybody, code: str, kind: Kind, as_of: date) -> Response[bytes]:
    """Return a package or a part of it as an attachment. Raises NotFound, NotAllowed."""
    engine, actor = request.app.state.engine, identity_of(request).actor
    if kind == "full":
        store = open_store(request.app.state.settings)
        package = build_package(engine, actor, code, as_of=as_of, store=store)
        return attached(package.name, package.content, {"X-Manifest-Digest": package.manifest_digest})
    files = build_variant(engine, actor, code, as_of=as_of, variant=kind)
    if len(files) == 1:
        ((name, content),) = files.items()
        return attached(name, content)
    return attached(f"{code}_{as_of:%Y%m%d}_一案两书.zip", pack(files.items()))


def attached(name: str, content: bytes, headers: dict[str, str] | None = None) -> Response[bytes]:
    """Return a file that is saved, not shown."""
    told = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}", "Cache-Control": "no-store"}
    media = _MEDIA.get(name.rpartition(".")[2], "application/octet-stream")
    return Response(content, media_type=media, headers={**told, **(headers or {})})


@get(
    "/summary-table.xlsx",
    sync_to_thread=True,
    media_type=XLSX,
    dependencies=NARROWED,
    responses=problems(400, 401, 403, 422),
)
def summary_table(request: Anybody, wanted: NarrowedBy) -> Response[bytes]:
    """Download the ministry's table 项目汇总表 of the projects a list narrowed by the same parameters shows."""
    return summary_of(request, wanted)


def summary_of(request: Anybody, wanted: ProjectFilter) -> Response[bytes]:
    """Return the summary table of the projects narrowed so. Raises NotAllowed."""
    engine, actor = request.app.state.engine, identity_of(request).actor
    require(actor, "build_packages")
    with reading(engine) as session:
        codes = narrow(session, actor, wanted).codes("code")
    content = summary_table_xlsx(engine, actor, codes=codes)
    answer = attached("项目汇总表.xlsx", content)
    answer.media_type = XLSX
    return answer


@post(
    "/package-batches",
    sync_to_thread=True,
    status_code=202,
    responses={
        **answers(JobOut, "The job that writes the packages; follow its Location", 202),
        **problems(400, 401, 403, 422),
    },
)
def start(request: Anybody, body: RawBody, idempotency_key: Key = None) -> Response[bytes]:
    """Make the packages of many projects as a job; a job cut off goes on where it was, and what is unchanged stays."""
    actor, engine = identity_of(request).actor, request.app.state.engine
    require(actor, "build_packages")
    asked = read_body(body, BatchIn)
    wanted = filter_in(asked.filter)

    def act(session: Session) -> Answer:
        codes = asked.codes if asked.codes is not None else narrow(session, actor, wanted).codes("code")
        job = enqueue_batch(session, actor, codes, as_of=as_of_or_today(asked.as_of))
        return Answer(202, {"Location": f"{_CALL}/{job}"}, str(job))

    told, is_repeated = once(engine, actor, key=idempotency_key, request=body, act=act)
    replayed = {"Idempotent-Replayed": "true"} if is_repeated else {}
    return job_answer(request, int(told.body), status=told.status, headers={**told.headers, **replayed})


def filter_in(given: dict[str, str]) -> ProjectFilter:
    """Return the filter of a body, named as in the address of the list. Raises InvalidInput."""
    unknown = sorted(set(given) - set(FILTER_NAMES))
    if unknown:
        zh, en = f"没有筛选条件“{unknown[0]}”", f"There is no condition {unknown[0]}"
        known = "、".join(FILTER_NAMES)
        raise InvalidInput.of([Finding("filter", "unknown-condition", f"{zh}；可用：{known}", en, unknown[0][:40])])
    return read_filter(given.get)


@get(
    "/package-batches/{number:int}",
    sync_to_thread=True,
    responses={**answers(JobOut, "How far it is; counts and findings once done"), **problems(400, 401, 403, 404)},
)
def follow(request: Anybody, number: Number) -> Response[bytes]:
    """Follow a batch you asked for."""
    with reading(request.app.state.engine) as session:
        find_batch(session, identity_of(request).actor, number)
    return job_answer(request, number, kind=PACKAGES)


@get(
    "/package-batches/{number:int}/packages",
    sync_to_thread=True,
    responses={**answers(list[BatchFileOut], "In the order asked for"), **problems(400, 401, 403, 404)},
)
def list_files(request: Anybody, number: Number) -> Response[bytes]:
    """List the packages of a batch that is done, each with the digest to check it by."""
    actor = identity_of(request).actor
    with reading(request.app.state.engine) as session:
        found = batch_files(session, actor, find_batch(session, actor, number))
    return json_answer(
        [BatchFileOut(each.code, each.name, each.size, each.manifest_sha256, each.is_kept) for each in found]
    )


@get(
    "/package-batches/{number:int}/file",
    sync_to_thread=True,
    media_type="application/zip",
    responses=problems(400, 401, 403, 404),
)
def download_all(request: Anybody, number: Number) -> Stream:
    """Download all packages of a batch in one ZIP; each is written down as taken."""
    return all_files(request, number)


@get(
    "/package-batches/{number:int}/packages/{code:str}",
    sync_to_thread=True,
    media_type="application/zip",
    responses=problems(400, 401, 403, 404),
)
def download_one(request: Anybody, number: Number, code: FromPath[str]) -> File:
    """Download one package of a batch; it is written down as taken."""
    return one_file(request, number, code)


def all_files(request: Anybody, number: int) -> Stream:
    """Return the ZIP of a batch, read as it is sent. Raises NotFound, NotAllowed."""
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(f'材料包_{number}.zip')}",
        "Cache-Control": "private, no-store",
    }
    return Stream(zipped(_taken(request, number)), media_type="application/zip", headers=headers)


def one_file(request: Anybody, number: int, code: str) -> File:
    """Return one package of a batch. Raises NotFound, NotAllowed."""
    (found,) = _taken(request, number, code)
    headers = {"X-Manifest-Digest": found.manifest_sha256, "Cache-Control": "private, no-store"}
    return File(found.path, filename=found.name, media_type="application/zip", headers=headers)


def _taken(request: Anybody, number: int, code: str | None = None) -> list[BatchFile]:
    actor = identity_of(request).actor
    with writing(request.app.state.engine) as session:
        return take_files(session, actor, find_batch(session, actor, number), code=code)


BODIES = {"/api/v1/package-batches": BatchIn}
handlers = [build, summary_table, start, follow, list_files, download_all, download_one]
