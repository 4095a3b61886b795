"""What people propose and decide 建议与决定, by code; the computer's proposal stands beside and decides nothing."""

from collections.abc import Iterator
from typing import Literal

from sqlalchemy import select
from sqlmodel import Session, col

from registry.accounts.model import Actor, Organisation
from registry.accounts.permissions import require
from registry.errors import Finding, InvalidInput, NotFound
from registry.programme.nomination.comparison import CHOICES
from registry.programme.nomination.model import Nomination, SelectionQuota, SelectionRound
from registry.programme.nomination.queries import region_of, taken_places
from registry.programme.nomination.rounds import locked_round, record
from registry.programme.nomination.rules import REGIONS, size_class_of, sizes, steps

LONGEST_REASON = 2000
Choice = Literal["select", "reserve", "decline"]


def mark_nomination(session: Session, actor: Actor, round_id: int, *, code: str, choice: str, reason: str = "") -> None:
    """Propose (in the step of proposals) or decide (in that of decisions) on a code.

    A reason is needed against the proposal and beyond a quota or the target; both stay possible, as people decide.
    Raises NotAllowed, NotFound, InvalidInput.
    """
    require(actor, "hold_selections")
    held = locked_round(session, round_id)
    query = select(Nomination, Organisation).join(Organisation, col(Organisation.id) == col(Nomination.owner_id))
    query = query.where(col(Nomination.round_id) == round_id, col(Nomination.code) == code)
    found = session.execute(query).first()
    if found is None:
        raise NotFound(f"该批次没有代号 {code[:20]}", f"There is no code {code[:20]} in this round")
    row, owner = found
    findings = list(_flaws(session, held, row, owner, choice, reason.strip()))
    if findings:
        raise InvalidInput.of(findings)
    if held.step == "proposal":
        row.proposal, row.proposal_reason = choice, reason.strip() or None
    else:
        row.decision, row.decision_reason = choice, reason.strip() or None
    session.add(row)
    session.flush()
    action = "selection.propose" if held.step == "proposal" else "selection.decide"
    record(session, actor, round_id, action, {"code": code, "choice": choice, "reason": reason.strip()})


def _flaws(
    session: Session, held: SelectionRound, row: Nomination, owner: Organisation, choice: str, reason: str
) -> Iterator[Finding]:
    if held.step not in ("proposal", "decision"):
        zh = f"现处“{steps()[held.step][0]}”环节，建议和决定分别在“建议名单”“研究决定”环节作出"
        yield Finding("step", "wrong-step", zh, f"Nothing is proposed or decided in step {held.step}", held.step)
        return
    if choice not in CHOICES:
        zh = f"请选择：{'、'.join(names[0] for names in CHOICES.values())}"
        yield Finding("choice", "unknown-choice", zh, f"Use one of {', '.join(CHOICES)}", choice[:20])
        return
    if len(reason) > LONGEST_REASON:
        zh = f"理由最多 {LONGEST_REASON} 字"
        yield Finding("reason", "too-long", zh, f"At most {LONGEST_REASON} characters")
    if reason:
        return
    if held.step == "decision" and choice != row.proposal:
        zh, en = "决定与建议不一致，请说明理由", "The decision departs from the proposal; give the reason"
        yield Finding("reason", "needs-reason", zh, en)
    if choice == "select" and (row.decision or row.proposal) != "select":
        yield from _over_limits(session, held, row, owner)


def _over_limits(session: Session, held: SelectionRound, row: Nomination, owner: Organisation) -> Iterator[Finding]:
    taken = taken_places(session, held.id or 0)
    if held.target is not None and len(taken) >= held.target:
        zh = f"已选 {len(taken)} 个，达到拟选数量 {held.target}；确需再选请说明理由"
        yield Finding("reason", "over-target", zh, f"{len(taken)} are chosen of {held.target}; give a reason")
    region, size = region_of(owner.division_code) or "", size_class_of(row.urban_population_10k) or ""
    query = select(SelectionQuota).where(col(SelectionQuota.round_id) == held.id, col(SelectionQuota.most).is_not(None))
    for quota in session.execute(query.order_by(col(SelectionQuota.id))).scalars():
        if quota.region not in ("", region) or quota.size_class not in ("", size):
            continue
        filled = sum(1 for a, b in taken if quota.region in ("", a) and quota.size_class in ("", b))
        if filled >= (quota.most or 0):
            zh, en = class_name(quota.region, quota.size_class)
            told = f"“{zh}”名额 {quota.most} 个已满；请先调整，确需超出请说明理由"
            yield Finding("reason", "over-quota", told, f"The quota of {en} ({quota.most}) is full; give a reason")


def class_name(region: str, size_class: str) -> tuple[str, str]:
    """Return the name of a class of cities in both languages."""
    everywhere, any_size = ("全国", "All regions"), ("各类规模", "all sizes")
    place = REGIONS.get(region, (region, region)) if region else everywhere
    size = sizes().get(size_class, (size_class, size_class)) if size_class else any_size
    return f"{place[0]}·{size[0]}", f"{place[1]}, {size[1].lower()}"
