"""审核: the queue of those who review, in bulk where it serves; assignment and opinions of one application."""

from collections.abc import Mapping
from typing import Any, cast

from litestar import Request, Response, get, post
from litestar.params import RawBody
from sqlmodel import Session

from registry.accounts.model import Actor
from registry.accounts.permissions import may, require
from registry.assessments.prospects.queries import libraries
from registry.database import reading, writing
from registry.errors import Finding, InvalidInput
from registry.projects.lifecycle.assigning import assign_many, assign_reviewer, colleagues, unassign_reviewer
from registry.projects.lifecycle.board import BANDS
from registry.projects.lifecycle.opinions import (
    GivenOpinion,
    awaited_opinions,
    give_opinion,
    give_opinions,
    request_opinions,
)
from registry.projects.lifecycle.queries import (
    count_by_state,
    ending_entries,
    find_application,
    my_pending,
    queue,
)
from registry.projects.lifecycle.states import STATES, State
from registry.web.api.applications import StepIn, moved_many
from registry.web.api.assessments import Number
from registry.web.api.reviews import outcome
from registry.web.auth import signed_in
from registry.web.bodies import as_of_or_today
from registry.web.forms import read_form
from registry.web.pages.applications import WORDS, asked_move, back
from registry.web.rendering import page, visit

Anybody = Request[Any, Any, Any]
_SHOWN = 100
_LONGEST_ID = 9
"""Digits of an integer column."""


