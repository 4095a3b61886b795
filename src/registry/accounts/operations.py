"""Writes on accounts: organisations, people, passwords, tokens. Each leaves an audit entry."""

import secrets
from collections.abc import Collection
from datetime import timedelta
from functools import cache
from typing import cast

from pwdlib import PasswordHash
from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from registry import audit
from registry.accounts.model import (
    SCOPE_NAMES,
    Actor,
    ApiToken,
    Group,
    Organisation,
    Role,
    Scope,
    UserAccount,
    WebSession,
)
from registry.accounts.permissions import require
from registry.accounts.queries import actor_of, organisations_below, token_digest
from registry.errors import Finding, InvalidInput, NotAllowed, NotFound

TOKEN_LIFETIME = timedelta(days=365)
"""The longest a token may live."""
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 1000
_LONGEST_TOKEN_NAME = 60
EVERY_SCOPE = cast("tuple[Scope, ...]", tuple(SCOPE_NAMES))


@cache
def _hasher() -> PasswordHash:
    return PasswordHash.recommended()


def hash_password(password: str, *, salt: bytes | None = None) -> str:
    """Return the argon2id hash of a password. A salt is given only where the password itself was printed in public."""
    return _hasher().hash(password, salt=salt)


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
    by: Actor | None = None,
) -> Organisation:
    """Create an organisation; its name is unique. `by` is who does it, None the system itself."""
    organisation = Organisation(name=name, group=group, parent_id=parent_id, division_code=division_code)
    session.add(organisation)
    session.flush()
    subject = f"organisation:{organisation.id}"
    audit.record(session, actor_id=by.user_id if by else None, action="organisation.add", subject=subject)
    return organisation


def add_user(
    session: Session,
    *,
    login: str,
    display_name: str,
    password: str,
    organisation_id: int,
    role: Role = "reviewer",
    is_sample: bool = False,
    by: Actor | None = None,
) -> UserAccount:
    """Create a user with an argon2id password hash. `is_sample` marks a password that was printed in public.

    `by` is who does it, None the system itself. Raises NotAllowed when `by` may not manage that organisation's people.
    """
    if by is not None:
        require_manager(session, by, organisation_id)
    user = UserAccount(
        login=login,
        display_name=display_name,
        password_hash=hash_password(password),
        organisation_id=organisation_id,
        role=role,
        is_sample=is_sample,
    )
    session.add(user)
    session.flush()
    _note(session, "user.add", user, by, details={"role": role})
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
            role="administrator",
        )
    return actor_of(session, user)


def require_manager(session: Session, actor: Actor, organisation_id: int) -> None:
    """Raise NotAllowed unless the actor may manage the people of this organisation: their own or one below it."""
    require(actor, "manage_people")
    if actor.group == "operator":
        return
    below = organisations_below(actor.organisation_id)
    if organisation_id not in set(session.execute(below).scalars()):
        raise NotAllowed(
            "只能管理本机构及下级机构的人员", "You may manage people of your own organisation and those below it only"
        )


def managed_user(session: Session, actor: Actor, login: str) -> UserAccount:
    """Return an account the actor may manage. Raises NotFound, NotAllowed."""
    user = session.exec(select(UserAccount).where(UserAccount.login == login)).one_or_none()
    if user is None:
        raise NotFound(f"没有用户 {login}", f"There is no user {login}")
    require_manager(session, actor, user.organisation_id)
    return user


def disable_user(session: Session, actor: Actor, login: str) -> None:
    """Close an account and end what it has open. Harmless when repeated. Raises NotFound, NotAllowed."""
    user = managed_user(session, actor, login)
    if user.is_active:
        user.is_active = False
        session.add(user)
        end_access(session, user.id)
        _note(session, "user.disable", user, actor)


def reset_password(session: Session, actor: Actor, login: str, password: str) -> UserAccount:
    """Give an account a new password and open it again; its sessions end. Raises NotFound, NotAllowed, InvalidInput."""
    user = managed_user(session, actor, login)
    set_password(session, user, password)
    user.is_active = True
    end_sessions(session, user.id)
    _note(session, "user.reset", user, actor)
    return user


def check_password(session: Session, *, login: str, password: str) -> UserAccount | None:
    """Return the active account this login and password belong to, else None.

    Takes about 100 ms on purpose and writes nothing, so no other writer waits for it.
    """
    user = session.exec(select(UserAccount).where(UserAccount.login == login)).one_or_none()
    matches = _hasher().verify(password, user.password_hash if user else _dummy_hash())
    return user if user is not None and matches and user.is_active else None


def is_password_of(user: UserAccount, password: str) -> bool:
    """Say whether this is the user's password; asked before what a borrowed browser must not do."""
    return len(password) <= LONGEST_PASSWORD and _hasher().verify(password, user.password_hash)


def change_password(session: Session, *, user_id: int, old: str, new: str, keep: str | None) -> None:
    """Change one's own password; every other session ends, the one with the secret `keep` goes on.

    Raises InvalidInput, naming which of the two passwords cannot be taken.
    """
    user = session.exec(select(UserAccount).where(UserAccount.id == user_id)).one()
    if not is_password_of(user, old):
        raise InvalidInput.of([Finding("old", "wrong-password", "现密码不正确", "The present password is not right")])
    set_password(session, user, new)
    end_sessions(session, user_id, keep=keep)
    audit.record(session, actor_id=user_id, action="password.change", subject=f"user:{user_id}")


