"""What an administrator does to the people and organisations below: every act checked, confined and written down.

Nobody acts on their own account here, but for closing it: who could give themselves a role or end a trail of their
own would need nobody. A password is never chosen for somebody else; the person sets it by a link that works once.
"""

import re
import secrets
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import cast

from sqlalchemy import delete
from sqlmodel import Session, col, select

from registry import audit
from registry.accounts.directory import active_administrators
from registry.accounts.model import ROLE_NAMES, Actor, Group, Organisation, PasswordLink, Role, UserAccount
from registry.accounts.operations import (
    add_organisation,
    add_user,
    disable_user,
    end_access,
    require_manager,
    set_password,
)
from registry.accounts.permissions import require
from registry.accounts.queries import organisations_below, token_digest
from registry.accounts.second_factor import has_second_factor, remove_second_factor
from registry.accounts.sessions import forgive_attempts
from registry.errors import Finding, InvalidInput, NotAllowed, NotFound

LINK_LIFETIME = timedelta(hours=72)
CHILD_GROUP: Mapping[str, Group] = {"ministry": "province", "province": "city", "city": "city", "bank": "bank"}
"""What stands below an organisation of each group: provinces, cities, counties, branches."""
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,59}")
_LONGEST_NAME = 60
_LONGEST_HOUSE = 100
_CODE_DIGITS: Mapping[str, int] = {"province": 2, "city": 4}
_MUNICIPALITIES = ("11", "12", "31", "50")


def find_managed(session: Session, actor: Actor, user_id: int) -> UserAccount:
    """Return an account the actor may manage. Raises NotFound (also for one outside what is theirs), NotAllowed."""
    require(actor, "manage_people")
    query = select(UserAccount).where(UserAccount.id == user_id)
    if actor.group != "operator":
        query = query.where(col(UserAccount.organisation_id).in_(organisations_below(actor.organisation_id)))
    user = session.exec(query).one_or_none()
    if user is None:
        raise NotFound(f"没有编号为 {user_id} 的用户，或不由您管理", f"There is no user {user_id} that you administer")
    return user


def invite_user(
    session: Session, actor: Actor, *, login: str, display_name: str, organisation_id: int, role: str
) -> tuple[UserAccount, str]:
    """Add a person and return the account and the secret of the link by which they set their password.

    Raises NotAllowed, InvalidInput.
    """
    require_manager(session, actor, organisation_id)
    findings = [*_user_flaws(session, login, display_name), *_role_flaws(role)]
    if findings:
        raise InvalidInput.of(findings)
    user = add_user(
        session,
        login=login,
        display_name=display_name.strip(),
        password=_unusable_password(),
        organisation_id=organisation_id,
        role=cast("Role", role),
        by=actor,
    )
    return user, _link(session, user)


def _unusable_password() -> str:
    """Return a password nobody knows; no login begins with a hyphen, so it is never refused."""
    return f"-{secrets.token_urlsafe(32)}"


def _user_flaws(session: Session, login: str, display_name: str) -> Iterator[Finding]:
    if not _LOGIN.fullmatch(login):
        zh = "用户名应为 2–60 个小写字母、数字或 . _ -，以字母或数字开头"
        en = "A login is 2 to 60 lower-case letters, digits or . _ - and begins with a letter or digit"
        yield Finding("login", "invalid-login", zh, en, login[:60])
    elif session.exec(select(UserAccount.id).where(UserAccount.login == login)).one_or_none() is not None:
        zh, en = f"已有用户 {login}，请换一个用户名", f"There is a user {login} already; take another login"
        yield Finding("login", "taken", zh, en, login)
    if not 0 < len(display_name.strip()) <= _LONGEST_NAME:
        zh, en = f"姓名应为 1–{_LONGEST_NAME} 个字符", f"A name has 1 to {_LONGEST_NAME} characters"
        yield Finding("display_name", "invalid-name", zh, en)


def _role_flaws(role: str) -> Iterator[Finding]:
    if role not in ROLE_NAMES:
        known = "、".join(ROLE_NAMES.values())
        yield Finding(
            "role", "unknown-choice", f"角色应为：{known}", f"A role is one of {', '.join(ROLE_NAMES)}", role[:40]
        )


