"""Applications to libraries 入库申请, what happened to them, and who gives which opinion."""

import datetime as dt
from typing import Any, ClassVar

from sqlalchemy import Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from registry.database import UtcDateTime

DEPARTMENTS: dict[str, tuple[str, str]] = {
    "finance": ("财政部门", "Finance"),
    "reform": ("发展改革部门", "Development and reform"),
    "housing": ("住房城乡建设部门", "Housing and urban-rural development"),
    "resources": ("自然资源部门", "Natural resources"),
}
"""Departments whose opinion may be asked for, side by side."""


class Application(SQLModel, table=True):
    """入库申请: one revision of a project to one library.

    `round` counts submissions; `version` counts moves, for who acts on what they saw. At most one application of a
    project to a library is open.
    """

    __tablename__: ClassVar[str] = "application"
    __table_args__: ClassVar[Any] = (
        Index(
            "uq_application_open",
            "project_id",
            "library",
            unique=True,
            sqlite_where=text("is_open = 1"),
            postgresql_where=text("is_open"),
        ),
        Index("ix_application_state", "state", "state_since"),
        Index("ix_application_entered", "state", "entered_on"),
    )

    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id", index=True)
    library: str = Field(max_length=60)
    state: str = Field(max_length=20)
    is_open: bool = True
    revision_number: int
    round: int = 0
    version: int = 1
    opened_by: int | None = Field(default=None, foreign_key="user_account.id")
    opened_at: dt.datetime = Field(sa_type=UtcDateTime)
    state_since: dt.datetime = Field(sa_type=UtcDateTime)
    entered_on: dt.date | None = None


class ApplicationEvent(SQLModel, table=True):
    """One move, or one edit of a frozen dossier: only ever added. `sections` and `verdict` are JSON."""

    __tablename__: ClassVar[str] = "application_event"

    id: int | None = Field(default=None, primary_key=True)
    application_id: int = Field(foreign_key="application.id", index=True)
    at: dt.datetime = Field(sa_type=UtcDateTime)
    actor_id: int | None = Field(default=None, foreign_key="user_account.id")
    action: str = Field(max_length=20)
    from_state: str = Field(max_length=20)
    to_state: str = Field(max_length=20)
    round: int
    revision_number: int
    reason: str = Field(sa_type=Text)
    sections: str = Field(default="{}", sa_type=Text)
    verdict: str | None = Field(default=None, sa_type=Text)


class DepartmentOpinion(SQLModel, table=True):
    """部门意见: a slot opened by a reviewer, filled once. None: asked for, not given yet."""

    __tablename__: ClassVar[str] = "department_opinion"
    __table_args__: ClassVar[Any] = (
        UniqueConstraint("application_id", "round", "level", "department", name="uq_department_opinion"),
    )

    id: int | None = Field(default=None, primary_key=True)
    application_id: int = Field(foreign_key="application.id")
    round: int
    level: str = Field(max_length=20)
    department: str = Field(max_length=20)
    requested_by: int | None = Field(default=None, foreign_key="user_account.id")
    requested_at: dt.datetime = Field(sa_type=UtcDateTime)
    is_favourable: bool | None = None
    opinion: str | None = Field(default=None, sa_type=Text)
    given_by: int | None = Field(default=None, foreign_key="user_account.id")
    given_at: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)


class ReviewAssignment(SQLModel, table=True):
    """审核分派: while anybody of a level is assigned, only the assigned review at that level."""

    __tablename__: ClassVar[str] = "review_assignment"
    __table_args__: ClassVar[Any] = (UniqueConstraint("application_id", "reviewer_id", name="uq_review_assignment"),)

    id: int | None = Field(default=None, primary_key=True)
    application_id: int = Field(foreign_key="application.id")
    level: str = Field(max_length=20)
    reviewer_id: int = Field(foreign_key="user_account.id")
    assigned_by: int | None = Field(default=None, foreign_key="user_account.id")
    assigned_at: dt.datetime = Field(sa_type=UtcDateTime)


class ValidityWarning(SQLModel, table=True):
    """到期提醒: owner and province of an entry were told that this many days or fewer are left."""

    __tablename__: ClassVar[str] = "validity_warning"

    application_id: int = Field(foreign_key="application.id", primary_key=True)
    threshold_days: int = Field(primary_key=True)
    told_at: dt.datetime = Field(sa_type=UtcDateTime)
