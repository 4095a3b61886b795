"""Reads on regional programmes: a revision with its needs, cross-subsidy and tracking, over projects the actor sees."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from sqlmodel import Session

from registry import audit
from registry.accounts.model import Actor
from registry.assessments.model import Assessment
from registry.assessments.queries import find_assessment, newest_assessment
from registry.errors import Finding, NotFound
from registry.programme.papers.queries import PaperSummary, PaperText, find_paper, list_papers, read_paper
from registry.programme.papers.states import EDITABLE
from registry.programme.regional_programme.balance import ProjectFlow, SelfBalance, self_balance
from registry.programme.regional_programme.document import RegionalProgrammeDocument
from registry.programme.regional_programme.needs import ProjectNeed, need_of, programme_findings
from registry.programme.regional_programme.tracking import LenderYear, tracked, tracking_findings
from registry.projects.model import Dossier
from registry.projects.queries import read_dossier

KIND: Final = "regional_programme"
_LOAN_KINDS = {"bank_loan", "policy_bank_loan", "commercial_bank_loan"}
_SURPLUS = "financial_plan_net"


@dataclass(frozen=True, slots=True)
class Known:
    """A project of the programme: its dossier and assessment, as fixed or as they are now."""

    dossier: Dossier
    is_demo: bool
    assessment: Assessment | None


@dataclass(frozen=True, slots=True)
class RegionalProgramme:
    """One revision of a programme with all that follows from it; `hidden` counts projects not open to the reader."""

    paper: PaperSummary
    text: PaperText
    document: RegionalProgrammeDocument
    names: Mapping[str, str | None]
    needs: Mapping[str, ProjectNeed]
    flows: tuple[ProjectFlow, ...]
    balance: SelfBalance
    tracking: Sequence[LenderYear]
    hidden: int
    is_demo: bool
    findings: Sequence[Finding]


def list_regional_programmes(session: Session, actor: Actor) -> list[PaperSummary]:
    """Return the programmes the actor may see, newest change first."""
    return list_papers(session, actor, kinds=(KIND,))


def stored_programme(
    session: Session, actor: Actor, programme_id: int, *, number: int | None = None
) -> tuple[PaperSummary, PaperText]:
    """Return a programme as it is kept. Raises NotFound, also for a paper of another kind."""
    paper = find_paper(session, actor, programme_id, kind=KIND)
    return paper, read_paper(session, actor, programme_id, number=number)


def read_regional_programme(
    session: Session, actor: Actor, programme_id: int, *, number: int | None = None
) -> RegionalProgramme:
    """Return a programme, of the latest revision the actor may see unless a number is given. Raises NotFound.

    A signed one rests on the assessments it fixed, a draft on the newest ones. Who only reads what is published sees
    neither the rates nor the movements of lenders, and no project that is not open to them.
    """
    paper, text = stored_programme(session, actor, programme_id, number=number)
    document = RegionalProgrammeDocument.model_validate(text.document)
    if paper.state in EDITABLE and text.number == paper.revision_number:
        document = document.unsigned()
    known = _known(session, actor, document)
    hidden = len(document.codes) - len(known)
    is_outside = actor.group in {"bank", "public"}
    if is_outside:
        document = _published(document, set(known))
    flows = tuple(_flow(document, code, known.get(code)) for code in document.codes)
    if is_outside and hidden:
        why = f"另有 {hidden} 个项目未向您开放", f"and {hidden} projects are not open to you"
        flows = (*flows, ProjectFlow("…", {}, None, why))
    balance = self_balance(flows, years=_years(document, flows), is_surplus_carried=bool(document.is_surplus_carried))
    needs = {code: need_of(each.dossier) for code, each in known.items()}
    lines = tracked(document)
    findings = [*programme_findings(document, needs, balance), *tracking_findings(lines), *_outside(document, flows)]
    return RegionalProgramme(
        paper=paper,
        text=text,
        document=document,
        names={code: each.dossier.name for code, each in known.items()},
        needs=needs,
        flows=flows,
        balance=balance,
        tracking=lines,
        hidden=hidden,
        is_demo=paper.is_demo or any(each.is_demo for each in known.values()),
        findings=findings,
    )


def _known(session: Session, actor: Actor, document: RegionalProgrammeDocument) -> dict[str, Known]:
    """Return each project the actor may see: of a signed programme as it was assessed then, else as it is now."""
    fixed = {each.code: each.assessment for each in document.allocations}
    found = {}
    for code in document.codes:
        try:
            kept = _assessment(session, actor, code, fixed[code])
            number = kept.revision_number if kept is not None and fixed[code] is not None else None
            revision, dossier = read_dossier(session, actor, code, number=number)
        except NotFound:
            continue
        found[code] = Known(dossier, revision.is_demo, kept)
    return found


def _published(document: RegionalProgrammeDocument, seen: set[str]) -> RegionalProgrammeDocument:
    lenders = [each.model_copy(update={"rate": None, "note": None}) for each in document.lenders]
    kept = [each for each in document.allocations if each.code in seen]
    return document.model_copy(update={"lenders": lenders, "allocations": kept, "movements": []})


def _flow(document: RegionalProgrammeDocument, code: str, found: Known | None) -> ProjectFlow:
    lines = [each for each in document.allocations if each.code == code]
    part: Any = next((each.part for each in lines if each.part), None)
    if found is None:
        return ProjectFlow(code, {}, part, ("不存在或未向您开放", "is not there or not open to you"))
    if found.assessment is None:
        return ProjectFlow(
            code, {}, part, ("现行版本尚无预审结论，请先生成", "is not assessed as it stands; assess it")
        )
    allocated = sum((each.amount or Decimal(0) for each in lines), Decimal(0))
    finance = audit.parsed_json(found.assessment.document)["finance"]
    return flow_of(code, part, finance, found.dossier.construction_start, allocated)


def _assessment(session: Session, actor: Actor, code: str, fixed: int | None) -> Assessment | None:
    if fixed is None:
        return newest_assessment(session, actor, code)
    return find_assessment(session, actor, code, fixed)


def flow_of(
    code: str, part: Any, finance: Mapping[str, Any], construction_start: str | None, allocated: Decimal
) -> ProjectFlow:
    """Return the surpluses of an assessed project by calendar year, or why there are none.

    Where the loans of its case are smaller than what it is allocated, the debt service of the difference is in no
    figure, and no verdict may rest on them.
    """
    result, case = finance.get("result"), finance.get("case") or {}
    if result is None:
        return ProjectFlow(
            code, {}, part, ("没有可用的财务测算，请补充测算输入", "has no figures; add a financial case")
        )
    if construction_start is None:
        why = "未填建设期起，无法对应年度", "has no start of construction, so its years have no calendar"
        return ProjectFlow(code, {}, part, why)
    loans = sum(
        (Decimal(str(draw)) for debt in case.get("debts") or () if (debt.get("kind") or "bank_loan") in _LOAN_KINDS
         for draw in debt.get("draws") or ()),
        Decimal(0),
    )  # fmt: skip
    if loans + Decimal("0.01") < allocated:
        why = (
            f"测算中的贷款 {loans:,.2f} 万元小于分配额度 {allocated:,.2f} 万元，还本付息未全部计入",
            f"prices loans of {loans:,.2f} and is allocated {allocated:,.2f}: part of the debt service is in no figure",
        )
        return ProjectFlow(code, {}, part, why)
    surplus = result["series"][_SURPLUS]
    if any(each is None for each in surplus):
        return ProjectFlow(code, {}, part, ("测算有年度没有结果", "has years without a figure"))
    first = int(construction_start[:4])
    return ProjectFlow(code, {first + place: float(each) for place, each in enumerate(surplus)}, part)


def _years(document: RegionalProgrammeDocument, flows: Sequence[ProjectFlow]) -> list[int]:
    """Return the years of the test: those of the programme, else those of its projects."""
    known = [year for flow in flows for year in flow.years]
    if not known:
        return []
    first, last = document.start_year or min(known), document.end_year or max(known)
    return list(range(first, last + 1))


def _outside(document: RegionalProgrammeDocument, flows: Sequence[ProjectFlow]) -> list[Finding]:
    tested = set(_years(document, flows))
    lacking = sorted(
        {year for flow in flows for year, amount in flow.years.items() if amount < 0 and year not in tested}
    )
    if not lacking:
        return []
    shown = "、".join(map(str, lacking))
    zh = f"方案期以外的 {shown} 年有项目出现缺口，未计入自平衡测算；请核对方案期"
    en = f"Projects lack money in {', '.join(map(str, lacking))}, outside the period and the test; check the period"
    return [Finding("end_year", "deficit-outside", zh, en, severity="warning")]
