"""Selection of cities over the API: rounds and quotas, nominations, panel, comparison by code, decision, minutes."""

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from types import MappingProxyType
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import RawBody
from msgspec import Meta
from sqlmodel import Session

from registry.accounts.model import Actor
from registry.accounts.permissions import Act, require
from registry.database import reading, writing
from registry.errors import Finding, InvalidInput
from registry.programme.nomination.operations import (
    check_form,
    give_provincial_opinion,
    save_nomination,
    submit_nomination,
    take_back_nomination,
)
from registry.programme.nomination.queries import (
    Member,
    Minute,
    NominationLine,
    Quota,
    RoundLine,
    count_taken,
    find_round,
    is_inside,
    list_nominations,
    list_rounds,
    members_of,
    minutes_of,
    quotas_of,
)
from registry.programme.nomination.rounds import StatedQuota, add_minute, advance_selection, open_selection
from registry.web.api.assessments import Number
from registry.web.auth import identity_of
from registry.web.bodies import as_of_or_today, json_answer, read_body
from registry.web.openapi import answers, problems

Anybody = Request[Any, Any, Any]
Version = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Long = Annotated[str, Meta(max_length=10_000)]
Places = Annotated[int, Meta(ge=0, le=1000)]


class QuotaIn(msgspec.Struct, forbid_unknown_fields=True):
    """At least and at most so many cities of a region and a size class; an empty class means all."""

    region: str = ""
    size_class: str = ""
    least: Places | None = None
    most: Places | None = None


class SelectionIn(msgspec.Struct, forbid_unknown_fields=True):
    """A round; without a target it is that of the text, about 50."""

    title: Annotated[str, Meta(max_length=300)]
    opens_on: date
    closes_on: date
    target: Places | None = None
    quotas: Annotated[list[QuotaIn], Meta(max_length=40)] = []


class StepIn(msgspec.Struct, forbid_unknown_fields=True):
    """The minutes that close a step, and the version of the round you saw."""

    minutes: Long
    version: Version


class MinuteIn(msgspec.Struct, forbid_unknown_fields=True):
    """An entry of the minutes."""

    text: Long


class NominationIn(msgspec.Struct, forbid_unknown_fields=True):
    """Your city's nomination; `urban_population_10k` is 城区常住人口 in 万人, with its source."""

    statement: Long
    urban_population_10k: float | None = None
    population_source: Annotated[str, Meta(max_length=300)] | None = None
    plan: Annotated[int, Meta(ge=1, le=2**31 - 1)] | None = None
    version: Version | None = None


class NominationActionIn(msgspec.Struct, forbid_unknown_fields=True):
    """One action: submit, take_back (city); recommend, advise_against (province); in_form, not_in_form (ministry)."""

    action: str
    version: Version
    reason: Long = ""


class Kept(msgspec.Struct):
    """The number of what was written."""

    id: int


class SelectionOut(msgspec.Struct):
    """A round as you may see it. `taken`, minutes and panel are null for who is not inside."""

    round: RoundLine
    quotas: list[Quota]
    taken: int | None
    nominations: list[NominationLine]
    panel: list[Member] | None
    minutes: list[Minute] | None


def read_selection(session: Session, actor: Actor, number: int) -> SelectionOut:
    """Return a round with all that the actor may see of it. Raises NotFound."""
    held, inside = find_round(session, number), is_inside(session, actor, number)
    return SelectionOut(
        round=held,
        quotas=quotas_of(session, actor, number),
        taken=count_taken(session, actor, number),
        nominations=list_nominations(session, actor, number),
        panel=members_of(session, number) if inside else None,
        minutes=minutes_of(session, actor, number) if inside else None,
    )


@get(
    "/city-selections",
    sync_to_thread=True,
    responses={**answers(list[RoundLine], "Newest first"), **problems(400, 401)},
)
def list_all(request: Anybody) -> Response[bytes]:
    """List the rounds: when cities may apply, and which step each is in."""
    with reading(request.app.state.engine) as session:
        return json_answer(list_rounds(session))


@post(
    "/city-selections",
    sync_to_thread=True,
    status_code=201,
    responses={**answers(RoundLine, "Opened", 201), **problems(400, 401, 403, 422)},
)
def open_one(request: Anybody, body: RawBody) -> Response[bytes]:
    """Open a round with its dates, target and quotas."""
    actor = asking(request, "hold_selections")
    asked = read_body(body, SelectionIn)
    quotas = [StatedQuota(each.region, each.size_class, each.least, each.most) for each in asked.quotas]
    with writing(request.app.state.engine) as session:
        held = open_selection(
            session,
            actor,
            title=asked.title,
            opens_on=asked.opens_on,
            closes_on=asked.closes_on,
            target=asked.target,
            quotas=quotas,
        )
    return json_answer(held, status=201, headers={"Location": f"/api/v1/city-selections/{held.id}"})


@get(
    "/city-selections/{number:int}",
    sync_to_thread=True,
    responses={**answers(SelectionOut, "The round"), **problems(400, 401, 404)},
)
def read_one(request: Anybody, number: Number) -> Response[bytes]:
    """Read a round: quotas, the nominations you may see by name, and, inside, panel and minutes."""
    with reading(request.app.state.engine) as session:
        return json_answer(read_selection(session, identity_of(request).actor, number))


