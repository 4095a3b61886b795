"""Writes on city plans: begun with the city's projects, saved as revisions, signed when nothing is missing."""

from datetime import date

from sqlmodel import Session

from registry.accounts.model import Actor
from registry.accounts.permissions import require
from registry.errors import InvalidInput
from registry.programme.city_plan.document import CityPlanDocument, PlanEntry
from registry.programme.city_plan.queries import KIND, read_city_plan, stored_city_plan
from registry.programme.papers.operations import SavedPaper, create_paper, move_paper, save_paper
from registry.programme.papers.states import PaperAction
from registry.projects.queries import list_codes

MOST_PROJECTS = 500


def begin_city_plan(
    session: Session, actor: Actor, *, title: str, document: CityPlanDocument | None = None, is_demo: bool = False
) -> SavedPaper:
    """Begin a plan of the actor's city, with its projects in it unless a document is given.

    Raises NotAllowed, InvalidInput when the city has a plan of this title.
    """
    require(actor, "edit_papers")
    if document is None:
        codes = list_codes(session, actor)[:MOST_PROJECTS]
        document = CityPlanDocument(projects=[PlanEntry(code=code) for code in codes])
    return create_paper(session, actor, kind=KIND, title=title, document=document, is_demo=is_demo)


def save_city_plan(
    session: Session, actor: Actor, plan_id: int, *, document: CityPlanDocument, expected_version: int, reason: str = ""
) -> SavedPaper:
    """Save a new revision. Raises NotFound, NotAllowed, StaleWrite, WrongPaperState."""
    require(actor, "edit_papers")
    stored_city_plan(session, actor, plan_id)
    return save_paper(session, actor, plan_id, document=document, expected_version=expected_version, reason=reason)


def move_city_plan(
    session: Session,
    actor: Actor,
    plan_id: int,
    *,
    action: PaperAction,
    expected_version: int,
    today: date,
    reason: str = "",
    embargo_until: date | None = None,
) -> SavedPaper:
    """Take one action on a plan. Raises NotFound, NotAllowed, StaleWrite, and InvalidInput for what it lacks."""
    stored_city_plan(session, actor, plan_id)
    if action == "submit":
        require(actor, "submit_papers")
        plan = read_city_plan(session, actor, plan_id, today=today)
        errors = [finding for finding in plan.findings if finding.severity == "error"]
        if errors:
            raise InvalidInput.of(errors)
    return move_paper(
        session,
        actor,
        plan_id,
        action=action,
        expected_version=expected_version,
        reason=reason,
        embargo_until=embargo_until,
    )
