"""The list of projects and the page of one project."""

import csv
from collections.abc import Iterator
from io import StringIO
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.params import FromPath
from litestar.response import Stream

from registry.accounts.permissions import may, require
from registry.assessments.missing import what_is_missing
from registry.database import reading
from registry.projects.lifecycle.remarks import open_remarks
from registry.projects.model import Dossier
from registry.projects.queries import ProjectSummary, list_revisions, read_document
from registry.projects.search.filters import SORTS
from registry.projects.search.queries import narrow, summaries
from registry.web.api.projects import RevisionNumber, changed_fields
from registry.web.auth import identity_of, signed_in
from registry.web.bodies import as_of_or_today
from registry.web.pages import views
from registry.web.pages.comments import remarks_on
from registry.web.pages.missing import missing_view
from registry.web.pages.panels import gather_panels
from registry.web.pages.project_lists import asked_list, chips, facets
from registry.web.rendering import page, visit

PAGE = 50
_CSV_PAGE = 500
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_CSV_HEADER = ("编号", "项目名称", "省份", "地市", "项目领域", "总投资（万元）", "版次", "更新时间", "数据性质")

Anybody = Request[Any, Any, Any]


@get("/projects", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def project_list(request: Anybody) -> Response[str]:
    """Show one page of the projects the visitor may see; HTMX gets what was found alone."""
    here, asked = visit(request), asked_list(request)
    with reading(here.engine) as session:
        found = narrow(session, here.actor, asked.wanted)
        shown = found.page(sort=asked.sort, after=asked.after, limit=PAGE)
        data: dict[str, Any] = {
            "rows": summaries(session, here.actor, shown.codes),
            "next": asked.href(after=shown.next) if shown.next else None,
            "after": asked.after,
            "n_found": len(found),
            "investment": found.investment(),
            "filter_query": asked.query(),
            "facets": facets(found, asked, here.actor, here.language),
            "chips": chips(asked, here.language),
            "first": asked.href(),
        }
    if here.is_fragment:
        return page("projects/_found.html", here, **data)
    data |= {"wanted": asked.wanted, "sort": asked.sort, "sorts": SORTS}
    return page("projects/list.html", here, headers={"Vary": "HX-Request"}, **data)


@get("/projects.csv", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def project_csv(request: Anybody) -> Stream:
    """Download exactly what the list shows, all pages of it, for a spreadsheet."""
    here, asked = visit(request), asked_list(request)
    with reading(here.engine) as session:
        codes = narrow(session, here.actor, asked.wanted).codes(asked.sort)

    def lines() -> Iterator[str]:
        yield "\ufeff" + csv_line(_CSV_HEADER)
        for start in range(0, len(codes), _CSV_PAGE):
            with reading(here.engine) as session:
                rows = summaries(session, here.actor, codes[start : start + _CSV_PAGE])
            yield "".join(csv_line(_cells(row)) for row in rows)

    return Stream(
        lines(),
        media_type="text/csv",
        headers={"Content-Disposition": 'attachment; filename="projects.csv"'},
    )


def _cells(row: ProjectSummary) -> tuple[str, ...]:
    texts = (row.code, row.name, row.province_name, row.city_name, row.published_field)
    moment = row.updated_at.isoformat(timespec="seconds")
    nature = "示例数据" if row.is_demo else "公开或填报数据"
    return (*(harmless(text) for text in texts), row.total_investment or "", str(row.revision_number), moment, nature)


def harmless(text: str | None) -> str:
    """Keep a spreadsheet from running a cell that begins like a formula."""
    return "" if text is None else f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def csv_line(cells: tuple[str, ...]) -> str:
    """Return one line of a CSV file."""
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
        asked = open_remarks(session, here.actor, code)
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
        asked=asked,
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
