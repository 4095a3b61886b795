"""Comments 批注 on sections and fields of a dossier."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Index, Text
from sqlmodel import Field, SQLModel

from registry.database import UtcDateTime

LONGEST_COMMENT = 2000

AUDIENCES: dict[str, tuple[str, str]] = {
    "city": ("仅申报单位", "The city only"),
    "reviewers": ("仅审核部门", "Reviewers only"),
    "both": ("双方可见", "Both"),
}


class Comment(SQLModel, table=True):
    """批注: on a section, or on one field of it; who sees it is fixed when it is written."""

    __tablename__: ClassVar[str] = "comment"
    __table_args__: ClassVar[Any] = (Index("ix_comment_project", "project_id", "section"),)

    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id")
    section: str = Field(max_length=40)
    field: str | None = Field(default=None, max_length=120)
    audience: str = Field(max_length=10)
    text: str = Field(sa_type=Text)
    revision_number: int
    author_id: int | None = Field(default=None, foreign_key="user_account.id")
    author_name: str = Field(max_length=60)
    written_at: datetime = Field(sa_type=UtcDateTime)
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    settled_by: int | None = Field(default=None, foreign_key="user_account.id")
