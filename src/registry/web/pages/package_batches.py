"""Packages of a filtered list 批量生成, the summary table 汇总表, and the page that checks a package file."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath
from litestar.response import File, Stream

from registry import jobs
from registry.accounts.permissions import require
from registry.audit import parsed_json
from registry.database import reading, writing
from registry.packages.batch import KEPT_DAYS, batch_files, enqueue_batch, find_batch, is_batch
from registry.packages.checking import check_package
from registry.projects.search.filters import read_filter
from registry.projects.search.queries import narrow
from registry.web.api.assessments import Number
from registry.web.api.package_batches import all_files, one_file, summary_of
from registry.web.api.packages import LARGEST_CHECKED, known_releases
from registry.web.auth import signed_in
from registry.web.bodies import as_of_or_today
from registry.web.pages.eligibility import see_other
from registry.web.pages.imports import finding_of
from registry.web.pages.project_lists import asked_list
from registry.web.rendering import Visit, page, visit
from registry.web.uploads import uploaded_file

Anybody = Request[Any, Any, Any]
_LATEST = 20


@get("/summary-table.xlsx", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def summary_table(request: Anybody) -> Response[bytes]:
    """Download the summary table of what the list shows. Raises NotAllowed, InvalidInput."""
    return summary_of(request, read_filter(request.query_params.get))


@get("/package-batches", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def batch_list(request: Anybody) -> Response[str]:
    """Show what a batch would be made of under the filter in the address, and the latest batches. Raises NotAllowed."""
    here, asked = visit(request), asked_list(request)
    require(here.actor, "build_packages")
    with reading(here.engine) as session:
        n_found = len(narrow(session, here.actor, asked.wanted))
    latest = [
        {"number": job.id, "state": job.state, "at": job.requested_at, "n": len(jobs.parameters_of(job)["codes"])}
        for job in jobs.latest_jobs(here.engine, requested_by=here.actor.user_id, limit=200)
        if is_batch(job, here.actor)
    ]
    return page(
        "packages/batches.html", here, latest=latest[:_LATEST], n_found=n_found, query=asked.query(), days=KEPT_DAYS
    )


@post("/package-batches", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def start_batch(request: Anybody) -> Response[Any]:
    """Ask for the packages of the list narrowed as in the address. Raises NotAllowed, InvalidInput."""
    here, asked = visit(request), asked_list(request)
    require(here.actor, "build_packages")
    with writing(here.engine) as session:
        codes = narrow(session, here.actor, asked.wanted).codes(asked.sort)
        number = enqueue_batch(session, here.actor, codes, as_of=as_of_or_today(None))
    return see_other(f"/package-batches/{number}")


@get("/package-batches/{number:int}", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def batch_page(request: Anybody, number: Number) -> Response[str]:
    """Show how far a batch is, then its packages. Raises NotFound, NotAllowed."""
    here = visit(request)
    with reading(here.engine) as session:
        job = find_batch(session, here.actor, number)
        files = batch_files(session, here.actor, job)
    result = parsed_json(job.result or "{}")
    findings = [finding_of(each) for each in result.get("findings", ())]
    return page(
        "packages/batch.html", here, job=job, number=number, files=files, done=result, findings=findings, days=KEPT_DAYS
    )


@get("/package-batches/{number:int}/file", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def batch_file(request: Anybody, number: Number) -> Stream:
    """Download all packages of a batch in one ZIP. Raises NotFound, NotAllowed."""
    return all_files(request, number)


@get(
    "/package-batches/{number:int}/packages/{code:str}",
    sync_to_thread=True,
    include_in_schema=False,
    guards=[signed_in],
)
def batch_package(request: Anybody, number: Number, code: FromPath[str]) -> File:
    """Download one package of a batch. Raises NotFound, NotAllowed."""
    return one_file(request, number, code)


@get("/verify", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def verify_form(request: Anybody) -> Response[str]:
    """Show where to drop a package file."""
    return page("packages/verify.html", visit(request), checked=None, limit_mb=_LIMIT_MB)


@post("/verify", include_in_schema=False, guards=[signed_in], request_max_body_size=LARGEST_CHECKED)
async def verify(request: Anybody) -> Response[Any]:
    """Check a package file as `registry verify` does; nothing of it is kept. Raises InvalidInput without a file."""
    here = visit(request)
    name, content = await uploaded_file(request)
    return await sync_to_thread(_checked, here, name, content)


def _checked(here: Visit, name: str, content: bytes) -> Response[str]:
    checked = check_package(content)
    with reading(here.engine) as session:
        known = known_releases(session, here.actor, checked)
    return page("packages/verify.html", here, checked=checked, name=name, known=known, limit_mb=_LIMIT_MB)


_LIMIT_MB = LARGEST_CHECKED // (1024 * 1024)
handlers = [
    summary_table,
    batch_list,
    start_batch,
    batch_page,
    batch_file,
    batch_package,
    verify_form,
    verify,
]
