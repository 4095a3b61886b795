"""提交前检查: what would refuse a submission, what the rules say against it, and what they cannot tell."""

from typing import Any

import msgspec
from litestar import Request, Response, get

from registry.assessments.applying import Precheck, check_submission
from registry.assessments.missing import WhatIsMissing
from registry.assessments.prospects.queries import libraries
from registry.assessments.routing import wanted_facts
from registry.database import reading
from registry.eligibility.verdicts import LibraryVerdict, RuleAnswer
from registry.projects.queries import read_document
from registry.web.api.assessments import Number
from registry.web.auth import signed_in
from registry.web.bodies import as_of_or_today
from registry.web.pages.applications import WORDS
from registry.web.pages.eligibility import field_link
from registry.web.pages.missing import edit_link, missing_view
from registry.web.rendering import page, visit

Anybody = Request[Any, Any, Any]


@get("/applications/{number:int}/check", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def precheck_page(request: Anybody, number: Number) -> Response[str]:
    """Show what a submission would meet, and the form that makes it. Raises NotFound, NotAllowed."""
    here, today = visit(request), as_of_or_today(None)
    with reading(here.engine) as session:
        found = check_submission(session, here.actor, number, as_of=today)
        document = msgspec.json.decode(read_document(session, here.actor, found.application.code)[1])
    return page(
        "desk/precheck.html",
        here,
        it=found.application,
        name=document.get("name"),
        libraries=libraries(),
        as_of=today,
        hindered=_linked(found, document),
        verdict=found.verdict,
        answers=_answers(found.verdict),
        wanted=wanted_facts([found.verdict]) if found.verdict else [],
        later=_later(found, document),
        field_link=field_link,
        **WORDS,
    )


def _linked(found: Precheck, document: dict[str, Any]) -> list[tuple[Any, str]] | None:
    """Return what refuses the submission, each with the place in the form; None for who may not submit now."""
    if found.hindered is None:
        return None
    code = found.application.code
    return [(each, edit_link(code, each.path, document)) for each in found.hindered]


def _answers(verdict: LibraryVerdict | None) -> dict[str, list[RuleAnswer]]:
    """Return the rules that say something by what they say: those that may block, then those that only warn."""
    answers = () if verdict is None else verdict.answers
    blocking = [each for each in answers if each.severity == "block"]
    found = {
        status: [each for each in blocking if each.status == status] for status in ("fail", "unknown", "judgement")
    }
    return found | {"warn": [each for each in answers if each.severity == "warn" and each.status == "fail"]}


def _later(found: Precheck, document: dict[str, Any]) -> list[Any]:
    """Return what the steps after submission still lack."""
    number, code = found.application.latest_revision, found.application.code
    told = WhatIsMissing(code=code, revision=number, as_of=as_of_or_today(None), steps=found.steps)
    return [step for step in missing_view(told, document) if step.count and step.key not in ("draft", "submitted")]


handlers = [precheck_page]
