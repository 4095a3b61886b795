"""Applying to a library 申报入库: the rules are asked first, and their verdict goes along with the submission."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from registry.accounts.model import Actor
from registry.accounts.permissions import require
from registry.assessments.missing import MissingStep, missing_steps
from registry.assessments.operations import assess_project, public_packs
from registry.assessments.routing import situation_of
from registry.audit import parsed_json
from registry.eligibility.explain import assess
from registry.eligibility.verdicts import LibraryVerdict
from registry.errors import Finding, NotFound
from registry.projects.lifecycle.assigning import hindrances
from registry.projects.lifecycle.model import Application
from registry.projects.lifecycle.operations import open_application, submit
from registry.projects.lifecycle.queries import ApplicationSummary, find_application


@dataclass(frozen=True, slots=True)
class Precheck:
    """What would be said of a submission, before it is made. `hindered` is None for who may not submit now."""

    application: ApplicationSummary
    hindered: tuple[Finding, ...] | None
    """What refuses the submission, whatever is written beside it."""
    verdict: LibraryVerdict | None
    """Of the library applied to, on the latest revision; None where its pack has no say on this project."""
    steps: tuple[MissingStep, ...]
    """What later steps still need."""


def open_for_library(session: Session, actor: Actor, code: str, *, library: str) -> Application:
    """Begin an application to a library the rule packs know. Raises NotFound, NotAllowed."""
    if public_packs()[library].head.kind != "library":
        raise NotFound(f"没有名为 {library} 的项目库", f"There is no library {library}")
    return open_application(session, actor, code, library=library)


def submit_with_verdict(
    session: Session, actor: Actor, application_id: int, *, expected_version: int, as_of: dt.date, reason: str = ""
) -> Application:
    """Judge the project's latest revision on a date, and submit it with the verdict of its library.

    不符合 needs a reason, 资料不足 and 需人工判断 do not (decision 0020). The assessment is kept as always.
    """
    seen = find_application(session, actor, application_id, as_of=as_of)
    assessment = assess_project(session, actor, seen.code, as_of=as_of)
    libraries: list[dict[str, Any]] = parsed_json(assessment.document)["libraries"]
    found = next((each for each in libraries if each["pack"] == seen.library), None)
    names = ("pack", "version", "verdict", "verdict_zh", "verdict_en")
    verdict = None if found is None else {name: found[name] for name in names} | {"assessment": assessment.id}
    return submit(session, actor, application_id, expected_version=expected_version, verdict=verdict, reason=reason)


def check_submission(session: Session, actor: Actor, application_id: int, *, as_of: dt.date) -> Precheck:
    """Return what submitting the project's latest revision on a date would meet. Reads only.

    Raises NotFound, NotAllowed.
    """
    require(actor, "apply_to_libraries")
    seen = find_application(session, actor, application_id, as_of=as_of)
    found = situation_of(session, actor, seen.code)
    verdicts = assess(public_packs(), found.facts, as_of=as_of, judgements=found.judgements)
    hindered = hindrances(session, actor, application_id, on=as_of).get("submit")
    return Precheck(
        application=seen,
        hindered=None if hindered is None else tuple(hindered),
        verdict=next((each for each in verdicts if each.pack == seen.library), None),
        steps=missing_steps(found.dossier, verdicts),
    )
