"""The panel 评审组: who sits on it, from which cities each keeps away, and the scores they give, by code."""

import math
from collections.abc import Iterator, Mapping

from sqlalchemy import select
from sqlmodel import Session, col

from registry import audit
from registry.accounts.model import Actor, Organisation, UserAccount
from registry.accounts.permissions import may, require
from registry.accounts.queries import actor_of
from registry.errors import Finding, InvalidInput, NotAllowed, NotFound
from registry.programme.nomination.model import Nomination, PanelMember, PanelScore, SelectionRound
from registry.programme.nomination.queries import membership_of
from registry.programme.nomination.rounds import locked_round, record
from registry.programme.nomination.rules import items, steps
from registry.projects.codes import province_name

LONGEST_REMARK = 1000


class ConflictOfInterest(NotAllowed):
    """The member has a tie to the city: a score of theirs is not taken."""

    code = "conflict-of-interest"


def name_member(session: Session, actor: Actor, round_id: int, *, login: str, home_province: str | None = None) -> int:
    """Seat a person on the panel of a round, with the province they declare a tie to. Raises InvalidInput, NotFound."""
    require(actor, "hold_selections")
    held = locked_round(session, round_id)
    findings = list(_seat_flaws(session, held, login, home_province))
    if findings:
        raise InvalidInput.of(findings)
    user = session.execute(select(UserAccount).where(col(UserAccount.login) == login)).scalar_one()
    seat = PanelMember(
        round_id=round_id,
        user_id=user.id or 0,
        home_province=home_province or None,
        named_by=actor.user_id,
        named_at=audit.now(),
    )
    session.add(seat)
    session.flush()
    record(session, actor, round_id, "selection.seat", {"login": login, "home_province": seat.home_province})
    return seat.id or 0


def _seat_flaws(session: Session, held: SelectionRound, login: str, home: str | None) -> Iterator[Finding]:
    if held.step not in ("applications", "form_check", "comparison", "panel"):
        zh = f"现处“{steps()[held.step][0]}”环节，评分已结束，不再增补评审组"
        yield Finding("step", "wrong-step", zh, "Scoring is over; the panel is not changed any more", held.step)
    if home and not _is_province(home):
        zh = "回避省份应为省级区划代码，如 330000；没有请留空"
        yield Finding("home_province", "not-a-province", zh, "A province code such as 330000, or empty", home[:20])
    user = session.execute(select(UserAccount).where(col(UserAccount.login) == login)).scalar_one_or_none()
    if user is None or not user.is_active:
        yield Finding("login", "unknown-user", f"没有用户“{login[:40]}”", f"There is no user {login[:40]}", login[:40])
        return
    if not may(actor_of(session, user), "score_nominations"):
        zh = f"“{user.display_name}”的用户组或角色不能评分；请选择部级或省级的经办、复核人员"
        yield Finding("login", "wrong-group", zh, "A member is a clerk or reviewer of ministry or province", login)
    query = select(PanelMember).where(col(PanelMember.round_id) == held.id, col(PanelMember.user_id) == user.id)
    if session.execute(query).first() is not None:
        yield Finding("login", "exists-already", f"“{user.display_name}”已在评审组中", "Already on the panel", login)


def _is_province(code: str) -> bool:
    return code.isascii() and code.isdigit() and code.endswith("0000") and province_name(code) is not None


def tie_of(member: Actor, home_province: str | None, owner: Organisation) -> tuple[str, str] | None:
    """Return why a member keeps away from a city, in both languages; None where there is no tie."""
    if member.organisation_id == owner.id:
        return "申报单位是您所在的机构", "it is nominated by your own organisation"
    place = (owner.division_code or "")[:2]
    if place and place == (member.division_code or "")[:2]:
        return "申报城市与您所在机构同属一省", "the city lies in the province of your organisation"
    if place and place == (home_province or "")[:2]:
        return "申报城市属于您申报的回避省份", "the city lies in the province you declared a tie to"
    return None


def ties(session: Session, actor: Actor, round_id: int) -> Mapping[str, tuple[str, str]]:
    """Return the codes the actor keeps away from, with the reason; empty for who has no seat."""
    seat = membership_of(session, actor, round_id)
    if seat is None:
        return {}
    query = select(col(Nomination.code), Organisation).join(
        Organisation, col(Organisation.id) == col(Nomination.owner_id)
    )
    query = query.where(col(Nomination.round_id) == round_id, col(Nomination.code).is_not(None))
    found = ((code, tie_of(actor, seat.home_province, owner)) for code, owner in session.execute(query))
    return {code: tie for code, tie in found if tie is not None}


