"""Keep the keys under which duplicates are looked up, in the transaction that saves the project."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete, update
from sqlmodel import Session, SQLModel, col

from registry import jobs
from registry.database import insert_rows
from registry.projects.duplicates.model import DuplicateKey
from registry.projects.duplicates.scoring import place_of, record_of
from registry.projects.model import Dossier

MATCH = "match-duplicates"
"""The job that compares every project whose key has changed."""


def write_keys(session: Session, saved: Iterable[tuple[int, Dossier]], *, replaced: Iterable[int] = ()) -> None:
    """Write the key of each saved dossier by project id; `replaced` are the ids that had one before."""
    gone = list(replaced)
    if gone:
        session.execute(delete(DuplicateKey).where(col(DuplicateKey.project_id).in_(gone)))
    rows = [_key(project_id, dossier) for project_id, dossier in saved]
    insert_rows(session, SQLModel.metadata.tables["duplicate_key"], rows)


def note_file(session: Session, project_id: int) -> None:
    """Have a project compared again: a file of it came or went."""
    count = col(DuplicateKey.change_count)
    session.execute(
        update(DuplicateKey).where(col(DuplicateKey.project_id) == project_id).values(change_count=count + 1)
    )
    ask_for_matching(session)


def ask_for_matching(session: Session) -> None:
    """Have the worker compare what has changed, once this transaction is there to be read."""
    jobs.ensure_queued(session, kind=MATCH)


def _key(project_id: int, dossier: Dossier) -> dict[str, Any]:
    record = record_of(dossier.__dict__)
    return {
        "project_id": project_id,
        "place": place_of(dossier.city_code),
        "name_core": record.core.text if record.core else None,
        "credit_code": dossier.implementer_credit_code,
        "total_investment": dossier.total_investment,
    }
