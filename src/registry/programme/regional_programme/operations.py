"""Writes on regional programmes: begun with the city's projects, saved as revisions, fixed when signed."""

from datetime import date

from sqlmodel import Session

from registry.accounts.model import Actor
from registry.accounts.permissions import require
from registry.assessments.operations import assess_project
from registry.errors import InvalidInput
from registry.programme.papers.operations import SavedPaper, create_paper, move_paper, save_paper
from registry.programme.papers.states import PaperAction
from registry.programme.regional_programme.document import Allocation, RegionalProgrammeDocument
from registry.programme.regional_programme.queries import KIND, read_regional_programme, stored_programme
from registry.projects.queries import list_codes

MOST_PROJECTS = 500


def begin_regional_programme(
    session: Session,
    actor: Actor,
    *,
    title: str,
    document: RegionalProgrammeDocument | None = None,
    is_demo: bool = False,
) -> SavedPaper:
    """Begin a programme of the actor's city, with its projects in it unless a document is given.

    Raises NotAllowed, InvalidInput when the city has a programme of this title.
    """
    require(actor, "edit_papers")
    if document is None:
        codes = list_codes(session, actor)[:MOST_PROJECTS]
        document = RegionalProgrammeDocument(allocations=[Allocation(code=code) for code in codes])
    return create_paper(session, actor, kind=KIND, title=title, document=document.unsigned(), is_demo=is_demo)


def save_regional_programme(
    session: Session,
    actor: Actor,
    programme_id: int,
    *,
    document: RegionalProgrammeDocument,
    expected_version: int,
    reason: str = "",
) -> SavedPaper:
    """Save a new revision; what fixed the figures of a signed one is taken out of it.

    Raises NotFound, NotAllowed, StaleWrite, WrongPaperState.
    """
    require(actor, "edit_papers")
    stored_programme(session, actor, programme_id)
    return save_paper(
        session, actor, programme_id, document=document.unsigned(), expected_version=expected_version, reason=reason
    )


def move_regional_programme(
    session: Session,
    actor: Actor,
    programme_id: int,
    *,
    action: PaperAction,
    expected_version: int,
    today: date,
    reason: str = "",
    embargo_until: date | None = None,
) -> SavedPaper:
    """Take one action on a programme. Signing first fixes the assessment of every project.

    Raises NotFound, NotAllowed, StaleWrite, and InvalidInput for what it lacks to be signed.
    """
    stored_programme(session, actor, programme_id)
    if action == "submit":
        require(actor, "submit_papers")
        expected_version = _fixed(session, actor, programme_id, expected_version, today).version
    return move_paper(
        session,
        actor,
        programme_id,
        action=action,
        expected_version=expected_version,
        reason=reason,
        embargo_until=embargo_until,
    )


def _fixed(session: Session, actor: Actor, programme_id: int, expected_version: int, today: date) -> SavedPaper:
    """Save the revision that is signed: each project judged and priced today."""
    programme = read_regional_programme(session, actor, programme_id)
    errors = [finding for finding in programme.findings if finding.severity == "error"]
    if errors:
        raise InvalidInput.of(errors)
    numbers = {code: assess_project(session, actor, code, as_of=today).id for code in programme.document.codes}
    entries = [each.model_copy(update={"assessment": numbers[each.code]}) for each in programme.document.allocations]
    signed = programme.document.model_copy(update={"allocations": entries})
    reason = "签发：固定项目预审结论"
    return save_paper(session, actor, programme_id, document=signed, expected_version=expected_version, reason=reason)
