"""The panel of a selection and its comparison by code over the API: seats, scores, marks, the computed proposal."""

from datetime import date, datetime
from typing import Annotated, Any, cast

import msgspec
from litestar import Request, Response, get, post
from litestar.params import QueryParameter, RawBody
from msgspec import Meta

from registry.database import reading, writing
from registry.portfolio.download import Provenance, download
from registry.portfolio.table import Language
from registry.programme.nomination.choosing import mark_nomination
from registry.programme.nomination.comparison import Compared, compare, comparison_table
from registry.programme.nomination.panel import name_member, score_nomination
from registry.programme.nomination.proposal import Proposal, propose
from registry.programme.nomination.queries import find_round
from registry.programme.nomination.registering import Registered, register_selected
from registry.web.api.assessments import Number
from registry.web.api.city_selections import Kept, Long, asking
from registry.web.auth import identity_of
from registry.web.bodies import attachment, json_answer, read_body
from registry.web.openapi import answers, problems
from registry.web.uploads import XLSX

Anybody = Request[Any, Any, Any]


class SeatIn(msgspec.Struct, forbid_unknown_fields=True):
    """A member of the panel, and the province they declare a tie to."""

    login: Annotated[str, Meta(max_length=60)]
    home_province: str | None = None


class PanelScoreIn(msgspec.Struct, forbid_unknown_fields=True):
    """Your scores of one code, by item."""

    code: Annotated[str, Meta(max_length=10)]
    scores: dict[str, float]
    remark: Long | None = None


class RegisterIn(msgspec.Struct, forbid_unknown_fields=True):
    """From which day the selected cities are leading cities; the result is the source, `notice` the published paper."""

    starts_on: date
    notice: Annotated[str, Meta(max_length=400)] = ""
    url: Annotated[str, Meta(max_length=500)] | None = None


class MarkIn(msgspec.Struct, forbid_unknown_fields=True):
    """What is proposed or decided on a code: select, reserve or decline."""

    code: Annotated[str, Meta(max_length=10)]
    choice: str
    reason: Long = ""


@post(
    "/city-selections/{number:int}/panel",
    sync_to_thread=True,
    status_code=201,
    responses={**answers(Kept, "Seated", 201), **problems(400, 401, 403, 404, 422)},
)
def seat(request: Anybody, number: Number, body: RawBody) -> Response[bytes]:
    """Name a member of the panel: a clerk or reviewer of the ministry or a province."""
    actor = asking(request, "hold_selections")
    asked = read_body(body, SeatIn)
    with writing(request.app.state.engine) as session:
        kept = name_member(session, actor, number, login=asked.login, home_province=asked.home_province)
    return json_answer(Kept(kept), status=201)


@get(
    "/city-selections/{number:int}/comparison",
    sync_to_thread=True,
    responses={**answers(list[Compared], "By code"), **problems(400, 401, 403, 404)},
)
def comparison(request: Anybody, number: Number) -> Response[bytes]:
    """Read the comparison by code: names are kept apart until publication."""
    with reading(request.app.state.engine) as session:
        return json_answer(compare(session, identity_of(request).actor, number))


@get(
    "/city-selections/{number:int}/comparison.xlsx",
    sync_to_thread=True,
    responses={**answers(bytes, "The file"), **problems(400, 401, 403, 404)},
)
def take_comparison(
    request: Anybody, number: Number, lang: Annotated[str, QueryParameter(pattern="^(zh|en)$")] = "zh"
) -> Response[bytes]:
    """Take the comparison as Excel."""
    return comparison_file(request, number, cast("Language", lang))


def comparison_file(request: Anybody, number: int, language: Language) -> Response[bytes]:
    """Return the comparison as a download. Raises NotFound, NotAllowed."""
    with reading(request.app.state.engine) as session:
        lines = compare(session, identity_of(request).actor, number)
        held = find_round(session, number)
    moment = datetime.now().astimezone()
    source = Provenance(
        held.title, moment, "遴选办理人员和评审组，以代号代替城市", held.is_demo, "selection staff and panel; by code"
    )
    content = download(comparison_table(lines), source, "xlsx", language)
    return Response(content, media_type=XLSX, headers=attachment(f"comparison-{number}.xlsx"))


@post(
    "/city-selections/{number:int}/scores",
    sync_to_thread=True,
    status_code=204,
    responses=problems(400, 401, 403, 404, 422),
)
def score(request: Anybody, number: Number, body: RawBody) -> None:
    """Score one code; refused where you are tied to the city behind it. A second score replaces the first."""
    actor = asking(request, "score_nominations")
    asked = read_body(body, PanelScoreIn)
    with writing(request.app.state.engine) as session:
        score_nomination(session, actor, number, code=asked.code, scores=asked.scores, remark=asked.remark)


@post(
    "/city-selections/{number:int}/marks",
    sync_to_thread=True,
    status_code=204,
    responses=problems(400, 401, 403, 404, 422),
)
def mark(request: Anybody, number: Number, body: RawBody) -> None:
    """Propose or decide on a code, as the step is; a reason is needed beyond a quota or against the proposal."""
    actor = asking(request, "hold_selections")
    asked = read_body(body, MarkIn)
    with writing(request.app.state.engine) as session:
        mark_nomination(session, actor, number, code=asked.code, choice=asked.choice, reason=asked.reason)


@get(
    "/city-selections/{number:int}/proposal",
    sync_to_thread=True,
    responses={**answers(Proposal, "Computed, for reference only"), **problems(400, 401, 403, 404, 422)},
)
def computed(request: Anybody, number: Number) -> Response[bytes]:
    """Compute which codes score highest within quotas and target: a proposal beside the people's decision."""
    with reading(request.app.state.engine) as session:
        return json_answer(propose(session, identity_of(request).actor, number))


@post(
    "/city-selections/{number:int}/memberships",
    sync_to_thread=True,
    status_code=200,
    responses={**answers(Registered, "Registered"), **problems(400, 401, 403, 404, 422)},
)
def register(request: Anybody, number: Number, body: RawBody) -> Response[bytes]:
    """Register the selected cities of a published round as leading cities, with the result as their source."""
    actor = asking(request, "hold_selections")
    asked = read_body(body, RegisterIn)
    with writing(request.app.state.engine) as session:
        found = register_selected(session, actor, number, starts_on=asked.starts_on, notice=asked.notice, url=asked.url)
    return json_answer(found)


BODIES = {
    "/api/v1/city-selections/{number}/memberships": RegisterIn,
    "/api/v1/city-selections/{number}/panel": SeatIn,
    "/api/v1/city-selections/{number}/scores": PanelScoreIn,
    "/api/v1/city-selections/{number}/marks": MarkIn,
}
handlers = [seat, comparison, take_comparison, score, mark, computed, register]