def change_role(session: Session, actor: Actor, user_id: int, role: str, *, is_confirmed: bool = False) -> None:
    """Give a person another role. Harmless when repeated. Raises NotFound, NotAllowed, InvalidInput."""
    user = _somebody_else(session, actor, user_id)
    findings = list(_role_flaws(role))
    if findings:
        raise InvalidInput.of(findings)
    if user.role == role:
        return
    if user.role == "administrator":
        _refuse_orphaning(session, user, is_confirmed=is_confirmed)
    details = {"was": user.role, "role": role}
    user.role = role
    session.add(user)
    _note(session, actor, "user.role", user, details)


def close_account(session: Session, actor: Actor, user_id: int, *, is_confirmed: bool = False) -> None:
    """Disable an account; its sessions and tokens end. The last administrator's only when confirmed.

    Raises NotFound, NotAllowed, InvalidInput with a warning that says what follows.
    """
    user = find_managed(session, actor, user_id)
    if user.is_active and user.role == "administrator":
        _refuse_orphaning(session, user, is_confirmed=is_confirmed)
    disable_user(session, actor, user.login)


def open_account(session: Session, actor: Actor, user_id: int) -> None:
    """Enable a disabled account again. Harmless when repeated. Raises NotFound, NotAllowed."""
    user = _somebody_else(session, actor, user_id)
    if not user.is_active:
        user.is_active = True
        session.add(user)
        _note(session, actor, "user.enable", user)


def reset_access(session: Session, actor: Actor, user_id: int) -> str:
    """Make a password useless and return the secret of the link that sets a new one; what was open ends, tokens too.

    Raises NotFound, NotAllowed.
    """
    user = _somebody_else(session, actor, user_id)
    set_password(session, user, _unusable_password())
    end_access(session, user.id)
    forgive_attempts(session, user.login)
    _note(session, actor, "user.reset", user)
    return _link(session, user)


def reset_second_factor(session: Session, actor: Actor, user_id: int) -> None:
    """End a person's second factor, as their telephone is lost. Raises NotFound, NotAllowed, InvalidInput."""
    user = _somebody_else(session, actor, user_id)
    if not has_second_factor(session, user.id):
        zh, en = "该用户没有启用动态口令", "This user has no second factor in force"
        raise InvalidInput.of([Finding("second_factor", "not-enrolled", zh, en)])
    remove_second_factor(session, user_id=user.id or 0, by=actor.user_id)


def end_all_access(session: Session, actor: Actor, user_id: int) -> None:
    """End a person's signed-in browsers and revoke their tokens. Raises NotFound, NotAllowed."""
    user = _somebody_else(session, actor, user_id)
    end_access(session, user.id)
    _note(session, actor, "user.end-access", user)


def add_child(
    session: Session, actor: Actor, *, parent_id: int, name: str, division_code: str | None = None
) -> Organisation:
    """Add an organisation below one the actor administers; its group follows from the one above.

    Raises NotAllowed, NotFound, InvalidInput.
    """
    require_manager(session, actor, parent_id)
    parent = session.get(Organisation, parent_id)
    if parent is None:
        raise NotFound(f"没有编号为 {parent_id} 的机构", f"There is no organisation {parent_id}")
    code = (division_code or "").strip() or None
    findings = list(_house_flaws(session, parent, name.strip(), code))
    if findings:
        raise InvalidInput.of(findings)
    group = CHILD_GROUP[parent.group]
    return add_organisation(session, name=name.strip(), group=group, parent_id=parent_id, division_code=code, by=actor)


