"""申报与审核 on the project page: applications, their review, what stands in the way, what changed."""

from collections.abc import Mapping
from typing import Any, cast

from litestar import Request, Response, post
from litestar.params import FromPath, RawBody
from sqlmodel import Session

from registry.accounts.model import GROUP_NAMES, ROLE_NAMES, Actor
from registry.accounts.permissions import may, require
from registry.assessments.applying import open_for_library
from registry.assessments.prospects.queries import libraries
from registry.database import writing
from registry.errors import Finding, InvalidInput
from registry.projects.lifecycle.freeze import title_of
from registry.projects.lifecycle.model import DEPARTMENTS
from registry.projects.lifecycle.queries import (
    ApplicationSummary,
    SectionChanges,
    applications_of,
    changes_since_last_submission,
    history,
)
from registry.projects.lifecycle.states import ACTIONS, STATES, Action, State, transition
from registry.projects.missing import SECTION_NAMES
from registry.projects.queries import RevisionFacts
from registry.web.api.applications import ActionIn, moved
from registry.web.api.assessments import Number
from registry.web.api.reviews import review_of
from registry.web.auth import signed_in
from registry.web.bodies import as_of_or_today
from registry.web.forms import read_form
from registry.web.openapi import FindingOut
from registry.web.pages import views
from registry.web.pages.panels import PROJECT_PANELS, Panel
from registry.web.rendering import visit

Anybody = Request[Any, Any, Any]
PHASES: tuple[State, ...] = ("draft", "submitted", "recommended", "in_library", "implemented")
"""The way an application goes when nothing stops it; other states are shown where they left it."""
_STANDS_AT: Mapping[State, int] = {"returned": 0, "declined": 1, "withdrawn": 0, "expired": 3, "removed": 3}


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
        **WORDS,
    }


_FINAL = frozenset({"declined", "withdrawn", "expired", "removed", "implemented"})
WORDS: Mapping[str, Any] = {
    "states": STATES,
    "actions": ACTIONS,
    "sections": SECTION_NAMES,
    "departments": DEPARTMENTS,
    "roles": ROLE_NAMES,
    "groups": GROUP_NAMES,
    "title_of": title_of,
}


def _shown(session: Session, actor: Actor, each: ApplicationSummary) -> dict[str, Any]:
    at = PHASES.index(each.state) if each.state in PHASES else _STANDS_AT[each.state]
    changes = changes_since_last_submission(session, actor, each.id)
    review = review_of(session, actor, each.id)
    return {
        "summary": each,
        "phases": [
            (state, "done" if index < at else "now" if index == at else "") for index, state in enumerate(PHASES)
        ],
        "stopped": each.state not in PHASES,
        "moves": [_move(each.state, action, review.hindered.get(action, [])) for action in each.actions],
        "review": review,
        "may_assign": each.is_pending and may(actor, "assign_reviewers"),
        "may_ask": each.is_pending and may(actor, "give_opinions"),
        "changes": [_changes(name, found) for name, found in changes.items()],
    }


def _changes(name: str, found: SectionChanges) -> dict[str, Any]:
    return {
        "title": SECTION_NAMES.get(name, (name, name)),
        "fields": views.changes(found.fields),
        "lines": views.line_changes(name, found.lines) if found.lines else None,
    }


def _move(state: State, action: Action, hindered: list[FindingOut]) -> dict[str, Any]:
    row = transition(state, action)
    needs = row.needs if row is not None else ()
    told = {"needs_reason": "reason" in needs, "needs_sections": "sections" in needs}
    return {"action": action, "hindered": hindered, **told}


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
    return back(f"/projects/{code}#applications")


@post("/applications/{number:int}/actions", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def move(request: Anybody, number: Number, body: RawBody) -> Response[Any]:
    """Take one action from the panel or the queue. Raises what the life cycle raises."""
    here, form = visit(request), read_form(body)
    require(here.actor, "read_applications")
    asked = asked_move(form)
    with writing(here.engine) as session:
        now = moved(session, here.actor, number, asked)
    return back(f"/projects/{now.code}#applications")


def asked_move(form: Mapping[str, str]) -> ActionIn:
    """Return the move a form asks for. Raises InvalidInput."""
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


def back(target: str) -> Response[Any]:
    """Return the answer that sends a browser on after a form."""
    return Response(None, status_code=303, headers={"Location": target}, media_type="text/plain")


PROJECT_PANELS.append(Panel("desk/_applications.html", application_panel))
handlers = [begin, move]
