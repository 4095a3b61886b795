"""Writes on nominations: a city applies in time, its province gives an opinion, the ministry checks the form."""

import math
from collections.abc import Iterator, Mapping
from datetime import date

from sqlalchemy import select
from sqlmodel import Session, col

from registry import audit
from registry.accounts.model import Actor, Organisation
from registry.accounts.permissions import require
from registry.errors import Finding, InvalidInput, NotAllowed, NotFound, StaleWrite
from registry.programme.nomination.model import Nomination, SelectionRound
from registry.programme.nomination.queries import visible_nominations
from registry.programme.nomination.rounds import locked_round
from registry.programme.nomination.rules import steps
from registry.programme.papers.queries import find_paper
from registry.projects.notices.operations import announce
from registry.projects.zones.catalogue import levels_of

LONGEST_STATEMENT = 4000
LONGEST_REASON = 2000
_MOST_PEOPLE = 5000.0


def save_nomination(
    session: Session,
    actor: Actor,
    round_id: int,
    *,
    statement: str,
    today: date,
    urban_population_10k: float | None = None,
    population_source: str | None = None,
    plan_id: int | None = None,
    expected_version: int | None = None,
    is_demo: bool = False,
) -> int:
    """Write the nomination of the actor's own city, or change it while it is a draft; return its number.

    `urban_population_10k` is 城区常住人口 in 万人. Raises NotAllowed, NotFound, StaleWrite, InvalidInput after the
    deadline.
    """
    require(actor, "edit_papers")
    held = locked_round(session, round_id)
    if actor.organisation_id is None or actor.group != "city":
        raise NotAllowed("申报由城市提出", "A nomination is made by a city")
    findings = list(_deadline_flaws(held, today)) or list(
        _text_flaws(actor, statement, urban_population_10k, population_source)
    )
    if findings:
        raise InvalidInput.of(findings)
    if plan_id is not None:
        find_paper(session, actor, plan_id, kind="city_plan")
    query = select(Nomination).where(
        col(Nomination.round_id) == round_id, col(Nomination.owner_id) == actor.organisation_id
    )
    row = session.execute(query).scalar_one_or_none()
    if row is None:
        row = Nomination(
            round_id=round_id, owner_id=actor.organisation_id, statement="", version=0, updated_at=audit.now()
        )
    elif row.submitted_at is not None:
        zh, en = (
            "申报已提交，内容已锁定；如需修改请先撤回",
            "The nomination is submitted; take it back before changing it",
        )
        raise InvalidInput.of([Finding("statement", "submitted-already", zh, en)])
    elif expected_version != row.version:
        raise StaleWrite("该申报已由他人修改，请刷新后再操作", "Somebody else changed this nomination; reload it")
    row.statement, row.plan_id, row.is_demo = statement.strip(), plan_id, is_demo
    row.urban_population_10k, row.population_source = urban_population_10k, (population_source or "").strip() or None
    row.version, row.updated_at = row.version + 1, audit.now()
    session.add(row)
    session.flush()
    told = {"round": round_id, "statement": row.statement, "urban_population_10k": urban_population_10k}
    _record(session, actor, row, "nomination.save", told | {"source": row.population_source, "plan": plan_id})
    return row.id or 0


def _deadline_flaws(held: SelectionRound, today: date) -> Iterator[Finding]:
    if today < held.opens_on:
        zh = f"“{held.title}”{held.opens_on} 起受理申报，今天是 {today}；请在开放后办理"
        en = f"{held.title} takes nominations from {held.opens_on}; today is {today}: come back then"
        yield Finding("round", "not-open", zh, en, today.isoformat())
    elif today > held.closes_on or held.step != "applications":
        step = steps()[held.step]
        zh = (
            f"“{held.title}”的申报已于 {held.closes_on} 截止，今天是 {today}，现处“{step[0]}”环节，不再受理；"
            "请等待下一批次，或由省级生态环境部门商生态环境部"
        )
        en = (
            f"Nominations to {held.title} closed on {held.closes_on}; today is {today}, the step is {step[1].lower()}. "
            "Wait for the next round, or let the province ask the ministry"
        )
        yield Finding("round", "after-deadline", zh, en, today.isoformat())


