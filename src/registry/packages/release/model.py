"""材料包放行: which package file a city gave to which bank. The decision is kept; it is never edited."""

import datetime as dt
from typing import Any, ClassVar

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from registry.database import UtcDateTime


class PackageRelease(SQLModel, table=True):
    """One package file released to one bank. The file itself is kept under its SHA-256 in the data folder."""

    __tablename__: ClassVar[str] = "package_release"
    __table_args__: ClassVar[Any] = (
        UniqueConstraint("project_id", "organisation_id", "content_sha256", name="uq_package_release"),
        Index("ix_package_release_organisation", "organisation_id", "project_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id")
    organisation_id: int = Field(foreign_key="organisation.id")
    assessment_id: int = Field(foreign_key="assessment.id")
    revision_number: int
    governing_date: dt.date
    file_name: str = Field(max_length=80)
    size: int
    content_sha256: str = Field(max_length=64)
    manifest_sha256: str = Field(max_length=64)
    reason: str = Field(max_length=300)
    released_by: int | None = Field(default=None, foreign_key="user_account.id")
    released_at: dt.datetime = Field(sa_type=UtcDateTime)
