"""Excel in and out for the city: template, upload, preview as a diff, all, some or none of it, findings given back."""

import json
from typing import Any
from urllib.parse import quote

from litestar import Request, Response, get, post
from litestar.concurrency import sync_to_thread

from registry.accounts.permissions import require
from registry.database import reading, writing
from registry.errors import Finding, InvalidInput
from registry.intake.exporting import export_projects
from registry.intake.importing import ImportResult, import_file
from registry.intake.preview import CellPreview, Preview, preview_file
from registry.projects.catalogue import CatalogueField, fields
from registry.web.api.imports import annotated, chosen_rows, workbook
from registry.web.auth import identity_of, signed_in
from registry.web.pages.project_lists import asked_list
from registry.web.rendering import Visit, page, visit
from registry.web.uploads import LARGEST_UPLOAD, as_file, file_name, keep, kept, uploaded_file

Anybody = Request[Any, Any, Any]
SHOWN_ROWS = 200
"""Rows of a preview on the page; the counts and the workbook cover all of them."""
_MOST_FINDINGS = 50
_LONGEST_LINE = 200


@get("/imports", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def imports_page(request: Anybody) -> Response[str]:
    """Show where to take the template and where to upload it. Raises NotAllowed."""
    here = visit(request)
    require(here.actor, "import_projects")
    return page("desk/imports.html", here)


@post(
    "/imports",
    status_code=200,
    include_in_schema=False,
    guards=[signed_in],
    request_max_body_size=LARGEST_UPLOAD,
)
async def preview_page(request: Anybody) -> Response[str]:
    """Show what an uploaded file would do, before anything is written. Raises NotAllowed, InvalidInput."""
    here = visit(request)
    require(here.actor, "import_projects")
    name, content = await uploaded_file(request)
    return await sync_to_thread(_previewed, here, name, content)


def _previewed(here: Visit, name: str, content: bytes) -> Response[str]:
    with reading(here.engine) as session:
        found = preview_file(session, here.actor, content, name)
    key = keep(here.settings, here.actor, content) if found.rows else ""
    data: dict[str, Any] = {
        "name": name,
        "key": key,
        "counts": found.counts(),
        "rows": _rows(found),
        "n_rows": len(found.rows),
    }
    findings = found.findings[:_MOST_FINDINGS]
    return page("desk/preview.html", here, findings=findings, n_findings=len(found.findings), **data)


def _rows(found: Preview) -> list[dict[str, Any]]:
    """Return the rows to show: those that change something or cannot be taken first, in the order of the file."""
    ordered = sorted(found.rows, key=lambda row: row.state == "unchanged")[:SHOWN_ROWS]
    return [
        {
            "key": f"{row.sheet}:{row.row}",
            "sheet": row.sheet,
            "row": row.row,
            "state": row.state,
            "code": row.code,
            "name": row.name,
            "cells": [_cell(cell) for cell in row.cells],
        }
        for row in ordered
    ]


def _cell(cell: CellPreview) -> dict[str, Any]:
    field: CatalogueField | None = fields().get(cell.path)
    name = (field.term.zh, field.term.en) if field else (cell.title, cell.title)
    before, after = ((_listed(value) if field is None else value) for value in (cell.before, cell.after))
    return {"name": name, "field": field, "state": cell.state, "before": before, "after": after}


def _listed(value: Any) -> Any:
    """Return child records as text a person can compare."""
    if not isinstance(value, (list, dict)):
        return value
    lines = value if isinstance(value, list) else [value]
    return "\n".join(json.dumps(line, ensure_ascii=False)[:_LONGEST_LINE] for line in lines)


@post("/imports/commit", status_code=200, include_in_schema=False, guards=[signed_in])
async def commit_page(request: Anybody) -> Response[str]:
    """Take all rows of a previewed file, or those chosen. Raises NotAllowed, NotFound once the upload is gone."""
    here = visit(request)
    require(here.actor, "import_projects")
    form = await request.form()
    name, key = file_name(str(form.get("name") or "")), str(form.get("key") or "")
    chosen = None if form.get("take") == "all" else chosen_rows([str(each) for each in form.getall("row", [])])
    if chosen is not None and not chosen:
        zh, en = "没有勾选任何一行；请勾选，或取全部", "No row is chosen; choose some, or take all of them"
        raise InvalidInput.of([Finding("row", "missing", zh, en)])
    done = await sync_to_thread(_committed, here, name, key, chosen)
    return page("desk/imported.html", here, name=name, key=key, done=done, findings=done.findings[:_MOST_FINDINGS])


def _committed(here: Visit, name: str, key: str, chosen: set[tuple[str, int]] | None) -> ImportResult:
    content = kept(here.settings, here.actor, key)
    with as_file(content) as path, writing(here.engine) as session:
        return import_file(session, here.actor, path, name=name, chosen=chosen)


@get("/imports/findings.xlsx", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def findings_workbook(request: Anybody) -> Response[bytes]:
    """Download a previewed file with every finding in its own cell. Raises NotFound once the upload is gone."""
    here = visit(request)
    require(here.actor, "import_projects")
    content = kept(here.settings, here.actor, request.query_params.get("key") or "")
    name = file_name(request.query_params.get("name") or "")
    with reading(here.engine) as session:
        found = preview_file(session, here.actor, content, name)
    answer = annotated(content, name, found)
    shown = quote(f"{name.rpartition('.')[0] or name}-问题.xlsx")
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{shown}"
    return answer


@get("/projects.xlsx", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def project_workbook(request: Anybody) -> Response[bytes]:
    """Download the list in the template: edit it and upload it again. Raises InvalidInput if too many match."""
    asked = asked_list(request)
    with reading(request.app.state.engine) as session:
        content = export_projects(session, identity_of(request).actor, wanted=asked.wanted, sort=asked.sort)
    return workbook(content, "projects.xlsx")


handlers = [imports_page, preview_page, commit_page, findings_workbook, project_workbook]
