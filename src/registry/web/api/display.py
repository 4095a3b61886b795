"""The public display over the API and as open data: for anybody, without sign-in, and the same for all who ask."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, Router, get
from litestar.params import FromPath, QueryParameter
from sqlmodel import Session

from registry.database import reading
from registry.packages.open_data import cases_table, open_package, open_project, projects_table, provenance
from registry.portfolio.download import download
from registry.portfolio.table import Table
from registry.programme.cases.model import COMMUNITY_GOAL, GOAL_SOURCE
from registry.programme.cases.queries import (
    CaseSummary,
    KindCount,
    Picture,
    count_shown,
    every_shown,
    find_shown,
    list_shown,
    shown_version,
)
from registry.programme.display.commenting import ShownComment, published_comments
from registry.programme.display.papers import list_shown_papers
from registry.programme.display.queries import (
    Displayed,
    DisplayedProject,
    DisplayTotals,
    PlaceCount,
    count_by_province,
    display_totals,
    display_version,
    every_displayed,
    find_displayed,
    list_displayed,
)
from registry.web.api.assessments import Number
from registry.web.api.display_papers import ShownPaperOut, paper, paper_line
from registry.web.bodies import as_of_or_today, attachment
from registry.web.hooks import check
from registry.web.openapi import answers, problems
from registry.web.public import not_changed, shared, shared_json, tag_of

Anybody = Request[Any, Any, Any]
LARGEST_PAGE = 100
Limit = Annotated[int, QueryParameter(ge=1, le=LARGEST_PAGE)]
Before = Annotated[int | None, QueryParameter(ge=1, le=2_000_000_000, description="The last id of the page before")]
CSV = "text/csv"
JSON = "application/json"


class DisplayOut(msgspec.Struct):
    """What is on display in all; `community_goal` is the number of communities to be shown by 2027, with its source."""

    totals: DisplayTotals
    provinces: list[PlaceCount]
    cases: list[KindCount]
    community_goal: int
    community_goal_source: str
    papers: list[ShownPaperOut]


class DisplayedOut(msgspec.Struct):
    """What was released of a project, its evidence, and the published comments."""

    project: Displayed
    comments: list[ShownComment]


class ShownCaseOut(msgspec.Struct):
    """A case on display; `fields` leaves out what is unknown."""

    case: CaseSummary
    fields: dict[str, Any]
    pictures: list[Picture]
    project: str | None
    comments: list[ShownComment]


@get("/", sync_to_thread=True, responses={**answers(DisplayOut, "What is on display"), **problems(400, 401)})
def overview(request: Anybody) -> Response[Any]:
    """Say how much is on display, where, and which plans are published. No sign-in."""
    today = as_of_or_today(None)
    with reading(request.app.state.engine) as session:
        found = DisplayOut(
            display_totals(session, today=today),
            count_by_province(session, today=today),
            count_shown(session, today=today),
            COMMUNITY_GOAL,
            GOAL_SOURCE[0],
            [paper_line(each) for each in list_shown_papers(session, today=today)],
        )
    return shared_json(request, found)


@get(
    "/projects",
    sync_to_thread=True,
    responses={**answers(list[DisplayedProject], "Newest first"), **problems(400, 401)},
)
def project_list(
    request: Anybody,
    q: Annotated[str, QueryParameter(max_length=60, description="Words sought in what was released")] = "",
    province: Annotated[str | None, QueryParameter(pattern=r"^\d{2}$")] = None,
    before: Before = None,
    limit: Limit = 50,
) -> Response[Any]:
    """Search the projects on display. No sign-in."""
    with reading(request.app.state.engine) as session:
        today = as_of_or_today(None)
        found = list_displayed(session, today=today, text=q, province=province, before=before, limit=limit)
    return shared_json(request, found)


@get(
    "/projects/{code:str}",
    sync_to_thread=True,
    responses={**answers(DisplayedOut, "What was released"), **problems(400, 401, 404, 410)},
)
def project(request: Anybody, code: FromPath[str]) -> Response[Any]:
    """Read what was released of a project. No sign-in."""
    with reading(request.app.state.engine) as session:
        found = find_displayed(session, code, today=as_of_or_today(None))
        return shared_json(request, DisplayedOut(found, published_comments(session, project=code)))


@get(
    "/projects/{code:str}/oc4ids",
    sync_to_thread=True,
    responses={**answers(dict[str, Any], "In OC4IDS"), **problems(400, 401, 404, 410)},
)
def project_oc4ids(request: Anybody, code: FromPath[str]) -> Response[Any]:
    """Read what was released of a project in the Open Contracting for Infrastructure standard. No sign-in."""
    with reading(request.app.state.engine) as session:
        found = find_displayed(session, code, today=as_of_or_today(None))
    return shared_json(request, open_project(found))


@get(
    "/projects.json", sync_to_thread=True, responses={**answers(dict[str, Any], "OC4IDS package"), **problems(400, 401)}
)
def projects_json(request: Anybody) -> Response[Any]:
    """Download everything on display as one OC4IDS project package. No sign-in."""

    def make(session: Session, today: date) -> bytes:
        found = every_displayed(session, today=today)
        published = last_change([each.summary.released_at for each in found])
        return msgspec.json.encode(open_package(found, published=published))

    return _download(request, display_version, make, JSON, "projects-oc4ids.json")


@get("/projects.csv", sync_to_thread=True, media_type=CSV, responses=problems(400, 401))
def projects_csv(request: Anybody) -> Response[Any]:
    """Download everything on display as a table. No sign-in."""

    def make(session: Session, today: date) -> bytes:
        found = every_displayed(session, today=today)
        return _csv(
            projects_table(found),
            "/api/v1/display/projects.csv",
            [each.summary.released_at for each in found],
            has_demo=any(each.summary.is_demo for each in found),
        )

    return _download(request, display_version, make, CSV, "projects.csv")


@get("/cases", sync_to_thread=True, responses={**answers(list[CaseSummary], "Newest first"), **problems(400, 401)})
def case_list(
    request: Anybody,
    kind: Annotated[str | None, QueryParameter(max_length=20)] = None,
    before: Before = None,
    limit: Limit = 50,
) -> Response[Any]:
    """List the model cases on display. No sign-in."""
    with reading(request.app.state.engine) as session:
        today = as_of_or_today(None)
        return shared_json(request, list_shown(session, today=today, kind=kind, before=before, limit=limit))


@get(
    "/cases/{number:int}",
    sync_to_thread=True,
    responses={**answers(ShownCaseOut, "The case"), **problems(400, 401, 404, 410)},
)
def one_case(request: Anybody, number: Number) -> Response[Any]:
    """Read a case on display; its project is named only where that is on display too. No sign-in."""
    today = as_of_or_today(None)
    with reading(request.app.state.engine) as session:
        found = find_shown(session, number, today=today)
        code = found.fields.pop("project_code", None)
        known = {each.code for each in list_displayed(session, today=today, text=code)} if code else set()
        told = ShownCaseOut(
            found.summary,
            found.fields,
            found.pictures,
            code if code in known else None,
            published_comments(session, case=number),
        )
    return shared_json(request, told)


@get("/cases.csv", sync_to_thread=True, media_type=CSV, responses=problems(400, 401))
def cases_csv(request: Anybody) -> Response[Any]:
    """Download the cases on display as a table. No sign-in."""

    def make(session: Session, today: date) -> bytes:
        found = every_shown(session, today=today)
        moments = [each.summary.state_since for each in found]
        has_demo = any(each.summary.is_demo for each in found)
        return _csv(cases_table(found), "/api/v1/display/cases.csv", moments, has_demo=has_demo)

    return _download(request, shown_version, make, CSV, "cases.csv")


def last_change(moments: Sequence[datetime]) -> datetime:
    """Return the newest of these moments; the day the programme was announced where there are none."""
    return max(moments, default=datetime.fromisoformat("2025-01-14T00:00:00+00:00"))


def _csv(table: Table, query: str, moments: Sequence[datetime], *, has_demo: bool) -> bytes:
    return download(table, provenance(query, last_change(moments), has_demo_data=has_demo), "csv")


def _download(
    request: Anybody,
    version: Callable[..., str],
    make: Callable[[Session, date], bytes],
    media_type: str,
    name: str,
) -> Response[Any]:
    """Return a file, made only for who does not hold it: its tag is the version of what it is made from."""
    today = as_of_or_today(None)
    with reading(request.app.state.engine) as session:
        tag = tag_of(name, version(session, today=today))
        held = not_changed(request, tag, media_type)
        if held is not None:
            return held
        content = make(session, today)
    headers = {"Content-Disposition": attachment(name)["Content-Disposition"]}
    return shared(request, content, media_type, tag=tag, headers=headers)


# A router of its own: the other calls of the API are for somebody signed in. 401 is for a token that is not in force.
display_router = Router(
    "/api/v1/display",
    route_handlers=[
        overview,
        paper,
        project_list,
        project,
        project_oc4ids,
        projects_json,
        projects_csv,
        case_list,
        one_case,
        cases_csv,
    ],
    before_request=check,
    security=[{}],
)
