"""Signing in: attempts counted where a restart does not forget them, steps in between, signed-in browsers."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from registry import audit
from registry.accounts.model import PendingSignIn, SignInAttempt, UserAccount, WebSession
from registry.accounts.queries import token_digest
from registry.errors import NotFound, RegistryError

SESSION_LIFETIME = timedelta(hours=12)
"""A working day; who comes back the next morning signs in again."""
PENDING_LIFETIME = timedelta(minutes=10)
FREE_ATTEMPTS = 8
FIRST_LOCK = timedelta(minutes=5)
LONGEST_LOCK = timedelta(hours=1)
FORGOTTEN_AFTER = timedelta(days=1)


class SignInLocked(RegistryError):
    """This login is locked after too many wrong attempts; `retry_after` is in seconds."""

    code = "sign-in-locked"

    def __init__(self, retry_after: int) -> None:
        super().__init__(
            f"此用户名连续登录失败过多，已锁定，请 {retry_after} 秒后再试，或请管理员重置",
            f"Too many failed attempts at this login; try again in {retry_after} seconds or ask for a reset",
        )
        self.retry_after = retry_after


def begin_attempt(session: Session, login: str) -> None:
    """Count an attempt at a login before it is made. Raises SignInLocked while it is locked.

    After `FREE_ATTEMPTS` in a row each further one locks the login, twice as long each time up to an hour. Logins
    nobody has are counted alike, so that a lock tells nothing.
    """
    moment = audit.now()
    session.execute(delete(SignInAttempt).where(col(SignInAttempt.last_at) < moment - FORGOTTEN_AFTER))
    key = token_digest(login)
    found = session.exec(
        select(SignInAttempt).where(SignInAttempt.login_sha256 == key).with_for_update()
    ).one_or_none() or SignInAttempt(login_sha256=key, count=0, last_at=moment)
    if found.locked_until is not None and found.locked_until > moment:
        raise SignInLocked(max(1, round((found.locked_until - moment).total_seconds())))
    found.count += 1
    found.last_at = moment
    beyond = found.count - FREE_ATTEMPTS
    if beyond >= 0:
        # Twelve doublings are past any limit; more would only make the number huge.
        found.locked_until = moment + min(FIRST_LOCK * 2 ** min(beyond, 12), LONGEST_LOCK)
    session.add(found)
    session.flush()


def forgive_attempts(session: Session, login: str) -> None:
    """Forget the attempts at a login: its owner has just proved themselves, or was given a new password."""
    session.execute(delete(SignInAttempt).where(col(SignInAttempt.login_sha256) == token_digest(login)))


def refuse_sign_in(session: Session, *, login: str) -> None:
    """Leave a trace of a failed sign-in; of a login nobody has only a digest, as it may be a mistyped password."""
    user_id = session.exec(select(UserAccount.id).where(UserAccount.login == login)).one_or_none()
    subject = f"user:{user_id}" if user_id is not None else f"login:{token_digest(login)[:16]}"
    audit.record(session, actor_id=None, action="sign-in.refused", subject=subject)


@dataclass(frozen=True, slots=True)
class Pending:
    """A sign-in half done: whose, where that is known by now, and what the step before left for this one."""

    user_id: int | None
    memo: dict[str, Any]


def begin_pending(session: Session, *, user_id: int | None, memo: dict[str, Any]) -> str:
    """Keep a sign-in that is half done and return the secret by which its browser takes it up again."""
    moment = audit.now()
    session.execute(delete(PendingSignIn).where(col(PendingSignIn.expires_at) < moment))
    secret = secrets.token_urlsafe(32)
    session.add(
        PendingSignIn(
            id=token_digest(secret),
            user_id=user_id,
            memo=audit.canonical_json(memo),
            expires_at=moment + PENDING_LIFETIME,
        )
    )
    session.flush()
    return secret


def find_pending(session: Session, secret: str) -> Pending | None:
    """Return a sign-in half done, None when it is unknown or too old."""
    found = session.get(PendingSignIn, token_digest(secret))
    if found is None or found.expires_at <= audit.now():
        return None
    return Pending(found.user_id, audit.parsed_json(found.memo))


def close_pending(session: Session, secret: str) -> None:
    """End a sign-in half done: it is complete, or was given up."""
    session.execute(delete(PendingSignIn).where(col(PendingSignIn.id) == token_digest(secret)))


def open_web_session(
    session: Session, user: UserAccount, *, replaces: str | None = None, address: str = "", browser: str = ""
) -> str:
    """Sign a user in and return the secret of the new session; the session a browser had before ends.

    The secret is always drawn here, never taken from a browser, so nobody can choose another's session beforehand.
    """
    moment = audit.now()
    session.execute(delete(WebSession).where(col(WebSession.expires_at) < moment))
    if replaces is not None:
        close_web_session(session, replaces)
    secret = secrets.token_urlsafe(32)
    session.add(
        WebSession(
            id=token_digest(secret),
            user_id=user.id or 0,
            created_at=moment,
            expires_at=moment + SESSION_LIFETIME,
            address=address[:45],
            browser=browser[:200],
        )
    )
    session.execute(update(UserAccount).where(col(UserAccount.id) == user.id).values(last_sign_in_at=moment))
    forgive_attempts(session, user.login)
    audit.record(session, actor_id=user.id, action="sign-in", subject=f"user:{user.id}")
    return secret


def close_web_session(session: Session, secret: str) -> None:
    """End a signed-in browser's session; harmless when it is gone already."""
    found = session.get(WebSession, token_digest(secret))
    if found is not None:
        _close(session, found)


def end_own_session(session: Session, *, user_id: int, session_id: str) -> None:
    """End one of the user's own sessions, named by its id in the list. Raises NotFound when it is not theirs."""
    found = session.get(WebSession, session_id)
    if found is None or found.user_id != user_id:
        raise NotFound("没有此登录会话，或已结束", "There is no such session of yours; it may have ended")
    _close(session, found)


def end_other_sessions(session: Session, *, user_id: int, keep: str | None) -> None:
    """End all of the user's sessions but the one with the secret `keep`."""
    others = delete(WebSession).where(col(WebSession.user_id) == user_id)
    if keep is not None:
        others = others.where(col(WebSession.id) != token_digest(keep))
    ended = len(session.execute(others.returning(col(WebSession.id))).all())
    details = {"sessions": ended}
    audit.record(session, actor_id=user_id, action="sign-out.others", subject=f"user:{user_id}", details=details)


def _close(session: Session, found: WebSession) -> None:
    session.delete(found)
    session.flush()
    audit.record(session, actor_id=found.user_id, action="sign-out", subject=f"user:{found.user_id}")
