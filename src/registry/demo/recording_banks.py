"""Releases and what banks write back, written down as `projects.operations` and `banks.operations` leave it."""

from typing import Any

from registry.demo import happenings as did
from registry.demo.chronicle import Chronicle
from registry.projects.banks.model import INTEREST_STAGES
from registry.projects.banks.operations import LoanTerms, loan_sentence
from registry.projects.lifecycle.deadlines import china_date


def release(story: Chronicle, what: did.Release) -> None:
    """Let a bank or the public see the project."""
    receiver = None if what.bank is None else story.offices.at("", what.bank).organisation_id
    values = {"organisation_id": receiver, "released_at": what.at}
    story.page.add("project_release", what.at, values, project_id=story.project)
    story.act(what.at, story.actor(what), "project.release", lambda: {"organisation_id": receiver})


def show_interest(story: Chronicle, what: did.Interest) -> None:
    """Keep where a bank stands."""
    actor = story.actor(what)
    values = {
        "organisation_id": actor.organisation_id,
        "stage": what.stage,
        "note": what.note,
        "changed_by": actor.user_id,
        "changed_at": what.at,
    }
    story.page.add("bank_interest", what.at, values, project_id=story.project)
    zh, en = INTEREST_STAGES[what.stage]
    _tell_owner(story, what, "bank.interest", f"{actor.display_name}：{zh}。{what.note}", f"{actor.display_name}: {en}")
    story.act(what.at, actor, "bank.interest", lambda: {"stage": what.stage})


def ask(story: Chronicle, what: did.Question) -> None:
    """Keep a question and, where there is one, its answer."""
    actor, city = story.actor(what), story.owner
    values: dict[str, Any] = {
        "organisation_id": actor.organisation_id,
        "question": what.question,
        "asked_by": actor.user_id,
        "asked_at": what.at,
        "answer": what.answer,
        "answered_by": city.user_id if what.answered_at else None,
        "answered_at": what.answered_at,
    }
    asked = story.page.add("information_request", what.at, values, project_id=story.project)
    _tell_owner(story, what, "bank.question", f"{actor.display_name}请求补充资料：{what.question}", what.question)
    story.act(what.at, actor, "bank.question", lambda: {"request": asked.id})
    if what.answered_at is not None:
        name = story.dossier.name or story.code
        texts = (
            f"{name}：已答复补充资料请求。{what.answer}",
            f"{name}: your request was answered. {what.answer}",
        )
        story.announce("bank.answer", what.answered_at, [actor.organisation_id], texts)
        story.act(what.answered_at, city, "bank.answer", lambda: {"request": asked.id})


def decide_loan(story: Chronicle, what: did.Loan) -> None:
    """Keep a loan decision and, where the city took it, its acceptance."""
    actor, city = story.actor(what), story.owner
    said = {
        name: getattr(what, name) for name in ("source", "is_approved", "amount", "rate", "term_years", "conditions")
    }
    terms = LoanTerms.model_validate({**said, "decided_on": china_date(what.at)})
    values = {
        **terms.model_dump(),
        "organisation_id": actor.organisation_id,
        "decided_by": actor.user_id,
        "recorded_at": what.at,
        "accepted_at": what.accepted_at,
        "accepted_by": city.user_id if what.accepted_at else None,
        "replaced_at": None,
    }
    decision = story.page.add("loan_decision", what.at, values, project_id=story.project)
    zh, en = loan_sentence(terms.amount, terms.term_years, is_approved=terms.is_approved)
    _tell_owner(story, what, "bank.loan", f"{actor.display_name}：{zh}", f"{actor.display_name}: {en}")
    story.act(what.at, actor, "bank.loan", lambda: {"decision": decision.id} | terms.model_dump(mode="json"))
    if what.accepted_at is not None:
        story.act(what.accepted_at, city, "bank.loan-accept", lambda: {"decision": decision.id})


def _tell_owner(story: Chronicle, what: did.Happening, kind: str, text_zh: str, text_en: str) -> None:
    name = story.dossier.name or story.code
    texts = f"{name}：{text_zh}", f"{name}: {text_en}"
    story.announce(kind, what.at, [story.owner.organisation_id], texts)
