"""Commands on people: organisations, users, tokens. Whoever can run them on the server administers the registry."""

import secrets
import sys
from datetime import timedelta
from typing import Annotated, cast, get_args

import typer
from sqlmodel import Session, col, select

from registry.accounts.identities import link_identity
from registry.accounts.model import Group, Organisation, Role, Scope, UserAccount
from registry.accounts.operations import (
    add_organisation,
    add_user,
    check_new_password,
    disable_user,
    issue_token,
    managed_user,
    reset_password,
)
from registry.accounts.queries import organisation_named, people
from registry.accounts.second_factor import remove_second_factor
from registry.accounts.sessions import forgive_attempts
from registry.cli.console import As, Json, acting, command, group, out, print_json, print_table
from registry.errors import Finding, InvalidInput

user_commands = group("user", "人员 · people")
organisation_commands = group("organisation", "机构 · organisations")
token_commands = group("token", "接口令牌 · API tokens")

Login = Annotated[str, typer.Argument(help="Login name.")]
FromInput = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]


def _password(login: str, *, is_given: bool) -> str:
    """Return a password that was typed in, or a fresh one nobody could guess: there is no default."""
    password = sys.stdin.readline().rstrip("\r\n") if is_given else secrets.token_urlsafe(18)
    check_new_password(login, password)
    return password


def _one_of(value: str, known: tuple[str, ...], name: str) -> str:
    if value not in known:
        choices = "、".join(known)
        zh, en = f"{name} 应为 {choices} 之一", f"{name} must be one of {', '.join(known)}"
        raise InvalidInput.of([Finding(name, "unknown-choice", zh, en, value)])
    return value


def _refuse_known(session: Session, login: str) -> None:
    if session.exec(select(UserAccount.id).where(UserAccount.login == login)).one_or_none() is not None:
        zh, en = f"已有用户 {login}，请换一个用户名", f"There is a user {login} already; take another login"
        raise InvalidInput.of([Finding("login", "taken", zh, en, login)])


@command("add", of=user_commands)
def add(
    login: Login,
    name: Annotated[str, typer.Option("--name", help="姓名, as shown to others.")],
    organisation: Annotated[str | None, typer.Option("--organisation", help="Name of the organisation.")] = None,
    role: Annotated[str, typer.Option("--role", help="clerk, reviewer or administrator.")] = "clerk",
    is_admin: Annotated[
        bool, typer.Option("--admin", help="Administrator; without --organisation, of the whole registry.")
    ] = False,
    password_stdin: FromInput = False,
    as_login: As = None,
    is_json: Json = False,
) -> None:
    """Add a person; a first password is drawn and shown once (新增用户)."""
    chosen = cast("Role", _one_of("administrator" if is_admin else role, get_args(Role), "role"))
    password = _password(login, is_given=password_stdin)
    with acting(as_login, is_writer=True) as (session, actor):
        _refuse_known(session, login)
        if organisation is None and not is_admin:
            zh, en = (
                "请用 --organisation 指明机构，或用 --admin 设系统管理员",
                "Name an --organisation, or pass --admin",
            )
            raise InvalidInput.of([Finding("organisation", "missing", zh, en)])
        house = actor.organisation_id if organisation is None else organisation_named(session, organisation).id
        add_user(
            session,
            login=login,
            display_name=name,
            password=password,
            organisation_id=house or 0,
            role=chosen,
            by=actor,
        )
    _tell(login, None if password_stdin else password, is_json=is_json)


def _tell(login: str, password: str | None, *, is_json: bool) -> None:
    if is_json:
        print_json({"login": login, "password": password})
    elif password is None:
        out.print(f"用户 {login} 已就绪 ready")
    else:
        out.print(f"用户 {login}，初始密码（只显示这一次，请本人登录后修改）first password: {password}", markup=False)


@command("list", of=user_commands)
def list_people(as_login: As = None, is_json: Json = False) -> None:
    """List everybody's account (用户清单)."""
    with acting(as_login) as (session, actor):
        below = None if actor.group == "operator" else actor.organisation_id
        found = people(session, below=below)
    if is_json:
        names = ("login", "display_name", "organisation", "group", "role", "is_active", "has_second_factor")
        print_json([{name: getattr(person, name) for name in names} for person in found])
        return
    rows = [
        (
            person.login,
            person.display_name,
            person.organisation,
            person.role,
            "示例" if person.is_sample else "在用" if person.is_active else "停用",
            "是" if person.has_second_factor else "否",
        )
        for person in found
    ]
    print_table("用户 people", ("用户名", "姓名", "机构", "角色", "状态", "动态口令"), rows)


