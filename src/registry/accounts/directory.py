"""The organisations one administers, as a tree, and their people: reads of the administrator's page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlalchemy import select as core_select
from sqlmodel import Session, col

from registry.accounts.model import Actor, Organisation, SecondFactor, UserAccount, WebSession
from registry.accounts.operations import require_manager
from registry.accounts.permissions import require
from registry.accounts.queries import organisations_below
from registry.audit import now
from registry.errors import NotFound


@dataclass(frozen=True, slots=True)
class Branch:
    """One organisation of the tree; `depth` 0 is the top of what the actor administers."""

    id: int
    name: str
    group: str
    division_code: str | None
    parent_id: int | None
    depth: int
    n_people: int
    """Accounts in force."""


@dataclass(frozen=True, slots=True)
class Member:
    """One person of an organisation, as its administrator sees them."""

    id: int
    login: str
    display_name: str
    organisation_id: int
    organisation: str
    role: str
    is_active: bool
    is_sample: bool
    has_second_factor: bool
    last_sign_in_at: datetime | None
    n_sessions: int


_BRANCH = ("id", "name", "group", "division_code", "parent_id")


def organisation_tree(session: Session, actor: Actor) -> list[Branch]:
    """Return the organisations the actor administers, each below the one above it. Raises NotAllowed."""
    require(actor, "manage_people")
    organisation = Organisation
    counts = core_select(col(UserAccount.organisation_id), func.count()).where(col(UserAccount.is_active))
    n_people = {row[0]: row[1] for row in session.execute(counts.group_by(col(UserAccount.organisation_id)))}
    query = core_select(*(col(getattr(organisation, name)) for name in _BRANCH))
    if actor.group != "operator":
        query = query.where(col(organisation.id).in_(organisations_below(actor.organisation_id)))
    rows = session.execute(query.order_by(col(organisation.division_code), col(organisation.name))).all()
    known = {row.id for row in rows}
    children: dict[int | None, list[int]] = {}
    for row in rows:
        is_top = row.parent_id not in known or row.id == actor.organisation_id
        children.setdefault(None if is_top else row.parent_id, []).append(row.id)
    by_id = {row.id: row for row in rows}
    found: list[Branch] = []
    waiting = [(each, 0) for each in reversed(children.get(None, []))]
    while waiting:
        place, depth = waiting.pop()
        row = by_id[place]
        house = row.id, row.name, row.group, row.division_code, row.parent_id
        found.append(Branch(*house, depth, n_people.get(place, 0)))
        waiting += [(each, depth + 1) for each in reversed(children.pop(place, []))]
    return found


def members(session: Session, actor: Actor, organisation_id: int) -> list[Member]:
    """Return the people of one organisation the actor administers, by login. Raises NotAllowed."""
    require_manager(session, actor, organisation_id)
    return _members(session, col(UserAccount.organisation_id) == organisation_id)


def member(session: Session, actor: Actor, user_id: int) -> Member:
    """Return one person the actor administers. Raises NotFound, also for somebody outside what is theirs."""
    require(actor, "manage_people")
    found = _members(session, col(UserAccount.id) == user_id)
    below = set() if actor.group == "operator" else set(session.scalars(organisations_below(actor.organisation_id)))
    if not found or (actor.group != "operator" and found[0].organisation_id not in below):
        raise NotFound(f"没有编号为 {user_id} 的用户，或不由您管理", f"There is no user {user_id} that you administer")
    return found[0]


def _members(session: Session, condition: object) -> list[Member]:
    user = UserAccount
    live = (
        core_select(col(WebSession.user_id), func.count().label("n"))
        .where(col(WebSession.expires_at) > now())
        .group_by(col(WebSession.user_id))
        .subquery()
    )
    query = (
        core_select(
            col(user.id),
            col(user.login),
            col(user.display_name),
            col(user.organisation_id),
            col(Organisation.name),
            col(user.role),
            col(user.is_active),
            col(user.is_sample),
            col(SecondFactor.confirmed_at).is_not(None),
            col(user.last_sign_in_at),
            func.coalesce(live.c.n, 0),
        )
        .join_from(user, Organisation, col(Organisation.id) == col(user.organisation_id))
        .outerjoin(SecondFactor, col(SecondFactor.user_id) == col(user.id))
        .outerjoin(live, live.c.user_id == col(user.id))
        .where(condition)  # type: ignore[arg-type]
        .order_by(col(user.is_active).desc(), col(user.login))
    )
    return [Member(*row) for row in session.execute(query)]


def active_administrators(session: Session, organisation_id: int) -> Sequence[int]:
    """Return the ids of an organisation's administrators whose accounts are in force."""
    query = core_select(col(UserAccount.id)).where(
        col(UserAccount.organisation_id) == organisation_id,
        col(UserAccount.role) == "administrator",
        col(UserAccount.is_active),
    )
    return session.execute(query).scalars().all()
