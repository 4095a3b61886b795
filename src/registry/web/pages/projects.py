"""The list of projects and the page of one project."""

import csv
from collections.abc import Iterator
from io import StringIO
from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import Request, Response, get
from litestar.params import FromPath
from litestar.response import Stream

from registry.accounts.permissions import may, require
from registry.assessments.missing import what_is_missing
from registry.database import reading
from registry.projects.model import Dossier
from registry.projects.queries import (
    ProjectFilter,
    ProjectSummary,
    count_by,
    count_projects,
    list_projects,
    list_revisions,
    read_document,
    total_investment,
)
from registry.web.api.projects import RevisionNumber, changed_fields
from registry.web.auth import identity_of, signed_in
from registry.web.bodies import as_of_or_today
from registry.web.pages import views
from registry.web.pages.comments import remarks_on
from registry.web.pages.missing import missing_view
from registry.web.pages.panels import gather_panels
from registry.web.rendering import page, visit

PAGE = 50
_CSV_PAGE = 100
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_CSV_HEADER = ("编号", "项目名称", "省份", "地市", "项目领域", "总投资（万元）", "版次", "更新时间", "数据性质")

Anybody = Request[Any, Any, Any]


def asked_filter(request: Anybody) -> ProjectFilter:
    """Return the filter in the address of a list."""

    def asked(name: str) -> str | None:
        return (request.query_params.get(name) or "").replace("\x00", "").strip()[:100] or None

    return ProjectFilter(search=asked("search"), province=asked("province"), field=asked("field"))


@get("/projects", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def project_list(request: Anybody) -> Response[str]:
    """Show one page of the projects the visitor may see; HTMX gets the table alone."""
    here = visit(request)
    wanted = asked_filter(request)
    after = request.query_params.get("after") or None
    with reading(here.engine) as session:
        rows = list_projects(session, here.actor, after=after, limit=PAGE + 1, wanted=wanted)
        data: dict[str, Any] = {
            "rows": rows[:PAGE],
            "next": rows[PAGE - 1].code if len(rows) > PAGE else None,
            "after": after,
            "wanted": wanted,
            "n_found": count_projects(session, here.actor, wanted=wanted),
            "investment": total_investment(session, here.actor, wanted=wanted),
            "filter_query": _query(wanted),
        }
        if here.is_fragment:
            return page("projects/_table.html", here, **data)
        data["provinces"] = count_by(session, here.actor, "province_name")
        data["fields"] = count_by(session, here.actor, "published_field")
    return page("projects/list.html", here, headers={"Vary": "HX-Request"}, **data)


def _query(wanted: ProjectFilter) -> str:
    pairs = {"search": wanted.search, "province": wanted.province, "field": wanted.field}
    return urlencode({name: value for name, value in pairs.items() if value})


@get("/projects.csv", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def project_csv(request: Anybody) -> Stream:
    """Download exactly what the list shows, all pages of it, for a spreadsheet."""
    here = visit(request)
    wanted = asked_filter(request)

    def lines() -> Iterator[str]:
        yield "\ufeff" + _csv_line(_CSV_HEADER)
        after: str | None = None
        while True:
            with reading(here.engine) as session:
                rows = list_projects(session, here.actor, after=after, limit=_CSV_PAGE, wanted=wanted)
            yield "".join(_csv_line(_cells(row)) for row in rows)
            if len(rows) < _CSV_PAGE:
                return
            after = rows[-1].code

    return Stream(
        lines(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="projects.csv"'},
    )


def _cells(row: ProjectSummary) -> tuple[str, ...]:
    texts = (row.code, row.name, row.province_name, row.city_name, row.published_field)
    moment = row.updated_at.isoformat(timespec="seconds")
    nature = "示例数据" if row.is_demo else "公开或填报数据"
    return (*(_harmless(text) for text in texts), row.total_investment or "", str(row.revision_number), moment, nature)


def _harmless(text: str | None) -> str:
    """Keep a spreadsheet from running a cell that begins like a formula."""
    return "" if text is None else f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def _csv_line(cells: tuple[str, ...]) -> str:
    line = StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()


@get("/projects/{code:str}", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def project_page(request: Anybody, code: FromPath[str]) -> Response[str]:
    """Show a project: sections of the catalogue, money, history."""
    here = visit(request)
    with reading(here.engine) as session:
        facts, text = read_document(session, here.actor, code)
        document = msgspec.json.decode(text)
        panels = gather_panels(session, here.actor, facts, document)
        found = what_is_missing(session, here.actor, code, as_of=as_of_or_today(None))
        remarks = remarks_on(session, here.actor, code)
        history = (
            [(item.number, item.saved_at, item.reason, item.hash) for item in list_revisions(session, here.actor, code)]
            if may(here.actor, "read_revisions")
            else []
        )
    return page(
        "projects/project.html",
        here,
        facts=facts,
        document=document,
        sections=views.sections(found),
        missing=missing_view(found, document),
        remarks=remarks,
        funding=views.funding(document),
        lines=[views.lines(document, name) for name in Dossier.LINES],
        panels=panels,
        history=history[::-1],
    )


@get("/projects/{code:str}/document.json", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def project_document(request: Anybody, code: FromPath[str]) -> Response[bytes]:
    """Download the document of the latest revision."""
    with reading(request.app.state.engine) as session:
        facts, document = read_document(session, identity_of(request).actor, code)
    name = f"{facts.code}-r{facts.number}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(document.encode(), media_type="application/json", headers=headers)


@get("/projects/{code:str}/revisions/{number:int}", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def revision_page(request: Anybody, code: FromPath[str], number: RevisionNumber) -> Response[str]:
    """Show what one revision changed."""
    here = visit(request)
    require(here.actor, "read_revisions")
    with reading(here.engine) as session:
        facts, document = read_document(session, here.actor, code, number=number)
        before = read_document(session, here.actor, code, number=number - 1)[1] if number > 1 else "{}"
    found = views.changes(changed_fields(before, document))
    return page("projects/revision.html", here, facts=facts, changes=found)


handlers = [project_list, project_csv, project_page, project_document, revision_page]
