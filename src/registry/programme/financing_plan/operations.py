"""Writes on financing plans: begun from the city's projects, saved as revisions, fixed when signed."""

from datetime import date

from sqlmodel import Session

from registry.accounts.model import Actor
from registry.accounts.permissions import require
from registry.assessments.operations import assess_project
from registry.errors import InvalidInput, has_errors
from registry.programme.financing_plan.document import MOST_PROJECTS, PlanDocument, PlanProject
from registry.programme.financing_plan.queries import KIND, read_plan, stored_plan
from registry.programme.papers.operations import SavedPaper, create_paper, move_paper, save_paper
from registry.programme.papers.states import PaperAction
from registry.programme.papers.workbook import checked, read_paper_workbook
from registry.projects.queries import list_codes

DEFAULT_YEARS = 5


def begin_plan(
    session: Session,
    actor: Actor,
    *,
    title: str,
    start_year: int | None = None,
    end_year: int | None = None,
    document: PlanDocument | None = None,
    is_demo: bool = False,
) -> SavedPaper:
    """Begin a plan of the actor's city, with its projects in it unless a document is given.

    Raises NotAllowed, and InvalidInput when the city has a plan of this title.
    """
    require(actor, "edit_papers")
    if document is None:
        codes = list_codes(session, actor)[:MOST_PROJECTS]
        document = PlanDocument(
            start_year=start_year,
            end_year=end_year or (None if start_year is None else start_year + DEFAULT_YEARS - 1),
            projects=[PlanProject(code=code) for code in codes],
        )
    return create_paper(session, actor, kind=KIND, title=title, document=document.unsigned(), is_demo=is_demo)


def save_plan(
    session: Session, actor: Actor, plan_id: int, *, document: PlanDocument, expected_version: int, reason: str = ""
) -> SavedPaper:
    """Save a new revision of a plan; what fixed the figures of a signed one is taken out of it.

    Raises NotFound, NotAllowed, StaleWrite, WrongPaperState.
    """
    require(actor, "edit_papers")
    stored_plan(session, actor, plan_id)
    return save_paper(
        session, actor, plan_id, document=document.unsigned(), expected_version=expected_version, reason=reason
    )


def take_plan_workbook(
    session: Session,
    actor: Actor,
    plan_id: int,
    *,
    content: bytes,
    name: str,
    expected_version: int,
    reason: str = "",
) -> SavedPaper:
    """Save a filled-in workbook as a new revision, whole or not at all.

    Raises as `save_plan`, Unreadable, and InvalidInput with the cell of every flaw.
    """
    require(actor, "edit_papers")
    _, text = stored_plan(session, actor, plan_id)
    document = checked(PlanDocument, read_paper_workbook(PlanDocument, content, name, text.document))
    return save_plan(session, actor, plan_id, document=document, expected_version=expected_version, reason=reason)


def change_projects(
    session: Session,
    actor: Actor,
    plan_id: int,
    *,
    expected_version: int,
    add: tuple[str, ...] = (),
    remove: tuple[str, ...] = (),
) -> SavedPaper:
    """Add projects to a plan and take others out, wherever it names them. Raises as `save_plan`."""
    _, text = stored_plan(session, actor, plan_id)
    plan = PlanDocument.model_validate(text.document).unsigned()
    kept = [entry for entry in plan.projects if entry.code not in remove]
    kept += [PlanProject(code=code) for code in add if code not in {entry.code for entry in kept}]
    document = plan.model_dump(mode="json", exclude_none=True) | {
        "projects": [entry.model_dump(mode="json", exclude_none=True) for entry in kept],
        "bundles": [
            {**each.model_dump(mode="json", exclude_none=True), "members": _left(each.members, remove)}
            for each in plan.bundles
        ],
        "scenarios": [
            {**each.model_dump(mode="json", exclude_none=True), "left_out": _left(each.left_out, remove)}
            for each in plan.scenarios
        ],
        "scenario_amounts": [
            each.model_dump(mode="json", exclude_none=True) for each in plan.scenario_amounts if each.code not in remove
        ],
        "bank_matches": [
            each.model_dump(mode="json", exclude_none=True) for each in plan.bank_matches if each.code not in remove
        ],
    }
    changed = PlanDocument.model_validate(document)
    reason = "调整项目"
    return save_plan(session, actor, plan_id, document=changed, expected_version=expected_version, reason=reason)


def _left(codes: list[str], removed: tuple[str, ...]) -> list[str]:
    return [code for code in codes if code not in removed]


def move_plan(
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
    """Take one action on a plan. Signing first fixes the revision and assessment of every project.

    Raises NotFound, NotAllowed, StaleWrite, WrongPaperState, and InvalidInput for what a plan lacks to be signed.
    """
    stored_plan(session, actor, plan_id)
    if action == "submit":
        require(actor, "submit_papers")
        expected_version = _fixed(session, actor, plan_id, expected_version, today).version
    return move_paper(
        session,
        actor,
        plan_id,
        action=action,
        expected_version=expected_version,
        reason=reason,
        embargo_until=embargo_until,
    )


def _fixed(session: Session, actor: Actor, plan_id: int, expected_version: int, today: date) -> SavedPaper:
    """Save the revision that is signed: each project with its revision, judged and priced today."""
    plan = read_plan(session, actor, plan_id, today=today)
    errors = [finding for finding in plan.findings if finding.severity == "error"]
    if has_errors(errors):
        raise InvalidInput.of(errors)
    entries = []
    for entry in plan.document.projects:
        assessment = assess_project(session, actor, entry.code, as_of=today)
        fixed = {"revision": assessment.revision_number, "assessment": assessment.id}
        entries.append(entry.model_copy(update=fixed))
    signed = plan.document.model_copy(update={"projects": entries, "fixed_on": today})
    reason = "签发：固定项目修订与预审结论"
    return save_paper(session, actor, plan_id, document=signed, expected_version=expected_version, reason=reason)
