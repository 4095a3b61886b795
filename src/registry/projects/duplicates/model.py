"""What the search for duplicates keeps: a row per project to look it up by, pairs alike, and reviewers' decisions."""

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel, col

from registry.database import UtcDateTime
from registry.projects.model import ChecklistDocumentRow
from registry.quantities import Fen


class DuplicateKey(SQLModel, table=True):
    """查重键: a projection of the latest revision, written in the same transaction.

    One narrow row instead of more indexes on the widest table: a city's names are read in one sweep.
    """

    __tablename__: ClassVar[str] = "duplicate_key"
    __table_args__: ClassVar[Any] = (
        Index("ix_duplicate_key_place", "place"),
        Index("ix_duplicate_key_name_core", "name_core"),
        Index("ix_duplicate_key_credit_code", "credit_code"),
        Index("ix_duplicate_key_total_investment", "total_investment"),
        Index(
            "ix_duplicate_key_waiting",
            "place",
            "project_id",
            sqlite_where=text("change_count > 0"),
            postgresql_where=text("change_count > 0"),
        ),
    )

    project_id: int = Field(foreign_key="project.id", primary_key=True)
    place: str | None = Field(default=None, max_length=4)
    name_core: str | None = Field(default=None, max_length=200)
    credit_code: str | None = Field(default=None, max_length=18)
    total_investment: Decimal | None = Field(default=None, sa_type=Fen)
    change_count: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    """Saves and files since the pairs of this project were last compared; a count, so that a change is never missed
    that comes while a matching job compares."""


class DuplicatePair(SQLModel, table=True):
    """疑似重复: two projects alike enough for a reviewer, kept by the matching job so that the queue is one read.

    Decided pairs stay, however alike they are by now. `reasons` is JSON, as `matching` writes it.
    """

    __tablename__: ClassVar[str] = "duplicate_pair"
    __table_args__: ClassVar[Any] = (
        CheckConstraint("lower_id < higher_id", name="pair_in_order"),
        Index("ix_duplicate_pair_higher", "higher_id"),
        Index("ix_duplicate_pair_points", "points", "lower_id", "higher_id"),
    )

    lower_id: int = Field(foreign_key="project.id", primary_key=True)
    higher_id: int = Field(foreign_key="project.id", primary_key=True)
    points: float
    reasons: str = Field(sa_type=Text)
    compared_at: datetime = Field(sa_type=UtcDateTime)


Index("ix_checklist_document_sha256", col(ChecklistDocumentRow.sha256))


class DuplicateMark(SQLModel, table=True):
    """查重结论: a reviewer says that two projects are the same, or are not. The newest decision counts."""

    __tablename__: ClassVar[str] = "duplicate_mark"
    __table_args__: ClassVar[Any] = (
        UniqueConstraint("lower_id", "higher_id", name="uq_duplicate_mark_pair"),
        CheckConstraint("lower_id < higher_id", name="pair_in_order"),
        Index("ix_duplicate_mark_higher", "higher_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    lower_id: int = Field(foreign_key="project.id")
    higher_id: int = Field(foreign_key="project.id")
    is_same: bool
    reason: str = Field(sa_type=Text)
    author_id: int | None = Field(default=None, foreign_key="user_account.id")
    marked_at: datetime = Field(sa_type=UtcDateTime)
