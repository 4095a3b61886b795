"""Applications to libraries over the API: open, move, read with their history, and the queues of reviewers."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, QueryParameter, RawBody
from msgspec import Meta
from sqlmodel import Session

from registry.accounts.model import Actor
from registry.accounts.permissions import require
from registry.assessments.applying import open_for_library, submit_with_verdict
from registry.database import reading, writing
from registry.projects.lifecycle.operations import Step, act, act_on_many
from registry.projects.lifecycle.queries import (
    LARGEST_PAGE,
    ApplicationSummary,
    HistoryEntry,
    applications_of,
    count_by_state,
    find_application,
    history,
    my_pending,
    queue,
)
from registry.projects.lifecycle.states import Action, State
from registry.web.api.assessments import Number
from registry.web.auth import identity_of
from registry.web.bodies import as_of_or_today, json_answer, read_body
from registry.web.openapi import answers, problems

Anybody = Request[Any, Any, Any]
Reason = Annotated[str, Meta(max_length=2000)]
_MOST_STEPS = 100


class ApplicationsOut(msgspec.Struct):
    """The applications of a project, newest first, and everything that happened to them, oldest first."""

    applications: list[ApplicationSummary]
    history: list[HistoryEntry]


class ApplicationIn(msgspec.Struct, forbid_unknown_fields=True):
    """To which library a project applies, by the name of its rule pack."""

    library: Annotated[str, Meta(min_length=1, max_length=60)]


class ActionIn(msgspec.Struct, forbid_unknown_fields=True):
    """One move: `version` is the application's as you saw it; `sections` says part by part what a return asks for."""

    action: Action
    version: int
    reason: Reason = ""
    sections: dict[str, Reason] = {}


class StepIn(ActionIn, kw_only=True):
    """One of several moves, with its own reason."""

    application: int


class StepsIn(msgspec.Struct, forbid_unknown_fields=True):
    """Several moves; one that is refused leaves the others standing. Submissions are made one by one."""

    steps: Annotated[list[StepIn], Meta(min_length=1, max_length=_MOST_STEPS)]


class StepOut(msgspec.Struct):
    """What one of several moves did: the new state, or the code and sentence of its refusal."""

    application: int
    state: State | None
    error: str | None
    message: str | None
    message_en: str | None


class QueueOut(msgspec.Struct):
    """What waits for you, the longest waiting first; every open application you may see; and how many there are."""

    pending: list[ApplicationSummary]
    open: list[ApplicationSummary]
    counts: dict[str, int]


@get(
    "/projects/{code:str}/applications",
    sync_to_thread=True,
    responses={**answers(ApplicationsOut, "Applications and their history"), **problems(400, 401, 403, 404)},
)
def list_all(request: Anybody, code: FromPath[str]) -> Response[bytes]:
    """List the applications of a project with what you may do to each, and their history."""
    actor = identity_of(request).actor
    with reading(request.app.state.engine) as session:
        found = applications_of(session, actor, code, as_of=as_of_or_today(None))
        return json_answer(ApplicationsOut(found, history(session, actor, code)))


@post(
    "/projects/{code:str}/applications",
    sync_to_thread=True,
    status_code=201,
    responses={
        **answers(ApplicationSummary, "The application, a draft until submitted", 201),
        **problems(400, 401, 403, 404, 422),
    },
)
def begin(request: Anybody, code: FromPath[str], body: RawBody) -> Response[bytes]:
    """Begin an application to a library; one that is open already is returned."""
    actor = identity_of(request).actor
    require(actor, "apply_to_libraries")
    asked = read_body(body, ApplicationIn)
    with writing(request.app.state.engine) as session:
        application = open_for_library(session, actor, code, library=asked.library)
        summary = find_application(session, actor, application.id or 0, as_of=as_of_or_today(None))
    return json_answer(summary, status=201)


@post(
    "/applications/{number:int}/actions",
    sync_to_thread=True,
    status_code=200,
    responses={
        **answers(ApplicationSummary, "The application as it now stands"),
        **problems(400, 401, 403, 404, 412, 422),
    },
)
def move(request: Anybody, number: Number, body: RawBody) -> Response[bytes]:
    """Take one of the actions your group has in this state; a submission carries the verdict of the rules along."""
    actor = identity_of(request).actor
    require(actor, "read_applications")
    asked = read_body(body, ActionIn)
    with writing(request.app.state.engine) as session:
        return json_answer(moved(session, actor, number, asked))


def moved(session: Session, actor: Actor, number: int, asked: ActionIn) -> ApplicationSummary:
    """Take one action and return the application as it then stands. Raises what `act` does."""
    today = as_of_or_today(None)
    if asked.action == "submit":
        require(actor, "apply_to_libraries")
        submit_with_verdict(session, actor, number, expected_version=asked.version, as_of=today, reason=asked.reason)
    else:
        act(session, actor, Step(number, asked.action, asked.version, asked.reason, asked.sections))
    session.flush()
    return find_application(session, actor, number, as_of=today)


@get(
    "/reviews",
    sync_to_thread=True,
    responses={**answers(QueueOut, "Mine first"), **problems(400, 401, 403)},
)
def reviews(
    request: Anybody,
    in_state: Annotated[State | None, QueryParameter(description="Only applications in this state")] = None,
    library: Annotated[str | None, QueryParameter(max_length=60)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=LARGEST_PAGE)] = 50,
    offset: Annotated[int, QueryParameter(ge=0, le=1_000_000)] = 0,
) -> Response[bytes]:
    """Show what waits for you and every open application you may see; deadlines are in days."""
    actor, today = identity_of(request).actor, as_of_or_today(None)
    with reading(request.app.state.engine) as session:
        rows = queue(session, actor, as_of=today, state=in_state, library=library, limit=limit, offset=offset)
        counts = {str(name): n for name, n in count_by_state(session, actor, library=library).items()}
        return json_answer(QueueOut(my_pending(session, actor, as_of=today), rows, counts))


@post(
    "/reviews/actions",
    sync_to_thread=True,
    status_code=200,
    responses={**answers(list[StepOut], "One outcome for each step"), **problems(400, 401, 403, 422)},
)
def move_many(request: Anybody, body: RawBody) -> Response[bytes]:
    """Take several actions at once, each with its own reason."""
    actor = identity_of(request).actor
    require(actor, "read_applications")
    asked = read_body(body, StepsIn)
    with writing(request.app.state.engine) as session:
        return json_answer(moved_many(session, actor, asked.steps))


def moved_many(session: Session, actor: Actor, asked: list[StepIn]) -> list[StepOut]:
    """Take several actions; one that is refused leaves the others standing."""
    steps = [Step(each.application, each.action, each.version, each.reason, each.sections) for each in asked]
    return [
        StepOut(
            done.application_id,
            done.state,
            None if done.error is None else done.error.code,
            None if done.error is None else done.error.message_zh,
            None if done.error is None else done.error.message_en,
        )
        for done in act_on_many(session, actor, steps)
    ]


BODIES = {
    "/api/v1/projects/{code}/applications": ApplicationIn,
    "/api/v1/applications/{number}/actions": ActionIn,
    "/api/v1/reviews/actions": StepsIn,
}
handlers = [list_all, begin, move, reviews, move_many]
