"""Keeping, finding and dropping autosaved drafts. They are private notes of a form: no revision, no audit entry."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from registry import audit
from registry.accounts.model import Actor
from registry.accounts.permissions import require
from registry.errors import Finding, InvalidInput
from registry.projects.autosave.model import AutosavedDraft
from registry.projects.queries import find_project

NEW = "new"
"""Stands for a project that has no code yet."""
LARGEST_DRAFT = 1_000_000
"""Characters of JSON: ten times the largest dossier seen."""


@dataclass(frozen=True, slots=True)
class FoundDraft:
    """A draft and what it was begun from; `is_stale` when the project was saved by somebody since."""

    document: dict[str, Any]
    base_revision: int | None
    saved_at: datetime
    is_stale: bool


def autosave(
    session: Session, actor: Actor, code: str, document: Mapping[str, Any], *, base_revision: int | None
) -> datetime:
    """Keep what stands in the form, right or wrong; the latest wins. Returns when.

    Raises NotFound, NotAllowed, InvalidInput when it is too large or not JSON.
    """
    require(actor, "edit_projects")
    if code != NEW:
        find_project(session, actor, code)
    try:
        text = audit.canonical_json(dict(document))
    except (TypeError, ValueError):
        raise InvalidInput.of(
            [Finding("document", "not-json", "草稿应为 JSON 对象", "should be a JSON object")]
        ) from None
    if len(text) > LARGEST_DRAFT:
        flaw = Finding("document", "too-large", f"草稿最多 {LARGEST_DRAFT} 字符", f"at most {LARGEST_DRAFT} characters")
        raise InvalidInput.of([flaw])
    moment = audit.now()
    values = {"base_revision": base_revision, "document": text, "saved_at": moment}
    dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(AutosavedDraft).values(user_id=actor.user_id, project_code=code, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["user_id", "project_code"], set_=values))
    return moment


def find_draft(session: Session, actor: Actor, code: str) -> FoundDraft | None:
    """Return the actor's own draft of a project, None when there is none. Raises NotFound, NotAllowed."""
    require(actor, "edit_projects")
    current = None if code == NEW else find_project(session, actor, code).revision_number
    found = session.get(AutosavedDraft, (actor.user_id, code), populate_existing=True)
    if found is None:
        return None
    return FoundDraft(json.loads(found.document), found.base_revision, found.saved_at, found.base_revision != current)


def drop_draft(session: Session, actor: Actor, code: str) -> None:
    """Forget the actor's draft, after saving it or on purpose. Harmless when there is none."""
    mine = (col(AutosavedDraft.user_id) == actor.user_id, col(AutosavedDraft.project_code) == code)
    session.execute(delete(AutosavedDraft).where(*mine))