@get("/reviews", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def reviews_page(request: Anybody) -> Response[str]:
    """Show what waits for the visitor, what is due first on top, then every open application. Raises NotAllowed."""
    return _reviews(request, outcomes=[])


def _reviews(request: Anybody, outcomes: list[Any]) -> Response[str]:
    here, today = visit(request), as_of_or_today(None)
    require(here.actor, "read_applications")
    asked = request.query_params.get("state")
    state = cast("State", asked) if asked in STATES else None
    library = request.query_params.get("library")
    library = library if library in libraries() else None
    band = request.query_params.get("waited")
    band = band if band in BANDS else None
    with reading(here.engine) as session:
        pending = my_pending(session, here.actor, as_of=today, limit=_SHOWN)
        rows = queue(session, here.actor, as_of=today, state=state, library=library, band=band, limit=_SHOWN)
        counts = count_by_state(session, here.actor, library=library)
        opinions = awaited_opinions(session, here.actor, as_of=today, limit=_SHOWN)
        ending = ending_entries(session, here.actor, as_of=today, limit=_SHOWN)
        people = colleagues(session, here.actor) if may(here.actor, "assign_reviewers") else []
    mine = {each.id for each in pending}
    data: dict[str, Any] = {"pending": pending, "rows": [each for each in rows if each.id not in mine or state or band]}
    data |= {"counts": counts, "state": state, "library": library, "libraries": libraries(), "outcomes": outcomes}
    data |= {"opinions": opinions, "ending": ending, "people": [(each.id, each.display_name) for each in people]}
    data |= {"band": band, "bands": BANDS}
    data["waiting"] = {each.application_id for each in opinions}
    return page("desk/reviews.html", here, **data, **WORDS)


@post("/reviews", sync_to_thread=True, status_code=200, include_in_schema=False, guards=[signed_in])
def move_many(request: Anybody, body: RawBody) -> Response[str]:
    """Take one action on every chosen application, each with its own reason. Raises NotAllowed, InvalidInput."""
    here, form = visit(request), read_form(body)
    require(here.actor, "read_applications")
    steps = [_step(form, number) for number in _chosen(form)]
    with writing(here.engine) as session:
        outcomes = moved_many(session, here.actor, steps)
    return _reviews(request, outcomes)


@post("/reviews/reviewers", sync_to_thread=True, status_code=200, include_in_schema=False, guards=[signed_in])
def assign_several(request: Anybody, body: RawBody) -> Response[str]:
    """Assign one colleague to every chosen application. Raises NotAllowed, InvalidInput."""
    here, form = visit(request), read_form(body)
    require(here.actor, "assign_reviewers")
    numbers, reviewer = _chosen(form), _number(form, "reviewer")
    with writing(here.engine) as session:
        done = assign_many(session, here.actor, numbers, reviewer_id=reviewer)
    return _reviews(request, [outcome(number, None, error) for number, error in done])


@post("/reviews/opinions", sync_to_thread=True, status_code=200, include_in_schema=False, guards=[signed_in])
def give_several(request: Anybody, body: RawBody) -> Response[str]:
    """Give every opinion that was filled in, each with its own reason. Raises NotAllowed, InvalidInput."""
    here, form = visit(request), read_form(body)
    require(here.actor, "give_opinions")
    given = [
        GivenOpinion(number, department, verdict == "yes", form.get(f"opinion-{number}-{department}", "").strip())
        for name, verdict in form.items()
        if name.startswith("verdict-") and verdict in {"yes", "no"}
        for number, department in [_slot(name)]
    ]
    if not given:
        zh, en = "没有填写任何意见", "No opinion is filled in"
        raise InvalidInput.of([Finding("verdict", "missing", zh, en)])
    with writing(here.engine) as session:
        done = give_opinions(session, here.actor, given)
    return _reviews(request, [outcome(each.application_id, each.department, error) for each, error in done])


@post("/applications/{number:int}/reviewers", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def assign(request: Anybody, number: Number, body: RawBody) -> Response[Any]:
    """Assign a colleague to one application, or take it back. Raises what the life cycle raises."""
    here, form = visit(request), read_form(body)
    require(here.actor, "assign_reviewers")
    reviewer = _number(form, "reviewer")
    with writing(here.engine) as session:
        if form.get("what") == "unassign":
            unassign_reviewer(session, here.actor, number, reviewer_id=reviewer)
        else:
            assign_reviewer(session, here.actor, number, reviewer_id=reviewer)
        return _to_project(session, here.actor, number)


@post("/applications/{number:int}/opinions", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def opinions(request: Anybody, number: Number, body: RawBody) -> Response[Any]:
    """Ask departments for their opinions, or give one. Raises what the life cycle raises."""
    here, form = visit(request), read_form(body)
    require(here.actor, "give_opinions")
    asked = [name.removeprefix("ask-") for name in form if name.startswith("ask-")]
    if not asked and not form.get("department"):
        zh, en = "请勾选要征求意见的部门", "Choose the departments to ask"
        raise InvalidInput.of([Finding("department", "missing", zh, en)])
    with writing(here.engine) as session:
        if asked:
            request_opinions(session, here.actor, number, asked)
        else:
            give_opinion(session, here.actor, _given(form, number))
        return _to_project(session, here.actor, number)


def _given(form: Mapping[str, str], number: int) -> GivenOpinion:
    verdict = form.get("verdict", "")
    if verdict not in {"yes", "no"}:
        zh, en = "请选择同意或不同意", "Choose favourable or not"
        raise InvalidInput.of([Finding("verdict", "missing", zh, en)])
    return GivenOpinion(number, form["department"], verdict == "yes", form.get("opinion", "").strip())


def _to_project(session: Session, actor: Actor, number: int) -> Response[Any]:
    session.flush()
    return back(f"/projects/{find_application(session, actor, number, as_of=as_of_or_today(None)).code}#applications")


def _chosen(form: Mapping[str, str]) -> list[int]:
    texts = [name.removeprefix("take-") for name in form if name.startswith("take-")]
    if not texts:
        zh, en = "没有勾选任何申请", "No application is chosen"
        raise InvalidInput.of([Finding("take", "missing", zh, en)])
    return [_integer(text, "take") for text in texts]


def _number(form: Mapping[str, str], name: str) -> int:
    if not form.get(name):
        zh, en = "请选择审核人员", "Choose a reviewer"
        raise InvalidInput.of([Finding(name, "missing", zh, en)])
    return _integer(form[name], name)


def _slot(name: str) -> tuple[int, str]:
    number, _, department = name.removeprefix("verdict-").partition("-")
    return _integer(number, "verdict"), department


def _integer(text: str, path: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > _LONGEST_ID:
        zh, en = "表单不完整，请刷新页面后重试", "The form is incomplete; reload the page and try again"
        raise InvalidInput.of([Finding(path, "invalid-form", zh, en, text[:40])])
    return int(text)


def _step(form: Mapping[str, str], number: int) -> StepIn:
    one = asked_move(
        {"action": form.get("action", ""), "version": form.get(f"version-{number}", "")}
        | {"reason": form.get(f"reason-{number}", "").strip() or form.get("reason", "")}
    )
    return StepIn(one.action, one.version, one.reason, application=number)


handlers = [reviews_page, move_many, assign_several, give_several, assign, opinions]
