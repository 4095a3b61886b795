"""The bank's pipeline over the API: narrowed with counts, kept searches, own policy, comparison, what if."""

from datetime import date
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.params import FromPath, QueryParameter, RawBody
from msgspec import Meta

from registry.accounts.permissions import require
from registry.assessments.prospects.comparing import MOST, Comparison, compare
from registry.assessments.prospects.filters import PROSPECT_NAMES, read_prospect_filter, read_prospect_sort
from registry.assessments.prospects.matrix import PolicyMatrix, policy_matrix
from registry.assessments.prospects.operations import end_search, save_search
from registry.assessments.prospects.queries import (
    ProspectLine,
    SearchLine,
    libraries,
    prospect_lines,
    saved_searches,
    screen_prospects,
)
from registry.assessments.what_if import WhatIf, what_if
from registry.database import reading, writing
from registry.projects.queries import LARGEST_PAGE
from registry.quantities import money_text
from registry.web.api.assessments import Number
from registry.web.api.libraries import AsOf
from registry.web.auth import identity_of
from registry.web.bodies import as_of_or_today, json_answer, read_body
from registry.web.openapi import answers, problems

Anybody = Request[Any, Any, Any]
Limit = Annotated[int, QueryParameter(ge=1, le=LARGEST_PAGE)]
After = Annotated[str | None, QueryParameter(max_length=40, description="`next` of the page before")]
Share = Annotated[float, QueryParameter(ge=-0.5, le=0.5, description="Relative change: 0.1 is ten per cent more")]
_SAID = "Conditions are further query parameters, as in the address of the page: " + ", ".join(PROSPECT_NAMES)


class FacetsOut(msgspec.Struct):
    """How many projects each value would leave beside all other conditions."""

    dscr: dict[str, int]
    coverage: dict[str, int]
    tenor: dict[str, int]
    region: dict[str, int]
    stage: dict[str, int]
    green_class: dict[str, int]
    province: dict[str, int]
    task: dict[str, int]
    status: dict[str, int]
    verdicts: dict[str, dict[str, int]]


class ScreeningOut(msgspec.Struct):
    """One page of the pipeline: sums of known amounts in 万元 as text; `next` is null on the last page."""

    count: int
    assessed: int
    investment: str | None
    loans: str | None
    items: list[ProspectLine]
    next: str | None
    facets: FacetsOut


class SearchIn(msgspec.Struct, forbid_unknown_fields=True):
    """A search to keep: conditions by name, as text; `is_alerting` tells your bank of each new project, once."""

    name: Annotated[str, Meta(max_length=200)]
    conditions: dict[str, str] = {}
    is_alerting: bool = True


class SearchOut(msgspec.Struct):
    """A search that was kept."""

    id: int
    name: str
    query: str
    is_alerting: bool


@get(
    "/screening",
    sync_to_thread=True,
    description=_SAID,
    responses={**answers(ScreeningOut, "One page, with counts and sums"), **problems(400, 401, 403, 422)},
)
def screen(
    request: Anybody,
    limit: Limit = 50,
    after: After = None,
    sort: Annotated[str | None, QueryParameter(max_length=20)] = None,
) -> Response[bytes]:
    """Narrow the projects you may see by money, verdicts and place; nothing is judged or priced for it."""
    actor = identity_of(request).actor
    wanted, order = read_prospect_filter(request.query_params.get), read_prospect_sort(sort)
    with reading(request.app.state.engine) as session:
        found = screen_prospects(session, actor, wanted)
        shown = found.page(sort=order, after=after, limit=limit)  # type: ignore[arg-type]
        items = prospect_lines(session, actor, shown.codes)
    investment, loans = found.investment(), found.loans()
    facets = FacetsOut(
        dscr=found.band_counts("dscr"),
        coverage=found.band_counts("coverage"),
        tenor=found.band_counts("tenor"),
        region=found.region_counts(),
        stage=found.stage_counts(),
        green_class=found.counts("green_class"),
        province=found.counts("province"),
        task=found.counts("task"),
        status=found.counts("status"),
        verdicts={pack: found.verdict_counts(pack) for pack in libraries()},
    )
    return json_answer(
        ScreeningOut(
            len(found),
            found.n_judged(),
            None if investment is None else money_text(investment),
            None if loans is None else money_text(loans),
            items,
            shown.next,
            facets,
        )
    )


