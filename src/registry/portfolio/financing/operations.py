"""The funding mix of a stored project: found, and taken into its dossier if the city likes it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from registry.accounts.model import Actor
from registry.accounts.permissions import require
from registry.assessments.case import financial_case
from registry.assessments.facts import facts_of
from registry.assessments.pricing import evaluate
from registry.assessments.private_packs import visible_packs
from registry.audit import parsed_json
from registry.eligibility.checked import Packs
from registry.eligibility.explain import assess
from registry.errors import Finding, InvalidInput
from registry.finance.findings import findings_of
from registry.portfolio.financing.defaults import offered_sources
from registry.portfolio.financing.limits import floors_of, rules_of
from registry.portfolio.financing.model import FRONTIER_FLOORS, MixWishes, Offers, Plan
from registry.portfolio.financing.request import request_of
from registry.portfolio.mix import FrontierPoint, Mix, MixLine, NoMix, frontier, optimise_mix
from registry.projects.financials import Debt, FinancialCase
from registry.projects.lifecycle.freeze import major_changes, projects_in_a_library
from registry.projects.lines import FundingLine
from registry.projects.model import Dossier
from registry.projects.operations import SaveOutcome, document_text, save_project
from registry.projects.queries import RevisionFacts, read_dossier


@dataclass(frozen=True, slots=True)
class Question:
    """A project ready to be asked about: its case and what a mix of it starts from."""

    facts: RevisionFacts
    dossier: Dossier
    case: FinancialCase
    offers: Offers


def question_of(session: Session, actor: Actor, code: str, *, as_of: date) -> Question:
    """Return what a mix of this project starts from on a date. Raises NotFound, NotAllowed, InvalidInput."""
    require(actor, "mix_funding")
    facts, dossier = read_dossier(session, actor, code)
    case, placed = case_to_finance(dossier)
    offers = offers_of(dossier, case, visible_packs(session, actor), as_of)
    return Question(facts, dossier, case, replace(offers, remarks=(*placed, *offers.remarks)))


def plan_mix(session: Session, actor: Actor, code: str, *, wishes: MixWishes, as_of: date) -> Plan:
    """Return the best mix of a project under the rules of a date, or what stands in its way.

    Raises NotFound, NotAllowed, and InvalidInput when the dossier has no case to calculate or a wish makes no sense.
    """
    return answer_to(question_of(session, actor, code, as_of=as_of), wishes, as_of=as_of)


def answer_to(question: Question, wishes: MixWishes, *, as_of: date) -> Plan:
    """Return the best mix, or what stands in its way. Raises InvalidInput when a wish makes no sense."""
    request, in_vain = request_of(question.case, question.offers, wishes)
    answer = optimise_mix(request)
    points: Sequence[FrontierPoint] = frontier(request, FRONTIER_FLOORS) if wishes.has_frontier else ()
    found = answer.remarks if isinstance(answer, Mix) else ()
    return Plan(
        question.facts,
        question.dossier,
        as_of,
        wishes,
        question.offers,
        request,
        answer,
        tuple(points),
        (*question.offers.remarks, *in_vain, *found),
    )


def case_to_finance(dossier: Dossier) -> tuple[FinancialCase, list[Finding]]:
    """Return the case with its debts' terms, and remarks. Raises InvalidInput without one that can be calculated."""
    case, remarks = financial_case(dossier)
    if case is None:
        zh, en = "未填写财务测算输入，无法优化资金组合", "There is no financial case, so no mix can be found"
        raise InvalidInput.of([Finding("financials", "no-case", zh, en)])
    errors = [
        each for each in findings_of(case.model_copy(update={"grants": [], "debts": []})) if each.severity == "error"
    ]
    if errors:
        raise InvalidInput.of([replace(each, path=f"financials.{each.path}") for each in errors])
    return case, [each for each in remarks if each.severity != "error"]


def offers_of(dossier: Dossier, case: FinancialCase, packs: Packs, as_of: date) -> Offers:
    """Return everything a request on this dossier starts from: sources, floors, what is unknown."""
    verdicts = assess(packs, facts_of(dossier, evaluate(dossier).facts()), as_of=as_of)
    rules = rules_of(verdicts, packs, as_of)
    sources, remarks = offered_sources(dossier, case, rules)
    floors = floors_of(dossier, rules)
    unknown = [
        Finding(
            name,
            "limit-unknown",
            f"未设该限制：{floor.origin[0]}",
            f"no such limit: {floor.origin[1]}",
            None,
            "warning",
        )
        for name, floor in floors.items()
        if floor.value is None
    ]
    return Offers(sources, floors, (*remarks, *unknown))


