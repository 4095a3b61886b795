"""Reads on selections. Every read of nominations starts from `visible_nominations(actor)`.

Whoever reads names reads no codes, and whoever reads codes reads no names, until the decision is published.
"""

from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import Select, and_, false, or_, select, true
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col

from registry.accounts.model import Actor, Organisation, UserAccount
from registry.accounts.permissions import may, require
from registry.accounts.queries import organisations_below
from registry.errors import NotFound
from registry.programme.nomination.model import (
    Nomination,
    PanelMember,
    SelectionMinute,
    SelectionQuota,
    SelectionRound,
)
from registry.programme.nomination.rules import size_class_of
from registry.projects.codes import REGION_OF_PROVINCE

PUBLISHED = "published"
_BY_CODE = ("comparison", "panel", "proposal", "decision")
"""Steps in which cities are known by their codes."""


class Quota(msgspec.Struct, frozen=True):
    """A quota and how far it is filled: by cities proposed or, once decided, selected. An empty class means all."""

    region: str
    size_class: str
    least: int | None
    most: int | None
    filled: int | None
    """Cities selected, or proposed while undecided; None: not told to this reader before publication."""


class RoundLine(msgspec.Struct, frozen=True):
    """One round."""

    id: int
    title: str
    opens_on: date
    closes_on: date
    target: int | None
    step: str
    step_since: datetime
    version: int
    is_demo: bool

    def takes_applications(self, day: date) -> bool:
        """Say whether a city may apply on a day."""
        return self.step == "applications" and self.opens_on <= day <= self.closes_on


class NominationLine(msgspec.Struct, frozen=True):
    """One city in a round, by name. Decision and code are told once the decision is published."""

    id: int
    city: str
    owner_id: int
    division_code: str | None
    region: str | None
    size_class: str | None
    statement: str | None
    urban_population_10k: float | None
    population_source: str | None
    plan_id: int | None
    version: int
    submitted_at: datetime | None
    is_recommended: bool | None
    opinion: str | None
    is_in_form: bool | None
    form_remark: str | None
    code: str | None
    decision: str | None
    decision_reason: str | None
    is_demo: bool


class Minute(msgspec.Struct, frozen=True):
    """One entry of the minutes."""

    step: str
    text: str
    at: datetime
    actor_name: str | None


class Member(msgspec.Struct, frozen=True):
    """One member of a panel."""

    id: int
    user_id: int
    name: str
    organisation: str
    home_province: str | None


