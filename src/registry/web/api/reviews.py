"""Reviews over the API: what waits, who is assigned or barred, opinions of departments, what stands in the way."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, delete, get, post, put
from litestar.params import FromPath, RawBody
from msgspec import Meta
from sqlmodel import Session

from registry.accounts.model import Actor
from registry.accounts.permissions import may, require
from registry.database import reading, writing
from registry.errors import Finding, RegistryError
from registry.projects.lifecycle.assigning import (
    Candidate,
    assign_many,
    assign_reviewer,
    candidates,
    hindrances,
    unassign_reviewer,
)
from registry.projects.lifecycle.opinions import (
    GivenOpinion,
    OpinionSlot,
    awaited_opinions,
    give_opinion,
    give_opinions,
    list_opinions,
    request_opinions,
)
from registry.projects.lifecycle.queries import ApplicationSummary, find_application
from registry.web.api.assessments import Number
from registry.web.auth import identity_of
from registry.web.bodies import as_of_or_today, json_answer, read_body
from registry.web.openapi import FindingOut, answers, problems

Anybody = Request[Any, Any, Any]
_Id = Annotated[int, Meta(ge=0, le=2**31 - 1)]
_Opinion = Annotated[str, Meta(max_length=2000)]
_MOST = 100


class ReviewOut(msgspec.Struct):
    """One application as its reviewers see it.

    `colleagues` is empty for who may not assign; `hindered` names each action you have now and what stands in its way
    whatever you write; opinions carry the days they have waited.
    """

    application: ApplicationSummary
    colleagues: list[Candidate]
    opinions: list[OpinionSlot]
    hindered: dict[str, list[FindingOut]]


class AssignmentsIn(msgspec.Struct, forbid_unknown_fields=True):
    """One colleague for many applications; one that is refused leaves the others standing."""

    reviewer: _Id
    applications: Annotated[list[_Id], Meta(min_length=1, max_length=_MOST)]


class DepartmentsIn(msgspec.Struct, forbid_unknown_fields=True):
    """The departments asked, side by side: finance, reform, housing, resources."""

    departments: Annotated[list[Annotated[str, Meta(max_length=40)]], Meta(min_length=1, max_length=20)]


class OpinionIn(msgspec.Struct, forbid_unknown_fields=True):
    """A department's opinion, with its reason."""

    is_favourable: bool
    opinion: _Opinion


class GivenOpinionIn(OpinionIn, kw_only=True):
    """One of several opinions, each with its own reason."""

    application: _Id
    department: Annotated[str, Meta(max_length=40)]


class OpinionsIn(msgspec.Struct, forbid_unknown_fields=True):
    """Several opinions; one that is refused leaves the others standing."""

    opinions: Annotated[list[GivenOpinionIn], Meta(min_length=1, max_length=_MOST)]


class OutcomeOut(msgspec.Struct):
    """What became of one of several: null where it was done, else code and sentence of the refusal."""

    application: int
    department: str | None
    error: str | None
    message: str | None
    message_en: str | None


_READS = problems(400, 401, 403, 404)
_WRITES = problems(400, 401, 403, 404, 412, 422)


@get(
    "/applications/{number:int}",
    sync_to_thread=True,
    responses={**answers(ReviewOut, "The application and its review"), **_READS},
)
def one(request: Anybody, number: Number) -> Response[bytes]:
    """Show an application: who may review it, which opinions are awaited, what stands in the way of each action."""
    with reading(request.app.state.engine) as session:
        return json_answer(review_of(session, identity_of(request).actor, number))


def review_of(session: Session, actor: Actor, number: int) -> ReviewOut:
    """Return the review of one application as the actor may see it. Raises NotFound."""
    today = as_of_or_today(None)
    found = find_application(session, actor, number, as_of=today)
    blocked = hindrances(session, actor, number, on=today)
    return ReviewOut(
        found,
        candidates(session, actor, number) if may(actor, "assign_reviewers") else [],
        list_opinions(session, actor, number, as_of=today),
        {name: [told(finding) for finding in findings] for name, findings in blocked.items()},
    )


def told(finding: Finding) -> FindingOut:
    """Return a finding as the API gives it."""
    return FindingOut(
        finding.path,
        finding.row,
        finding.column,
        finding.value,
        finding.code,
        finding.message_zh,
        finding.message_en,
        finding.severity,
    )


