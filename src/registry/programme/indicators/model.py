"""A city's indicators: its own terms beside the reference set, and targets and actual values by year."""

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from registry.database import UtcDateTime


class CityIndicator(SQLModel, table=True):
    """本市指标: a reference indicator made finer, or one the city added. None of the reference set is ever dropped."""

    __tablename__: ClassVar[str] = "city_indicator"
    __table_args__: ClassVar[Any] = (UniqueConstraint("owner_id", "indicator", name="uq_city_indicator"),)

    id: int | None = Field(default=None, primary_key=True)
    owner_id: int = Field(foreign_key="organisation.id")
    indicator: str = Field(max_length=40)
    name: str = Field(max_length=100)
    unit: str = Field(max_length=40)
    direction: str = Field(max_length=10)
    definition: str | None = Field(default=None, max_length=1000)
    method: str | None = Field(default=None, max_length=1000)
    source: str | None = Field(default=None, max_length=300)
    is_demo: bool = False
    updated_at: datetime = Field(sa_type=UtcDateTime)


class ReferenceVersion(SQLModel, table=True):
    """参考指标体系的一版: published by the ministry, with its source; it is never changed, a new set is a new version.

    `document` is JSON as in `reference.yaml`: classes and indicators.
    """

    __tablename__: ClassVar[str] = "reference_version"

    id: int | None = Field(default=None, primary_key=True)
    version: str = Field(max_length=40, unique=True)
    in_force_from: date = Field(unique=True)
    source: str = Field(max_length=300)
    source_url: str | None = Field(default=None, max_length=500)
    document: str = Field(sa_type=Text)
    published_by: int | None = Field(default=None, foreign_key="user_account.id")
    published_at: datetime = Field(sa_type=UtcDateTime)


class IndicatorValue(SQLModel, table=True):
    """指标值: target and actual of one indicator, city and year, in the unit of the catalogue. NULL is unknown.

    `is_met` is kept beside them (NULL while either is unknown), so that a nation is summed in the database.
    """

    __tablename__: ClassVar[str] = "indicator_value"
    __table_args__: ClassVar[Any] = (
        UniqueConstraint("owner_id", "indicator", "year", name="uq_indicator_value"),
        CheckConstraint("year BETWEEN 1990 AND 2100", name="year_in_range"),
        Index("ix_indicator_value_year", "year", "indicator"),
    )

    id: int | None = Field(default=None, primary_key=True)
    owner_id: int = Field(foreign_key="organisation.id")
    indicator: str = Field(max_length=40)
    year: int
    target: float | None = None
    actual: float | None = None
    is_met: bool | None = None
    evidence: str | None = Field(default=None, max_length=300)
    document_id: int | None = Field(default=None, foreign_key="uploaded_document.id")
    is_demo: bool = False
    updated_at: datetime = Field(sa_type=UtcDateTime)
