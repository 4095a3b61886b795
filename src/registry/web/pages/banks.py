"""金融机构对接 on the project page, for banks to write and for the city to answer."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from litestar import Request, Response, post
from litestar.params import FromPath, RawBody
from sqlmodel import Session

from registry.accounts.model import Actor
from registry.accounts.permissions import Act, may, require
from registry.database import writing
from registry.errors import Finding, InvalidInput
from registry.projects.banks.model import INTEREST_STAGES, LOAN_SOURCES
from registry.projects.banks.operations import (
    accept_loan,
    answer_request,
    ask_for_information,
    read_loan_terms,
    record_loan_decision,
    set_interest,
)
from registry.projects.queries import RevisionFacts
from registry.web.api.banks import written_on
from registry.web.auth import signed_in
from registry.web.bodies import as_of_or_today
from registry.web.forms import read_form
from registry.web.pages.panels import PROJECT_PANELS, Panel
from registry.web.rendering import visit

Anybody = Request[Any, Any, Any]
_ACTS: Mapping[str, Act] = {
    "interest": "show_interest",
    "question": "show_interest",
    "loan": "show_interest",
    "answer": "answer_banks",
    "accept": "answer_banks",
}


def bank_panel(
    session: Session, actor: Actor, facts: RevisionFacts, _document: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    """Return what the panel shows; None for the public, and where nothing is written and the actor writes nothing."""
    if actor.group == "public":
        return None
    found = written_on(session, actor, facts.code)
    if not may(actor, "show_interest") and not (found.interests or found.questions or found.loans):
        return None
    mine = found.interests[0] if found.interests and may(actor, "show_interest") else None
    return {
        "code": facts.code,
        "found": found,
        "mine": mine,
        "stages": INTEREST_STAGES,
        "sources": LOAN_SOURCES,
        "today": as_of_or_today(None),
    }


@post("/projects/{code:str}/banks", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def write(request: Anybody, code: FromPath[str], body: RawBody) -> Response[Any]:
    """Do what one of the panel's forms asks: interest, question, loan decision, answer, acceptance."""
    here, form = visit(request), read_form(body)
    what = form.get("what", "")
    if not may(here.actor, "show_interest"):
        require(here.actor, "answer_banks")
    if what not in _ACTS:
        zh, en = "表单不完整，请刷新页面后重试", "The form is incomplete; reload the page and try again"
        raise InvalidInput.of([Finding("what", "invalid-form", zh, en, what[:40])])
    require(here.actor, _ACTS[what])
    with writing(here.engine) as session:
        _do(session, here.actor, code, what, form)
    return _back(f"/projects/{code}#banks")


def _do(session: Session, actor: Actor, code: str, what: str, form: Mapping[str, str]) -> None:
    match what:
        case "interest":
            set_interest(session, actor, code, stage=form.get("stage", ""), note=form.get("note", "").strip())
        case "question":
            ask_for_information(session, actor, code, question=form.get("question", "").strip())
        case "loan":
            record_loan_decision(session, actor, code, read_loan_terms(_terms(form)))
        case "answer":
            answer_request(session, actor, code, _number(form), answer=form.get("answer", "").strip())
        case _:
            accept_loan(session, actor, code, _number(form))


def _terms(form: Mapping[str, str]) -> dict[str, Any]:
    """Return the terms as the wire has them: what is left empty is unknown, the rate is read as percent."""
    sent = {name: form.get(name, "").strip() for name in ("source", "amount", "conditions", "decided_on")}
    terms: dict[str, Any] = {name: text for name, text in sent.items() if text}
    terms["is_approved"] = form.get("is_approved") == "true"
    for name, divisor in (("rate", 100), ("term_years", 1)):
        text = form.get(name, "").strip().rstrip("%％ ")
        if text:
            terms[name] = _decimal(text, divisor)
    return terms


def _decimal(text: str, divisor: int) -> float | str:
    try:
        return float(Decimal(text) / divisor)
    except InvalidOperation:
        return text


def _number(form: Mapping[str, str]) -> int:
    text = form.get("number", "")
    return int(text) if text.isdecimal() and len(text) <= 9 else 0  # noqa: PLR2004 - an integer column


def _back(target: str) -> Response[Any]:
    return Response(None, status_code=303, headers={"Location": target}, media_type="text/plain")


PROJECT_PANELS.append(Panel("desk/_banks.html", bank_panel))
handlers = [write]
