"""Packages on pages: made by offices, released to a bank, taken by it, withdrawn."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from litestar import Request, Response, get, post
from litestar.params import FromPath, RawBody
from litestar.response import File
from sqlmodel import Session

from registry import jobs
from registry.accounts.model import Actor
from registry.accounts.permissions import may, require
from registry.accounts.queries import banks
from registry.audit import parsed_json
from registry.database import reading, writing
from registry.errors import Finding, InvalidInput
from registry.packages.release.operations import LONGEST_REASON, download_package, withdraw_release
from registry.packages.release.queries import (
    Download,
    downloads_of,
    downloads_of_project,
    find_release,
    list_releases,
)
from registry.packages.release.work import RELEASE, enqueue_release
from registry.projects.queries import RevisionFacts
from registry.web.api.assessments import Number
from registry.web.api.package_batches import Kind, built
from registry.web.api.packages import kept_file
from registry.web.auth import signed_in
from registry.web.bodies import as_of_or_today
from registry.web.forms import read_form
from registry.web.pages.eligibility import see_other
from registry.web.pages.panels import PROJECT_PANELS, Panel
from registry.web.rendering import page, visit

Anybody = Request[Any, Any, Any]
PAGE = 50
_LONGEST_ID = 9
"""Digits of an integer column."""
_KINDS = ("full", "teaser", "bond-plan")


def package_panel(
    session: Session, actor: Actor, facts: RevisionFacts, _document: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    """Return what the panel shows: what was released, and what this actor may make of it; None for the public."""
    if not may(actor, "read_packages"):
        return None
    taken = downloads_of_project(session, actor, facts.code) if may(actor, "read_downloads") else None
    return {
        "code": facts.code,
        "number": facts.number,
        "releases": list_releases(session, actor, code=facts.code),
        "downloads": _by_package(taken),
        "banks": banks(session) if may(actor, "release_packages") else [],
        "longest": LONGEST_REASON,
    }


def _by_package(taken: Sequence[Download] | None) -> dict[int, list[Download]] | None:
    if taken is None:
        return None
    found: dict[int, list[Download]] = {}
    for each in taken:
        found.setdefault(each.package, []).append(each)
    return found


@post("/projects/{code:str}/package", sync_to_thread=True, status_code=200, include_in_schema=False, guards=[signed_in])
def take_package(request: Anybody, code: FromPath[str], body: RawBody) -> Response[bytes]:
    """Assess the project today, make its package or a part of it, and send it. Raises NotFound, NotAllowed."""
    require(visit(request).actor, "build_packages")
    kind = read_form(body).get("kind") or "full"
    if kind not in _KINDS:
        zh, en = "表单不完整，请刷新页面后重试", "The form is incomplete; reload the page and try again"
        raise InvalidInput.of([Finding("kind", "invalid-form", zh, en, kind[:40])])
    return built(request, code, cast("Kind", kind), as_of_or_today(None))


@post("/projects/{code:str}/packages", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def release(request: Anybody, code: FromPath[str], body: RawBody) -> Response[Any]:
    """Ask for the package of the latest revision to be released to a bank. Raises what `enqueue_release` raises."""
    here, form = visit(request), read_form(body)
    require(here.actor, "release_packages")
    bank = form.get("bank", "")
    if not bank.isdecimal() or len(bank) > _LONGEST_ID:
        raise InvalidInput.of([Finding("bank", "missing", "请选择金融机构", "Choose a bank", bank[:40])])
    with writing(here.engine) as session:
        number = enqueue_release(
            session,
            here.actor,
            code,
            bank_id=int(bank),
            reason=form.get("reason", "").strip(),
            as_of=as_of_or_today(None),
        )
    return see_other(f"/package-releases/{number}")


@get("/package-releases/{number:int}", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def follow_release(request: Anybody, number: Number) -> Response[Any]:
    """Show how far a release is, then go to what was released. Raises NotFound."""
    here = visit(request)
    with reading(here.engine) as session:
        job = jobs.find_job(session, number, requested_by=here.actor.user_id, kind=RELEASE)
    if job.state == "done":
        target = f"/packages/{parsed_json(job.result or '{}')['release']}"
        if request.headers.get("hx-request"):
            return Response(None, status_code=200, headers={"HX-Redirect": target}, media_type="text/plain")
        return see_other(target)
    return page("packages/releasing.html", here, job=job, number=number, code=jobs.parameters_of(job)["code"])


@get("/packages", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def package_list(request: Anybody) -> Response[str]:
    """Show the packages released to the visitor, or by them, newest first. Raises NotAllowed."""
    here = visit(request)
    text = request.query_params.get("before", "")
    before = int(text) if text.isascii() and text.isdecimal() and len(text) <= _LONGEST_ID else None
    with reading(here.engine) as session:
        rows = list_releases(session, here.actor, before=before, limit=PAGE + 1)
    more = rows[PAGE - 1].id if len(rows) > PAGE else None
    return page("packages/list.html", here, rows=rows[:PAGE], more=more)


@get("/packages/{number:int}", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def package_page(request: Anybody, number: Number) -> Response[str]:
    """Show one released package: how to check it, what became of it, who took it. Raises NotFound."""
    here = visit(request)
    with reading(here.engine) as session:
        found = find_release(session, here.actor, number)
        taken = downloads_of(session, here.actor, number) if may(here.actor, "read_downloads") else None
    return page("packages/release.html", here, found=found, taken=taken, longest=LONGEST_REASON)


@get("/packages/{number:int}/file", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def package_file(request: Anybody, number: Number) -> File:
    """Download a released package; the download is in the audit log. Raises NotFound."""
    here = visit(request)
    with writing(here.engine) as session:
        return kept_file(download_package(session, here.actor, number))


@post("/packages/{number:int}/withdrawal", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def withdraw(request: Anybody, number: Number, body: RawBody) -> Response[Any]:
    """Take a package back. Raises NotFound, NotAllowed, InvalidInput without a reason."""
    here = visit(request)
    with writing(here.engine) as session:
        withdraw_release(session, here.actor, number, reason=read_form(body).get("reason", "").strip())
    return see_other(f"/packages/{number}")


PROJECT_PANELS.append(Panel("packages/_panel.html", package_panel))
handlers = [
    take_package,
    release,
    follow_release,
    package_list,
    package_page,
    package_file,
    withdraw,
]
