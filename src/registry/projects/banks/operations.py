"""What banks write back, and what cities answer. Both move only on projects they may see."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import select, update
from sqlmodel import Session, col

from registry import audit
from registry.accounts.model import Actor
from registry.accounts.permissions import require
from registry.errors import Finding, InvalidInput, NotFound, StaleWrite
from registry.projects.banks.model import (
    INTEREST_STAGES,
    BankInterest,
    InformationRequest,
    LoanDecision,
)
from registry.projects.model import Project
from registry.projects.notices.operations import announce
from registry.projects.queries import find_project, visible_projects
from registry.projects.validation import findings_of
from registry.quantities import Money, Number, Ratio, YesNo, money_text

LONGEST_TEXT = 4000


class LoanTerms(BaseModel):
    """A loan decision as the bank sends it: amount in 万元, rate and term a year; a refusal carries neither."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    source: Literal["policy_bank_loan", "commercial_loan"]
    is_approved: YesNo
    amount: Annotated[Money | None, Field(gt=0)] = None
    rate: Annotated[Ratio | None, Field(ge=0, le=1)] = None
    term_years: Annotated[Number | None, Field(gt=0, le=60)] = None
    conditions: Annotated[str, Field(max_length=LONGEST_TEXT)] = ""
    decided_on: dt.date


def read_loan_terms(document: Any) -> LoanTerms:
    """Return the terms in a JSON document. Raises InvalidInput with every flaw."""
    try:
        terms = LoanTerms.model_validate(document)
    except ValidationError as refused:
        raise InvalidInput.of(findings_of(refused.errors())) from None
    findings = list(_missing_terms(terms))
    if findings:
        raise InvalidInput.of(findings)
    return terms


def _missing_terms(terms: LoanTerms) -> Iterator[Finding]:
    needed = (("amount", "金额", "amount"), ("rate", "利率", "rate"), ("term_years", "期限", "term"))
    for name, zh, en in needed:
        is_there = getattr(terms, name) is not None
        if terms.is_approved and not is_there:
            yield Finding(name, "missing", f"同意贷款须写明{zh}", f"An approval needs its {en}")
        if not terms.is_approved and is_there:
            yield Finding(name, "not-expected", f"不同意贷款不应有{zh}", f"A refusal has no {en}")
    if not terms.is_approved and not terms.conditions.strip():
        yield Finding("conditions", "missing", "不同意贷款须写明理由", "A refusal needs its reason")


def set_interest(session: Session, actor: Actor, code: str, *, stage: str, note: str = "") -> BankInterest:
    """Say where the actor's bank stands with a project: interested, short-listed, dropped. Raises NotFound."""
    require(actor, "show_interest")
    if stage not in INTEREST_STAGES:
        known = "、".join(f"{name}（{zh}）" for name, (zh, _) in INTEREST_STAGES.items())
        flaw = Finding(
            "stage", "not-in-list", f"应为以下之一：{known}", f"one of {', '.join(INTEREST_STAGES)}", stage[:40]
        )
        raise InvalidInput.of([flaw])
    _require_text("note", note, may_be_empty=True)
    project = _locked(session, actor, code)
    query = select(BankInterest).where(
        col(BankInterest.project_id) == project.id, col(BankInterest.organisation_id) == actor.organisation_id
    )
    moment = audit.now()
    interest: BankInterest = session.execute(query).scalar_one_or_none() or BankInterest(
        project_id=project.id or 0, organisation_id=actor.organisation_id or 0, stage=stage, changed_at=moment
    )
    interest.stage, interest.note, interest.changed_by, interest.changed_at = stage, note, actor.user_id, moment
    session.add(interest)
    session.flush()
    zh, en = INTEREST_STAGES[stage]
    _tell_owner(session, project, "bank.interest", f"{actor.display_name}：{zh}。{note}", f"{actor.display_name}: {en}")
    _record(session, actor, "bank.interest", code, {"stage": stage})
    return interest


def ask_for_information(session: Session, actor: Actor, code: str, *, question: str) -> InformationRequest:
    """Ask the city for more. Raises NotFound, InvalidInput."""
    require(actor, "show_interest")
    _require_text("question", question)
    project = find_project(session, actor, code)
    asked = InformationRequest(
        project_id=project.id or 0,
        organisation_id=actor.organisation_id or 0,
        question=question,
        asked_by=actor.user_id,
        asked_at=audit.now(),
    )
    session.add(asked)
    session.flush()
    _tell_owner(session, project, "bank.question", f"{actor.display_name}请求补充资料：{question}", question)
    _record(session, actor, "bank.question", code, {"request": asked.id})
    return asked