def score_nomination(
    session: Session, actor: Actor, round_id: int, *, code: str, scores: Mapping[str, float], remark: str | None = None
) -> None:
    """Score a nomination by its code; a second score replaces the first, both stay in the audit log.

    Raises NotAllowed without a seat, ConflictOfInterest, NotFound, InvalidInput.
    """
    require(actor, "score_nominations")
    held = locked_round(session, round_id)
    seat = membership_of(session, actor, round_id)
    if seat is None:
        raise NotAllowed(
            "您不是该批次的评审组成员；如应参加，请由部级增补",
            "You have no seat on this panel; the ministry names members",
        )
    row, owner = _coded(session, round_id, code)
    _require_no_tie(actor, seat, owner, code)
    findings = list(_score_flaws(held, scores, remark))
    if findings:
        raise InvalidInput.of(findings)
    query = select(PanelScore).where(col(PanelScore.nomination_id) == row.id, col(PanelScore.member_id) == seat.id)
    known = {each.item: each for each in session.execute(query).scalars()}
    for item, value in scores.items():
        given = known.get(item) or PanelScore(
            nomination_id=row.id or 0, member_id=seat.id or 0, item=item, score=value, scored_at=audit.now()
        )
        given.score, given.remark, given.scored_at = value, (remark or "").strip() or None, audit.now()
        session.add(given)
    session.flush()
    record(session, actor, round_id, "selection.score", {"code": code, "scores": dict(scores), "remark": remark})


def _coded(session: Session, round_id: int, code: str) -> tuple[Nomination, Organisation]:
    query = select(Nomination, Organisation).join(Organisation, col(Organisation.id) == col(Nomination.owner_id))
    found = session.execute(query.where(col(Nomination.round_id) == round_id, col(Nomination.code) == code)).first()
    if found is None:
        raise NotFound(f"该批次没有代号 {code[:20]}", f"There is no code {code[:20]} in this round")
    return found[0], found[1]


def _require_no_tie(actor: Actor, seat: PanelMember, owner: Organisation, code: str) -> None:
    tie = tie_of(actor, seat.home_province, owner)
    if tie is not None:
        raise ConflictOfInterest(
            f"利益回避：{code} 不能由您评分，因为{tie[0]}；请评其他代号，此项由其他成员评分",
            f"Conflict of interest: you may not score {code}, as {tie[1]}; leave it to other members",
        )


def _score_flaws(held: SelectionRound, scores: Mapping[str, float], remark: str | None) -> Iterator[Finding]:
    if held.step != "panel":
        zh = f"现处“{steps()[held.step][0]}”环节，评分在“{steps()['panel'][0]}”环节进行"
        yield Finding("step", "wrong-step", zh, f"Scores are given in the panel step; it is {held.step}", held.step)
    if not scores:
        yield Finding("scores", "missing", "请至少为一项评分", "Score one item at least")
    for item, value in scores.items():
        most = items().get(item)
        if most is None:
            zh = f"没有“{item[:40]}”这个评分项；可用：{'、'.join(items())}"
            yield Finding("scores", "unknown-item", zh, f"There is no item {item[:40]}", item[:40])
        elif not (math.isfinite(value) and 0 <= value <= most):
            zh, en = f"“{item}”应在 0 至 {most:g} 分之间", f"{item} is scored from 0 to {most:g}"
            yield Finding(f"scores.{item}", "score-out-of-range", zh, en, str(value))
    if remark is not None and len(remark) > LONGEST_REMARK:
        zh = f"评语最多 {LONGEST_REMARK} 字"
        yield Finding("remark", "too-long", zh, f"A remark has at most {LONGEST_REMARK} characters")


def own_scores(session: Session, actor: Actor, round_id: int) -> dict[str, dict[str, float]]:
    """Return the scores the actor gave, by code and item."""
    seat = membership_of(session, actor, round_id)
    query = select(col(Nomination.code), col(PanelScore.item), col(PanelScore.score)).join(
        PanelScore, col(PanelScore.nomination_id) == col(Nomination.id)
    )
    found: dict[str, dict[str, float]] = {}
    for code, item, score in session.execute(query.where(col(PanelScore.member_id) == (seat.id if seat else 0))):
        found.setdefault(code or "", {})[item] = score
    return found
