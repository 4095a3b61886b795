"""Lists of the programme as Excel over the API: papers, nominations, scores, the dashboard; pages hand out the same."""

from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.params import QueryParameter

from registry.database import reading
from registry.programme.list_files import dashboard_file, nominations_list, papers_list, scores_list
from registry.web.api.assessments import Number
from registry.web.api.city_papers import Name
from registry.web.auth import identity_of
from registry.web.bodies import as_of_or_today, attachment
from registry.web.openapi import answers, problems
from registry.web.paper_desks import desk_of
from registry.web.uploads import XLSX

Anybody = Request[Any, Any, Any]
_FILE = answers(bytes, "The file")


def sheet(content: bytes, name: str) -> Response[bytes]:
    """Return a workbook as a download."""
    return Response(content, media_type=XLSX, headers=attachment(name))


def list_of_papers(request: Anybody, name: str) -> Response[bytes]:
    """Return the papers of a kind as a download. Raises NotFound."""
    desk = desk_of(name)
    with reading(request.app.state.engine) as session:
        return sheet(papers_list(session, identity_of(request).actor, desk.kind), f"{name}.xlsx")


def list_of_nominations(request: Anybody, number: int) -> Response[bytes]:
    """Return the nominations of a round as a download. Raises NotFound."""
    with reading(request.app.state.engine) as session:
        return sheet(nominations_list(session, identity_of(request).actor, number), f"nominations-{number}.xlsx")


def list_of_scores(request: Anybody) -> Response[bytes]:
    """Return the totals of cities by year as a download."""
    with reading(request.app.state.engine) as session:
        return sheet(scores_list(session, identity_of(request).actor), "scores.xlsx")


def dashboard_sheets(request: Anybody, year: int | None) -> Response[bytes]:
    """Return the dashboard as a download. Raises NotAllowed."""
    with reading(request.app.state.engine) as session:
        content = dashboard_file(session, identity_of(request).actor, year=year, today=as_of_or_today(None))
    return sheet(content, "programme.xlsx")


@get("/city-papers/{name:str}/list.xlsx", sync_to_thread=True, responses={**_FILE, **problems(400, 401, 404)})
def papers(request: Anybody, name: Name) -> Response[bytes]:
    """Take the list of papers of a kind as Excel."""
    return list_of_papers(request, name)


@get("/city-selections/{number:int}/nominations.xlsx", sync_to_thread=True,
     responses={**_FILE, **problems(400, 401, 404)})  # fmt: skip
def nominations(request: Anybody, number: Number) -> Response[bytes]:
    """Take the nominations of a round you may see by name as Excel."""
    return list_of_nominations(request, number)


@get("/evaluation-rounds/comparison.xlsx", sync_to_thread=True, responses={**_FILE, **problems(400, 401)})
def scores(request: Anybody) -> Response[bytes]:
    """Take the totals of cities year on year as Excel."""
    return list_of_scores(request)


@get("/programme.xlsx", sync_to_thread=True, responses={**_FILE, **problems(400, 401, 403)})
def dashboard(
    request: Anybody,
    year: Annotated[
        int | None, QueryParameter(ge=1990, le=2100, description="Of this year; default: the latest")
    ] = None,
) -> Response[bytes]:
    """Take the dashboard as Excel: indicators by year, and cities."""
    return dashboard_sheets(request, year)


handlers = [papers, nominations, scores, dashboard]
