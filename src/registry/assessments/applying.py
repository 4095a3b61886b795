"""Applying to a library 申报入库: the rules are asked first, and their verdict goes along with the submission."""

import datetime as dt
from typing import Any

from sqlmodel import Session

from registry.accounts.model import Actor
from registry.assessments.operations import assess_project, public_packs
from registry.audit import parsed_json
from registry.errors import NotFound
from registry.projects.lifecycle.model import Application
from registry.projects.lifecycle.operations import open_application, submit
from registry.projects.lifecycle.queries import find_application


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
