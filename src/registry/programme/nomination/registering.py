"""From a published selection to the leading zone 登记先行区: a step of its own, dated, the result its source."""

from collections.abc import Iterator
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import select
from sqlmodel import Session, col

from registry.accounts.model import Actor, Organisation
from registry.accounts.permissions import require
from registry.errors import Finding, InvalidInput
from registry.programme.nomination.model import Nomination, SelectionRound
from registry.programme.nomination.queries import PUBLISHED
from registry.programme.nomination.rounds import locked_round, record
from registry.programme.nomination.rules import steps
from registry.projects.zones.operations import note_membership
from registry.projects.zones.queries import list_memberships

ZONE: Final = "leading_city"
LONGEST_NOTICE = 200
_CHINA = ZoneInfo("Asia/Shanghai")


class Registered(msgspec.Struct, frozen=True):
    """How many selected cities were registered now, and how many were in the zone already."""

    added: int
    known: int


def register_selected(
    session: Session, actor: Actor, round_id: int, *, starts_on: date, notice: str = "", url: str | None = None
) -> Registered:
    """Register every selected city as a leading city from a day on; who is one already stays as registered.

    `notice` names the published paper beside the round, `url` is where it stands. All or none. Raises NotAllowed,
    NotFound, and InvalidInput before the result is published or for a day before that.
    """
    require(actor, "hold_selections")
    require(actor, "keep_zones")
    held = locked_round(session, round_id)
    findings = list(_flaws(held, starts_on, notice))
    if findings:
        raise InvalidInput.of(findings)
    source = result_of(held) + (f"；{notice.strip()}" if notice.strip() else "")
    there = {each.division_code for each in list_memberships(session, zone=ZONE, on=starts_on)}
    chosen = _selected(session, round_id)
    new = [each for each in chosen if each.division_code not in there]
    for owner in new:
        note_membership(
            session,
            actor,
            zone=ZONE,
            division_code=owner.division_code or "",
            starts_on=starts_on,
            source=source,
            source_url=url,
            is_demo=held.is_demo,
        )
    told: dict[str, object] = {
        "zone": ZONE, "from": starts_on.isoformat(), "places": [each.division_code for each in new]
    }  # fmt: skip
    if new:
        record(session, actor, round_id, "selection.register", told)
    return Registered(len(new), len(chosen) - len(new))


def result_of(held: SelectionRound) -> str:
    """Return the result of a round as the source of a membership."""
    return f"“{held.title}”遴选结果，{_published_on(held)} 公布（批次 {held.id}）"


def registered_of(session: Session, round_id: int, *, on: date) -> Registered:
    """Return how many of the selected cities are not in the zone on a day, and how many are."""
    there = {each.division_code for each in list_memberships(session, zone=ZONE, on=on)}
    chosen = _selected(session, round_id)
    known = sum(1 for each in chosen if each.division_code in there)
    return Registered(len(chosen) - known, known)


def _selected(session: Session, round_id: int) -> list[Organisation]:
    query = select(Organisation).join(Nomination, col(Nomination.owner_id) == col(Organisation.id))
    query = query.where(col(Nomination.round_id) == round_id, col(Nomination.decision) == "select")
    return list(session.execute(query.order_by(col(Organisation.division_code))).scalars())


def _published_on(held: SelectionRound) -> date:
    return held.step_since.astimezone(_CHINA).date()


def _flaws(held: SelectionRound, starts_on: date, notice: str) -> Iterator[Finding]:
    if held.step != PUBLISHED:
        zh = f"现处“{steps()[held.step][0]}”环节；结果公布后才能登记先行区"
        en = f"The step is {held.step}; cities are registered once the result is published"
        yield Finding("step", "wrong-step", zh, en, held.step)
    elif starts_on < _published_on(held):
        zh = f"起始日期早于结果公布日期（{_published_on(held)}），请改为公布当日或以后"
        en = f"The first day is before the result was published ({_published_on(held)}); give that day or a later one"
        yield Finding("starts_on", "before-publication", zh, en, starts_on.isoformat())
    if len(notice.strip()) > LONGEST_NOTICE:
        zh, en = f"公布文件最多 {LONGEST_NOTICE} 字", f"At most {LONGEST_NOTICE} characters"
        yield Finding("notice", "too-long", zh, en)