@command("disable", of=user_commands)
def disable(login: Login, as_login: As = None) -> None:
    """Close an account; its sessions and tokens end at once (停用用户)."""
    with acting(as_login, is_writer=True) as (session, actor):
        disable_user(session, actor, login)
    out.print(f"用户 {login} 已停用 disabled")


@command("reset", of=user_commands)
def reset(
    login: Login,
    is_factor_removed: Annotated[
        bool, typer.Option("--second-factor", help="Remove the second factor too: the telephone is lost.")
    ] = False,
    password_stdin: FromInput = False,
    as_login: As = None,
    is_json: Json = False,
) -> None:
    """Give an account a new password, unlock it and open it again (重置用户)."""
    password = _password(login, is_given=password_stdin)
    with acting(as_login, is_writer=True) as (session, actor):
        user = reset_password(session, actor, login, password)
        forgive_attempts(session, login)
        if is_factor_removed:
            remove_second_factor(session, user_id=user.id or 0, by=actor.user_id)
    _tell(login, None if password_stdin else password, is_json=is_json)


@command("link", of=user_commands)
def link(
    login: Login,
    subject: Annotated[str, typer.Argument(help="`sub` of the person at the identity provider.")],
    as_login: As = None,
) -> None:
    """Let somebody sign in through the identity provider (关联统一身份)."""
    with acting(as_login, is_writer=True) as (session, actor):
        link_identity(session, actor, login, subject)
    out.print(f"用户 {login} 已关联 linked: {subject}", markup=False)


@command("add", of=organisation_commands)
def add_house(
    name: Annotated[str, typer.Argument(help="机构全称, unique.")],
    group_name: Annotated[str, typer.Option("--group", help="city (also counties), province, ministry or bank.")],
    parent: Annotated[str | None, typer.Option("--parent", help="Organisation above it.")] = None,
    division: Annotated[str | None, typer.Option("--division", help="Six-digit code of GB/T 2260.")] = None,
) -> None:
    """Add an organisation to the tree (新增机构)."""
    chosen = cast("Group", _one_of(group_name, ("city", "province", "ministry", "bank"), "group"))
    with acting(None, is_writer=True) as (session, operator):
        if session.exec(select(Organisation.id).where(Organisation.name == name)).one_or_none() is not None:
            zh, en = f"已有机构“{name}”", f"There is an organisation named {name} already"
            raise InvalidInput.of([Finding("name", "taken", zh, en, name)])
        above = None if parent is None else organisation_named(session, parent).id
        add_organisation(session, name=name, group=chosen, parent_id=above, division_code=division, by=operator)
    out.print(f"机构已新增 added: {name}", markup=False)


@command("list", of=organisation_commands)
def list_houses(is_json: Json = False) -> None:
    """List organisations with the one above each (机构清单)."""
    with acting(None) as (session, _):
        found = list(session.exec(select(Organisation).order_by(col(Organisation.id))))
    names = {item.id: item.name for item in found}
    rows = [(str(item.id), item.name, item.group, names.get(item.parent_id), item.division_code) for item in found]
    if is_json:
        facts = [dict(zip(("name", "group", "parent", "division_code"), row[1:], strict=True)) for row in rows]
        print_json([{"id": item.id, **each} for item, each in zip(found, facts, strict=True)])
    else:
        print_table("机构 organisations", ("编号", "机构", "类别", "上级", "区划代码"), rows)


@command("issue", of=token_commands)
def issue(
    login: Login,
    name: Annotated[str, typer.Option("--name", help="What the token is for.")],
    scope: Annotated[list[str] | None, typer.Option("--scope", help="write, decide, audit; none: reads only.")] = None,
    days: Annotated[int, typer.Option("--days", help="Days it lives, at most 365.")] = 90,
    is_json: Json = False,
) -> None:
    """Create an API token of somebody and show its secret once (创建接口令牌)."""
    with acting(None, is_writer=True) as (session, operator):
        user = managed_user(session, operator, login)
        wanted = cast("list[Scope]", scope or [])
        secret = issue_token(
            session, user_id=user.id or 0, name=name, scopes=wanted, lifetime=timedelta(days=max(0, min(days, 10_000)))
        )
    if is_json:
        print_json({"secret": secret})
    else:
        out.print(f"令牌（只显示这一次）token, shown once: {secret}", markup=False)
