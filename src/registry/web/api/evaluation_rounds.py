"""Evaluation rounds of the ministry over the API: open, score, compare year on year."""

from datetime import date
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import RawBody
from msgspec import Meta

from registry.accounts.permissions import require
from registry.database import reading, writing
from registry.programme.self_evaluation.rounds import (
    DEFAULT_ITEMS,
    Round,
    YearOnYear,
    list_rounds,
    open_round,
    score_paper,
    year_on_year,
)
from registry.web.auth import identity_of
from registry.web.bodies import json_answer, read_body
from registry.web.openapi import answers, problems

Anybody = Request[Any, Any, Any]


class RoundIn(msgspec.Struct, forbid_unknown_fields=True):
    """A round: when self-evaluations of a year are open, and what is scored; default: five dimensions, 20 each."""

    year: int
    opens_on: date
    closes_on: date
    items: Annotated[list[tuple[Annotated[str, Meta(max_length=60)], float]], Meta(max_length=30)] | None = None


class ScoreIn(msgspec.Struct, forbid_unknown_fields=True):
    """One item of one self-evaluation scored."""

    paper: Annotated[int, Meta(ge=1, le=2**31 - 1)]
    item: Annotated[str, Meta(max_length=60)]
    score: float
    remark: Annotated[str, Meta(max_length=1000)] | None = None


@get(
    "/evaluation-rounds",
    sync_to_thread=True,
    responses={**answers(list[Round], "Newest first"), **problems(400, 401)},
)
def rounds(request: Anybody) -> Response[bytes]:
    """List the rounds: when self-evaluations of a year are open, and what is scored."""
    with reading(request.app.state.engine) as session:
        return json_answer(list_rounds(session))


@post(
    "/evaluation-rounds",
    sync_to_thread=True,
    status_code=201,
    responses={**answers(Round, "Opened", 201), **problems(400, 401, 403, 422)},
)
def open_one(request: Anybody, body: RawBody) -> Response[bytes]:
    """Open the round of a year."""
    actor = identity_of(request).actor
    require(actor, "hold_evaluations")
    asked = read_body(body, RoundIn)
    with writing(request.app.state.engine) as session:
        held = open_round(
            session,
            actor,
            year=asked.year,
            opens_on=asked.opens_on,
            closes_on=asked.closes_on,
            items=DEFAULT_ITEMS if asked.items is None else asked.items,
        )
    return json_answer(held, status=201)


@post(
    "/evaluation-rounds/scores",
    sync_to_thread=True,
    status_code=204,
    responses=problems(400, 401, 403, 404, 422),
)
def score(request: Anybody, body: RawBody) -> None:
    """Score one item of an agreed self-evaluation; a second score replaces the first."""
    actor = identity_of(request).actor
    require(actor, "hold_evaluations")
    asked = read_body(body, ScoreIn)
    with writing(request.app.state.engine) as session:
        score_paper(session, actor, asked.paper, item=asked.item, score=asked.score, remark=asked.remark)


@get(
    "/evaluation-rounds/comparison",
    sync_to_thread=True,
    responses={**answers(list[YearOnYear], "By division code"), **problems(400, 401)},
)
def comparison(request: Anybody) -> Response[bytes]:
    """Compare the totals of the cities you may see, year on year."""
    with reading(request.app.state.engine) as session:
        return json_answer(year_on_year(session, identity_of(request).actor))


BODIES = {"/api/v1/evaluation-rounds": RoundIn, "/api/v1/evaluation-rounds/scores": ScoreIn}
handlers = [rounds, open_one, score, comparison]
