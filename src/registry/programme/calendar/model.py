"""Who was told of which deadline 期限提醒."""

from datetime import datetime
from typing import ClassVar

from sqlmodel import Field, SQLModel

from registry.database import UtcDateTime


class DeadlineWarning(SQLModel, table=True):
    """期限提醒: an organisation was told that this many days or fewer are left of an entry of the calendar."""

    __tablename__: ClassVar[str] = "deadline_warning"

    event: str = Field(max_length=80, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", primary_key=True)
    threshold_days: int = Field(primary_key=True)
    told_at: datetime = Field(sa_type=UtcDateTime)
