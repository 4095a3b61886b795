"""Drafts saved by themselves 自动保存: what a person has typed and not yet saved, apart from the revisions."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import Text
from sqlmodel import Field, SQLModel

from registry.database import UtcDateTime


class AutosavedDraft(SQLModel, table=True):
    """One person's unsaved form of one project. Nobody else sees it.

    `project_code` is `new` for a project not entered yet, `CODE/case` for the form of a financial case.
    """

    __tablename__: ClassVar[str] = "autosaved_draft"

    user_id: int = Field(foreign_key="user_account.id", primary_key=True)
    project_code: str = Field(max_length=20, primary_key=True)
    base_revision: int | None = None
    form_id: str | None = Field(default=None, max_length=40)
    """Which open form it is kept for: a second window of the same person must not write over the first."""
    document: str = Field(sa_type=Text)
    saved_at: datetime = Field(sa_type=UtcDateTime)
