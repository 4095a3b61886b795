"""What the web layer itself keeps."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import Text
from sqlmodel import Field, SQLModel

from registry.database import UtcDateTime


class IdempotentAnswer(SQLModel, table=True):
    """The answer once given to a creating call, repeated when the caller sends the same `Idempotency-Key` again."""

    __tablename__: ClassVar[str] = "idempotent_answer"

    user_id: int = Field(foreign_key="user_account.id", primary_key=True)
    key: str = Field(max_length=128, primary_key=True)
    request_sha256: str = Field(max_length=64)
    status: int
    headers: str = Field(sa_type=Text)
    body: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=UtcDateTime, index=True)
