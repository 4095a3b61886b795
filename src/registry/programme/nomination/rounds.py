"""Writes on rounds of selection: opened with dates and quotas, taken from step to step, each with its minutes."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlmodel import Session, col

from registry import audit
from registry.accounts.model import Actor, Organisation
from registry.accounts.permissions import require
from registry.errors import Finding, InvalidInput, NotFound, StaleWrite
from registry.programme.nomination.comparison import freeze_facts
from registry.programme.nomination.model import Nomination, SelectionMinute, SelectionQuota, SelectionRound
from registry.programme.nomination.queries import PUBLISHED, RoundLine, round_line
from registry.programme.nomination.readiness import what_is_open
from registry.programme.nomination.rules import REGIONS, rules, sizes, step_after, steps
from registry.projects.notices.operations import announce

LONGEST_TEXT = 10_000
LONGEST_TITLE = 100


@dataclass(frozen=True, slots=True)
class StatedQuota:
    """A quota as the ministry states it; an empty class means all of them."""

    region: str = ""
    size_class: str = ""
    least: int | None = None
    most: int | None = None


def open_selection(
    session: Session,
    actor: Actor,
    *,
    title: str,
    opens_on: date,
    closes_on: date,
    target: int | None = None,
    quotas: Sequence[StatedQuota] = (),
    is_demo: bool = False,
) -> RoundLine:
    """Open a round; without a target it is that of the text, about 50. Raises NotAllowed, InvalidInput."""
    require(actor, "hold_selections")
    name = " ".join(title.split())
    findings = [*_round_flaws(name, opens_on, closes_on, target), *_quota_flaws(quotas)]
    known = select(col(SelectionRound.id)).where(col(SelectionRound.title) == name)
    if session.execute(known).first() is not None:
        zh, en = f"名为“{name}”的批次已经存在，请换一个名称", f"There is a round called {name} already; choose another"
        findings.append(Finding("title", "exists-already", zh, en, name))
    if findings:
        raise InvalidInput.of(findings)
    moment = audit.now()
    row = SelectionRound(
        title=name,
        opens_on=opens_on,
        closes_on=closes_on,
        target=target or int(rules()["target"]["value"]),
        step="applications",
        step_since=moment,
        is_demo=is_demo,
        opened_by=actor.user_id,
        opened_at=moment,
    )
    session.add(row)
    session.flush()
    limits = [(each.region, each.size_class, each.least, each.most) for each in quotas]
    for region, size, least, most in limits:
        session.add(SelectionQuota(round_id=row.id or 0, region=region, size_class=size, least=least, most=most))
    session.flush()
    details = {"opens_on": opens_on.isoformat(), "closes_on": closes_on.isoformat(), "quotas": limits}
    record(session, actor, row.id or 0, "selection.open", details | {"target": row.target})
    return round_line(row)


def _round_flaws(title: str, opens_on: date, closes_on: date, target: int | None) -> list[Finding]:
    found = []
    if not 1 <= len(title) <= LONGEST_TITLE:
        zh, en = f"批次名称应为 1 至 {LONGEST_TITLE} 字", f"A title has 1 to {LONGEST_TITLE} characters"
        found.append(Finding("title", "title-length", zh, en))
    if closes_on < opens_on:
        zh, en = "截止日期早于开放日期，请更正", "The round closes before it opens; correct the days"
        found.append(Finding("closes_on", "period-reversed", zh, en, closes_on.isoformat()))
    if target is not None and target < 1:
        zh, en = "拟选数量应为正整数；不确定请留空", "The target is a positive number; leave it empty if unknown"
        found.append(Finding("target", "out-of-range", zh, en, str(target)))
    return found


def _quota_flaws(quotas: Sequence[StatedQuota]) -> list[Finding]:
    found, seen = [], set()
    for place, each in enumerate(quotas):
        path = f"quotas[{place}]"
        if each.region not in ("", *REGIONS) or each.size_class not in ("", *sizes()):
            zh = f"没有这个类别；区域可用 {'、'.join(REGIONS)}，规模可用 {'、'.join(sizes())}，留空为全部"
            found.append(Finding(path, "unknown-class", zh, "No such class", f"{each.region}/{each.size_class}"))
        if each.least is None and each.most is None:
            found.append(Finding(path, "missing", "请填写名额的下限或上限", "Give a least or a most number"))
        if min(each.least or 0, each.most or 0) < 0 or (each.most is not None and (each.least or 0) > each.most):
            zh, en = "下限不应高于上限，且不为负，请更正", "The least is not above the most, and neither is negative"
            found.append(Finding(path, "conflicting-limits", zh, en, f"{each.least}–{each.most}"))
        if (each.region, each.size_class) in seen:
            found.append(Finding(path, "repeated", "同一类别的名额只写一次", "A class has one quota", each.region))
        seen.add((each.region, each.size_class))
    return found


def locked_round(session: Session, round_id: int, expected_version: int | None = None) -> SelectionRound:
    """Return a round, locked until the transaction ends. Raises NotFound, StaleWrite."""
    query = select(SelectionRound).where(col(SelectionRound.id) == round_id).with_for_update()
    row: SelectionRound | None = session.execute(query.execution_options(populate_existing=True)).scalar_one_or_none()
    if row is None:
        raise NotFound(f"没有编号为 {round_id} 的遴选批次", f"There is no selection {round_id}")
    if expected_version not in (None, row.version):
        zh, en = steps()[row.step]
        raise StaleWrite(f"该批次已由他人推进，现为“{zh}”；请刷新后再操作", f"The round moved on; it is now: {en}")
    return row


def add_minute(session: Session, actor: Actor, round_id: int, *, text: str) -> None:
    """Add to the minutes of the step a round is in. Raises NotAllowed, NotFound, InvalidInput."""
    require(actor, "hold_selections")
    write_minute(session, actor, locked_round(session, round_id), text)


def write_minute(session: Session, actor: Actor, row: SelectionRound, text: str) -> None:
    """Add an entry to the minutes, and the same words to the audit log. Raises InvalidInput when it is empty."""
    said = text.strip()
    if not 1 <= len(said) <= LONGEST_TEXT:
        zh = f"请写明本环节纪要（1 至 {LONGEST_TEXT} 字）：谁参加、依据什么、形成什么意见"
        raise InvalidInput.of([Finding("minutes", "needs-minutes", zh, "Write the minutes of this step")])
    entry = SelectionMinute(round_id=row.id or 0, step=row.step, text=said, at=audit.now(), actor_id=actor.user_id)
    session.add(entry)
    session.flush()
    record(session, actor, row.id or 0, "selection.minute", {"step": row.step, "text": said})


def advance_selection(
    session: Session, actor: Actor, round_id: int, *, minutes: str, expected_version: int, today: date
) -> RoundLine:
    """Close the step a round is in with its minutes and begin the next; what is still open refuses it.

    Raises NotAllowed, NotFound, StaleWrite, InvalidInput.
    """
    require(actor, "hold_selections")
    row = locked_round(session, round_id, expected_version)
    following = step_after(row.step)
    if following is None:
        zh, en = "该批次已经公布，没有后续环节", "The round is published; no step follows"
        raise InvalidInput.of([Finding("step", "wrong-step", zh, en, row.step)])
    findings = what_is_open(session, row, today=today)
    if findings:
        raise InvalidInput.of(findings)
    write_minute(session, actor, row, minutes)
    before, row.step, row.step_since, row.version = row.step, following, audit.now(), row.version + 1
    session.add(row)
    session.flush()
    if following == "comparison":
        _draw_codes(session, row)
        freeze_facts(session, actor, row)
    record(session, actor, round_id, "selection.advance", {"from": before, "to": following})
    if following == PUBLISHED:
        _tell_cities(session, row)
    return round_line(row)


def _draw_codes(session: Session, row: SelectionRound) -> None:
    """Give each nomination that passed the form check a code in an order nobody can foresee."""
    query = select(Nomination).where(col(Nomination.round_id) == row.id, col(Nomination.is_in_form).is_(True))
    drawn = list(session.execute(query.order_by(col(Nomination.id))).scalars())
    secrets.SystemRandom().shuffle(drawn)
    for number, each in enumerate(drawn, start=1):
        each.code = f"C{number:03d}"
        session.add(each)
    session.flush()


def _tell_cities(session: Session, row: SelectionRound) -> None:
    query = select(Nomination, Organisation).join(Organisation, col(Organisation.id) == col(Nomination.owner_id))
    query = query.where(col(Nomination.round_id) == row.id, col(Nomination.decision).is_not(None))
    for each, owner in session.execute(query.order_by(col(Nomination.id))):
        is_in = each.decision == "select"
        announce(
            session,
            kind="selection.published",
            project_code="",
            organisation_ids=[owner.id or 0],
            text_zh=f"{row.title}结果已公布：{owner.name}{'入选' if is_in else '未入选'}。{each.decision_reason or ''}",
            text_en=f"{row.title} is published: {owner.name} was {'selected' if is_in else 'not selected'}.",
            moment=audit.now(),
        )


def record(session: Session, actor: Actor, round_id: int, action: str, details: dict[str, object]) -> None:
    """Leave the audit entry of an act on a round."""
    audit.record(session, actor_id=actor.user_id, action=action, subject=f"selection:{round_id}", details=details)
