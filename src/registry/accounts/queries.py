"""Reads on accounts."""

import hashlib
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Select
from sqlalchemy import select as core_select
from sqlmodel import Session, col, select

from registry.accounts.model import Actor, ApiToken, Group, Organisation, UserAccount, WebSession
from registry.errors import NotFound


def actor_of(session: Session, user: UserAccount) -> Actor:
    """Return the actor a user account stands for."""
    organisation = session.exec(select(Organisation).where(Organisation.id == user.organisation_id)).one()
    return Actor(
        user.id, organisation.id, cast("Group", organisation.group), organisation.division_code, user.display_name
    )


def actor_by_login(session: Session, login: str) -> Actor:
    """Return the actor with this login. Raises NotFound."""
    user = session.exec(select(UserAccount).where(UserAccount.login == login)).one_or_none()
    if user is None:
        raise NotFound(f"没有用户 {login}", f"There is no user {login}")
    return actor_of(session, user)


def actor_by_id(session: Session, user_id: int | None) -> Actor:
    """Return the actor of a job or a record. Raises NotFound, also when the account is no longer active."""
    actor = _actor(session, _actors().where(col(UserAccount.id) == user_id))
    if actor is None:
        raise NotFound(f"没有编号为 {user_id} 的在用账户", f"There is no active account {user_id}")
    return actor


def banks(session: Session) -> list[Organisation]:
    """Return the banks, by name."""
    return list(session.exec(select(Organisation).where(Organisation.group == "bank").order_by(col(Organisation.name))))


def display_name(session: Session, user_id: int | None) -> str | None:
    """Return what a user is called in print; None for the system itself."""
    return session.exec(select(UserAccount.display_name).where(UserAccount.id == user_id)).one_or_none()


def token_digest(secret: str) -> str:
    """Return what is stored of a token or a session cookie."""
    return hashlib.sha256(secret.encode()).hexdigest()


def actor_of_web_session(session: Session, secret: str, *, at: datetime) -> Actor | None:
    """Return who is signed in with this session cookie, None when it is unknown or over. One query."""
    query = (
        _actors()
        .join(WebSession, col(WebSession.user_id) == col(UserAccount.id))
        .where(col(WebSession.id) == token_digest(secret), col(WebSession.expires_at) > at)
    )
    return _actor(session, query)


def actor_of_token(session: Session, secret: str, *, at: datetime) -> Actor | None:
    """Return whose API token this is, None when it is unknown, revoked or over. One query."""
    query = (
        _actors()
        .join(ApiToken, col(ApiToken.user_id) == col(UserAccount.id))
        .where(col(ApiToken.secret_sha256) == token_digest(secret), col(ApiToken.expires_at) > at)
        .where(col(ApiToken.revoked_at).is_(None))
    )
    return _actor(session, query)


_ACTOR_COLUMNS: tuple[Any, ...] = (
    col(UserAccount.id),
    col(UserAccount.display_name),
    col(Organisation.id).label("organisation_id"),
    col(Organisation.group),
    col(Organisation.division_code),
)


def _actors() -> Select[Any]:
    return (
        core_select(*_ACTOR_COLUMNS)
        .join_from(UserAccount, Organisation, col(Organisation.id) == col(UserAccount.organisation_id))
        .where(col(UserAccount.is_active))
    )


def _actor(session: Session, query: Select[Any]) -> Actor | None:
    row = session.execute(query).one_or_none()
    return None if row is None else Actor(row.id, row.organisation_id, row.group, row.division_code, row.display_name)
