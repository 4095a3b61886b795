"""Writes on accounts: organisations, users, sign-in, tokens. Each leaves an audit entry."""

import hashlib
import secrets
from datetime import timedelta
from functools import cache

from pwdlib import PasswordHash
from sqlmodel import Session, select

from registry import audit
from registry.accounts.model import Actor, ApiToken, Group, Organisation, UserAccount
from registry.accounts.queries import actor_of

TOKEN_LIFETIME = timedelta(days=365)


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


def sign_in(session: Session, *, login: str, password: str) -> Actor | None:
    """Return the actor when login and password belong together and the account is active, else None."""
    user = session.exec(select(UserAccount).where(UserAccount.login == login)).one_or_none()
    matches = _hasher().verify(password, user.password_hash if user else _dummy_hash())
    if user is None or not matches or not user.is_active:
        audit.record(session, actor_id=None, action="sign-in.refused", subject=f"login:{login[:60]}")
        return None
    audit.record(session, actor_id=user.id, action="sign-in", subject=f"user:{user.id}")
    return actor_of(session, user)


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


def token_digest(secret: str) -> str:
    """Return what is stored of a token."""
    return hashlib.sha256(secret.encode()).hexdigest()
