"""Applications written down: what the operations of `projects.lifecycle` leave of moves, reviews and edits."""

from functools import partial
from typing import Any, cast

from registry import audit
from registry.accounts.model import Actor
from registry.demo import happenings as did
from registry.demo.chronicle import Chronicle, Row
from registry.projects.lifecycle.deadlines import china_date
from registry.projects.lifecycle.freeze import major_changes, title_of
from registry.projects.lifecycle.states import OPEN_STATES, State, Transition, transition
from registry.projects.notices.operations import move_texts


def open_application(story: Chronicle, what: did.Opening) -> None:
    """Begin an application."""
    actor = story.actor(what)
    values = {
        "library": what.library,
        "state": "draft",
        "is_open": True,
        "revision_number": len(story.saves),
        "round": 0,
        "version": 1,
        "opened_by": actor.user_id,
        "opened_at": what.at,
        "state_since": what.at,
        "entered_on": None,
    }
    entry = story.page.add("application", what.at, values, project_id=story.project)
    story.applications[what.course] = entry
    details = {"project": story.code, "library": what.library}
    story.act(what.at, actor, "application.open", lambda: details, of=entry)


def move_application(story: Chronicle, what: did.Move) -> None:
    """Move an application by the table of states. Raises ValueError for a move the table does not know."""
    actor, entry = story.actor(what), story.applications[what.course]
    row = transition(cast("State", entry.values["state"]), what.action)
    if row is None:
        raise ValueError(f"{story.code}: {what.action} does not exist in state {entry.values['state']}")
    if what.action == "submit":
        entry.values |= {"revision_number": len(story.saves), "round": entry.values["round"] + 1}
    if what.action == "admit" and entry.values["entered_on"] is None:
        entry.values["entered_on"] = china_date(what.at)
    entry.values |= {
        "state": row.new_state,
        "state_since": what.at,
        "is_open": row.new_state in OPEN_STATES,
        "version": entry.values["version"] + 1,
    }
    _add_event(story, what, actor, entry, row.action, row.state, dict(what.sections))
    details = {
        "project": story.code,
        "revision": entry.values["revision_number"],
        "from": row.state,
        "to": row.new_state,
        "reason": what.reason,
        "sections": dict(what.sections),
    }
    story.act(what.at, actor, f"application.{what.action}", lambda: details, of=entry)
    told = {story.owner.organisation_id, *_reviewers(story, row)} - {actor.organisation_id}
    texts = move_texts(story.dossier.name or story.code, entry.values["library"], row, what.reason)
    story.announce(f"application.{row.action}", what.at, told, texts)


def grade_edit(story: Chronicle, what: did.Save, document: str, number: int) -> None:
    """Note a save in the history of every entry it touches; a major one sends the entry back to the first review."""
    entries = [entry for entry in story.applications.values() if entry.values["state"] == "in_library"]
    if not entries:
        return
    actor = story.actor(what)
    major = major_changes(audit.parsed_json(story.saves[-1].document), audit.parsed_json(document))
    for entry in entries:
        action = "reopen" if major else "note"
        revised = entry.values["revision_number"]
        if major:
            entry.values |= {"state": "submitted", "state_since": what.at}
            entry.values |= {"round": entry.values["round"] + 1, "version": entry.values["version"] + 1}
            revised = number
        entry.values["revision_number"] = number
        _add_event(story, what, actor, entry, action, "in_library", {name: title_of(name)[0] for name in major})
        entry.values["revision_number"] = revised
        details = {"revision": number, "major": major}
        story.act(what.at, actor, f"application.{action}", partial(dict, details), of=entry)


def assign(story: Chronicle, what: did.Assignment) -> None:
    """Assign a reviewer."""
    actor, entry = story.actor(what), story.applications[what.course]
    reviewer = story.offices.at(story.city_code, what.reviewer).user_id
    values = {"level": actor.group, "reviewer_id": reviewer, "assigned_by": actor.user_id, "assigned_at": what.at}
    story.page.add("review_assignment", what.at, values, application_id=entry)
    story.act(what.at, actor, "application.assign", lambda: {"reviewer": reviewer}, of=entry)


def ask_opinions(story: Chronicle, what: did.OpinionsAsked) -> None:
    """Open a slot for each department."""
    actor, entry = story.actor(what), story.applications[what.course]
    for department in what.departments:
        values = {
            "round": entry.values["round"],
            "level": actor.group,
            "department": department,
            "requested_by": actor.user_id,
            "requested_at": what.at,
            **dict.fromkeys(("is_favourable", "opinion", "given_by", "given_at")),
        }
        key = what.course, values["round"], actor.group, department
        story.slots[key] = story.page.add("department_opinion", what.at, values, application_id=entry)
    details = {"departments": list(what.departments)}
    story.act(what.at, actor, "application.request-opinions", lambda: details, of=entry)


def give_opinion(story: Chronicle, what: did.OpinionGiven) -> None:
    """Fill a slot."""
    actor, entry = story.actor(what), story.applications[what.course]
    given = {"is_favourable": what.is_favourable, "opinion": what.opinion}
    slot = story.slots[what.course, entry.values["round"], actor.group, what.department]
    slot.values |= {**given, "given_by": actor.user_id, "given_at": what.at}
    details = {"department": what.department, **given}
    story.act(what.at, actor, "application.opinion", lambda: details, of=entry)


def _reviewers(story: Chronicle, row: Transition) -> tuple[int | None, ...]:
    if row.new_state == "submitted":
        return story.offices.provinces.get((story.dossier.city_code or "??")[:2], ())
    return (story.offices.at("", "ministry").organisation_id,) if row.new_state == "recommended" else ()


def _add_event(
    story: Chronicle,
    what: did.Move | did.Save,
    actor: Actor,
    entry: Row,
    action: str,
    state: str,
    sections: dict[str, Any],
) -> None:
    values = {
        "at": what.at,
        "actor_id": actor.user_id,
        "action": action,
        "from_state": state,
        "to_state": entry.values["state"],
        "round": entry.values["round"],
        "revision_number": entry.values["revision_number"],
        "reason": what.reason,
        "sections": audit.canonical_json(sections),
        "verdict": None,
    }
    story.page.add("application_event", what.at, values, application_id=entry)
