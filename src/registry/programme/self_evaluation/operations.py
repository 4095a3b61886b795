"""Writes on self-evaluations: opened by date, prefilled, signed with every difference explained, locked afterwards."""

from datetime import date

from sqlalchemy import select
from sqlmodel import Session, col

from registry.accounts.model import Actor
from registry.accounts.permissions import require
from registry.errors import Finding, InvalidInput, NotAllowed
from registry.programme.indicators.queries import CityLine, find_city, indicators_of, values_of
from registry.programme.indicators.versions import day_for
from registry.programme.papers.model import CityPaper
from registry.programme.papers.operations import SavedPaper, create_paper, move_paper, save_paper
from registry.programme.papers.states import EDITABLE, PaperAction
from registry.programme.self_evaluation.document import (
    MOST_PROJECTS,
    EvaluatedIndicator,
    EvaluatedProject,
    SelfEvaluationDocument,
)
from registry.programme.self_evaluation.queries import KIND, evaluation_findings, stored_self_evaluation
from registry.programme.self_evaluation.rounds import round_of
from registry.projects.queries import list_codes


def begin_self_evaluation(
    session: Session, actor: Actor, *, year: int, today: date, is_demo: bool = False
) -> SavedPaper:
    """Begin the self-evaluation of a year, prefilled from indicators and projects. Raises NotAllowed, InvalidInput."""
    require(actor, "edit_papers")
    if actor.organisation_id is None or actor.group != "city":
        raise NotAllowed("自评估由城市编制", "A self-evaluation is written by a city")
    _require_open(session, year, today)
    _require_not_locked(session, actor.organisation_id, year)
    city = find_city(session, actor)
    projects = [EvaluatedProject(code=code) for code in list_codes(session, actor)[:MOST_PROJECTS]]
    document = filled(session, city, SelfEvaluationDocument(projects=projects), year=year, today=today)
    title = f"{city.name} {year} 年美丽城市建设自评估"
    return create_paper(session, actor, kind=KIND, title=title, year=year, document=document, is_demo=is_demo)


def filled(
    session: Session, city: CityLine, document: SelfEvaluationDocument, *, year: int, today: date
) -> SelfEvaluationDocument:
    """Return the document with the figures the city states in its indicators: nobody types them a second time."""
    known, said = (
        indicators_of(session, city, on=day_for(year, today)),
        {each.indicator: each for each in document.indicators},
    )
    lines = []
    for value in values_of(session, city, year=year):
        if value.indicator not in known:
            continue
        term, before = known[value.indicator], said.get(value.indicator)
        lines.append(
            EvaluatedIndicator(
                indicator=term.id,
                name=term.zh,
                unit=term.unit,
                target=value.target,
                actual=value.actual,
                evidence=value.evidence,
                document_id=value.document_id,
                explanation=None if before is None else before.explanation,
            )
        )
    order = list(known)
    lines.sort(key=lambda line: order.index(line.indicator))
    return document.model_copy(update={"indicators": lines})


def save_self_evaluation(
    session: Session,
    actor: Actor,
    paper_id: int,
    *,
    document: SelfEvaluationDocument,
    expected_version: int,
    today: date,
    reason: str = "",
) -> SavedPaper:
    """Save a new revision; its figures are those of the indicators. Raises NotFound, NotAllowed, StaleWrite."""
    require(actor, "edit_papers")
    paper, _ = stored_self_evaluation(session, actor, paper_id)
    kept = document
    if paper.state in EDITABLE:
        kept = filled(session, find_city(session, actor), document, year=paper.year or 0, today=today)
    return save_paper(session, actor, paper_id, document=kept, expected_version=expected_version, reason=reason)


def move_self_evaluation(
    session: Session,
    actor: Actor,
    paper_id: int,
    *,
    action: PaperAction,
    expected_version: int,
    today: date,
    reason: str = "",
    embargo_until: date | None = None,
) -> SavedPaper:
    """Take one action. Signing needs an open round and every difference explained; a closed year is not revised.

    Raises NotFound, NotAllowed, StaleWrite, InvalidInput.
    """
    paper, text = stored_self_evaluation(session, actor, paper_id)
    year = paper.year or 0
    if action in ("submit", "revise", "take_back"):
        require(actor, "submit_papers")
        _require_open(session, year, today)
    if action == "submit" and paper.state in EDITABLE:
        document = SelfEvaluationDocument.model_validate(text.document)
        fresh = filled(session, find_city(session, actor), document, year=year, today=today)
        findings = evaluation_findings(fresh)
        if findings:
            raise InvalidInput.of(findings)
        signed = "签发：固定本年数据"
        expected_version = save_paper(
            session, actor, paper_id, document=fresh, expected_version=expected_version, reason=signed
        ).version
    return move_paper(
        session,
        actor,
        paper_id,
        action=action,
        expected_version=expected_version,
        reason=reason,
        embargo_until=embargo_until,
    )


def _require_open(session: Session, year: int, today: date) -> None:
    held = round_of(session, year)
    if held is None:
        zh = f"{year} 年的自评估尚未开放：部级还没有设立该年的评估轮次；开放后再编制"
        en = f"The self-evaluation of {year} is not open: the ministry has opened no round for it yet"
        raise InvalidInput.of([Finding("year", "not-open", zh, en, str(year))])
    if held.is_open(today):
        return
    zh = f"{year} 年自评估的开放期为 {held.opens_on} 至 {held.closes_on}，今天是 {today}；" + (
        "请在开放后办理" if today < held.opens_on else "该年已锁定，如需更正请联系生态环境部"
    )
    en = f"The self-evaluation of {year} is open from {held.opens_on} to {held.closes_on}; today is {today}"
    code = "not-open" if today < held.opens_on else "locked-year"
    raise InvalidInput.of([Finding("year", code, zh, en, str(year))])


def _require_not_locked(session: Session, owner_id: int, year: int) -> None:
    query = select(CityPaper).where(
        col(CityPaper.kind) == KIND, col(CityPaper.owner_id) == owner_id, col(CityPaper.year) == year
    )
    known = session.execute(query).scalar_one_or_none()
    if known is None or known.state in EDITABLE:
        return
    zh = (
        f"{year} 年的自评估已签发（编号 {known.id}），该年数据已锁定，不能再编一份；"
        "如需更正，请由省级退回或撤回后在原文件上修改"
    )
    en = f"The self-evaluation of {year} is signed (number {known.id}) and its year locked; have it returned first"
    raise InvalidInput.of([Finding("year", "locked-year", zh, en, str(known.id))])
