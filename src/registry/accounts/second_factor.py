"""动态口令: six digits from a telephone beside the password (TOTP, RFC 6238), and recovery codes for a lost one."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

import pyotp
from sqlalchemy import delete
from sqlmodel import Session, col, select

from registry import audit
from registry.accounts.model import RecoveryCode, SecondFactor, UserAccount
from registry.accounts.queries import token_digest
from registry.errors import Finding, InvalidInput

ISSUER = "美丽城市项目登记"
RECOVERY_CODES = 10
_STEP_SECONDS = 30
_TOLERATED_STEPS = (-1, 0, 1)
"""A telephone's clock may be half a minute off."""
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What a telephone needs: the secret in base 32, and the same as an `otpauth:` address."""

    secret: str
    address: str


def has_second_factor(session: Session, user_id: int | None) -> bool:
    """Say whether this user's sign-in asks for a code."""
    found = session.get(SecondFactor, user_id)
    return found is not None and found.confirmed_at is not None


def begin_enrolment(session: Session, *, user_id: int, login: str) -> Enrolment:
    """Draw a secret, in force once `confirm_enrolment` has seen a code of it; an unconfirmed one is replaced.

    Raises InvalidInput when a second factor is in force already.
    """
    found = session.get(SecondFactor, user_id)
    if found is not None and found.confirmed_at is not None:
        zh, en = "动态口令已启用，请先停用", "A second factor is in force; end it first"
        finding = Finding("code", "enrolled-already", zh, en)
        raise InvalidInput.of([finding])
    found = found or SecondFactor(user_id=user_id, secret="")
    found.secret = pyotp.random_base32()
    session.add(found)
    session.flush()
    audit.record(session, actor_id=user_id, action="second-factor.begin", subject=f"user:{user_id}")
    return enrolment(found.secret, login)


def pending_enrolment(session: Session, *, user_id: int, login: str) -> Enrolment | None:
    """Return the enrolment that waits for its first code, None when there is none."""
    found = session.get(SecondFactor, user_id)
    return None if found is None or found.confirmed_at is not None else enrolment(found.secret, login)


def enrolment(secret: str, login: str) -> Enrolment:
    """Return a secret in both its forms."""
    return Enrolment(secret, pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER))


def confirm_enrolment(session: Session, *, user_id: int, code: str) -> list[str]:
    """Put the second factor in force and return its recovery codes, shown once. Raises InvalidInput."""
    found = session.get(SecondFactor, user_id)
    if found is None or found.confirmed_at is not None or not _take_code(session, found, code):
        raise InvalidInput.of([_wrong_code()])
    found.confirmed_at = audit.now()
    session.add(found)
    codes = _new_recovery_codes(session, user_id)
    audit.record(session, actor_id=user_id, action="second-factor.confirm", subject=f"user:{user_id}")
    return codes


def pass_second_factor(session: Session, *, user_id: int, code: str) -> bool:
    """Say whether this is a code of the telephone, or a recovery code, not used before; it is used up by this."""
    found = session.get(SecondFactor, user_id, with_for_update=True)
    if found is None or found.confirmed_at is None:
        return False
    return _take_code(session, found, code) or _take_recovery_code(session, user_id, code)


def remove_second_factor(session: Session, *, user_id: int, by: int | None) -> None:
    """End a user's second factor and its recovery codes. Harmless when there is none."""
    session.execute(delete(RecoveryCode).where(col(RecoveryCode.user_id) == user_id))
    gone = delete(SecondFactor).where(col(SecondFactor.user_id) == user_id).returning(col(SecondFactor.user_id))
    if session.execute(gone).all():
        audit.record(session, actor_id=by, action="second-factor.remove", subject=f"user:{user_id}")


def recovery_codes_left(session: Session, user_id: int | None) -> int:
    """Return how many recovery codes were not used yet."""
    return len(session.exec(select(RecoveryCode.code_sha256).where(RecoveryCode.user_id == user_id)).all())


def login_of(session: Session, user_id: int | None) -> str:
    """Return the login of a user."""
    return session.exec(select(UserAccount.login).where(UserAccount.id == user_id)).one()


def _take_code(session: Session, factor: SecondFactor, code: str) -> bool:
    """Take a code of a step not taken before; whoever looked over a shoulder comes too late."""
    digits = "".join(code.split())
    if len(digits) != _DIGITS or not digits.isascii() or not digits.isdigit():
        return False
    moment = audit.now()
    totp = pyotp.TOTP(factor.secret)
    for offset in _TOLERATED_STEPS:
        at = moment + timedelta(seconds=offset * _STEP_SECONDS)
        step = int(at.timestamp()) // _STEP_SECONDS
        if step > factor.last_step and totp.verify(digits, for_time=at):
            factor.last_step = step
            session.add(factor)
            session.flush()
            return True
    return False


def _new_recovery_codes(session: Session, user_id: int) -> list[str]:
    # 80 bits each: too many to try, so a plain digest keeps them as safely as a slow one.
    codes = [secrets.token_hex(10) for _ in range(RECOVERY_CODES)]
    session.execute(delete(RecoveryCode).where(col(RecoveryCode.user_id) == user_id))
    session.add_all(RecoveryCode(user_id=user_id, code_sha256=token_digest(code)) for code in codes)
    session.flush()
    return ["-".join(code[start : start + 5] for start in range(0, len(code), 5)) for code in codes]


def _take_recovery_code(session: Session, user_id: int, code: str) -> bool:
    plain = "".join(code.split()).replace("-", "").lower()
    mine = col(RecoveryCode.user_id) == user_id, col(RecoveryCode.code_sha256) == token_digest(plain)
    taken = session.execute(delete(RecoveryCode).where(*mine).returning(col(RecoveryCode.user_id))).all()
    if taken:
        audit.record(session, actor_id=user_id, action="second-factor.recovery", subject=f"user:{user_id}")
    return bool(taken)


def _wrong_code() -> Finding:
    zh = "动态口令不正确或已用过，请等下一组 6 位数字再试，并检查手机时间"
    en = "The code is not right or was used; wait for the next six digits and check the telephone's clock"
    return Finding("code", "wrong-code", zh, en)
