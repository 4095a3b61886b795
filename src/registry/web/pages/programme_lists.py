"""Lists of the programme as Excel, for the buttons of their pages."""

from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath

from registry.web.api.assessments import Number
from registry.web.api.programme_lists import dashboard_sheets, list_of_nominations, list_of_papers, list_of_scores
from registry.web.auth import signed_in
from registry.web.pages.indicators import whole

Anybody = Request[Any, Any, Any]


@get("/city-papers/{name:str}/list.xlsx", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def papers(request: Anybody, name: FromPath[str]) -> Response[bytes]:
    """Take the list of papers of a kind. Raises NotFound."""
    return list_of_papers(request, name)


@get("/city-selections/{number:int}/nominations.xlsx", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def nominations(request: Anybody, number: Number) -> Response[bytes]:
    """Take the nominations of a round. Raises NotFound."""
    return list_of_nominations(request, number)


@get("/evaluation-rounds/comparison.xlsx", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def scores(request: Anybody) -> Response[bytes]:
    """Take the totals of cities by year."""
    return list_of_scores(request)


@get("/programme.xlsx", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def dashboard(request: Anybody) -> Response[bytes]:
    """Take the dashboard. Raises NotAllowed."""
    return dashboard_sheets(request, whole(request, "year"))


handlers = [papers, nominations, scores, dashboard]
