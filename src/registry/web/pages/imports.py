"""Excel in and out for the city: template, upload, preview as a diff, all, some or none of it, findings given back."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from litestar import Request, Response, get, post
from litestar.concurrency import sync_to_thread

from registry import jobs
from registry.accounts.permissions import require
from registry.database import reading, writing
from registry.errors import Finding
from registry.intake.child_tables import CASE_SHEET
from registry.intake.preview import CellPreview, RowPreview
from registry.intake.uploads import STATES, UploadFolder
from registry.intake.work import COMMIT, PREVIEW, enqueue_commit, enqueue_preview, find_import
from registry.jobs import Job
from registry.projects.case_fields import SECTION as CASE
from registry.projects.case_fields import case_records, case_title, field_in_case, flat
from registry.projects.case_series import NOTHING, SERIES_KINDS, print_series
from registry.projects.catalogue import CatalogueField, fields, line_fields
from registry.projects.lifecycle.freeze import title_of
from registry.projects.model import Dossier
from registry.web.api.imports import Number, annotated, chosen_rows, workbook
from registry.web.auth import signed_in
from registry.web.forms import agrees_to_reopen
from registry.web.i18n import Language
from registry.web.pages.eligibility import see_other
from registry.web.rendering import Visit, choice, page, visit
from registry.web.uploads import LARGEST_UPLOAD, uploaded_file

Anybody = Request[Any, Any, Any]
PAGE = 50
"""Rows of a preview on one page."""
_REOPENS = "reopens"
"""In place of a state: the rows whose taking reopens the entry of a project in a library."""
_SHOWN_FROZEN = 20
_LONGEST_LINE = 200
_LATEST = 20
_MOST_DIGITS = 7


@get("/imports", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def imports_page(request: Anybody) -> Response[str]:
    """Show where to take the template, where to upload it, and the latest uploads. Raises NotAllowed."""
    here = visit(request)
    require(here.actor, "import_projects")
    found = jobs.latest_jobs(here.engine, requested_by=here.actor.user_id, limit=_LATEST)
    latest = [
        {"number": job.id, "kind": job.kind, "state": job.state, "at": job.requested_at, **jobs.parameters_of(job)}
        for job in found
        if job.kind in {PREVIEW, COMMIT}
    ]
    return page("desk/imports.html", here, latest=latest, commit=COMMIT)


@post("/imports", include_in_schema=False, guards=[signed_in], request_max_body_size=LARGEST_UPLOAD)
async def upload(request: Anybody) -> Response[Any]:
    """Keep a file and ask for its preview. Raises NotAllowed, InvalidInput."""
    here = visit(request)
    require(here.actor, "import_projects")
    name, content = await uploaded_file(request)
    return await sync_to_thread(_uploaded, here, name, content)


def _uploaded(here: Visit, name: str, content: bytes) -> Response[Any]:
    key = _folder(here).keep(content)
    with writing(here.engine) as session:
        number = enqueue_preview(session, here.actor, name=name, key=key)
    return see_other(f"/imports/{number}")


@get("/imports/{number:int}", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def import_page(request: Anybody, number: Number) -> Response[str]:
    """Show how far an upload is, then its preview; or how far the taking is, then what it did. Raises NotFound."""
    here = visit(request)
    with reading(here.engine) as session:
        job = find_import(session, here.actor, number)
    asked = jobs.parameters_of(job)
    data: dict[str, Any] = {"job": job, "number": number, "name": asked["name"], "is_taking": job.kind == COMMIT}
    if job.state != "done":
        return page("desk/import_progress.html", here, **data)
    result = json.loads(job.result or "{}")
    data |= {"findings": [finding_of(each) for each in result["findings"]], "n_findings": result["n_findings"]}
    if job.kind == COMMIT:
        return page("desk/imported.html", here, done=result, preview=asked["preview"], **data)
    return page("desk/preview.html", here, **data, **_preview_rows(request, here, job, result["counts"]))


def finding_of(told: dict[str, Any]) -> Finding:
    """Return a finding from its wire form."""
    return Finding(**{"message_zh" if name == "message" else name: value for name, value in told.items()})


def _preview_rows(request: Anybody, here: Visit, job: Job, counts: dict[str, int]) -> dict[str, Any]:
    """Return one page of the rows to show: those of the state asked for, at first those that need a decision."""
    asked = request.query_params.get("state")
    reopens = asked == _REOPENS
    states = (asked,) if asked in STATES else tuple(state for state in STATES if counts[state])
    text = request.query_params.get("page", "")
    page_number = max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < _MOST_DIGITS else 1
    start = (page_number - 1) * PAGE
    folder, number = _folder(here), job.id or 0
    rows, total = folder.rows(number, states=states, reopens=reopens, start=start, limit=PAGE)
    frozen, n_frozen = folder.rows(number, reopens=True, limit=_SHOWN_FROZEN)
    return {
        "counts": counts,
        "frozen": [_row(row, here.language) for row in frozen],
        "n_frozen": n_frozen,
        "rows": [_row(row, here.language) for row in rows],
        "state": asked if asked in (*STATES, _REOPENS) else None,
        "page_number": page_number,
        "last_page": max(1, -(-total // PAGE)),
        "first": start + 1,
        "total": total,
    }


def _row(row: RowPreview, language: Language) -> dict[str, Any]:
    return {
        "key": f"{row.sheet}:{row.row}",
        "sheet": row.sheet,
        "row": row.row,
        "state": row.state,
        "code": row.code,
        "name": row.name,
        "cells": [_cell(cell, language) for cell in row.cells],
        "n_unchanged": row.n_unchanged,
        "reopens": [title_of(name) for name in row.reopens],
    }


def _cell(cell: CellPreview, language: Language) -> dict[str, Any]:
    field = fields().get(cell.path)
    name = (field.term.zh, field.term.en) if field else (cell.title, cell.title)
    if cell.path.startswith(f"{CASE}.") and cell.state != "error":
        return _cell_of_case(cell, cell.path.removeprefix(f"{CASE}."), language)
    told = [value if field else _listed(cell.path, value, language) for value in (cell.before, cell.after)]
    return {"name": name, "field": field, "state": cell.state, "before": told[0], "after": told[1]}


def _cell_of_case(cell: CellPreview, place: str, language: Language) -> dict[str, Any]:
    """Return a value of the financial case under its official title; values by year as they stand in the sheet."""
    field, (zh, en) = field_in_case(place), case_title(place)
    told = [_of_case(place, field, value, language) for value in (cell.before, cell.after)]
    shown = None if field is None or field.kind in SERIES_KINDS else field
    name = (f"{CASE_SHEET}·{zh}", f"Financial case: {en}")
    return {"name": name, "field": shown, "state": cell.state, "before": told[0], "after": told[1]}


def _of_case(place: str, field: CatalogueField | None, value: Any, language: Language) -> Any:
    if value is None or (field is not None and field.kind not in SERIES_KINDS):
        return value
    if field is not None:
        return print_series(field.kind, value)
    records = case_records().get(place)
    if records is None or not isinstance(value, list):
        return _listed(place, value, language)
    return "\n".join(_line(records.fields, flat(each, records.fields), language) for each in value) or NOTHING


def _listed(path: str, value: Any, language: Language) -> Any:
    """Return child records as text a person can compare, one a line."""
    if path in Dossier.LINES and isinstance(value, list):
        return "\n".join(_line(line_fields(path), line, language) for line in value)
    return json.dumps(value, ensure_ascii=False)[:_LONGEST_LINE] if isinstance(value, (list, dict)) else value


def _line(described: Mapping[str, CatalogueField], line: Mapping[str, Any], language: Language) -> str:
    return "；".join(_told(described[name], content, language) for name, content in line.items())


def _told(field: CatalogueField, value: Any, language: Language) -> str:
    term = field.term
    if field.kind in SERIES_KINDS:
        text = print_series(field.kind, value)
    elif field.kind == "ratio":
        text = print_series("ratios", [value])
    else:
        text = choice(language, value, term) if term.choices else str(value)
    return f"{term.zh if language == 'zh' else term.en} {text}"


@post("/imports/{number:int}/commit", include_in_schema=False, guards=[signed_in])
async def commit(request: Anybody, number: Number) -> Response[Any]:
    """Ask for all rows of a preview, those of one state, or those chosen. Raises NotAllowed, NotFound, InvalidInput."""
    here, form = visit(request), await request.form()
    require(here.actor, "import_projects")
    take = str(form.get("take") or "")
    rows = chosen_rows([str(each) for each in form.getall("row", [])]) if take == "chosen" else None
    states = (take,) if take in {"new", "changed"} else ("new", "changed")
    asked = {"rows": rows, "states": states, "reopens_entry": agrees_to_reopen(form)}
    return await sync_to_thread(_commit, here, number, asked)


def _commit(here: Visit, number: int, asked: Mapping[str, Any]) -> Response[Any]:
    with writing(here.engine) as session:
        taking = enqueue_commit(session, here.actor, here.settings.data_dir, number, **asked)
    return see_other(f"/imports/{taking}")


@get("/imports/{number:int}/findings.xlsx", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def findings_workbook(request: Anybody, number: Number) -> Response[bytes]:
    """Download an uploaded file with every finding in its own cell. Raises NotFound once the upload is gone."""
    name, content = annotated(request, number)
    answer = workbook(content, "findings.xlsx")
    shown = quote(f"{name.rpartition('.')[0] or name}-问题.xlsx")
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{shown}"
    return answer


def _folder(here: Visit) -> UploadFolder:
    return UploadFolder(here.settings.data_dir, here.actor.user_id)


handlers = [imports_page, upload, import_page, commit, findings_workbook]