def _house_flaws(session: Session, parent: Organisation, name: str, code: str | None) -> Iterator[Finding]:
    if parent.group not in CHILD_GROUP:
        zh, en = f"“{parent.name}”之下不能新增机构", f"Nothing can be added below {parent.name}"
        yield Finding("parent", "no-child", zh, en)
        return
    if not 0 < len(name) <= _LONGEST_HOUSE:
        zh, en = (
            f"机构名称应为 1–{_LONGEST_HOUSE} 个字符",
            f"An organisation's name has 1 to {_LONGEST_HOUSE} characters",
        )
        yield Finding("name", "invalid-name", zh, en)
    elif session.exec(select(Organisation.id).where(Organisation.name == name)).one_or_none() is not None:
        zh, en = f"已有机构“{name}”", f"There is an organisation named {name} already"
        yield Finding("name", "taken", zh, en, name)
    if parent.group == "bank":
        if code is not None:
            zh, en = "银行机构不填区划代码", "A bank has no division code"
            yield Finding("division_code", "not-needed", zh, en, code[:6])
    elif not re.fullmatch(r"\d{6}", code or "") or not (code or "").startswith(_code_start(parent)):
        start = _code_start(parent)
        zh = f"区划代码应为 6 位数字（GB/T 2260）{f'，以 {start} 开头' if start else ''}"
        en = f"A division code has six digits (GB/T 2260){f' and begins with {start}' if start else ''}"
        yield Finding("division_code", "invalid-code", zh, en, (code or "")[:20])


def _code_start(parent: Organisation) -> str:
    """Return the digits a place within the parent's begins with; a municipality 直辖市 is told by two."""
    if parent.division_code is None:
        return ""
    digits = 2 if parent.division_code[:2] in _MUNICIPALITIES else _CODE_DIGITS.get(parent.group, 0)
    return parent.division_code[:digits]


def find_link(session: Session, secret: str) -> UserAccount | None:
    """Return whose password this link sets, None when it is unknown, used, too old, or the account is closed."""
    link = session.get(PasswordLink, token_digest(secret))
    if link is None or link.expires_at <= audit.now():
        return None
    return session.exec(
        select(UserAccount).where(UserAccount.id == link.user_id, col(UserAccount.is_active))
    ).one_or_none()


def use_link(session: Session, secret: str, password: str) -> UserAccount:
    """Set a password by a link, which is used up with every other of the same person.

    Raises NotFound when the link is not in force, InvalidInput for a password that cannot be taken.
    """
    user = find_link(session, secret)
    if user is None:
        raise NotFound(
            "链接无效、已使用或已过期，请向本机构管理员要一个新链接",
            "The link is unknown, used or too old; ask your administrator for a new one",
        )
    set_password(session, user, password)
    end_access(session, user.id)
    session.execute(delete(PasswordLink).where(col(PasswordLink.user_id) == user.id))
    audit.record(session, actor_id=user.id, action="password.set", subject=f"user:{user.id}")
    return user


def _link(session: Session, user: UserAccount) -> str:
    moment = audit.now()
    gone = (col(PasswordLink.user_id) == user.id) | (col(PasswordLink.expires_at) < moment)
    session.execute(delete(PasswordLink).where(gone))
    secret = secrets.token_urlsafe(32)
    session.add(PasswordLink(id=token_digest(secret), user_id=user.id or 0, expires_at=moment + LINK_LIFETIME))
    session.flush()
    return secret


def _somebody_else(session: Session, actor: Actor, user_id: int) -> UserAccount:
    user = find_managed(session, actor, user_id)
    if user.id == actor.user_id:
        raise NotAllowed(
            "不能对本人账户进行此操作；修改密码和动态口令请到“我的账户”",
            "You may not do this to your own account; change password and second factor under “My account”",
        )
    return user


def _refuse_orphaning(session: Session, user: UserAccount, *, is_confirmed: bool) -> None:
    """Raise InvalidInput where this would leave an organisation without an administrator and nobody confirmed that."""
    if is_confirmed or list(active_administrators(session, user.organisation_id)) != [user.id]:
        return
    zh = "这是该机构最后一名在用的管理员；此后只有上级机构或系统管理员能管理其人员。确要如此请勾选确认后再提交"
    en = (
        "This is the last administrator of the organisation; from then on only those above it can manage its people. "
        "Tick the confirmation and send again if that is meant"
    )
    raise InvalidInput.of([Finding("confirmed", "last-administrator", zh, en, user.login, "warning")])


def _note(session: Session, actor: Actor, action: str, user: UserAccount, details: object = None) -> None:
    session.flush()
    audit.record(session, actor_id=actor.user_id, action=action, subject=f"user:{user.id}", details=details)