@get(
    "/screening/policy",
    sync_to_thread=True,
    description=_SAID,
    responses={**answers(PolicyMatrix, "Projects × rules"), **problems(400, 401, 403, 404, 422)},
)
def policy(
    request: Anybody,
    pack: Annotated[str, QueryParameter(max_length=80)],
    limit: Limit = 50,
    after: After = None,
    as_of: AsOf = None,
    counts: Annotated[bool, QueryParameter(description="False judges the page alone, in a moment")] = True,
) -> Response[bytes]:
    """Run one of your bank's own rule packs over the pipeline; kept nowhere."""
    actor = identity_of(request).actor
    require(actor, "read_private_packs")
    wanted = read_prospect_filter(request.query_params.get)
    engine, day = request.app.state.engine, as_of_or_today(as_of)
    most = None if counts else 0
    return json_answer(
        policy_matrix(engine, actor, pack=pack, as_of=day, wanted=wanted, after=after, limit=limit, most_counted=most)
    )


@get(
    "/compare",
    sync_to_thread=True,
    responses={**answers(Comparison, "Side by side"), **problems(400, 401, 403, 404, 422)},
)
def side_by_side(
    request: Anybody,
    code: Annotated[list[str] | None, QueryParameter(description=f"Up to {MOST} project codes; repeat")] = None,
    as_of: AsOf = None,
) -> Response[bytes]:
    """Compare up to four projects; null is unknown, `is_different` marks lines whose known values differ."""
    day: date = as_of_or_today(as_of)
    with reading(request.app.state.engine) as session:
        return json_answer(compare(session, identity_of(request).actor, code or [], as_of=day))


@get(
    "/projects/{code:str}/what-if",
    sync_to_thread=True,
    responses={**answers(WhatIf, "Figures before and after"), **problems(400, 401, 403, 404, 422)},
)
def change(
    request: Anybody,
    code: FromPath[str],
    investment: Share = 0.0,
    revenue: Share = 0.0,
    operating_cost: Share = 0.0,
    interest_rate: Share = 0.0,
    subsidies: Share = 0.0,
) -> Response[bytes]:
    """Run the engine again on the newest assessed case with factors changed; nothing is kept."""
    changes = {
        "investment": investment,
        "revenue": revenue,
        "operating_cost": operating_cost,
        "interest_rate": interest_rate,
        "subsidies": subsidies,
    }
    with reading(request.app.state.engine) as session:
        return json_answer(what_if(session, identity_of(request).actor, code, changes))


@get(
    "/saved-searches",
    sync_to_thread=True,
    responses={**answers(list[SearchLine], "By name"), **problems(400, 401, 403)},
)
def list_searches(request: Anybody) -> Response[bytes]:
    """List the searches your bank keeps."""
    with reading(request.app.state.engine) as session:
        return json_answer(saved_searches(session, identity_of(request).actor))


@post(
    "/saved-searches",
    sync_to_thread=True,
    status_code=201,
    responses={**answers(SearchOut, "The search as kept", 201), **problems(400, 401, 403, 422)},
)
def keep_search(request: Anybody, body: RawBody) -> Response[bytes]:
    """Keep a search for your bank; it is told of each later project that fits, once."""
    actor = identity_of(request).actor
    require(actor, "save_searches")
    asked = read_body(body, SearchIn)
    wanted = read_prospect_filter(asked.conditions.get)
    with writing(request.app.state.engine) as session:
        kept = save_search(session, actor, name=asked.name.strip(), wanted=wanted, is_alerting=asked.is_alerting)
        return json_answer(SearchOut(kept.id or 0, kept.name, kept.query, kept.is_alerting), status=201)


@delete("/saved-searches/{number:int}", sync_to_thread=True, status_code=204, responses=problems(400, 401, 403, 404))
def drop_search(request: Anybody, number: Number) -> None:
    """Keep a search no longer."""
    with writing(request.app.state.engine) as session:
        end_search(session, identity_of(request).actor, number)


BODIES = {"/api/v1/saved-searches": SearchIn}
handlers = [screen, policy, side_by_side, change, list_searches, keep_search, drop_search]
