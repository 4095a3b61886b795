"""Put one batch of demo projects into the registry with all that happened to them, in the caller's transaction."""

from collections.abc import Callable, Sequence

from sqlalchemy import insert
from sqlmodel import Session, SQLModel, col, select

from registry import audit
from registry.accounts.model import Actor
from registry.demo.chronicle import Chronicle, Page, Row
from registry.demo.life import draw_life
from registry.demo.moments import LAST_MOMENT
from registry.demo.nation import DemoProject
from registry.demo.offices import Offices
from registry.demo.recording import tell
from registry.projects.banks.model import BankInterest, InformationRequest, LoanDecision
from registry.projects.comments.model import Comment
from registry.projects.documents.model import StoredFile, UploadedDocument
from registry.projects.documents.store import Store
from registry.projects.duplicates.model import DuplicateMark
from registry.projects.history import PastProject, load_projects
from registry.projects.lifecycle.model import Application, ApplicationEvent, DepartmentOpinion, ReviewAssignment
from registry.projects.model import Project, ProjectRelease
from registry.projects.notices.model import Notice
from registry.projects.operations import chunks, take_codes
from registry.projects.queries import visible_projects
from registry.projects.search.keys import write_rows

READER = Actor(None, None, "operator", None, "示例数据加载")
"""Looks up what is there already, and changes nothing."""

_MODELS: tuple[type[SQLModel], ...] = (
    Application,
    ApplicationEvent,
    DepartmentOpinion,
    ReviewAssignment,
    Comment,
    UploadedDocument,
    ProjectRelease,
    BankInterest,
    InformationRequest,
    LoanDecision,
    DuplicateMark,
    Notice,
)
"""In the order in which they may be filled: an application before its events."""

_NAMED = frozenset({"application", "comment", "uploaded_document", "information_request", "loan_decision"})
"""Tables whose numbers other rows or audit entries name."""


def import_key(seed: int, number: int) -> str:
    """Return what a project of a nation is known by."""
    return f"demo:{seed}:{number}"


def load_batch(
    session: Session, offices: Offices, projects: Sequence[DemoProject], *, seed: int, store: Store
) -> list[str]:
    """Write the projects that are not there yet, and return their codes."""
    wanted = {project.number for project in projects} | {each.copy_of for each in projects if each.copy_of}
    known = _stored(session, seed, sorted(wanted))
    fresh = [project for project in projects if project.number not in known]
    codes = dict(zip((project.number for project in fresh), take_codes(session, len(fresh)), strict=True))
    places = {number: Row(LAST_MOMENT, {}) for number in codes}
    told = {number: (codes[number], places[number]) for number in codes} | known
    page = Page()
    past = [_tell(page, offices, project, seed, told.get) for project in fresh]
    ids = load_projects(session, past, is_demo=True)
    for project, id_ in zip(fresh, ids, strict=True):
        places[project.number].id = id_
    _keep_files(session, page, store)
    for model in _MODELS:
        name = str(model.__tablename__)
        _insert(session, name, page.rows.get(name, []))
    # After the applications, which lists can be narrowed by.
    write_rows(session, ids)
    acts = [
        audit.PastAct(act.at, act.actor_id, act.action, act.subject(), act.details())
        for act in sorted(page.acts, key=lambda act: act.at)
    ]
    audit.record_past(session, acts)
    return list(codes.values())


def _tell(
    page: Page,
    offices: Offices,
    project: DemoProject,
    seed: int,
    find_project: Callable[[int], tuple[str, Row] | None],
) -> PastProject:
    found = find_project(project.number)
    if found is None:
        raise LookupError(f"project {project.number} has no code yet")
    code, row = found
    story = Chronicle(page, offices, code, project.city_code, row, find_project)
    for happening in draw_life(seed, project):
        tell(story, happening)
    owner_id = story.owner.organisation_id or 0
    return PastProject(code, owner_id, import_key(seed, project.number), story.dossier, story.saves)


def _stored(session: Session, seed: int, numbers: Sequence[int]) -> dict[int, tuple[str, Row]]:
    """Return code and row of those of these numbers that are in the registry."""
    found: dict[int, tuple[str, Row]] = {}
    for chunk in chunks(numbers):
        keys = {import_key(seed, number): number for number in chunk}
        query = visible_projects(READER, col(Project.import_key), col(Project.code), col(Project.id))
        for key, code, id_ in session.execute(query.where(col(Project.import_key).in_(keys))):
            found[keys[key]] = code, Row(LAST_MOMENT, {}, id=id_)
    return found


def _keep_files(session: Session, page: Page, store: Store) -> None:
    """Put the papers into the store first: whoever is stopped in between leaves a file nobody refers to."""
    known = set(session.exec(select(StoredFile.sha256).where(col(StoredFile.sha256).in_(list(page.files)))))
    rows = []
    for digest, (at, content) in page.files.items():
        store.put(digest, content)
        if digest not in known:
            row = {"sha256": digest, "size": len(content), "media_type": "application/pdf", "stored_at": at}
            rows.append(row)
    if rows:
        session.execute(insert(SQLModel.metadata.tables["stored_file"]), rows)


def _insert(session: Session, name: str, rows: list[Row]) -> None:
    """Insert rows in order of time, so that their numbers run as they would have, and note the numbers asked for."""
    table = SQLModel.metadata.tables[name]
    ordered = sorted(rows, key=lambda row: row.at)
    for chunk in chunks(ordered):
        values = [row.values | {column: parent.id for column, parent in row.parents.items()} for row in chunk]
        if name not in _NAMED:
            session.execute(insert(table), values)
            continue
        made = session.execute(insert(table).returning(table.c.id, sort_by_parameter_order=True), values)
        for row, id_ in zip(chunk, made.scalars(), strict=True):
            row.id = id_
