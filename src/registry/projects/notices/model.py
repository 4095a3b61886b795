"""Notices 通知: what people are told in the registry, and its delivery by webhook and mail."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from registry.database import UtcDateTime


class Notice(SQLModel, table=True):
    """站内通知 to one organisation. Nobody outside it sees it."""

    __tablename__: ClassVar[str] = "notice"
    __table_args__: ClassVar[Any] = (Index("ix_notice_organisation", "organisation_id", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    kind: str = Field(max_length=40)
    project_code: str = Field(max_length=20)
    text_zh: str = Field(sa_type=Text)
    text_en: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=UtcDateTime)


class NoticeReading(SQLModel, table=True):
    """已读: a person has seen a notice."""

    __tablename__: ClassVar[str] = "notice_reading"

    notice_id: int = Field(foreign_key="notice.id", primary_key=True)
    user_id: int = Field(foreign_key="user_account.id", primary_key=True)
    read_at: datetime = Field(sa_type=UtcDateTime)


class Webhook(SQLModel, table=True):
    """网络回调: where an organisation's own system wants its notices. The secret signs, so it is kept as it is."""

    __tablename__: ClassVar[str] = "webhook"
    __table_args__: ClassVar[Any] = (UniqueConstraint("organisation_id", "url", name="uq_webhook"),)

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    url: str = Field(max_length=500)
    secret: str = Field(max_length=100)
    is_active: bool = True


class MailAddress(SQLModel, table=True):
    """通知邮箱 of a person; without one no mail is sent."""

    __tablename__: ClassVar[str] = "mail_address"

    user_id: int = Field(foreign_key="user_account.id", primary_key=True)
    address: str = Field(max_length=254)


class Delivery(SQLModel, table=True):
    """投递: one notice on its way by one channel (`webhook`, `mail`) to one target, kept for replay."""

    __tablename__: ClassVar[str] = "notice_delivery"

    id: int | None = Field(default=None, primary_key=True)
    notice_id: int = Field(foreign_key="notice.id", index=True)
    channel: str = Field(max_length=10)
    target_id: int
    attempts: int = 0
    delivered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_error: str | None = Field(default=None, max_length=500)
