"""Exports for people: which form, at once or as a job with progress, the file when it is ready."""

import json
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import RawBody
from litestar.response import File

from registry import jobs
from registry.accounts.permissions import require
from registry.database import reading, writing
from registry.errors import Finding, InvalidInput
from registry.intake.export_work import EXPORT, PART, enqueue_export, find_export
from registry.intake.exporting import FORMS, MOST_AT_ONCE, ExportForm, export_projects
from registry.projects.search.queries import narrow
from registry.web.api.exports import exported
from registry.web.api.imports import Number, workbook
from registry.web.api.package_batches import attached
from registry.web.auth import identity_of, signed_in
from registry.web.forms import read_form
from registry.web.pages.eligibility import see_other
from registry.web.pages.project_lists import Asked, asked_list, chips, read_asked
from registry.web.rendering import Visit, page, visit

Anybody = Request[Any, Any, Any]
_LATEST = 20


@get("/projects.xlsx", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def project_workbook(request: Anybody) -> Response[Any]:
    """Download the list in the template, to edit and upload again; a long list is offered as a job instead."""
    asked, actor = asked_list(request), identity_of(request).actor
    with reading(request.app.state.engine) as session:
        if len(narrow(session, actor, asked.wanted)) > MOST_AT_ONCE:
            return see_other(f"/exports?{asked.query()}")
        content = export_projects(session, actor, wanted=asked.wanted, sort=asked.sort)
    return workbook(content, "projects.xlsx")


@get("/exports", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def exports_page(request: Anybody) -> Response[str]:
    """Show what would be exported and in which forms, and the latest exports of the visitor."""
    here, asked = visit(request), asked_list(request)
    require(here.actor, "read_projects")
    with reading(here.engine) as session:
        n_found = len(narrow(session, here.actor, asked.wanted))
    found = jobs.latest_jobs(here.engine, requested_by=here.actor.user_id, limit=_LATEST)
    latest = [{"job": job, "form": FORMS[jobs.parameters_of(job)["form"]]} for job in found if job.kind == EXPORT]
    conditions = {**asked.wanted.as_query(), "sort": asked.sort}
    return page(
        "desk/exports.html",
        here,
        n_found=n_found,
        chips=chips(asked, here.language),
        conditions=conditions,
        forms=FORMS,
        latest=latest,
        part=PART,
        most_at_once=MOST_AT_ONCE,
        list_href=asked.href(),
    )


@post("/exports", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def start(request: Anybody, body: RawBody) -> Response[Any]:
    """Give a short list at once and make a longer one a job. Raises NotAllowed, InvalidInput."""
    here, form = visit(request), read_form(body)
    require(here.actor, "read_projects")
    asked, chosen = read_asked(form.get), _form(form.get("form", ""))
    with reading(here.engine) as session:
        if len(narrow(session, here.actor, asked.wanted)) <= MOST_AT_ONCE:
            return _at_once(here, asked, chosen)
    with writing(here.engine) as session:
        number = enqueue_export(session, here.actor, wanted=asked.wanted, sort=asked.sort, form=chosen)
    return see_other(f"/exports/{number}")


def _at_once(here: Visit, asked: Asked, form: ExportForm) -> Response[Any]:
    with reading(here.engine) as session:
        content = export_projects(session, here.actor, wanted=asked.wanted, sort=asked.sort, form=form)
    return workbook(content, "projects.xlsx") if form == "xlsx" else attached("projects.csv", content)


def _form(asked: str) -> ExportForm:
    for form in FORMS:
        if form == asked:
            return form
    zh, en = "请选择一种导出格式", "Choose one of the forms"
    raise InvalidInput.of([Finding("form", "not-in-list", zh, en, asked[:40])])


@get("/exports/{number:int}", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def export_page(request: Anybody, number: Number) -> Response[str]:
    """Show how far an export is, then where its file is. Raises NotFound."""
    here = visit(request)
    with reading(here.engine) as session:
        job = find_export(session, here.actor, number)
    done = json.loads(job.result or "{}")
    form = FORMS[jobs.parameters_of(job)["form"]]
    return page("desk/export.html", here, job=job, number=number, done=done, form=form)


@get("/exports/{number:int}/file", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def download(request: Anybody, number: Number) -> File:
    """Download the file of an export. Raises NotFound."""
    return exported(request, number)


handlers = [project_workbook, exports_page, start, export_page, download]
