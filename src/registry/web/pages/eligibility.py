"""入库预审 of one project: the panel of its page, what was judged with the whole explanation, decisions of people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, RawBody
from sqlmodel import Session

from registry import audit
from registry.accounts.model import Actor
from registry.accounts.permissions import may, require
from registry.assessments.missing import place_of
from registry.assessments.operations import assess_project, record_judgement
from registry.assessments.queries import find_assessment, list_assessments, newest_assessment
from registry.assessments.routing import WantedFact, nearest_ways, own_verdicts, route, wanted_facts
from registry.database import reading, writing
from registry.eligibility.derived import project_vocabulary
from registry.eligibility.verdicts import LibraryVerdict, RuleAnswer
from registry.errors import Finding, InvalidInput
from registry.projects.queries import RevisionFacts, read_document
from registry.web.api.assessments import Number
from registry.web.auth import signed_in
from registry.web.bodies import as_of_or_today
from registry.web.forms import read_form
from registry.web.pages.missing import edit_link
from registry.web.pages.panels import PROJECT_PANELS, Panel
from registry.web.rendering import page, visit

Anybody = Request[Any, Any, Any]
_FIRST = {"insufficient": 0, "judgement": 1, "ineligible": 2, "eligible": 3}
_ANSWER_FIRST = {"unknown": 0, "judgement": 1, "fail": 2, "pass": 3, "not_applicable": 4}
_SEVERITY_FIRST = {"block": 0, "warn": 1, "inform": 2}


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The verdicts of one governing date: the libraries and, apart, what money and labels require."""

    as_of: date
    revision: int
    assessment: int | None
    libraries: tuple[LibraryVerdict, ...]
    others: tuple[LibraryVerdict, ...]
    wanted: tuple[WantedFact, ...]
    names: Mapping[str, tuple[str, str]]


def _panel(session: Session, actor: Actor, facts: RevisionFacts, _document: Mapping[str, Any]) -> Any:
    if not may(actor, "screen_projects"):
        return None
    known = newest_assessment(session, actor, facts.code)
    today = as_of_or_today(None)
    if known is None:
        found = route(session, actor, facts.code, as_of=today)
        verdicts: Sequence[LibraryVerdict] = found.libraries
        shown, number = today, None
    else:
        kept = audit.parsed_json(known.document)["libraries"]
        own = own_verdicts(session, actor, facts.code, as_of=known.governing_date) if _is_bank(actor) else []
        verdicts = [*msgspec.convert(kept, list[LibraryVerdict]), *own]
        shown, number = known.governing_date, known.id
    return {
        "verdicts": _arranged(verdicts, shown, facts.number, number),
        "history": list_assessments(session, actor, facts.code)[:10],
        "facts": facts,
        "today": today,
        "field_link": field_link,
    }


def _is_bank(actor: Actor) -> bool:
    return may(actor, "read_private_packs")


PROJECT_PANELS.append(Panel("eligibility/_panel.html", _panel))


def _arranged(found: Sequence[LibraryVerdict], as_of: date, revision: int, number: int | None) -> Verdicts:
    """Return the verdicts with those that cannot be decided first: there something can be done."""
    ranked = sorted(found, key=lambda each: (_FIRST[each.verdict], each.pack))
    return Verdicts(
        as_of=as_of,
        revision=revision,
        assessment=number,
        libraries=tuple(each for each in ranked if each.kind == "library"),
        others=tuple(each for each in ranked if each.kind != "library"),
        wanted=tuple(wanted_facts(found)),
        names={each.pack: (each.name_zh, each.name_en) for each in found},
    )


def field_link(code: str, name: str) -> str:
    """Return where in the form a fact is given."""
    known = project_vocabulary()
    is_given = name in known and known[name].origin not in {"derived", "evaluation"}
    return edit_link(code, place_of(name)[1], {}) if is_given else f"/projects/{code}/edit"


