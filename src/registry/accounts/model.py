"""People, organisations and how they sign in."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from sqlmodel import Field, SQLModel

from registry.database import UtcDateTime

Group = Literal["city", "province", "ministry", "bank", "public", "operator"]

GROUP_NAMES: dict[str, str] = {
    "city": "市级财政、生态环境部门",
    "province": "省级审核部门",
    "ministry": "国家审核部门",
    "bank": "金融机构",
    "public": "公众",
    "operator": "系统管理",
}


class Organisation(SQLModel, table=True):
    """机构, in a tree; `division_code` is the place a city or province answers for."""

    __tablename__: ClassVar[str] = "organisation"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=100, unique=True)
    group: str = Field(max_length=20)
    parent_id: int | None = Field(default=None, foreign_key="organisation.id")
    division_code: str | None = Field(default=None, max_length=6)


class UserAccount(SQLModel, table=True):
    """用户."""

    __tablename__: ClassVar[str] = "user_account"

    id: int | None = Field(default=None, primary_key=True)
    login: str = Field(max_length=60, unique=True)
    display_name: str = Field(max_length=60)
    password_hash: str = Field(max_length=200)
    organisation_id: int = Field(foreign_key="organisation.id")
    is_active: bool = True


class ApiToken(SQLModel, table=True):
    """接口令牌: only the SHA-256 of the secret is kept."""

    __tablename__: ClassVar[str] = "api_token"

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="user_account.id")
    name: str = Field(max_length=60)
    secret_sha256: str = Field(max_length=64, unique=True)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class WebSession(SQLModel, table=True):
    """登录会话: one signed-in browser; only the SHA-256 of its cookie is kept. Ends when deleted."""

    __tablename__: ClassVar[str] = "web_session"

    id: str = Field(max_length=64, primary_key=True)
    user_id: int = Field(foreign_key="user_account.id", index=True)
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is asking: enough to decide what they may see and do, without another query."""

    user_id: int | None
    organisation_id: int | None
    group: Group
    division_code: str | None
    display_name: str


PUBLIC = Actor(None, None, "public", None, "公众")
"""Anybody who has not signed in."""