def take_mix(
    session: Session,
    actor: Actor,
    code: str,
    *,
    wishes: MixWishes,
    as_of: date,
    expected_revision: int,
    reason: str,
    reopens_entry: bool = False,
) -> SaveOutcome:
    """Save the mix as a new revision of the dossier: what is not yet secured becomes planned lines of the mix.

    Raises NotAllowed, NotFound, StaleWrite, InvalidInput when there is no mix to take, and FrozenDossier when the
    project is in a library, unless its author agreed that the mix reopens its entry.
    """
    require(actor, "edit_projects")
    plan = plan_mix(session, actor, code, wishes=wishes, as_of=as_of)
    dossier = with_mix(plan)
    return save_project(
        session,
        actor,
        code,
        dossier,
        expected_revision=expected_revision,
        reason=reason,
        reopens_entry=reopens_entry,
    )


def reopened_by(session: Session, plan: Plan) -> list[str]:
    """Return the major changes taking the mix makes to a project that stands in a library, by name; else none."""
    is_frozen = plan.facts.project_id in projects_in_a_library(session, [plan.facts.project_id])
    if not is_frozen or plan.first_year is None or isinstance(plan.answer, NoMix):
        return []
    before, after = (parsed_json(document_text(each)) for each in (plan.dossier, with_mix(plan)))
    return major_changes(before, after)


def with_mix(plan: Plan) -> Dossier:
    """Return the dossier financed by the mix of its plan. Raises InvalidInput without a mix or a first year."""
    planned, mix = planned_lines(plan), mix_of(plan)
    debts = {source.key for source in plan.request.sources if source.kind == "debt"}
    secured = [line for line in plan.dossier.funding_lines if line.status == "secured"]
    lines = [*_named(secured, mix, debts), *planned]
    return plan.dossier.model_copy(update={"funding_lines": lines, "financials": _case_of(plan.dossier, mix)})


def mix_of(plan: Plan) -> Mix:
    """Return the mix of a plan. Raises InvalidInput, with the ways out, when there is none."""
    if isinstance(plan.answer, NoMix):
        raise InvalidInput.of([Finding("mix", "infeasible", zh, en) for zh, en in plan.answer.messages()])
    return plan.answer


def planned_lines(plan: Plan) -> list[FundingLine]:
    """Return what the mix still has to raise, by calendar year. Raises InvalidInput without a mix or a first year."""
    mix, first = mix_of(plan), plan.first_year
    if first is None:
        zh, en = "未填写建设期起，无法把方案写入年度资金来源", "construction_start is missing, so the mix has no years"
        raise InvalidInput.of([Finding("construction_start", "construction-start-missing", zh, en)])
    secured = [line for line in plan.dossier.funding_lines if line.status == "secured"]
    debts = {source.key for source in plan.request.sources if source.kind == "debt"}
    return [
        line
        for each in mix.lines
        for line in _planned(each, secured, first, instrument=each.zh if each.key in debts else None)
    ]


def _named(secured: list[FundingLine], mix: Mix, debts: set[str]) -> list[FundingLine]:
    """Return the secured lines, those of a debt under the name the mix gives it, so that its draws are found."""
    names = {line.key: line.zh for line in mix.lines if line.key in debts}
    return [line.model_copy(update={"instrument": names.get(line.source, line.instrument)}) for line in secured]


def _planned(line: MixLine, secured: list[FundingLine], first: int, *, instrument: str | None) -> list[FundingLine]:
    """Return what is still to be raised of one source by year; what of it is secured is used first."""
    held, found = Decimal(0), []
    for year, amount in enumerate(line.amounts, start=first):
        held += sum(
            (each.amount or Decimal(0) for each in secured if (each.source, each.year) == (line.key, year)), Decimal(0)
        )
        used = min(held, amount)
        held -= used
        if amount > used:
            values: dict[str, Any] = {"source": line.key, "year": year, "amount": amount - used, "status": "planned"}
            found.append(FundingLine.model_validate(values | {"instrument": instrument}))
    return found


def _case_of(dossier: Dossier, mix: Mix) -> FinancialCase | None:
    """Return the case with the mix's debts; their draws and the grants are read off the funding lines again."""
    case = dossier.financials
    if case is None:
        return None
    debts = [Debt.model_validate(debt.model_dump() | {"draws": None}) for debt in mix.case.debts or []]
    return case.model_copy(update={"grants": None, "debts": debts})
