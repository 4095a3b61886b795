"""The list of projects over the API: narrowed, sorted, in pages."""

from typing import Annotated, Any

import msgspec
from litestar import Request, get
from litestar.concurrency import sync_to_thread
from litestar.di import NamedDependency, Provide
from litestar.params import QueryParameter
from litestar.response.base import ASGIResponse
from sqlalchemy import Engine

from registry.accounts.model import Actor
from registry.database import reading
from registry.projects.glances import glance_page
from registry.projects.queries import LARGEST_PAGE, ProjectSummary
from registry.projects.search.filters import LONGEST, ProjectFilter, Sort, read_filter, read_sort
from registry.projects.search.queries import narrow, summaries
from registry.web.api.projects import json_bytes, promptly
from registry.web.auth import identity_of
from registry.web.openapi import answers, problems

_SEARCH = "Words that must all be found in name, codes, implementer or place, or in the pinyin or its initials"
_APPLIED = "; for those who may read applications"


class ProjectPage(msgspec.Struct):
    """One page of projects in the order asked for; `next` is the cursor of the page after it, null on the last."""

    items: list[ProjectSummary]
    next: str | None


def _said(description: str) -> QueryParameter:
    return QueryParameter(max_length=LONGEST, description=description)


def asked_filter(
    search: Annotated[str | None, _said(_SEARCH)] = None,
    province: Annotated[str | None, _said("As printed")] = None,
    city: Annotated[str | None, _said("As printed")] = None,
    field: Annotated[str | None, _said("`published_field` of the document")] = None,
    dimension: Annotated[str | None, _said("`beautiful_city_dimension`")] = None,
    task: Annotated[str | None, _said("`beautiful_city_task`")] = None,
    status: Annotated[str | None, _said("`construction_status`")] = None,
    start_year: Annotated[str | None, _said("Year of `construction_start`")] = None,
    library: Annotated[str | None, _said(f"A library applied to{_APPLIED}")] = None,
    # Named for its place in the address: the framework keeps `state` for its own.
    application_state: Annotated[
        str | None, QueryParameter(name="state", max_length=LONGEST, description=f"State of an application{_APPLIED}")
    ] = None,
    nature: Annotated[str | None, _said("`real` or `demo`")] = None,
    green_class: Annotated[str | None, _said("`green_catalogue_class`")] = None,
    transition: Annotated[str | None, _said("`transition_finance_sector`, apart from the green class")] = None,
    zone: Annotated[str | None, _said("A zone or pilot the project lies in today, such as `yangtze_delta`")] = None,
    investment_min: Annotated[str | None, _said("Total investment at least, in 万元")] = None,
    investment_max: Annotated[str | None, _said("Total investment at most, in 万元")] = None,
) -> ProjectFilter:
    """Return the filter an address asks for: one set of conditions for every list. Raises InvalidInput."""
    asked = {
        "search": search,
        "province": province,
        "city": city,
        "field": field,
        "dimension": dimension,
        "task": task,
        "status": status,
        "start_year": start_year,
        "library": library,
        "state": application_state,
        "nature": nature,
        "green_class": green_class,
        "transition": transition,
        "zone": zone,
        "investment_min": investment_min,
        "investment_max": investment_max,
    }
    return read_filter(asked.get)


NarrowedBy = NamedDependency[ProjectFilter]
NARROWED = {"wanted": Provide(asked_filter, sync_to_thread=False)}


@get(
    "/projects",
    dependencies=NARROWED,
    responses={**answers(ProjectPage, "One page of the projects you may see"), **problems(400, 401, 403, 422)},
)
async def list_page(
    request: Request[Any, Any, Any],
    wanted: NarrowedBy,
    limit: Annotated[int, QueryParameter(ge=1, le=LARGEST_PAGE)] = 50,
    after: Annotated[str | None, QueryParameter(max_length=40, description="`next` of the page before")] = None,
    sort: Annotated[str | None, _said("`code` (unless said), `investment` (largest first) or `saved` (latest)")] = None,
) -> ASGIResponse:
    """List the projects you may see, as the page of projects narrows and sorts them."""
    engine, actor = request.app.state.engine, identity_of(request).actor
    if sort is None and wanted == ProjectFilter():
        rows = await promptly(engine, glance_page, engine, actor, after=after, limit=limit + 1)
        items = rows[:limit]
        found = ProjectPage(items, items[-1].code if len(rows) > limit else None)
    else:
        found = await sync_to_thread(_found, engine, actor, wanted, read_sort(sort), after, limit)
    return json_bytes(msgspec.json.encode(found))


def _found(
    engine: Engine, actor: Actor, wanted: ProjectFilter, sort: Sort, after: str | None, limit: int
) -> ProjectPage:
    with reading(engine) as session:
        shown = narrow(session, actor, wanted).page(sort=sort, after=after, limit=limit)
        return ProjectPage(summaries(session, actor, shown.codes), shown.next)


handlers = [list_page]
