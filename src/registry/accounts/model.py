"""People, organisations and how they sign in."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from sqlalchemy import Text
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


Role = Literal["clerk", "reviewer", "administrator"]
"""What a person does in their organisation. Which role may do what stands in `permissions`."""

ROLE_NAMES: dict[str, str] = {"clerk": "经办", "reviewer": "复核", "administrator": "机构管理员"}

Scope = Literal["write", "decide", "audit"]
"""What an API token may do beside reading what its owner may see."""

SCOPE_NAMES: dict[str, str] = {"write": "填报与修改", "decide": "放行、审核与决定", "audit": "读取操作日志"}


class Organisation(SQLModel, table=True):
    """机构, in a tree: ministry over provinces over cities over counties, a bank's head office over its branches.

    A county (区县) is an organisation of the group `city` below one of the same group; a branch (分支行) likewise in
    the group `bank`. `division_code` is the place a city, county or province answers for.
    """

    __tablename__: ClassVar[str] = "organisation"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=100, unique=True)
    group: str = Field(max_length=20)
    parent_id: int | None = Field(default=None, foreign_key="organisation.id", index=True)
    division_code: str | None = Field(default=None, max_length=6)


class UserAccount(SQLModel, table=True):
    """用户."""

    __tablename__: ClassVar[str] = "user_account"

    id: int | None = Field(default=None, primary_key=True)
    login: str = Field(max_length=60, unique=True)
    display_name: str = Field(max_length=60)
    password_hash: str = Field(max_length=200)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    role: str = Field(default="clerk", max_length=20)
    is_active: bool = True
    is_sample: bool = False
    """示例账号 with a password printed in public: signs in where the settings say demo, nowhere else."""
    oidc_subject: str | None = Field(default=None, max_length=255, unique=True)
    """`sub` of this person at the identity provider of the settings."""
    last_sign_in_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ApiToken(SQLModel, table=True):
    """接口令牌: only the SHA-256 of the secret is kept."""

    __tablename__: ClassVar[str] = "api_token"

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="user_account.id", index=True)
    name: str = Field(max_length=60)
    secret_sha256: str = Field(max_length=64, unique=True)
    scopes: str = Field(max_length=100)
    """Scopes in order, separated by spaces; empty: reads only."""
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class WebSession(SQLModel, table=True):
    """登录会话: one signed-in browser; only the SHA-256 of its cookie is kept. Ends when deleted."""

    __tablename__: ClassVar[str] = "web_session"

    id: str = Field(max_length=64, primary_key=True)
    user_id: int = Field(foreign_key="user_account.id", index=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)
    address: str = Field(default="", max_length=45)
    browser: str = Field(default="", max_length=200)


class PendingSignIn(SQLModel, table=True):
    """登录中: a sign-in half done, between password and code or on its way to the identity provider. Used once."""

    __tablename__: ClassVar[str] = "pending_sign_in"

    id: str = Field(max_length=64, primary_key=True)
    user_id: int | None = Field(default=None, foreign_key="user_account.id", index=True)
    memo: str = Field(sa_type=Text)
    """What the next step needs, as JSON."""
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)


class PasswordLink(SQLModel, table=True):
    """设置密码链接: lets one person choose a password once; only the SHA-256 of its secret is kept."""

    __tablename__: ClassVar[str] = "password_link"

    id: str = Field(max_length=64, primary_key=True)
    user_id: int = Field(foreign_key="user_account.id", index=True)
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)


class SignInAttempt(SQLModel, table=True):
    """登录失败: attempts at one login since its last success; kept by digest, as people type passwords there too."""

    __tablename__: ClassVar[str] = "sign_in_attempt"

    login_sha256: str = Field(max_length=64, primary_key=True)
    count: int
    last_at: datetime = Field(sa_type=UtcDateTime, index=True)
    locked_until: datetime | None = Field(default=None, sa_type=UtcDateTime)


class SecondFactor(SQLModel, table=True):
    """动态口令 (TOTP, RFC 6238) of one user; in force once confirmed by a first code."""

    __tablename__: ClassVar[str] = "second_factor"

    user_id: int = Field(foreign_key="user_account.id", primary_key=True)
    secret: str = Field(max_length=64)
    confirmed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_step: int = 0
    """The newest 30-second step a code was taken for: no code works twice."""


class RecoveryCode(SQLModel, table=True):
    """恢复码: stands in for the telephone once; only its SHA-256 is kept."""

    __tablename__: ClassVar[str] = "recovery_code"

    user_id: int = Field(foreign_key="user_account.id", primary_key=True)
    code_sha256: str = Field(max_length=64, primary_key=True)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is asking: enough to decide what they may see and do, without another query.

    `scopes` limits a program that acts by token; None is a person, who may do all their role may.
    """

    user_id: int | None
    organisation_id: int | None
    group: Group
    division_code: str | None
    display_name: str
    role: Role = "clerk"
    scopes: frozenset[Scope] | None = None


PUBLIC = Actor(None, None, "public", None, "公众")
"""Anybody who has not signed in."""

SYSTEM = Actor(None, None, "operator", None, "系统")
"""The registry itself, where it compares or counts over all records; what it finds is shown to nobody as it is."""
