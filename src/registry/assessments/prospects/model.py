"""What a bank narrows the shared pipeline by, and the searches it keeps."""

import datetime as dt
from typing import Any, ClassVar

from sqlalchemy import Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from registry.database import UtcDateTime


class AssessmentGlance(SQLModel, table=True):
    """预审摘要: a project's newest assessment in one fixed-width word (`words.py`), written where assessments are."""

    __tablename__: ClassVar[str] = "assessment_glance"
    __table_args__: ClassVar[Any] = (Index("ix_assessment_glance_word", "project_id", "word"),)

    project_id: int = Field(foreign_key="project.id", primary_key=True)
    word: str = Field(max_length=60)


class SavedSearch(SQLModel, table=True):
    """保存的筛选 of a bank: its conditions as in an address. The bank is told of each new project it finds, once."""

    __tablename__: ClassVar[str] = "saved_search"
    __table_args__: ClassVar[Any] = (UniqueConstraint("organisation_id", "name", name="uq_saved_search"),)

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    name: str = Field(max_length=60)
    query: str = Field(sa_type=Text)
    is_alerting: bool = True
    created_by: int = Field(foreign_key="user_account.id")
    created_at: dt.datetime = Field(sa_type=UtcDateTime)


class SavedSearchHit(SQLModel, table=True):
    """A project a saved search has found before: nobody is told of it again."""

    __tablename__: ClassVar[str] = "saved_search_hit"

    search_id: int = Field(foreign_key="saved_search.id", primary_key=True)
    project_id: int = Field(foreign_key="project.id", primary_key=True)
    found_at: dt.datetime = Field(sa_type=UtcDateTime)