def region_of(division_code: str | None) -> str | None:
    """Return 东/中/西/东北 of a place."""
    return None if division_code is None else REGION_OF_PROVINCE.get(division_code[:2])


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return the condition under which this actor may know of a nomination. There is no other way to one.

    A city sees its own and those of its counties, a province those of its division, the ministry and the operator
    all; everybody else, and of the others, who was selected, once that is published.
    """
    shown = and_(col(SelectionRound.step) == PUBLISHED, col(Nomination.decision) == "select")
    match actor.group:
        case "ministry" | "operator":
            return true()
        case "city":
            return or_(col(Nomination.owner_id).in_(organisations_below(actor.organisation_id)), shown)
        case "province" if actor.division_code:
            return or_(col(Organisation.division_code).startswith(actor.division_code[:2]), shown)
        case "bank" | "public":
            return shown
        case _:
            return false()


def visible_nominations(actor: Actor, *columns: Any) -> Select[Any]:
    """Return the query every read starts from: these columns of the nominations the actor may see."""
    query = select(*(columns or (Nomination,))).select_from(Nomination)
    query = query.join(Organisation, col(Organisation.id) == col(Nomination.owner_id))
    query = query.join(SelectionRound, col(SelectionRound.id) == col(Nomination.round_id))
    return query.where(visible_to(actor))


def list_rounds(session: Session) -> list[RoundLine]:
    """Return every round, the newest first: when to apply is no secret."""
    query = select(SelectionRound).order_by(col(SelectionRound.opens_on).desc(), col(SelectionRound.id).desc())
    return [round_line(row) for row in session.execute(query).scalars()]


def find_round(session: Session, round_id: int) -> RoundLine:
    """Return one round. Raises NotFound."""
    row = session.get(SelectionRound, round_id)
    if row is None:
        raise NotFound(f"没有编号为 {round_id} 的遴选批次", f"There is no selection {round_id}")
    return round_line(row)


def round_line(row: SelectionRound) -> RoundLine:
    """Return a round as plain data."""
    names = RoundLine.__struct_fields__
    return RoundLine(**{name: getattr(row, name) for name in names})


def list_nominations(session: Session, actor: Actor, round_id: int) -> list[NominationLine]:
    """Return the nominations of a round the actor may see, by division code; a draft only to its own city.

    Whoever reads the table by code reads no names from the comparison on, until publication: side by side, region and
    size would tell which is which.
    """
    if is_by_code(session, actor, round_id):
        return []
    query = visible_nominations(actor, Nomination, Organisation, col(SelectionRound.step))
    query = query.where(col(Nomination.round_id) == round_id)
    own = col(Nomination.owner_id).in_(organisations_below(actor.organisation_id))
    query = query.where(or_(col(Nomination.submitted_at).is_not(None), own))
    query = query.order_by(col(Organisation.division_code), col(Nomination.id))
    found = [_line(*row) for row in session.execute(query)]
    return found if may(actor, "read_nominations") else [_of_stranger(each) for each in found]


def is_by_code(session: Session, actor: Actor, round_id: int) -> bool:
    """Say whether this actor knows the cities of a round by their codes alone for now."""
    return find_round(session, round_id).step in _BY_CODE and is_inside(session, actor, round_id)


def _line(row: Nomination, owner: Organisation, step: str) -> NominationLine:
    is_out = step == PUBLISHED
    return NominationLine(
        id=row.id or 0,
        city=owner.name,
        owner_id=row.owner_id,
        division_code=owner.division_code,
        region=region_of(owner.division_code),
        size_class=size_class_of(row.urban_population_10k),
        statement=row.statement,
        urban_population_10k=row.urban_population_10k,
        population_source=row.population_source,
        plan_id=row.plan_id,
        version=row.version,
        submitted_at=row.submitted_at,
        is_recommended=row.is_recommended,
        opinion=row.opinion,
        is_in_form=row.is_in_form,
        form_remark=row.form_remark,
        code=row.code if is_out else None,
        decision=row.decision if is_out else None,
        decision_reason=row.decision_reason if is_out else None,
        is_demo=row.is_demo,
    )


def _of_stranger(line: NominationLine) -> NominationLine:
    """Return what a bank or the public is told of a selected city: that it was selected."""
    hidden = ("statement", "population_source", "plan_id", "is_recommended", "opinion", "is_in_form", "form_remark")
    return msgspec.structs.replace(line, **dict.fromkeys(hidden), decision_reason=None)


def quotas_of(session: Session, actor: Actor, round_id: int) -> list[Quota]:
    """Return the quotas of a round; how far each is filled is told to who is inside, to all once published."""
    taken = taken_places(session, round_id) if _knows_count(session, actor, round_id) else None
    query = select(SelectionQuota).where(col(SelectionQuota.round_id) == round_id).order_by(col(SelectionQuota.id))
    return [
        Quota(each.region, each.size_class, each.least, each.most, None if taken is None else _filled(each, taken))
        for each in session.execute(query).scalars()
    ]


def _filled(quota: SelectionQuota, taken: list[tuple[str | None, str | None]]) -> int:
    return sum(1 for place, size in taken if quota.region in ("", place) and quota.size_class in ("", size))


def count_taken(session: Session, actor: Actor, round_id: int) -> int | None:
    """Return how many cities are selected, or proposed while undecided; None where the actor is not to know yet."""
    return len(taken_places(session, round_id)) if _knows_count(session, actor, round_id) else None


def _knows_count(session: Session, actor: Actor, round_id: int) -> bool:
    return find_round(session, round_id).step == PUBLISHED or is_inside(session, actor, round_id)


def taken_places(session: Session, round_id: int) -> list[tuple[str | None, str | None]]:
    """Return region and size class of every city selected, or proposed while undecided: counts name nobody."""
    columns = (
        col(Organisation.division_code),
        col(Nomination.urban_population_10k),
        col(Nomination.proposal),
        col(Nomination.decision),
    )
    query = select(*columns).join(Nomination, col(Organisation.id) == col(Nomination.owner_id))
    return [
        (region_of(place), size_class_of(people))
        for place, people, proposal, decision in session.execute(query.where(col(Nomination.round_id) == round_id))
        if (decision or proposal) == "select"
    ]


def minutes_of(session: Session, actor: Actor, round_id: int) -> list[Minute]:
    """Return the minutes, oldest first. Raises NotAllowed for who neither holds selections nor sits on the panel."""
    require_inside(session, actor, round_id)
    query = (
        select(SelectionMinute, col(UserAccount.display_name))
        .outerjoin(UserAccount, col(UserAccount.id) == col(SelectionMinute.actor_id))
        .where(col(SelectionMinute.round_id) == round_id)
        .order_by(col(SelectionMinute.id))
    )
    return [Minute(each.step, each.text, each.at, name) for each, name in session.execute(query)]


def members_of(session: Session, round_id: int) -> list[Member]:
    """Return the panel of a round."""
    query = (
        select(PanelMember, col(UserAccount.display_name), col(Organisation.name))
        .join(UserAccount, col(UserAccount.id) == col(PanelMember.user_id))
        .join(Organisation, col(Organisation.id) == col(UserAccount.organisation_id))
        .where(col(PanelMember.round_id) == round_id)
        .order_by(col(PanelMember.id))
    )
    return [
        Member(each.id or 0, each.user_id, name, house, each.home_province)
        for each, name, house in session.execute(query)
    ]


def membership_of(session: Session, actor: Actor, round_id: int) -> PanelMember | None:
    """Return the actor's seat on the panel, None without one."""
    query = select(PanelMember).where(
        col(PanelMember.round_id) == round_id, col(PanelMember.user_id) == (actor.user_id or 0)
    )
    found: PanelMember | None = session.execute(query).scalar_one_or_none()
    return found


def is_inside(session: Session, actor: Actor, round_id: int) -> bool:
    """Say whether the actor holds selections or sits on this panel."""
    if may(actor, "hold_selections") or (actor.group == "operator" and may(actor, "read_nominations")):
        return True
    return may(actor, "score_nominations") and membership_of(session, actor, round_id) is not None


def require_inside(session: Session, actor: Actor, round_id: int) -> None:
    """Raise NotFound for a round nobody opened, NotAllowed unless the actor holds selections or sits on this panel."""
    find_round(session, round_id)
    if not is_inside(session, actor, round_id):
        require(actor, "hold_selections")