def _text_flaws(actor: Actor, statement: str, people: float | None, source: str | None) -> Iterator[Finding]:
    if actor.division_code is None or "city" not in levels_of(actor.division_code):
        zh = "申报主体原则上为地级及以上城市；本单位的区划代码不是地级市，请由所在城市申报"
        yield Finding("city", "wrong-level", zh, "Prefecture-level cities and above apply", actor.division_code)
    if not 1 <= len(statement.strip()) <= LONGEST_STATEMENT:
        zh = f"请填写申报理由，1 至 {LONGEST_STATEMENT} 字"
        yield Finding("statement", "missing", zh, f"Give reasons, 1 to {LONGEST_STATEMENT} characters")
    if people is not None and not (math.isfinite(people) and 0 < people < _MOST_PEOPLE):
        zh = "城区常住人口应以万人计，大于 0；如 325.6；不掌握请留空"
        yield Finding("urban_population_10k", "out-of-range", zh, "Urban residents in units of 10,000", str(people))
    if people is not None and not (source or "").strip():
        zh, en = "请写明人口数的来源，如统计年鉴和年份", "Give the source of the population, such as a yearbook"
        yield Finding("population_source", "needs-source", zh, en)


def submit_nomination(
    session: Session, actor: Actor, nomination_id: int, *, expected_version: int, today: date
) -> None:
    """Sign a nomination and send it to the province. Raises NotFound, NotAllowed, StaleWrite, InvalidInput."""
    require(actor, "submit_papers")
    row, held = _own(session, actor, nomination_id, expected_version)
    findings = list(_deadline_flaws(held, today))
    if row.submitted_at is not None:
        findings.append(Finding("nomination", "submitted-already", "该申报已经提交", "It is submitted already"))
    if row.urban_population_10k is None:
        zh = "未填城区常住人口，无法归入规模类别；请补填人数和来源"
        findings.append(Finding("urban_population_10k", "missing", zh, "The size class needs the urban population"))
    if findings:
        raise InvalidInput.of(findings)
    row.submitted_at, row.submitted_by, row.version = audit.now(), actor.user_id, row.version + 1
    session.add(row)
    _record(session, actor, row, "nomination.submit", {"round": held.id})
    _tell_province(session, actor, held)


def take_back_nomination(
    session: Session, actor: Actor, nomination_id: int, *, expected_version: int, today: date
) -> None:
    """Take a nomination back to change it, before the deadline and before its province speaks. Raises as submit."""
    require(actor, "submit_papers")
    row, held = _own(session, actor, nomination_id, expected_version)
    findings = list(_deadline_flaws(held, today))
    if row.submitted_at is None or row.is_recommended is not None:
        zh, en = (
            "只有已提交、省级尚未提出意见的申报可以撤回",
            "Only what is submitted and has no opinion yet is taken back",
        )
        findings.append(Finding("nomination", "wrong-state", zh, en))
    if findings:
        raise InvalidInput.of(findings)
    row.submitted_at = row.submitted_by = None
    row.version += 1
    session.add(row)
    _record(session, actor, row, "nomination.take_back", {"round": held.id})


def give_provincial_opinion(
    session: Session, actor: Actor, nomination_id: int, *, is_recommended: bool, opinion: str, expected_version: int
) -> None:
    """Recommend a nomination of the actor's province, or advise against it; it goes on with either.

    Raises NotAllowed, NotFound, StaleWrite, InvalidInput.
    """
    require(actor, "decide_papers")
    if actor.group != "province":
        raise NotAllowed("推荐意见由省级部门提出", "The opinion is given by the province")
    row, held = _found(session, actor, nomination_id, expected_version)
    _require_step(held, ("applications", "form_check"))
    _require_submitted(row)
    row.is_recommended, row.opinion = is_recommended, _reason(opinion)
    row.opinion_by, row.opinion_at, row.version = actor.user_id, audit.now(), row.version + 1
    session.add(row)
    told = {"round": held.id, "is_recommended": is_recommended, "opinion": row.opinion}
    _record(session, actor, row, "nomination.opinion", told)


