"""材料包放行: which package file a city gave to which bank. The decision is kept; only its end is added to it."""

import datetime as dt
from typing import Any, ClassVar

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from registry.database import UtcDateTime

_IN_FORCE = text("withdrawn_at IS NULL")


class PackageRelease(SQLModel, table=True):
    """One package file released to one bank. The file itself is kept under its SHA-256 in the data folder.

    Once withdrawn 撤回 it is handed out no more; the file stays, as what the bank was given.
    """

    __tablename__: ClassVar[str] = "package_release"
    __table_args__: ClassVar[Any] = (
        Index(
            "uq_package_release_in_force",
            "project_id",
            "organisation_id",
            "content_sha256",
            unique=True,
            sqlite_where=_IN_FORCE,
            postgresql_where=_IN_FORCE,
        ),
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
    is_signed: bool = False
    reason: str = Field(max_length=300)
    released_by: int | None = Field(default=None, foreign_key="user_account.id")
    released_at: dt.datetime = Field(sa_type=UtcDateTime)
    withdrawn_by: int | None = Field(default=None, foreign_key="user_account.id")
    withdrawn_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    withdrawal_reason: str | None = Field(default=None, max_length=300)
    told_superseded_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When the bank was told that this is not the latest any more, so that it is told once."""
