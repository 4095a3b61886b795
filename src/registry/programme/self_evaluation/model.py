"""Evaluation rounds 评估 of the ministry: when self-evaluations of a year are open, and the scores given to them."""

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from registry.database import UtcDateTime


class EvaluationRound(SQLModel, table=True):
    """One round a year. A self-evaluation may be begun and signed from `opens_on` to `closes_on`, both included."""

    __tablename__: ClassVar[str] = "evaluation_round"
    __table_args__: ClassVar[Any] = (CheckConstraint("closes_on >= opens_on", name="period_in_order"),)

    id: int | None = Field(default=None, primary_key=True)
    year: int = Field(unique=True)
    opens_on: date
    closes_on: date
    items: str = Field(sa_type=Text)
    """What is scored, as JSON: name and highest score each. No scheme is published; the ministry states its own."""
    is_demo: bool = False
    opened_by: int | None = Field(default=None, foreign_key="user_account.id")
    opened_at: datetime = Field(sa_type=UtcDateTime)


class EvaluationScore(SQLModel, table=True):
    """One item of a self-evaluation scored, on the revision that was agreed."""

    __tablename__: ClassVar[str] = "evaluation_score"
    __table_args__: ClassVar[Any] = (UniqueConstraint("paper_id", "item", name="uq_evaluation_score"),)

    id: int | None = Field(default=None, primary_key=True)
    round_id: int = Field(foreign_key="evaluation_round.id", index=True)
    paper_id: int = Field(foreign_key="city_paper.id")
    revision_number: int
    item: str = Field(max_length=60)
    score: float
    remark: str | None = Field(default=None, max_length=1000)
    scored_by: int | None = Field(default=None, foreign_key="user_account.id")
    scored_at: datetime = Field(sa_type=UtcDateTime)
