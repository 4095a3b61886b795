"""Keeping, finding and dropping autosaved drafts. They are private notes of a form: no revision, no audit entry."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col

from registry import audit
from registry.accounts.model import Actor
from registry.accounts.permissions import require
from registry.errors import Finding, InvalidInput, RegistryError
from registry.projects.autosave.model import AutosavedDraft
from registry.projects.queries import find_project

NEW = "new"
"""Stands for a project that has no code yet."""
CASE_FORM = "/case"
"""Behind a project's code: the form of its financial case, which is a form of its own."""
LARGEST_DRAFT = 1_000_000
"""Characters of JSON: ten times the largest dossier seen."""


class DraftElsewhere(RegistryError):
    """Another form of the same person holds the draft, which waits to be restored or thrown away."""

    code = "draft-elsewhere"


@dataclass(frozen=True, slots=True)
class FoundDraft:
    """A draft and what it was begun from; `is_stale` when the project was saved by somebody since."""

    document: dict[str, Any]
    base_revision: int | None
    form_id: str | None
    saved_at: datetime
    is_stale: bool


def autosave(
    session: Session,
    actor: Actor,
    code: str,
    document: Mapping[str, Any],
    *,
    base_revision: int | None,
    form_id: str | None = None,
) -> datetime:
    """Keep what stands in the form, right or wrong; the latest of one form wins. Returns when.

    `code` is that of a project, `NEW`, or a code with `CASE_FORM` behind it; so in every function here.

    Raises NotFound, NotAllowed, InvalidInput when it is too large or not JSON, DraftElsewhere when the draft there is
    was kept for another form.
    """
    require(actor, "edit_projects")
    if code != NEW:
        find_project(session, actor, code.removesuffix(CASE_FORM))
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
    values = {"base_revision": base_revision, "form_id": form_id, "document": text, "saved_at": moment}
    dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(AutosavedDraft).values(user_id=actor.user_id, project_code=code, **values)
    upsert = statement.on_conflict_do_update(
        index_elements=["user_id", "project_code"],
        set_=values,
        where=col(AutosavedDraft.form_id).is_not_distinct_from(form_id),
    )
    if session.execute(upsert.returning(col(AutosavedDraft.user_id))).first() is None:
        raise DraftElsewhere(
            "另有一份未保存的草稿，请先恢复或丢弃；此处所填尚未自动保存",
            "Another unsaved draft exists: restore or discard it first; what stands here has not been saved",
        )
    return moment


def find_draft(session: Session, actor: Actor, code: str) -> FoundDraft | None:
    """Return the actor's own draft of a project, None when there is none. Raises NotFound, NotAllowed."""
    require(actor, "edit_projects")
    current = None if code == NEW else find_project(session, actor, code.removesuffix(CASE_FORM)).revision_number
    found = session.get(AutosavedDraft, (actor.user_id, code), populate_existing=True)
    if found is None:
        return None
    is_stale = found.base_revision != current
    return FoundDraft(json.loads(found.document), found.base_revision, found.form_id, found.saved_at, is_stale)


def drop_draft(session: Session, actor: Actor, code: str) -> None:
    """Forget the actor's draft, on purpose. Harmless when there is none."""
    session.execute(delete(AutosavedDraft).where(*_mine(actor, code)))


def drop_draft_of_form(session: Session, actor: Actor, code: str, form_id: str | None) -> None:
    """Forget the draft kept for this form, which has been saved; one of another form stays and is offered later."""
    is_this = col(AutosavedDraft.form_id).is_not_distinct_from(form_id)
    session.execute(delete(AutosavedDraft).where(*_mine(actor, code), is_this))


def _mine(actor: Actor, code: str) -> tuple[ColumnElement[bool], ...]:
    return col(AutosavedDraft.user_id) == actor.user_id, col(AutosavedDraft.project_code) == code
