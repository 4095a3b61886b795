"""Writes on projects: each save is a new revision, chained to the one before."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeVar

from sqlalchemy import Table, delete, select, update
from sqlmodel import Session, SQLModel, col

from registry import audit
from registry.accounts.model import Actor
from registry.accounts.permissions import Act, require
from registry.database import insert_rows
from registry.errors import NotFound, StaleWrite
from registry.jobs import ensure_queued
from registry.projects.differences import differences
from registry.projects.duplicates.keys import ask_for_matching, write_keys
from registry.projects.lifecycle.freeze import Edit, frozen_edits, record_edits
from registry.projects.model import (
    PROJECTIONS,
    CodeCounter,
    Dossier,
    Project,
    ProjectFields,
    ProjectRelease,
    ProjectRevision,
    record_counts,
)
from registry.projects.notices.operations import MATCH_SEARCHES, ask_to_tell_banks
from registry.projects.queries import read_document, visible_projects
from registry.projects.search.keys import write_rows

T = TypeVar("T")
Change = Literal["created", "changed", "unchanged"]

_CHUNK = 500
"""Rows a statement: well under the variable limits of both databases."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A dossier to save: onto the project with this code, else onto the one with this import key, else as a new one.

    `seen_revision` is the revision the dossier was made over, 0 for none; None does not ask. `reopens_entry` is the
    author's agreement that a major change of a dossier in a library reopens its entry.
    """

    dossier: Dossier
    code: str | None = None
    import_key: str | None = None
    seen_revision: int | None = None
    reopens_entry: bool = False


@dataclass(frozen=True, slots=True)
class SaveOutcome:
    """What saving one draft did."""

    code: str
    change: Change
    revision_number: int


@dataclass(frozen=True, slots=True)
class _Stored:
    project_id: int
    code: str
    revision_number: int
    hash: str
    document: str


@dataclass(frozen=True, slots=True)
class _Save:
    """One revision about to be written."""

    dossier: Dossier
    document: str
    code: str
    import_key: str | None
    stored: _Stored | None
    reopens_entry: bool


def document_text(dossier: Dossier) -> str:
    """Return the one text of a dossier: what is unknown is left out, so that equal dossiers have equal text."""
    values = dossier.model_dump(mode="json", exclude_none=True)
    return audit.canonical_json({name: value for name, value in values.items() if value != []})


def create_project(
    session: Session, actor: Actor, dossier: Dossier, *, reason: str, is_demo: bool = False
) -> SaveOutcome:
    """Enter a new project, owned by the actor's organisation. Raises NotAllowed."""
    return save_many(session, actor, [Draft(dossier)], reason=reason, is_demo=is_demo, act="edit_projects")[0]


def save_project(
    session: Session,
    actor: Actor,
    code: str,
    dossier: Dossier,
    *,
    expected_revision: int,
    reason: str,
    reopens_entry: bool = False,
) -> SaveOutcome:
    """Save a new revision on top of the one the author saw.

    Raises NotFound, NotAllowed, StaleWrite, and FrozenDossier for a major change of a dossier that stands in a
    library, unless its author agreed that this reopens entry.
    """
    require(actor, "edit_projects")
    query = visible_projects(actor, Project.revision_number).where(col(Project.code) == code).with_for_update()
    current = session.execute(query).scalar_one_or_none()
    if current is None:
        raise _unknown(code)
    if current != expected_revision:
        error = StaleWrite(
            f"项目 {code} 已由他人保存为第 {current} 版，您看到的是第 {expected_revision} 版；请对照差异后再保存",
            f"Project {code} was saved as revision {current} meanwhile; you saw {expected_revision}",
        )
        _, theirs = read_document(session, actor, code)
        error.differences = differences(audit.parsed_json(theirs), audit.parsed_json(document_text(dossier)))
        raise error
    drafts = [Draft(dossier, code=code, reopens_entry=reopens_entry)]
    return save_many(session, actor, drafts, reason=reason, act="edit_projects")[0]


