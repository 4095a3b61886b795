"""Writes on accounts: organisations, users, sign-in, tokens. Each leaves an audit entry."""

import secrets
from datetime import timedelta
from functools import cache

from pwdlib import PasswordHash
from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from registry import audit
from registry.accounts.model import Actor, ApiToken, Group, Organisation, UserAccount, WebSession
from registry.accounts.queries import actor_of, token_digest
from registry.errors import NotFound

TOKEN_LIFETIME = timedelta(days=365)
SESSION_LIFETIME = timedelta(hours=12)
"""A working day; who comes back the next morning signs in again."""


@cache
def _hasher() -> PasswordHash:
    return PasswordHash.recommended()


@cache
def _dummy_hash() -> str:
    """Give unknown logins the same work as known ones, so that time does not tell them apart."""
    return _hasher().hash(secrets.token_hex(16))


def add_organisation(
    session: Session,
    *,
    name: str,
    group: Group,
    parent_id: int | None = None,
    division_code: str | None = None,
) -> Organisation:
    """Create an organisation; its name is unique."""
    organisation = Organisation(name=name, group=group, parent_id=parent_id, division_code=division_code)
    session.add(organisation)
    session.flush()
    audit.record(session, actor_id=None, action="organisation.add", subject=f"organisation:{organisation.id}")
    return organisation


def add_user(session: Session, *, login: str, display_name: str, password: str, organisation_id: int) -> UserAccount:
    """Create a user with an argon2id password hash."""
    user = UserAccount(
        login=login,
        display_name=display_name,
        password_hash=_hasher().hash(password),
        organisation_id=organisation_id,
    )
    session.add(user)
    session.flush()
    audit.record(session, actor_id=None, action="user.add", subject=f"user:{user.id}")
    return user


OPERATOR_LOGIN = "operator"


def ensure_operator(session: Session) -> Actor:
    """Return the actor of the command line: whoever can run it on the server administers the registry.

    Created on first use, with a password nobody knows, so it cannot sign in through the web.
    """
    user = session.exec(select(UserAccount).where(UserAccount.login == OPERATOR_LOGIN)).one_or_none()
    if user is None:
        organisation = add_organisation(session, name="系统管理", group="operator")
        user = add_user(
            session,
            login=OPERATOR_LOGIN,
            display_name="系统管理员",
            password=secrets.token_urlsafe(32),
            organisation_id=organisation.id or 0,
        )
    return actor_of(session, user)


def check_password(session: Session, *, login: str, password: str) -> UserAccount | None:
    """Return the active account this login and password belong to, else None.

    Takes about 100 ms on purpose and writes nothing, so no other writer waits for it.
    """
    user = session.exec(select(UserAccount).where(UserAccount.login == login)).one_or_none()
    matches = _hasher().verify(password, user.password_hash if user else _dummy_hash())
    return user if user is not None and matches and user.is_active else None


def open_web_session(session: Session, user: UserAccount, *, replaces: str | None = None) -> str:
    """Sign a user in and return the secret of the new session; the session a browser had before ends.

    The secret is always drawn here, never taken from a browser, so nobody can choose another's session beforehand.
    """
    moment = audit.now()
    session.execute(delete(WebSession).where(col(WebSession.expires_at) < moment))
    if replaces is not None:
        close_web_session(session, replaces)
    secret = secrets.token_urlsafe(32)
    session.add(WebSession(id=token_digest(secret), user_id=user.id or 0, expires_at=moment + SESSION_LIFETIME))
    audit.record(session, actor_id=user.id, action="sign-in", subject=f"user:{user.id}")
    return secret


def refuse_sign_in(session: Session, *, login: str) -> None:
    """Leave a trace of a failed sign-in."""
    audit.record(session, actor_id=None, action="sign-in.refused", subject=f"login:{login[:60]}")


def close_web_session(session: Session, secret: str) -> None:
    """End a signed-in browser's session; harmless when it is gone already."""
    found = session.get(WebSession, token_digest(secret))
    if found is not None:
        session.delete(found)
        session.flush()
        audit.record(session, actor_id=found.user_id, action="sign-out", subject=f"user:{found.user_id}")


def issue_token(session: Session, *, user_id: int, name: str) -> str:
    """Create an API token and return its secret, which is shown once and kept only as a hash."""
    secret = f"reg_{secrets.token_urlsafe(32)}"
    session.add(
        ApiToken(
            user_id=user_id,
            name=name,
            secret_sha256=token_digest(secret),
            expires_at=audit.now() + TOKEN_LIFETIME,
        )
    )
    audit.record(session, actor_id=user_id, action="token.issue", subject=f"user:{user_id}", details={"name": name})
    return secret


def revoke_token(session: Session, *, user_id: int, name: str) -> None:
    """Revoke the user's tokens of this name. Raises NotFound when there is none in force."""
    moment = audit.now()
    mine = (col(ApiToken.user_id) == user_id, col(ApiToken.name) == name, col(ApiToken.revoked_at).is_(None))
    if session.execute(update(ApiToken).where(*mine).values(revoked_at=moment).returning(col(ApiToken.id))).all() == []:
        raise NotFound(f"没有名为 {name} 的有效令牌", f"There is no token named {name} in force")
    audit.record(session, actor_id=user_id, action="token.revoke", subject=f"user:{user_id}", details={"name": name})
