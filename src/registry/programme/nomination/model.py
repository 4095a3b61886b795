"""Nomination and selection 申报与遴选: rounds with quotas, cities that apply, a panel, its scores, and the minutes."""

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from registry.database import UtcDateTime


class SelectionRound(SQLModel, table=True):
    """遴选批次. Cities apply from `opens_on` to `closes_on`, both included; `version` counts steps and changes."""

    __tablename__: ClassVar[str] = "selection_round"
    __table_args__: ClassVar[Any] = (CheckConstraint("closes_on >= opens_on", name="period_in_order"),)

    id: int | None = Field(default=None, primary_key=True)
    title: str = Field(max_length=100, unique=True)
    opens_on: date
    closes_on: date
    target: int | None = None
    """How many cities about; None: not stated."""
    step: str = Field(max_length=20)
    step_since: datetime = Field(sa_type=UtcDateTime)
    version: int = 1
    is_demo: bool = False
    opened_by: int | None = Field(default=None, foreign_key="user_account.id")
    opened_at: datetime = Field(sa_type=UtcDateTime)


class SelectionQuota(SQLModel, table=True):
    """名额: at least and at most so many cities of a region and a size class; a class left out means all of them."""

    __tablename__: ClassVar[str] = "selection_quota"
    __table_args__: ClassVar[Any] = (
        UniqueConstraint("round_id", "region", "size_class", name="uq_selection_quota"),
        CheckConstraint("least IS NOT NULL OR most IS NOT NULL", name="some_limit"),
    )

    id: int | None = Field(default=None, primary_key=True)
    round_id: int = Field(foreign_key="selection_round.id")
    region: str = Field(default="", max_length=20)
    size_class: str = Field(default="", max_length=20)
    least: int | None = None
    most: int | None = None


class Nomination(SQLModel, table=True):
    """申报: one city in one round. What is None has not been stated, given or decided yet.

    `code` is drawn when comparison begins and stands for the city until the decision is published; `facts` is the
    line of the comparison table as it stood then (JSON).
    """

    __tablename__: ClassVar[str] = "nomination"
    __table_args__: ClassVar[Any] = (
        UniqueConstraint("round_id", "owner_id", name="uq_nomination"),
        UniqueConstraint("round_id", "code", name="uq_nomination_code"),
        Index("ix_nomination_owner", "owner_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    round_id: int = Field(foreign_key="selection_round.id")
    owner_id: int = Field(foreign_key="organisation.id")
    statement: str = Field(sa_type=Text)
    urban_population_10k: float | None = None
    population_source: str | None = Field(default=None, max_length=300)
    plan_id: int | None = Field(default=None, foreign_key="city_paper.id")
    version: int = 1
    submitted_by: int | None = Field(default=None, foreign_key="user_account.id")
    submitted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    is_recommended: bool | None = None
    opinion: str | None = Field(default=None, sa_type=Text)
    opinion_by: int | None = Field(default=None, foreign_key="user_account.id")
    opinion_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    is_in_form: bool | None = None
    form_remark: str | None = Field(default=None, sa_type=Text)
    code: str | None = Field(default=None, max_length=10)
    facts: str | None = Field(default=None, sa_type=Text)
    proposal: str | None = Field(default=None, max_length=10)
    proposal_reason: str | None = Field(default=None, sa_type=Text)
    decision: str | None = Field(default=None, max_length=10)
    decision_reason: str | None = Field(default=None, sa_type=Text)
    is_demo: bool = False
    updated_at: datetime = Field(sa_type=UtcDateTime)


class PanelMember(SQLModel, table=True):
    """评审组成员. `home_province` is one the member declares a tie to beside that of their organisation."""

    __tablename__: ClassVar[str] = "panel_member"
    __table_args__: ClassVar[Any] = (UniqueConstraint("round_id", "user_id", name="uq_panel_member"),)

    id: int | None = Field(default=None, primary_key=True)
    round_id: int = Field(foreign_key="selection_round.id")
    user_id: int = Field(foreign_key="user_account.id")
    home_province: str | None = Field(default=None, max_length=6)
    named_by: int | None = Field(default=None, foreign_key="user_account.id")
    named_at: datetime = Field(sa_type=UtcDateTime)


class PanelScore(SQLModel, table=True):
    """One item of one nomination scored by one member."""

    __tablename__: ClassVar[str] = "panel_score"
    __table_args__: ClassVar[Any] = (
        UniqueConstraint("nomination_id", "member_id", "item", name="uq_panel_score"),
        CheckConstraint("score >= 0", name="score_from_zero"),
    )

    id: int | None = Field(default=None, primary_key=True)
    nomination_id: int = Field(foreign_key="nomination.id")
    member_id: int = Field(foreign_key="panel_member.id")
    item: str = Field(max_length=60)
    score: float
    remark: str | None = Field(default=None, max_length=1000)
    scored_at: datetime = Field(sa_type=UtcDateTime)


class SelectionMinute(SQLModel, table=True):
    """纪要: what was said and settled in a step; only ever added."""

    __tablename__: ClassVar[str] = "selection_minute"

    id: int | None = Field(default=None, primary_key=True)
    round_id: int = Field(foreign_key="selection_round.id", index=True)
    step: str = Field(max_length=20)
    text: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=UtcDateTime)
    actor_id: int | None = Field(default=None, foreign_key="user_account.id")