def save_many(
    session: Session,
    actor: Actor,
    drafts: Sequence[Draft],
    *,
    reason: str,
    is_demo: bool = False,
    act: Act = "import_projects",
) -> list[SaveOutcome]:
    """Save many drafts in one transaction; equal documents change nothing. The outcomes are in the order given.

    Raises NotAllowed, NotFound when a draft names a code the actor does not own, StaleWrite when a draft was made over
    another revision than the stored one, and FrozenDossier as `save_project`.
    """
    require(actor, act)
    stored = _find_stored(session, actor, drafts)
    saves, outcomes = _plan(session, drafts, stored)
    moment = audit.now()
    entries = frozen_edits(session, [_edit(save, save.stored) for save in saves if save.stored])
    _write_projects(session, actor, saves, moment, is_demo=is_demo)
    _write_revisions(session, actor, saves, moment, reason)
    record_edits(session, actor, entries, reason=reason, moment=moment)
    _write_search(session, saves)
    counts = {change: sum(outcome.change == change for outcome in outcomes) for change in ("created", "changed")}
    if saves:
        ask_for_matching(session)
        codes = [save.code for save in saves]
        subject = f"project:{codes[0]}" if len(codes) == 1 else f"projects:{codes[0]}…{codes[-1]}"
        audit.record(session, actor_id=actor.user_id, action="project.save", subject=subject, details=counts)
    return outcomes


def release_project(session: Session, actor: Actor, code: str, *, organisation_id: int | None) -> None:
    """Let a bank (or the public, without an organisation) see the project. Harmless when repeated."""
    require(actor, "release_projects")
    project_id = session.execute(
        visible_projects(actor, Project.id).where(col(Project.code) == code)
    ).scalar_one_or_none()
    if project_id is None:
        raise _unknown(code)
    known = select(ProjectRelease).where(
        col(ProjectRelease.project_id) == project_id,
        col(ProjectRelease.organisation_id).is_not_distinct_from(organisation_id),
    )
    if session.execute(known).scalar_one_or_none() is None:
        session.add(ProjectRelease(project_id=project_id, organisation_id=organisation_id, released_at=audit.now()))
        details = {"organisation_id": organisation_id}
        audit.record(
            session, actor_id=actor.user_id, action="project.release", subject=f"project:{code}", details=details
        )
        if organisation_id is not None:
            ensure_queued(session, kind=MATCH_SEARCHES)


def _unknown(code: str) -> NotFound:
    return NotFound(f"没有编号为 {code} 的项目，或您无权修改", f"There is no project {code} that you may change")


def _find_stored(session: Session, actor: Actor, drafts: Sequence[Draft]) -> dict[tuple[str, str], _Stored]:
    """Return what is stored for each code and import key, among the actor's own projects."""
    found: dict[tuple[str, str], _Stored] = {}
    for kind, column in (("code", col(Project.code)), ("key", col(Project.import_key))):
        wanted = [name for name in (_target(draft) for draft in drafts) if name and name[0] == kind]
        for chunk in chunks(wanted):
            query = (
                visible_projects(
                    actor,
                    column.label("name"),
                    Project.id,
                    Project.code,
                    Project.revision_number,
                    ProjectRevision.hash,
                    ProjectRevision.document,
                )
                .join(ProjectRevision, col(ProjectRevision.project_id) == col(Project.id))
                .where(col(ProjectRevision.number) == col(Project.revision_number))
                .where(column.in_([name for _, name in chunk]))
            )
            for row in session.execute(query):
                found[kind, row.name] = _Stored(row.id, row.code, row.revision_number, row.hash, row.document)
    return found


def _target(draft: Draft) -> tuple[str, str] | None:
    if draft.code is not None:
        return "code", draft.code
    return None if draft.import_key is None else ("key", draft.import_key)


def _plan(
    session: Session, drafts: Sequence[Draft], stored: dict[tuple[str, str], _Stored]
) -> tuple[list[_Save], list[SaveOutcome]]:
    """Decide for each draft whether it creates, changes or leaves its project."""
    targets = [_target(draft) for draft in drafts]
    n_new = sum(target is None or target not in stored for target in targets)
    fresh_codes = take_codes(session, n_new)
    saves: list[_Save] = []
    outcomes: list[SaveOutcome] = []
    for draft, target in zip(drafts, targets, strict=True):
        document = document_text(draft.dossier)
        old = stored.get(target) if target else None
        if old is None and draft.code is not None:
            raise _unknown(draft.code)
        if draft.seen_revision is not None and draft.seen_revision != (old.revision_number if old else 0):
            raise StaleWrite(
                f"项目 {old.code if old else draft.code} 在处理期间已由他人保存，请重新上传",
                f"Project {old.code if old else draft.code} was saved by somebody else meanwhile; upload again",
            )
        if old is not None and old.document == document:
            outcomes.append(SaveOutcome(old.code, "unchanged", old.revision_number))
            continue
        code = old.code if old else next(fresh_codes)
        saves.append(_Save(draft.dossier, document, code, draft.import_key, old, draft.reopens_entry))
        outcomes.append(SaveOutcome(code, "changed" if old else "created", old.revision_number + 1 if old else 1))
    return saves, outcomes


