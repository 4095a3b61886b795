"""What a step still needs before the next may begin: every flaw at once, by code where names are not to be read."""

from collections.abc import Iterator
from datetime import date

from sqlalchemy import func, select
from sqlmodel import Session, col

from registry.accounts.model import Organisation
from registry.errors import Finding
from registry.programme.nomination.model import Nomination, PanelMember, PanelScore, SelectionRound
from registry.programme.nomination.rules import items, rules

_SHOWN = 10


def what_is_open(session: Session, row: SelectionRound, *, today: date) -> list[Finding]:
    """Return what keeps a round in the step it is in."""
    checks = {
        "applications": lambda: _still_open(row, today),
        "form_check": lambda: _unchecked(session, row),
        "comparison": lambda: _no_panel(session, row),
        "panel": lambda: _unscored(session, row),
        "proposal": lambda: _unmarked(session, row, "proposal"),
        "decision": lambda: _unmarked(session, row, "decision"),
    }
    return list(checks.get(row.step, lambda: iter(()))())


def _still_open(row: SelectionRound, today: date) -> Iterator[Finding]:
    if today <= row.closes_on:
        zh = f"申报期至 {row.closes_on}，今天是 {today}；截止后再开始形式审查"
        yield Finding("step", "still-open", zh, f"Applications are taken until {row.closes_on}; wait until then")


def _unchecked(session: Session, row: SelectionRound) -> Iterator[Finding]:
    query = select(col(Organisation.name)).join(Nomination, col(Nomination.owner_id) == col(Organisation.id))
    query = query.where(col(Nomination.round_id) == row.id, col(Nomination.submitted_at).is_not(None))
    names = list(session.execute(query.where(col(Nomination.is_in_form).is_(None))).scalars())
    if names:
        shown = "、".join(names[:_SHOWN])
        zh, en = f"{len(names)} 个申报尚未形式审查：{shown}", f"{len(names)} nominations are not checked yet"
        yield Finding("form_check", "not-checked", zh, en, str(len(names)))
    passed = select(func.count()).select_from(Nomination).where(col(Nomination.round_id) == row.id)
    if not names and not session.execute(passed.where(col(Nomination.is_in_form).is_(True))).scalar_one():
        yield Finding(
            "form_check", "nothing-to-compare", "没有通过形式审查的申报", "No nomination passed the form check"
        )


def _no_panel(session: Session, row: SelectionRound) -> Iterator[Finding]:
    query = select(func.count()).select_from(PanelMember).where(col(PanelMember.round_id) == row.id)
    seats, least = session.execute(query).scalar_one(), int(rules()["panel"]["least_members"])
    if seats < least:
        zh, en = (
            f"评审组至少 {least} 人，现有 {seats} 人，请补充",
            f"A panel has at least {least}; name {least - seats} more",
        )
        yield Finding("panel", "panel-too-small", zh, en, str(seats))


def _unscored(session: Session, row: SelectionRound) -> Iterator[Finding]:
    whole = (
        select(col(PanelScore.nomination_id), col(PanelScore.member_id))
        .group_by(col(PanelScore.nomination_id), col(PanelScore.member_id))
        .having(func.count() == len(items()))
        .subquery()
    )
    counted = select(whole.c.nomination_id, func.count().label("n")).group_by(whole.c.nomination_id).subquery()
    query = select(col(Nomination.code)).outerjoin(counted, counted.c.nomination_id == col(Nomination.id))
    least = int(rules()["panel"]["least_scores"])
    query = query.where(col(Nomination.round_id) == row.id, col(Nomination.code).is_not(None))
    codes = session.execute(query.where(func.coalesce(counted.c.n, 0) < least).order_by(col(Nomination.code))).scalars()
    waiting = [each or "" for each in codes]
    if waiting:
        zh = f"{len(waiting)} 个申报的完整评分不足 {least} 份：{'、'.join(waiting[:_SHOWN])}；请补评或增补成员"
        en = f"{len(waiting)} nominations have fewer than {least} complete scores: {', '.join(waiting[:_SHOWN])}"
        yield Finding("panel", "not-scored", zh, en, str(len(waiting)))


def _unmarked(session: Session, row: SelectionRound, name: str) -> Iterator[Finding]:
    query = select(col(Nomination.code)).where(col(Nomination.round_id) == row.id, col(Nomination.code).is_not(None))
    codes = session.execute(
        query.where(col(getattr(Nomination, name)).is_(None)).order_by(col(Nomination.code))
    ).scalars()
    waiting = [each or "" for each in codes]
    if waiting:
        what_zh, what_en = ("建议", "proposal") if name == "proposal" else ("决定", "decision")
        zh = f"{len(waiting)} 个申报还没有{what_zh}：{'、'.join(waiting[:_SHOWN])}"
        yield Finding(name, "not-marked", zh, f"{len(waiting)} nominations lack a {what_en}", str(len(waiting)))
