"""Saves of the past 历史修订: many projects with all their revisions written at once, dated as their history says.

For histories that are loaded, not lived; people save through `operations`. What is written is the same: a chain of
revisions, the projections of the latest one, the keys duplicates are looked up by. The caller leaves the audit entries
(`audit.record_past`), because they belong in order of time with everything else that happened.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlmodel import Session, col

from registry import audit
from registry.projects.duplicates.keys import write_keys
from registry.projects.model import Dossier, Project, ProjectRevision
from registry.projects.operations import bare_table, chunks, project_columns, revision_hash, write_lines


@dataclass(frozen=True, slots=True)
class PastSave:
    """One revision: its document as `operations.document_text` writes it, who saved it, when and why."""

    document: str
    author_id: int | None
    saved_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class PastProject:
    """A new project: its saves in order, at least one, and the dossier that stands in the end.

    `code` was reserved by `operations.take_codes` in the same transaction.
    """

    code: str
    owner_id: int
    import_key: str
    dossier: Dossier
    saves: Sequence[PastSave]


def load_projects(session: Session, projects: Sequence[PastProject], *, is_demo: bool) -> list[int]:
    """Write new projects with their histories and return their ids, in the order given.

    The rows that lists read are the caller's to write, once the applications are there too.
    """
    found: list[int] = []
    for chunk in chunks(projects):
        session.execute(insert(bare_table(Project)), [_project_row(project, is_demo=is_demo) for project in chunk])
        query = select(col(Project.code), col(Project.id)).where(col(Project.code).in_([each.code for each in chunk]))
        by_code = {row.code: row.id for row in session.execute(query)}
        ids = [by_code[project.code] for project in chunk]
        revisions = [row for id_, project in zip(ids, chunk, strict=True) for row in _revision_rows(id_, project)]
        session.execute(insert(bare_table(ProjectRevision)), revisions)
        latest = [(id_, project.dossier) for id_, project in zip(ids, chunk, strict=True)]
        write_keys(session, latest)
        write_lines(session, latest)
        found += ids
    return found


def _project_row(project: PastProject, *, is_demo: bool) -> dict[str, Any]:
    return {
        **project_columns(project.dossier),
        "code": project.code,
        "owner_id": project.owner_id,
        "import_key": project.import_key,
        "is_demo": is_demo,
        "created_at": project.saves[0].saved_at,
        "updated_at": project.saves[-1].saved_at,
        "revision_number": len(project.saves),
    }


def _revision_rows(project_id: int, project: PastProject) -> Iterator[dict[str, Any]]:
    previous = audit.GENESIS
    for number, save in enumerate(project.saves, start=1):
        arguments = project.code, number, save.document, save.author_id, save.reason, save.saved_at
        found = revision_hash(previous, *arguments)
        yield {
            "project_id": project_id,
            "number": number,
            "document": save.document,
            "author_id": save.author_id,
            "reason": save.reason,
            "saved_at": save.saved_at,
            "previous_hash": previous,
            "hash": found,
        }
        previous = found