def check_new_password(login: str, password: str) -> None:
    """Raise InvalidInput for a password that is too short, too long or the login itself."""
    length = len(password)
    if not SHORTEST_PASSWORD <= length <= LONGEST_PASSWORD or password.casefold().startswith(login.casefold()):
        zh = f"新密码应为 {SHORTEST_PASSWORD}–{LONGEST_PASSWORD} 个字符，且不以用户名开头；现为 {length} 个字符"
        en = (
            f"A password needs {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters and may not begin with the login; "
            f"this one has {length}"
        )
        raise InvalidInput.of([Finding("new", "weak-password", zh, en)])


def set_password(session: Session, user: UserAccount, password: str) -> None:
    """Put a new password in place of any before; the caller writes down whose act it was. Raises InvalidInput."""
    check_new_password(user.login, password)
    user.password_hash = hash_password(password)
    user.is_sample = False
    session.add(user)
    session.flush()


def end_sessions(session: Session, user_id: int | None, *, keep: str | None = None) -> int:
    """End a user's signed-in browsers, all but the one with the secret `keep`; return how many."""
    doomed = delete(WebSession).where(col(WebSession.user_id) == user_id)
    if keep is not None:
        doomed = doomed.where(col(WebSession.id) != token_digest(keep))
    return len(session.execute(doomed.returning(col(WebSession.id))).all())


def end_access(session: Session, user_id: int | None) -> None:
    """End whatever a user has open: signed-in browsers and API tokens."""
    end_sessions(session, user_id)
    _revoke_all(session, user_id)


def issue_token(
    session: Session,
    *,
    user_id: int,
    name: str,
    scopes: Collection[Scope] = EVERY_SCOPE,
    lifetime: timedelta = TOKEN_LIFETIME,
) -> str:
    """Create an API token and return its secret, which is shown once and kept only as a hash. Raises InvalidInput."""
    findings = _token_findings(name, scopes, lifetime)
    if findings:
        raise InvalidInput.of(findings)
    secret = f"reg_{secrets.token_urlsafe(32)}"
    moment = audit.now()
    kept = [scope for scope in EVERY_SCOPE if scope in scopes]
    token = ApiToken(
        user_id=user_id,
        name=name.strip(),
        secret_sha256=token_digest(secret),
        scopes=" ".join(kept),
        created_at=moment,
        expires_at=moment + lifetime,
    )
    session.add(token)
    session.flush()
    details = {"token": token.id, "name": token.name, "scopes": kept, "expires": token.expires_at.isoformat()}
    audit.record(session, actor_id=user_id, action="token.issue", subject=f"user:{user_id}", details=details)
    return secret


def _token_findings(name: str, scopes: Collection[str], lifetime: timedelta) -> list[Finding]:
    findings = []
    if not 0 < len(name.strip()) <= _LONGEST_TOKEN_NAME:
        zh = f"令牌名称应为 1–{_LONGEST_TOKEN_NAME} 个字符，写明用途"
        en = f"A token needs a name of 1 to {_LONGEST_TOKEN_NAME} characters that says what it is for"
        findings.append(Finding("name", "invalid-name", zh, en))
    for scope in sorted(set(scopes) - set(EVERY_SCOPE)):
        known = "、".join(EVERY_SCOPE)
        findings.append(
            Finding("scopes", "unknown-scope", f"没有此权限，可选：{known}", f"is no scope; take of {known}", scope)
        )
    if not timedelta(0) < lifetime <= TOKEN_LIFETIME:
        most = TOKEN_LIFETIME.days
        zh, en = f"有效期应为 1–{most} 天", f"A token lives 1 to {most} days"
        findings.append(Finding("days", "out-of-range", zh, en, str(lifetime.days)))
    return findings


def revoke_token(session: Session, *, user_id: int, token_id: int) -> None:
    """Revoke one of the user's own tokens. Raises NotFound when it is not theirs or not in force."""
    mine = (col(ApiToken.user_id) == user_id, col(ApiToken.id) == token_id, col(ApiToken.revoked_at).is_(None))
    revoked = update(ApiToken).where(*mine).values(revoked_at=audit.now()).returning(col(ApiToken.name))
    name = session.execute(revoked).scalar_one_or_none()
    if name is None:
        raise NotFound(f"没有编号为 {token_id} 的有效令牌", f"There is no token {token_id} of yours in force")
    details = {"token": token_id, "name": name}
    audit.record(session, actor_id=user_id, action="token.revoke", subject=f"user:{user_id}", details=details)


def _revoke_all(session: Session, user_id: int | None) -> None:
    live = (col(ApiToken.user_id) == user_id, col(ApiToken.revoked_at).is_(None))
    session.execute(update(ApiToken).where(*live).values(revoked_at=audit.now()))


def _note(session: Session, action: str, user: UserAccount, by: Actor | None, details: object = None) -> None:
    actor_id = by.user_id if by else None
    audit.record(session, actor_id=actor_id, action=action, subject=f"user:{user.id}", details=details)