@post(
    "/city-selections/{number:int}/steps",
    sync_to_thread=True,
    status_code=200,
    responses={**answers(RoundLine, "In the next step"), **problems(400, 401, 403, 404, 412, 422)},
)
def advance(request: Anybody, number: Number, body: RawBody) -> Response[bytes]:
    """Close the step a round is in with its minutes; what is still open refuses it."""
    actor = asking(request, "hold_selections")
    asked = read_body(body, StepIn)
    with writing(request.app.state.engine) as session:
        held = advance_selection(
            session, actor, number, minutes=asked.minutes, expected_version=asked.version, today=as_of_or_today(None)
        )
    return json_answer(held)


@post(
    "/city-selections/{number:int}/minutes",
    sync_to_thread=True,
    status_code=204,
    responses=problems(400, 401, 403, 404, 422),
)
def minute(request: Anybody, number: Number, body: RawBody) -> None:
    """Add to the minutes of the step a round is in; nothing is ever taken from them."""
    actor = asking(request, "hold_selections")
    with writing(request.app.state.engine) as session:
        add_minute(session, actor, number, text=read_body(body, MinuteIn).text)


@post(
    "/city-selections/{number:int}/nominations",
    sync_to_thread=True,
    status_code=201,
    responses={**answers(Kept, "Kept as a draft", 201), **problems(400, 401, 403, 404, 412, 422)},
)
def nominate(request: Anybody, number: Number, body: RawBody) -> Response[bytes]:
    """Write your city's nomination, or change it with the version you saw; refused after the deadline."""
    actor = asking(request, "edit_papers")
    asked = read_body(body, NominationIn)
    with writing(request.app.state.engine) as session:
        kept = save_nomination(
            session,
            actor,
            number,
            statement=asked.statement,
            today=as_of_or_today(None),
            urban_population_10k=asked.urban_population_10k,
            population_source=asked.population_source,
            plan_id=asked.plan,
            expected_version=asked.version,
        )
    return json_answer(Kept(kept), status=201)


Move = Callable[[Session, Actor, int, int, str], None]


def _dated(move: Callable[..., None]) -> Move:
    return lambda session, actor, number, version, _: move(
        session, actor, number, expected_version=version, today=as_of_or_today(None)
    )


def _opinion(session: Session, actor: Actor, number: int, version: int, reason: str, *, is_good: bool) -> None:
    give_provincial_opinion(session, actor, number, is_recommended=is_good, opinion=reason, expected_version=version)


def _form(session: Session, actor: Actor, number: int, version: int, reason: str, *, is_good: bool) -> None:
    check_form(session, actor, number, is_in_form=is_good, remark=reason, expected_version=version)


MOVES: Mapping[str, tuple[Act, Move]] = MappingProxyType(
    {
        "submit": ("submit_papers", _dated(submit_nomination)),
        "take_back": ("submit_papers", _dated(take_back_nomination)),
        "recommend": ("decide_papers", partial(_opinion, is_good=True)),
        "advise_against": ("decide_papers", partial(_opinion, is_good=False)),
        "in_form": ("hold_selections", partial(_form, is_good=True)),
        "not_in_form": ("hold_selections", partial(_form, is_good=False)),
    }
)


def move_nomination(session: Session, actor: Actor, number: int, *, action: str, version: int, reason: str) -> None:
    """Take one action on a nomination. Raises InvalidInput for one nobody knows, and what the action raises."""
    if action not in MOVES:
        zh = f"没有“{action[:20]}”这个操作；可用：{'、'.join(MOVES)}"
        raise InvalidInput.of([Finding("action", "unknown-action", zh, f"Use one of {', '.join(MOVES)}", action[:20])])
    act, move = MOVES[action]
    require(actor, act)
    move(session, actor, number, version, reason)


@post(
    "/nominations/{number:int}/actions",
    sync_to_thread=True,
    status_code=204,
    responses=problems(400, 401, 403, 404, 412, 422),
)
def act(request: Anybody, number: Number, body: RawBody) -> None:
    """Submit or take back a nomination, give the province's opinion, or check its form."""
    asked = read_body(body, NominationActionIn)
    with writing(request.app.state.engine) as session:
        move_nomination(
            session,
            identity_of(request).actor,
            number,
            action=asked.action,
            version=asked.version,
            reason=asked.reason,
        )


def asking(request: Anybody, needed: Act) -> Actor:
    """Return who asks. Raises NotAllowed unless they may do this."""
    actor = identity_of(request).actor
    require(actor, needed)
    return actor


BODIES = {
    "/api/v1/city-selections": SelectionIn,
    "/api/v1/city-selections/{number}/steps": StepIn,
    "/api/v1/city-selections/{number}/minutes": MinuteIn,
    "/api/v1/city-selections/{number}/nominations": NominationIn,
    "/api/v1/nominations/{number}/actions": NominationActionIn,
}
handlers = [list_all, open_one, read_one, advance, minute, nominate, act]
