"""Banks and cities over the API: interest, questions and answers, loan decisions."""

from datetime import date, datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, RawBody
from msgspec import Meta
from sqlmodel import Session

from registry.accounts.model import Actor
from registry.accounts.permissions import require
from registry.accounts.queries import banks
from registry.database import reading, writing
from registry.projects.banks.operations import (
    accept_loan,
    answer_request,
    ask_for_information,
    read_loan_terms,
    record_loan_decision,
    set_interest,
)
from registry.projects.banks.queries import information_requests, interests, loan_decisions
from registry.projects.validation import read_json
from registry.quantities import money_text
from registry.web.api.assessments import Number
from registry.web.auth import identity_of
from registry.web.bodies import json_answer, read_body
from registry.web.openapi import answers, problems

Anybody = Request[Any, Any, Any]
Text = Annotated[str, Meta(max_length=4000)]


class InterestOut(msgspec.Struct):
    """Where a bank stands with a project."""

    bank: str
    stage: str
    note: str
    changed_at: datetime


class QuestionOut(msgspec.Struct):
    """A bank's question; `answer` is null until the city has answered."""

    id: int
    bank: str
    question: str
    asked_at: datetime
    answer: str | None
    answered_at: datetime | None


class LoanOut(msgspec.Struct):
    """A loan decision: `amount` in 万元 as text, `rate` a share of one a year; a refusal has neither."""

    id: int
    bank: str
    source: str
    is_approved: bool
    amount: str | None
    rate: float | None
    term_years: float | None
    conditions: str
    decided_on: date
    accepted_at: datetime | None
    is_replaced: bool


class BanksOut(msgspec.Struct):
    """What banks wrote on a project; a bank sees its own alone."""

    interests: list[InterestOut]
    questions: list[QuestionOut]
    loans: list[LoanOut]


class InterestIn(msgspec.Struct, forbid_unknown_fields=True):
    """`interested`, `shortlisted` or `dropped`."""

    stage: Annotated[str, Meta(max_length=40)]
    note: Text = ""


class QuestionIn(msgspec.Struct, forbid_unknown_fields=True):
    """What a bank asks of the city."""

    question: Text


class AnswerIn(msgspec.Struct, forbid_unknown_fields=True):
    """What the city answers, once."""

    answer: Text


class LoanIn(msgspec.Struct, forbid_unknown_fields=True):
    """A loan decision: `amount` in 万元 as text, `rate` a share of one; a refusal carries `conditions` alone."""

    source: str
    is_approved: bool
    decided_on: str
    amount: str | None = None
    rate: float | None = None
    term_years: float | None = None
    conditions: str = ""


_WRITES = problems(400, 401, 403, 404, 412, 422)


@get(
    "/projects/{code:str}/banks",
    sync_to_thread=True,
    responses={**answers(BanksOut, "What banks wrote"), **problems(400, 401, 404)},
)
def list_all(request: Anybody, code: FromPath[str]) -> Response[bytes]:
    """Show the interest, questions and loan decisions of banks on a project."""
    with reading(request.app.state.engine) as session:
        return json_answer(written_on(session, identity_of(request).actor, code))


def written_on(session: Session, actor: Actor, code: str) -> BanksOut:
    """Return what banks wrote on a project, as far as the actor may see it. Raises NotFound."""
    names = {bank.id: bank.name for bank in banks(session)}
    stands = [
        InterestOut(names.get(each.organisation_id, ""), each.stage, each.note, each.changed_at)
        for each in interests(session, actor, code)
    ]
    questions = [
        QuestionOut(
            each.id or 0,
            names.get(each.organisation_id, ""),
            each.question,
            each.asked_at,
            each.answer,
            each.answered_at,
        )
        for each in information_requests(session, actor, code)
    ]
    loans = [
        LoanOut(
            each.id or 0,
            names.get(each.organisation_id, ""),
            each.source,
            each.is_approved,
            None if each.amount is None else money_text(each.amount),
            each.rate,
            each.term_years,
            each.conditions,
            each.decided_on,
            each.accepted_at,
            each.replaced_at is not None,
        )
        for each in loan_decisions(session, actor, code)
    ]
    return BanksOut(stands, questions, loans)


@post("/projects/{code:str}/interest", sync_to_thread=True, status_code=200, responses=_WRITES)
def stand(request: Anybody, code: FromPath[str], body: RawBody) -> Response[bytes]:
    """Say where your bank stands with a project."""
    actor = identity_of(request).actor
    require(actor, "show_interest")
    asked = read_body(body, InterestIn)
    with writing(request.app.state.engine) as session:
        set_interest(session, actor, code, stage=asked.stage, note=asked.note)
        return json_answer(written_on(session, actor, code))


@post("/projects/{code:str}/questions", sync_to_thread=True, status_code=201, responses=_WRITES)
def ask(request: Anybody, code: FromPath[str], body: RawBody) -> Response[bytes]:
    """Ask the city for more information."""
    actor = identity_of(request).actor
    require(actor, "show_interest")
    asked = read_body(body, QuestionIn)
    with writing(request.app.state.engine) as session:
        ask_for_information(session, actor, code, question=asked.question)
        return json_answer(written_on(session, actor, code), status=201)


@post("/projects/{code:str}/questions/{number:int}/answer", sync_to_thread=True, status_code=200, responses=_WRITES)
def answer(request: Anybody, code: FromPath[str], number: Number, body: RawBody) -> Response[bytes]:
    """Answer a bank's question, once."""
    actor = identity_of(request).actor
    require(actor, "answer_banks")
    asked = read_body(body, AnswerIn)
    with writing(request.app.state.engine) as session:
        answer_request(session, actor, code, number, answer=asked.answer)
        return json_answer(written_on(session, actor, code))


@post("/projects/{code:str}/loans", sync_to_thread=True, status_code=201, responses=_WRITES)
def decide(request: Anybody, code: FromPath[str], body: RawBody) -> Response[bytes]:
    """Write a loan decision back; it replaces your bank's earlier one on the project."""
    actor = identity_of(request).actor
    require(actor, "show_interest")
    terms = read_loan_terms(read_json(body))
    with writing(request.app.state.engine) as session:
        record_loan_decision(session, actor, code, terms)
        return json_answer(written_on(session, actor, code), status=201)


@post("/projects/{code:str}/loans/{number:int}/acceptance", sync_to_thread=True, status_code=200, responses=_WRITES)
def accept(request: Anybody, code: FromPath[str], number: Number) -> Response[bytes]:
    """Agree that a decision is the loan of this project: it then counts as secured in the funding mix."""
    actor = identity_of(request).actor
    with writing(request.app.state.engine) as session:
        accept_loan(session, actor, code, number)
        return json_answer(written_on(session, actor, code))


BODIES = {
    "/api/v1/projects/{code}/interest": InterestIn,
    "/api/v1/projects/{code}/questions": QuestionIn,
    "/api/v1/projects/{code}/questions/{number}/answer": AnswerIn,
    "/api/v1/projects/{code}/loans": LoanIn,
}
handlers = [list_all, stand, ask, answer, decide, accept]
