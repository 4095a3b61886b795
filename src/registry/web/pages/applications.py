"""申报与审核: the panel of a project's applications, and the queue of those who review them."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, cast

from litestar import Request, Response, get, post
from litestar.params import FromPath, RawBody
from sqlmodel import Session

from registry.accounts.model import Actor
from registry.accounts.permissions import may, require
from registry.assessments.applying import open_for_library
from registry.assessments.operations import public_packs
from registry.database import reading, writing
from registry.errors import Finding, InvalidInput
from registry.projects.lifecycle.queries import (
    ApplicationSummary,
    applications_of,
    changes_since_last_submission,
    count_by_state,
    history,
    my_pending,
    queue,
)
from registry.projects.lifecycle.states import ACTIONS, STATES, Action, State, transition
from registry.projects.missing import SECTION_NAMES
from registry.projects.queries import RevisionFacts
from registry.web.api.applications import ActionIn, StepIn, moved, moved_many
from registry.web.api.assessments import Number
from registry.web.auth import signed_in
from registry.web.bodies import as_of_or_today
from registry.web.forms import read_form
from registry.web.pages import views
from registry.web.pages.panels import PROJECT_PANELS, Panel
from registry.web.rendering import page, visit

Anybody = Request[Any, Any, Any]
PHASES: tuple[State, ...] = ("draft", "submitted", "recommended", "in_library", "implemented")
"""The way an application goes when nothing stops it; other states are shown where they left it."""
_STANDS_AT: Mapping[State, int] = {"returned": 0, "declined": 1, "withdrawn": 0, "expired": 3, "removed": 3}
_SHOWN = 100


def application_panel(
    session: Session, actor: Actor, facts: RevisionFacts, _document: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    """Return what the panel shows; None for groups that take no part in reviews."""
    if not may(actor, "read_applications"):
        return None
    today = as_of_or_today(None)
    found = applications_of(session, actor, facts.code, as_of=today)
    taken = {each.library for each in found if each.state not in _FINAL}
    return {
        "code": facts.code,
        "applications": [_shown(session, actor, each) for each in found],
        "history": history(session, actor, facts.code)[::-1],
        "open_to": [(name, titles) for name, titles in libraries().items() if name not in taken],
        "libraries": libraries(),
        **_WORDS,
    }


_FINAL = frozenset({"declined", "withdrawn", "expired", "removed", "implemented"})
_WORDS: Mapping[str, Any] = {"states": STATES, "actions": ACTIONS, "sections": SECTION_NAMES}


def libraries() -> dict[str, tuple[str, str]]:
    """Return the names of the libraries one can apply to."""
    return {
        name: (pack.head.name_zh, pack.head.name_en)
        for name, pack in public_packs().packs.items()
        if pack.head.kind == "library"
    }


def _shown(session: Session, actor: Actor, each: ApplicationSummary) -> dict[str, Any]:
    at = PHASES.index(each.state) if each.state in PHASES else _STANDS_AT[each.state]
    changes = changes_since_last_submission(session, actor, each.id)
    return {
        "summary": each,
        "phases": [
            (state, "done" if index < at else "now" if index == at else "") for index, state in enumerate(PHASES)
        ],
        "stopped": each.state not in PHASES,
        "moves": [_move(each.state, action) for action in each.actions],
        "deadline": None if each.days_left is None else as_of_or_today(None) + timedelta(days=each.days_left),
        "changes": [(SECTION_NAMES.get(name, (name, name)), views.changes(found)) for name, found in changes.items()],
    }


def _move(state: State, action: Action) -> dict[str, Any]:
    row = transition(state, action)
    needs = row.needs if row is not None else ()
    return {"action": action, "needs_reason": "reason" in needs, "needs_sections": "sections" in needs}


@post("/projects/{code:str}/applications", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def begin(request: Anybody, code: FromPath[str], body: RawBody) -> Response[Any]:
    """Begin an application to a library. Raises NotFound, NotAllowed."""
    here, form = visit(request), read_form(body)
    require(here.actor, "apply_to_libraries")
    library = form.get("library", "")
    if library not in libraries():
        known = "、".join(zh for zh, _ in libraries().values())
        flaw = Finding("library", "not-in-list", f"请选择项目库：{known}", "Choose one of the libraries", library[:60])
        raise InvalidInput.of([flaw])
    with writing(here.engine) as session:
        open_for_library(session, here.actor, code, library=library)
    return _back(f"/projects/{code}#applications")


@post("/applications/{number:int}/actions", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def move(request: Anybody, number: Number, body: RawBody) -> Response[Any]:
    """Take one action from the panel or the queue. Raises what the life cycle raises."""
    here, form = visit(request), read_form(body)
    require(here.actor, "read_applications")
    asked = _asked(form)
    with writing(here.engine) as session:
        now = moved(session, here.actor, number, asked)
    return _back(f"/projects/{now.code}#applications")


def _asked(form: Mapping[str, str]) -> ActionIn:
    action, version = form.get("action", ""), form.get("version", "")
    if action not in ACTIONS or not version.isdecimal() or len(version) > 9:  # noqa: PLR2004 - an integer column
        zh, en = "表单不完整，请刷新页面后重试", "The form is incomplete; reload the page and try again"
        raise InvalidInput.of([Finding("action", "invalid-form", zh, en, action[:40])])
    remarks = {
        name.removeprefix("section-"): text.strip()
        for name, text in form.items()
        if name.startswith("section-") and text.strip()
    }
    sections = remarks if action == "return" else {}
    return ActionIn(cast("Action", action), int(version), form.get("reason", "").strip(), sections)


@get("/reviews", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def reviews_page(request: Anybody) -> Response[str]:
    """Show what waits for the visitor, the longest waiting first, then every open application. Raises NotAllowed."""
    return _reviews(request, outcomes=[])


def _reviews(request: Anybody, outcomes: list[Any]) -> Response[str]:
    here, today = visit(request), as_of_or_today(None)
    require(here.actor, "read_applications")
    asked = request.query_params.get("state")
    state = cast("State", asked) if asked in STATES else None
    library = request.query_params.get("library")
    library = library if library in libraries() else None
    with reading(here.engine) as session:
        pending = my_pending(session, here.actor, as_of=today, limit=_SHOWN)
        rows = queue(session, here.actor, as_of=today, state=state, library=library, limit=_SHOWN)
        counts = count_by_state(session, here.actor, library=library)
    mine = {each.id for each in pending}
    data: dict[str, Any] = {"pending": pending, "rows": [each for each in rows if each.id not in mine or state]}
    data |= {"counts": counts, "state": state, "library": library, "libraries": libraries(), "outcomes": outcomes}
    return page("desk/reviews.html", here, **data, **_WORDS)


@post("/reviews", sync_to_thread=True, status_code=200, include_in_schema=False, guards=[signed_in])
def move_many(request: Anybody, body: RawBody) -> Response[str]:
    """Take one action on every chosen application, each with its own reason. Raises NotAllowed, InvalidInput."""
    here, form = visit(request), read_form(body)
    require(here.actor, "read_applications")
    steps = [step for name in form if name.startswith("take-") for step in [_step(form, name.removeprefix("take-"))]]
    if not steps:
        zh, en = "没有勾选任何申请", "No application is chosen"
        raise InvalidInput.of([Finding("take", "missing", zh, en)])
    with writing(here.engine) as session:
        outcomes = moved_many(session, here.actor, steps)
    return _reviews(request, outcomes)


def _step(form: Mapping[str, str], number: str) -> StepIn:
    one = _asked(
        {"action": form.get("action", ""), "version": form.get(f"version-{number}", "")}
        | {"reason": form.get(f"reason-{number}", "").strip() or form.get("reason", "")}
    )
    if not number.isdecimal() or len(number) > 9:  # noqa: PLR2004 - an integer column
        zh, en = "表单不完整，请刷新页面后重试", "The form is incomplete; reload the page and try again"
        raise InvalidInput.of([Finding("take", "invalid-form", zh, en, number[:40])])
    return StepIn(one.action, one.version, one.reason, application=int(number))


def _back(target: str) -> Response[Any]:
    return Response(None, status_code=303, headers={"Location": target}, media_type="text/plain")


PROJECT_PANELS.append(Panel("desk/_applications.html", application_panel))
handlers = [begin, move, reviews_page, move_many]