def check_form(
    session: Session, actor: Actor, nomination_id: int, *, is_in_form: bool, remark: str, expected_version: int
) -> None:
    """Say whether a nomination is in form. Without its province's opinion it cannot be: that is asked for first.

    Raises NotAllowed, NotFound, StaleWrite, InvalidInput.
    """
    require(actor, "hold_selections")
    row, held = _found(session, actor, nomination_id, expected_version)
    _require_step(held, ("form_check",))
    _require_submitted(row)
    if is_in_form and row.is_recommended is None:
        zh = "省级尚未提出意见，不能通过形式审查；请先催办省级意见，或注明原因判为不通过"
        raise InvalidInput.of([Finding("opinion", "no-opinion", zh, "The province has given no opinion yet")])
    row.is_in_form, row.form_remark, row.version = is_in_form, _reason(remark), row.version + 1
    session.add(row)
    told = {"round": held.id, "is_in_form": is_in_form, "remark": row.form_remark}
    _record(session, actor, row, "nomination.form", told)


def _own(session: Session, actor: Actor, number: int, version: int) -> tuple[Nomination, SelectionRound]:
    row, held = _found(session, actor, number, version)
    if row.owner_id != actor.organisation_id:
        raise NotFound(f"本单位没有编号为 {number} 的申报", f"Your city has no nomination {number}")
    return row, held


def _found(session: Session, actor: Actor, number: int, version: int) -> tuple[Nomination, SelectionRound]:
    query = visible_nominations(actor).where(col(Nomination.id) == number)
    query = query.with_for_update(of=Nomination).execution_options(populate_existing=True)
    row: Nomination | None = session.execute(query).scalar_one_or_none()
    if row is None:
        raise NotFound(f"没有编号为 {number} 的申报，或您无权查看", f"There is no nomination {number} that you may see")
    if row.version != version:
        raise StaleWrite("该申报已由他人修改，请刷新后再操作", "Somebody else changed this nomination; reload it")
    return row, locked_round(session, row.round_id)


def _require_step(held: SelectionRound, allowed: tuple[str, ...]) -> None:
    if held.step not in allowed:
        names = "、".join(steps()[each][0] for each in allowed)
        zh = f"现处“{steps()[held.step][0]}”环节，此事在“{names}”环节办理"
        raise InvalidInput.of([Finding("step", "wrong-step", zh, f"The step is {held.step}", held.step)])


def _require_submitted(row: Nomination) -> None:
    if row.submitted_at is None:
        raise InvalidInput.of([Finding("nomination", "not-submitted", "该申报尚未提交", "It is not submitted yet")])


def _reason(text: str) -> str:
    said = text.strip()
    if not 1 <= len(said) <= LONGEST_REASON:
        zh, en = f"请写明理由，最多 {LONGEST_REASON} 字", f"Give a reason of at most {LONGEST_REASON} characters"
        raise InvalidInput.of([Finding("reason", "needs-reason", zh, en)])
    return said


def _tell_province(session: Session, actor: Actor, held: SelectionRound) -> None:
    place = (actor.division_code or "??")[:2]
    query = select(col(Organisation.id)).where(
        col(Organisation.group) == "province", col(Organisation.division_code).startswith(place)
    )
    announce(
        session,
        kind="nomination.submitted",
        project_code="",
        organisation_ids=[found or 0 for found in session.execute(query).scalars()],
        text_zh=f"{held.title}：有城市提交申报，请提出推荐意见",
        text_en=f"{held.title}: a city applied; give your opinion",
        moment=audit.now(),
    )


def _record(session: Session, actor: Actor, row: Nomination, action: str, details: Mapping[str, object]) -> None:
    session.flush()
    audit.record(session, actor_id=actor.user_id, action=action, subject=f"nomination:{row.id}", details=dict(details))
