"""待我处理: for each group what waits for it, due first on top."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlmodel import Session

from registry.accounts.model import Actor
from registry.accounts.permissions import may
from registry.assessments.prospects.queries import libraries
from registry.projects.banks.queries import answered_questions, new_releases, open_questions
from registry.projects.catalogue import fields
from registry.projects.lifecycle.deadlines import china_date
from registry.projects.lifecycle.opinions import awaited_opinions
from registry.projects.lifecycle.queries import ending_entries, my_pending
from registry.projects.lifecycle.remarks import latest_returns
from registry.projects.queries import incomplete_projects
from registry.web.pages.applications import WORDS

SHOWN = 10


def todo_of(session: Session, actor: Actor, *, today: dt.date) -> Mapping[str, Any]:
    """Return what waits for the actor, as lists that are empty where their group has no such work."""
    found: dict[str, Any] = {"applications": [], "returns": {}, "opinions": [], "ending": [], "incomplete": []}
    found |= {"questions": [], "answers": [], "releases": [], "libraries": libraries(), **WORDS}
    if may(actor, "read_applications"):
        found["applications"] = my_pending(session, actor, as_of=today, limit=SHOWN)
        returned = [each.id for each in found["applications"] if each.state == "returned"]
        found["returns"] = latest_returns(session, actor, returned)
        found["opinions"] = awaited_opinions(session, actor, as_of=today, limit=SHOWN)
        found["ending"] = ending_entries(session, actor, as_of=today, limit=SHOWN)
    if may(actor, "edit_projects"):
        found["incomplete"] = incomplete_projects(session, actor, needed_fields(), limit=SHOWN)
    if may(actor, "answer_banks") or may(actor, "show_interest"):
        asked = open_questions(session, actor, limit=SHOWN)
        found["questions"] = [(each, (today - china_date(each.asked_at)).days) for each in asked]
    if may(actor, "show_interest"):
        found["answers"] = answered_questions(session, actor, limit=SHOWN)
        found["releases"] = new_releases(session, actor, limit=SHOWN)
    return found


def needed_fields() -> list[str]:
    """Return the scalar fields a project needs before it can be submitted."""
    return [name for name, item in fields().items() if item.term.needed_from in {"draft", "submitted"}]