@post("/projects/{code:str}/assessments", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def assess(request: Anybody, code: FromPath[str], body: RawBody) -> Response[Any]:
    """Judge the project on the date of the form, keep the record and show it."""
    here = visit(request)
    day = governing_day(read_form(body).get("as_of", ""))
    with writing(here.engine) as session:
        number = assess_project(session, here.actor, code, as_of=day).id
    return see_other(f"/projects/{code}/assessments/{number}")


@get("/projects/{code:str}/assessments/{number:int}", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def assessment_page(request: Anybody, code: FromPath[str], number: Number) -> Response[str]:
    """Show an assessment: each library, each rule with its clause, what was found and how far it is off."""
    here = visit(request)
    require(here.actor, "screen_projects")
    with reading(here.engine) as session:
        kept = find_assessment(session, here.actor, code, number)
        facts, text = read_document(session, here.actor, code)
        own = own_verdicts(session, here.actor, code, as_of=kept.governing_date) if _is_bank(here.actor) else []
    document = audit.parsed_json(kept.document)
    verdicts = [*msgspec.convert(document["libraries"], list[LibraryVerdict]), *own]
    return page(
        "eligibility/assessment.html",
        here,
        facts=facts,
        name=msgspec.json.decode(text).get("name"),
        kept=kept,
        verdicts=_arranged(verdicts, kept.governing_date, kept.revision_number, kept.id),
        ordered=_ordered,
        field_link=field_link,
        fact_choices=fact_choices,
    )


def fact_choices(name: str) -> Mapping[str, str] | None:
    """Return the terms of a coded fact; None for others and for facts of an older catalogue."""
    vocabulary = project_vocabulary()
    return vocabulary[name].choices if name in vocabulary else None


def _ordered(verdict: LibraryVerdict) -> list[RuleAnswer]:
    return sorted(verdict.answers, key=lambda each: (_SEVERITY_FIRST[each.severity], _ANSWER_FIRST[each.status]))


@get("/projects/{code:str}/nearest", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def nearest_fragment(request: Anybody, code: FromPath[str]) -> Response[str]:
    """Show the nearest way into each library, with buttons that lead to the fields to change."""
    here = visit(request)
    day = governing_day(request.query_params.get("as_of", ""))
    with reading(here.engine) as session:
        found = nearest_ways(session, here.actor, code, as_of=day)
        titles = _titles(route(session, here.actor, code, as_of=day).libraries)
    template = "eligibility/_nearest.html" if here.is_fragment else "eligibility/nearest.html"
    return page(template, here, code=code, found=found, titles=titles, field_link=field_link)


def _titles(verdicts: Sequence[LibraryVerdict]) -> dict[str, tuple[str, str]]:
    return {answer.rule: (answer.title_zh, answer.title_en) for each in verdicts for answer in each.answers}


@post("/projects/{code:str}/judgements", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def decide(request: Anybody, code: FromPath[str], body: RawBody) -> Response[Any]:
    """Record a reviewer's decision, judge again and show the new assessment."""
    here = visit(request)
    require(here.actor, "record_judgements")
    form = read_form(body)
    day, reason = governing_day(form.get("as_of", "")), form.get("reason", "").strip()
    if len(reason) < 2 or form.get("is_met") not in {"true", "false"}:  # noqa: PLR2004 - a reason is at least a word
        zh, en = "请选择是否满足，并写明理由", "Choose whether it is met, and give a reason"
        raise InvalidInput.of([Finding("reason", "missing", zh, en)])
    with writing(here.engine) as session:
        record_judgement(
            session,
            here.actor,
            code,
            pack=form.get("pack", ""),
            rule=form.get("rule", ""),
            is_met=form["is_met"] == "true",
            reason=reason[:1000],
            as_of=day,
        )
        number = assess_project(session, here.actor, code, as_of=day).id
    return see_other(f"/projects/{code}/assessments/{number}")


def governing_day(text: str) -> date:
    """Return the governing date of a form, today where it is empty. Raises InvalidInput."""
    try:
        return date.fromisoformat(text) if text else as_of_or_today(None)
    except ValueError:
        zh, en = "适用日期应形如 2026-11-21", "The governing date should look like 2026-11-21"
        raise InvalidInput.of([Finding("as_of", "not-a-date", zh, en, text[:40])]) from None


def see_other(location: str) -> Response[Any]:
    """Return the answer to a form that was taken: go and look at what came of it."""
    return Response(None, status_code=303, headers={"Location": location}, media_type="text/plain")


handlers = [assess, assessment_page, nearest_fragment, decide]