def _edit(save: _Save, stored: _Stored) -> Edit:
    number = stored.revision_number + 1
    return Edit(stored.project_id, stored.code, number, stored.document, save.document, save.reopens_entry)


def take_codes(session: Session, count: int) -> Iterator[str]:
    """Reserve project codes. The counter row is locked until the transaction ends, so no two writers share one."""
    if count == 0:
        return iter(())
    bump = update(CodeCounter).where(col(CodeCounter.id) == 1).values(last=col(CodeCounter.last) + count)
    last = session.execute(bump.returning(col(CodeCounter.last))).scalar_one()
    return (f"ML-{number:07d}" for number in range(last - count + 1, last + 1))


def _write_projects(session: Session, actor: Actor, saves: Sequence[_Save], moment: datetime, *, is_demo: bool) -> None:
    created = [
        {
            **project_columns(save.dossier),
            "code": save.code,
            "owner_id": actor.organisation_id,
            "import_key": save.import_key,
            "is_demo": is_demo,
            "created_at": moment,
            "updated_at": moment,
            "revision_number": 1,
        }
        for save in saves
        if save.stored is None
    ]
    changed = [
        {
            **project_columns(save.dossier),
            "id": save.stored.project_id,
            "updated_at": moment,
            "revision_number": save.stored.revision_number + 1,
        }
        for save in saves
        if save.stored is not None
    ]
    for chunk in chunks(created):
        insert_rows(session, bare_table(Project), chunk)
    for chunk in chunks(changed):
        session.execute(update(Project), chunk)


def bare_table(model: type[SQLModel]) -> Table:
    """Return the bare table: through the model, each pattern of missing values would be a statement of its own."""
    return SQLModel.metadata.tables[str(model.__tablename__)]


def project_columns(dossier: Dossier) -> dict[str, Any]:
    """Return what the project row repeats of its latest revision."""
    scalars = {name: getattr(dossier, name) for name in ProjectFields.model_fields}
    return scalars | record_counts(dossier)


def _write_revisions(session: Session, actor: Actor, saves: Sequence[_Save], moment: datetime, reason: str) -> None:
    for chunk in chunks(saves):
        ids = {
            row.code: row.id
            for row in session.execute(
                select(col(Project.code), col(Project.id)).where(col(Project.code).in_([save.code for save in chunk]))
            )
        }
        revisions = [_revision(save, ids[save.code], actor, moment, reason) for save in chunk]
        insert_rows(session, bare_table(ProjectRevision), revisions)
        replaced = [save.stored.project_id for save in chunk if save.stored]
        write_keys(session, ((ids[save.code], save.dossier) for save in chunk), replaced=replaced)
        if replaced:
            ask_to_tell_banks(session, replaced)
            for table in PROJECTIONS.values():
                session.execute(delete(table).where(col(table.project_id).in_(replaced)))
        write_lines(session, [(ids[save.code], save.dossier) for save in chunk])


def write_lines(session: Session, saved: Sequence[tuple[int, Dossier]]) -> None:
    """Write the child records that have a table of their own, by project id."""
    for collection, table in PROJECTIONS.items():
        lines = [
            {"project_id": project_id, **line.model_dump()}
            for project_id, dossier in saved
            for line in getattr(dossier, collection)
        ]
        insert_rows(session, bare_table(table), lines)


def _write_search(session: Session, saves: Sequence[_Save]) -> None:
    for chunk in chunks(saves):
        query = select(col(Project.id)).where(col(Project.code).in_([save.code for save in chunk]))
        write_rows(session, list(session.execute(query).scalars()))


def _revision(save: _Save, project_id: int, actor: Actor, moment: datetime, reason: str) -> dict[str, Any]:
    number = save.stored.revision_number + 1 if save.stored else 1
    previous = save.stored.hash if save.stored else audit.GENESIS
    return {
        "project_id": project_id,
        "number": number,
        "document": save.document,
        "author_id": actor.user_id,
        "reason": reason,
        "saved_at": moment,
        "previous_hash": previous,
        "hash": revision_hash(previous, save.code, number, save.document, actor.user_id, reason, moment),
    }


def revision_hash(
    previous: str, code: str, number: int, document: str, author_id: int | None, reason: str, saved_at: datetime
) -> str:
    """Return the hash that chains a revision to the one before it."""
    moment = saved_at.isoformat(timespec="milliseconds")
    return audit.chained_hash(previous, code, str(number), document, str(author_id), reason, moment)


def chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Divide rows into statements: well under the variable limits of both databases."""
    return (items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK))
