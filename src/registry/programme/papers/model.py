"""Papers of a city 城市文件: a city's plan, financing plan or self-evaluation, versioned and decided like a dossier.

What a paper of each kind holds is declared by that kind; here it is a JSON document. The revision is the truth: a
full document, chained by hash to the one before, never changed.
"""

from datetime import date, datetime
from typing import Any, ClassVar, Literal

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from registry.database import UtcDateTime

Kind = Literal["financing_plan", "city_plan", "self_evaluation", "regional_programme"]

KINDS: dict[Kind, tuple[str, str]] = {
    "financing_plan": ("美丽城市建设重大项目投融资方案", "Financing plan for major Beautiful City projects"),
    "city_plan": ("美丽城市建设实施方案", "Beautiful City implementation plan"),
    "self_evaluation": ("美丽城市建设自评估", "Yearly self-evaluation"),
    "regional_programme": ("区域性环保建设项目金融支持方案", "Regional programme of environmental projects"),
}


class CityPaper(SQLModel, table=True):
    """城市文件: what the registry knows of it beside its text. One of a kind, year and title for each owner.

    `version` counts saves and moves, for who acts on what they saw. `approved_revision` is the text last approved: it
    stays what it was while a newer draft is written. `embargo_until` holds a publication back until that day.
    """

    __tablename__: ClassVar[str] = "city_paper"
    __table_args__: ClassVar[Any] = (
        UniqueConstraint("kind", "owner_id", "year", "title", name="uq_city_paper"),
        CheckConstraint("revision_number >= 1", name="revision_number_from_one"),
        Index("ix_city_paper_owner", "owner_id", "kind"),
        Index("ix_city_paper_kind", "kind", "year"),
    )

    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(max_length=30)
    owner_id: int = Field(foreign_key="organisation.id")
    year: int = 0
    """The year a yearly paper is about; 0 for the others, so that the database can tell one from another."""
    title: str = Field(max_length=200)
    state: str = Field(max_length=20)
    state_since: datetime = Field(sa_type=UtcDateTime)
    version: int = 1
    revision_number: int = 1
    approved_revision: int | None = None
    published_revision: int | None = None
    embargo_until: date | None = None
    is_demo: bool = False
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)


class CityPaperRevision(SQLModel, table=True):
    """修订: one immutable save of a paper."""

    __tablename__: ClassVar[str] = "city_paper_revision"
    __table_args__: ClassVar[Any] = (UniqueConstraint("paper_id", "number", name="uq_city_paper_revision_number"),)

    id: int | None = Field(default=None, primary_key=True)
    paper_id: int = Field(foreign_key="city_paper.id")
    number: int
    document: str = Field(sa_type=Text)
    author_id: int | None = Field(default=None, foreign_key="user_account.id")
    reason: str = Field(max_length=300)
    saved_at: datetime = Field(sa_type=UtcDateTime)
    previous_hash: str = Field(max_length=64)
    hash: str = Field(max_length=64)


class CityPaperEvent(SQLModel, table=True):
    """One move of a paper, with the reason given for it: only ever added."""

    __tablename__: ClassVar[str] = "city_paper_event"

    id: int | None = Field(default=None, primary_key=True)
    paper_id: int = Field(foreign_key="city_paper.id", index=True)
    at: datetime = Field(sa_type=UtcDateTime)
    actor_id: int | None = Field(default=None, foreign_key="user_account.id")
    action: str = Field(max_length=20)
    from_state: str = Field(max_length=20)
    to_state: str = Field(max_length=20)
    revision_number: int
    reason: str = Field(sa_type=Text)
