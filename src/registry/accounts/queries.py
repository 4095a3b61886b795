"""Reads on accounts."""

from typing import cast

from sqlmodel import Session, col, select

from registry.accounts.model import Actor, Group, Organisation, UserAccount
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


def banks(session: Session) -> list[Organisation]:
    """Return the banks, by name."""
    return list(session.exec(select(Organisation).where(Organisation.group == "bank").order_by(col(Organisation.name))))


def display_name(session: Session, user_id: int | None) -> str | None:
    """Return what a user is called in print; None for the system itself."""
    return session.exec(select(UserAccount.display_name).where(UserAccount.id == user_id)).one_or_none()