def answer_request(session: Session, actor: Actor, code: str, request_id: int, *, answer: str) -> InformationRequest:
    """Answer a bank's question, once. Raises NotFound, StaleWrite when it was answered already."""
    require(actor, "answer_banks")
    _require_text("answer", answer)
    project = _locked(session, actor, code)
    query = select(InformationRequest).where(
        col(InformationRequest.id) == request_id, col(InformationRequest.project_id) == project.id
    )
    asked: InformationRequest | None = session.execute(query).scalar_one_or_none()
    if asked is None:
        raise NotFound(f"没有编号为 {request_id} 的补充资料请求", f"There is no request {request_id}")
    if asked.answered_at is not None:
        raise StaleWrite("该请求已经答复", "This request has been answered already")
    asked.answer, asked.answered_by, asked.answered_at = answer, actor.user_id, audit.now()
    session.add(asked)
    announce(
        session,
        kind="bank.answer",
        project_code=code,
        organisation_ids=[asked.organisation_id],
        text_zh=f"{project.name or code}：已答复补充资料请求。{answer}",
        text_en=f"{project.name or code}: your request was answered. {answer}",
        moment=asked.answered_at,
    )
    _record(session, actor, "bank.answer", code, {"request": request_id})
    return asked


def record_loan_decision(session: Session, actor: Actor, code: str, terms: LoanTerms) -> LoanDecision:
    """Write a loan decision back; it replaces this bank's earlier one on the project. Raises NotFound."""
    require(actor, "show_interest")
    project = _locked(session, actor, code)
    moment = audit.now()
    earlier = update(LoanDecision).where(
        col(LoanDecision.project_id) == project.id,
        col(LoanDecision.organisation_id) == actor.organisation_id,
        col(LoanDecision.replaced_at).is_(None),
    )
    session.execute(earlier.values(replaced_at=moment))
    decision = LoanDecision(
        project_id=project.id or 0,
        organisation_id=actor.organisation_id or 0,
        decided_by=actor.user_id,
        recorded_at=moment,
        **terms.model_dump(),
    )
    session.add(decision)
    session.flush()
    zh, en = loan_sentence(decision.amount, decision.term_years, is_approved=terms.is_approved)
    _tell_owner(session, project, "bank.loan", f"{actor.display_name}：{zh}", f"{actor.display_name}: {en}")
    _record(session, actor, "bank.loan", code, {"decision": decision.id} | terms.model_dump(mode="json"))
    return decision


def accept_loan(session: Session, actor: Actor, code: str, decision_id: int) -> LoanDecision:
    """Agree that a loan decision is the loan of this project; it then counts as secured. Harmless when repeated.

    Raises NotFound, StaleWrite when the bank replaced it or refused.
    """
    require(actor, "answer_banks")
    project = _locked(session, actor, code)
    query = select(LoanDecision).where(col(LoanDecision.id) == decision_id, col(LoanDecision.project_id) == project.id)
    decision: LoanDecision | None = session.execute(query).scalar_one_or_none()
    if decision is None:
        raise NotFound(f"没有编号为 {decision_id} 的贷款决定", f"There is no loan decision {decision_id}")
    if decision.replaced_at is not None or not decision.is_approved:
        raise StaleWrite("该贷款决定已被替换，或为不同意贷款", "The bank replaced this decision, or refused the loan")
    if decision.accepted_at is None:
        decision.accepted_at, decision.accepted_by = audit.now(), actor.user_id
        session.add(decision)
        _record(session, actor, "bank.loan-accept", code, {"decision": decision_id})
    return decision


def _locked(session: Session, actor: Actor, code: str) -> Project:
    project = find_project(session, actor, code)
    session.execute(visible_projects(actor, Project.id).where(col(Project.code) == code).with_for_update())
    return project


def loan_sentence(amount: Decimal | None, years: float | None, *, is_approved: bool) -> tuple[str, str]:
    """Return what is said of a loan decision, in Chinese and English; amount in 万元."""
    if not is_approved or amount is None:
        return "不同意贷款", "The loan was refused"
    return (
        f"同意贷款 {money_text(amount)} 万元，{years:g} 年",
        f"Loan of {money_text(amount)} 万元 over {years:g} years",
    )


def _require_text(path: str, text: str, *, may_be_empty: bool = False) -> None:
    if not text.strip() and not may_be_empty:
        raise InvalidInput.of([Finding(path, "missing", "请填写内容", "should not be empty")])
    if len(text) > LONGEST_TEXT:
        raise InvalidInput.of(
            [Finding(path, "too-long", f"最多 {LONGEST_TEXT} 字", f"at most {LONGEST_TEXT} characters")]
        )


def _tell_owner(session: Session, project: Project, kind: str, text_zh: str, text_en: str) -> None:
    name = project.name or project.code
    announce(
        session,
        kind=kind,
        project_code=project.code,
        organisation_ids=[project.owner_id],
        text_zh=f"{name}：{text_zh}",
        text_en=f"{name}: {text_en}",
        moment=audit.now(),
    )


def _record(session: Session, actor: Actor, action: str, code: str, details: object) -> None:
    audit.record(session, actor_id=actor.user_id, action=action, subject=f"project:{code}", details=details)
