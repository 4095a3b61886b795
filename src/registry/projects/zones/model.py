"""Which places belong to which zone, from when until when, and who says so."""

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field, SQLModel

from registry.database import UtcDateTime


class ZoneMembership(SQLModel, table=True):
    """归属: a place belongs to a zone from `starts_on` until the day before `ends_on`; without an end, until now.

    `division_code` is a province, city or county of GB/T 2260: what belongs to a province belongs with it.
    """

    __tablename__: ClassVar[str] = "zone_membership"
    __table_args__: ClassVar[Any] = (
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="period_in_order"),
        Index("ix_zone_membership_place", "zone", "division_code"),
    )

    id: int | None = Field(default=None, primary_key=True)
    zone: str = Field(max_length=40)
    division_code: str = Field(max_length=6)
    starts_on: date
    ends_on: date | None = None
    source: str = Field(max_length=300)
    source_url: str | None = Field(default=None, max_length=500)
    noted_by: int | None = Field(default=None, foreign_key="user_account.id")
    noted_at: datetime = Field(sa_type=UtcDateTime)
    is_demo: bool = False
