"""Public display 展示平台: what was released of a project, and what the public says of it.

What the public may see is written down at the moment of release, field by field; public pages read this copy and
nothing else, so that a later save of the project shows nobody anything.
"""

import datetime as dt
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, Index, Text, text
from sqlmodel import Field, SQLModel

from registry.database import UtcDateTime
from registry.programme.cases.model import ModelCase
from registry.quantities import Fen

_IN_FORCE = text("ended_at IS NULL")


class DisplayRelease(SQLModel, table=True):
    """One decision to show a project: the revision, the fields, and from which day. Only its end is ever added.

    `document` holds the released fields alone. What lists and search need of it stands beside it, copied from it.
    """

    __tablename__: ClassVar[str] = "display_release"
    __table_args__: ClassVar[Any] = (
        Index(
            "uq_display_release_in_force",
            "project_id",
            unique=True,
            sqlite_where=_IN_FORCE,
            postgresql_where=_IN_FORCE,
        ),
        Index("ix_display_release_code", "code", "id"),
        Index("ix_display_release_place", "city_code"),
    )

    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id")
    code: str = Field(max_length=20)
    revision_number: int
    revision_hash: str = Field(max_length=64)
    revision_saved_at: dt.datetime = Field(sa_type=UtcDateTime)
    fields: str = Field(sa_type=Text)
    document: str = Field(sa_type=Text)
    introduction: str | None = Field(default=None, max_length=2000)
    name: str = Field(max_length=200)
    province_name: str | None = Field(default=None, max_length=100)
    city_name: str | None = Field(default=None, max_length=100)
    city_code: str | None = Field(default=None, max_length=6)
    dimension: str | None = Field(default=None, max_length=40)
    total_investment: Decimal | None = Field(default=None, sa_type=Fen)
    is_demo: bool = False
    embargo_until: dt.date | None = None
    released_by: int | None = Field(default=None, foreign_key="user_account.id")
    released_at: dt.datetime = Field(sa_type=UtcDateTime)
    ended_by: int | None = Field(default=None, foreign_key="user_account.id")
    ended_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    ending: str | None = Field(default=None, max_length=20)
    """`withdrawn`, or `replaced` by a later release."""
    ending_reason: str | None = Field(default=None, max_length=300)


class DisplayEvidence(SQLModel, table=True):
    """A document released with a project, and the part of the record it proves."""

    __tablename__: ClassVar[str] = "display_evidence"

    id: int | None = Field(default=None, primary_key=True)
    release_id: int = Field(foreign_key="display_release.id", index=True)
    sha256: str = Field(foreign_key="stored_file.sha256", max_length=64)
    file_name: str = Field(max_length=200)
    media_type: str = Field(max_length=100)
    size: int
    section: str = Field(max_length=40)


class PublicComment(SQLModel, table=True):
    """公众意见 on a displayed project or case: the words alone. No name, no address, nothing of who wrote it."""

    __tablename__: ClassVar[str] = "public_comment"
    __table_args__: ClassVar[Any] = (
        CheckConstraint("(project_id IS NULL) <> (case_id IS NULL)", name="on_one_thing"),
        Index("ix_public_comment_project", "project_id", "state"),
        Index("ix_public_comment_case", "case_id", "state"),
    )

    id: int | None = Field(default=None, primary_key=True)
    project_id: int | None = Field(default=None, foreign_key="project.id")
    case_id: int | None = Field(default=None, foreign_key=f"{ModelCase.__tablename__}.id")
    text: str = Field(max_length=1000)
    state: str = Field(default="new", max_length=20)
    is_demo: bool = False
    written_at: dt.datetime = Field(sa_type=UtcDateTime)
    decided_by: int | None = Field(default=None, foreign_key="user_account.id")
    decided_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    reason: str | None = Field(default=None, max_length=300)
