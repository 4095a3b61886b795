"""Reads on accounts."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CompoundSelect, Select, union
from sqlalchemy import select as core_select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from registry.accounts.model import (
    Actor,
    ApiToken,
    Group,
    Organisation,
    Role,
    Scope,
    SecondFactor,
    UserAccount,
    WebSession,
)
from registry.errors import NotFound


def actor_of(session: Session, user: UserAccount) -> Actor:
    """Return the actor a user account stands for."""
    organisation = session.exec(select(Organisation).where(Organisation.id == user.organisation_id)).one()
    return Actor(
        user.id,
        organisation.id,
        cast("Group", organisation.group),
        organisation.division_code,
        user.display_name,
        cast("Role", user.role),
    )


def actor_by_login(session: Session, login: str) -> Actor:
    """Return the actor with this login. Raises NotFound."""
    user = session.exec(select(UserAccount).where(UserAccount.login == login)).one_or_none()
    if user is None:
        raise NotFound(f"没有用户 {login}", f"There is no user {login}")
    return actor_of(session, user)


def actor_by_id(session: Session, user_id: int | None) -> Actor:
    """Return the actor of a job or a record. Raises NotFound, also when the account is no longer active."""
    # Sample people included: whoever could ask for a job may have it done.
    actor = _actor(session, _actors(is_demo=True).where(col(UserAccount.id) == user_id))
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


def organisations_below(organisation_id: int | None) -> Select[Any]:
    """Return the query of the ids of an organisation and of all below it in the tree."""
    start = core_select(col(Organisation.id)).where(col(Organisation.id) == organisation_id).cte(recursive=True)
    child = aliased(Organisation)
    # A union without repetitions ends even if somebody tied the tree into a ring.
    tree = start.union(core_select(col(child.id)).join(start, col(child.parent_id) == start.c.id))
    return core_select(tree.c.id)


def organisations_above(organisation_id: int | None) -> Select[Any]:
    """Return the query of the ids of an organisation and of all above it that belong to the same group."""
    columns = col(Organisation.id), col(Organisation.parent_id), col(Organisation.group)
    start = core_select(*columns).where(col(Organisation.id) == organisation_id).cte(recursive=True)
    parent = aliased(Organisation)
    step = core_select(col(parent.id), col(parent.parent_id), col(parent.group)).join(
        start, (col(parent.id) == start.c.parent_id) & (col(parent.group) == start.c.group)
    )
    return core_select(start.union(step).c.id)


def in_line(organisation_id: int | None) -> CompoundSelect[Any]:
    """Return the query of the ids along a bank's own line: it, all above it and all below it (decision 0030)."""
    return union(organisations_above(organisation_id), organisations_below(organisation_id))


def actor_of_web_session(session: Session, secret: str, *, at: datetime, is_demo: bool = False) -> Actor | None:
    """Return who is signed in with this session cookie, None when it is unknown or over. One query."""
    query = (
        _actors(is_demo=is_demo)
        .join(WebSession, col(WebSession.user_id) == col(UserAccount.id))
        .where(col(WebSession.id) == token_digest(secret), col(WebSession.expires_at) > at)
    )
    return _actor(session, query)


def actor_of_token(session: Session, secret: str, *, at: datetime, is_demo: bool = False) -> Actor | None:
    """Return whose API token this is, limited to its scopes; None when unknown, revoked or over. One query."""
    query = (
        _actors(is_demo=is_demo)
        .add_columns(col(ApiToken.scopes))
        .join(ApiToken, col(ApiToken.user_id) == col(UserAccount.id))
        .where(col(ApiToken.secret_sha256) == token_digest(secret), col(ApiToken.expires_at) > at)
        .where(col(ApiToken.revoked_at).is_(None))
    )
    return _actor(session, query)


_ACTOR_COLUMNS: tuple[Any, ...] = (
    col(UserAccount.id),
    col(UserAccount.display_name),
    col(UserAccount.role),
    col(Organisation.id).label("organisation_id"),
    col(Organisation.group),
    col(Organisation.division_code),
)


def _actors(*, is_demo: bool) -> Select[Any]:
    """Return the query of everybody whose account is in force here; sample people are, in a demo only."""
    query = (
        core_select(*_ACTOR_COLUMNS)
        .join_from(UserAccount, Organisation, col(Organisation.id) == col(UserAccount.organisation_id))
        .where(col(UserAccount.is_active))
    )
    return query if is_demo else query.where(col(UserAccount.is_sample).is_(False))


def _actor(session: Session, query: Select[Any]) -> Actor | None:
    row = session.execute(query).one_or_none()
    if row is None:
        return None
    scopes = getattr(row, "scopes", None)
    allowed = None if scopes is None else frozenset(cast("list[Scope]", scopes.split()))
    return Actor(row.id, row.organisation_id, row.group, row.division_code, row.display_name, row.role, allowed)


@dataclass(frozen=True, slots=True)
class Person:
    """One line of a list of people."""

    login: str
    display_name: str
    organisation: str
    group: str
    role: str
    is_active: bool
    is_sample: bool
    has_second_factor: bool


def people(session: Session, *, below: int | None = None) -> list[Person]:
    """Return all accounts, or those of one organisation and the ones below it, by login."""
    query = (
        core_select(
            col(UserAccount.login),
            col(UserAccount.display_name),
            col(Organisation.name),
            col(Organisation.group),
            col(UserAccount.role),
            col(UserAccount.is_active),
            col(UserAccount.is_sample),
            col(SecondFactor.confirmed_at).is_not(None),
        )
        .join_from(UserAccount, Organisation, col(Organisation.id) == col(UserAccount.organisation_id))
        .outerjoin(SecondFactor, col(SecondFactor.user_id) == col(UserAccount.id))
        .order_by(col(UserAccount.login))
    )
    if below is not None:
        query = query.where(col(Organisation.id).in_(organisations_below(below)))
    return [Person(*row) for row in session.execute(query)]


def organisation_named(session: Session, name: str) -> Organisation:
    """Return the organisation with this name. Raises NotFound."""
    found = session.exec(select(Organisation).where(Organisation.name == name)).one_or_none()
    if found is None:
        raise NotFound(
            f"没有名为“{name}”的机构，可用 registry organisation list 查看", f"There is no organisation named {name}"
        )
    return found


def sessions_of(session: Session, user_id: int | None, *, at: datetime) -> list[WebSession]:
    """Return the sessions of a user that are not over, newest first."""
    query = select(WebSession).where(WebSession.user_id == user_id, WebSession.expires_at > at)
    return list(session.exec(query.order_by(col(WebSession.created_at).desc())))


def tokens_of(session: Session, user_id: int | None) -> list[ApiToken]:
    """Return the tokens of a user that were not revoked, newest first; those that are over stay to be seen."""
    query = select(ApiToken).where(ApiToken.user_id == user_id, col(ApiToken.revoked_at).is_(None))
    return list(session.exec(query.order_by(col(ApiToken.id).desc())))