@put(
    "/applications/{number:int}/reviewers/{user:int}",
    sync_to_thread=True,
    responses={**answers(ReviewOut, "The review as it now stands"), **_WRITES},
)
def assign(request: Anybody, number: Number, user: Number) -> Response[bytes]:
    """Assign a colleague; refused for who entered the project or may not decide. Harmless when repeated."""
    actor = identity_of(request).actor
    with writing(request.app.state.engine) as session:
        assign_reviewer(session, actor, number, reviewer_id=user)
        return json_answer(review_of(session, actor, number))


@delete("/applications/{number:int}/reviewers/{user:int}", sync_to_thread=True, status_code=204, responses=_READS)
def unassign(request: Anybody, number: Number, user: Number) -> None:
    """Take an assignment back."""
    with writing(request.app.state.engine) as session:
        unassign_reviewer(session, identity_of(request).actor, number, reviewer_id=user)


@post(
    "/reviews/reviewers",
    sync_to_thread=True,
    status_code=200,
    responses={**answers(list[OutcomeOut], "One outcome for each application"), **problems(400, 401, 403, 422)},
)
def assign_several(request: Anybody, body: RawBody) -> Response[bytes]:
    """Assign one colleague to many applications."""
    actor = identity_of(request).actor
    require(actor, "assign_reviewers")
    asked = read_body(body, AssignmentsIn)
    with writing(request.app.state.engine) as session:
        done = assign_many(session, actor, asked.applications, reviewer_id=asked.reviewer)
        return json_answer([outcome(number, None, error) for number, error in done])


def outcome(number: int, department: str | None, error: RegistryError | None) -> OutcomeOut:
    """Return what became of one of several."""
    if error is None:
        return OutcomeOut(number, department, None, None, None)
    return OutcomeOut(number, department, error.code, error.message_zh, error.message_en)


@post(
    "/applications/{number:int}/opinions",
    sync_to_thread=True,
    status_code=201,
    responses={**answers(ReviewOut, "The review with its slots", 201), **_WRITES},
)
def ask(request: Anybody, number: Number, body: RawBody) -> Response[bytes]:
    """Ask departments for their opinions, side by side; until all are given your level does not move on."""
    actor = identity_of(request).actor
    require(actor, "give_opinions")
    asked = read_body(body, DepartmentsIn)
    with writing(request.app.state.engine) as session:
        request_opinions(session, actor, number, asked.departments)
        session.flush()
        return json_answer(review_of(session, actor, number), status=201)


@put(
    "/applications/{number:int}/opinions/{department:str}",
    sync_to_thread=True,
    responses={**answers(ReviewOut, "The review as it now stands"), **_WRITES},
)
def give(request: Anybody, number: Number, department: FromPath[str], body: RawBody) -> Response[bytes]:
    """Give one department's opinion, once."""
    actor = identity_of(request).actor
    require(actor, "give_opinions")
    asked = read_body(body, OpinionIn)
    with writing(request.app.state.engine) as session:
        give_opinion(session, actor, GivenOpinion(number, department, asked.is_favourable, asked.opinion))
        session.flush()
        return json_answer(review_of(session, actor, number))


@get(
    "/reviews/opinions",
    sync_to_thread=True,
    responses={**answers(list[OpinionSlot], "The longest waiting first"), **problems(400, 401, 403)},
)
def awaited(request: Anybody) -> Response[bytes]:
    """List the opinions your level still waits for."""
    with reading(request.app.state.engine) as session:
        return json_answer(awaited_opinions(session, identity_of(request).actor, as_of=as_of_or_today(None)))


@post(
    "/reviews/opinions",
    sync_to_thread=True,
    status_code=200,
    responses={**answers(list[OutcomeOut], "One outcome for each opinion"), **problems(400, 401, 403, 422)},
)
def give_several(request: Anybody, body: RawBody) -> Response[bytes]:
    """Give many opinions, each with its own reason."""
    actor = identity_of(request).actor
    require(actor, "give_opinions")
    asked = read_body(body, OpinionsIn)
    given = [
        GivenOpinion(each.application, each.department, each.is_favourable, each.opinion) for each in asked.opinions
    ]
    with writing(request.app.state.engine) as session:
        done = give_opinions(session, actor, given)
        return json_answer([outcome(each.application_id, each.department, error) for each, error in done])


BODIES = {
    "/api/v1/reviews/reviewers": AssignmentsIn,
    "/api/v1/applications/{number}/opinions": DepartmentsIn,
    "/api/v1/applications/{number}/opinions/{department}": OpinionIn,
    "/api/v1/reviews/opinions": OpinionsIn,
}
handlers = [one, assign, unassign, assign_several, ask, give, awaited, give_several]
