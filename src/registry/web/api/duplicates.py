"""Likely duplicates 疑似重复 over the API: a project's candidates, two side by side, decisions, the queue, a check."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post, put
from litestar.params import FromPath, QueryParameter, RawBody
from msgspec import Meta
from sqlmodel import Session

from registry.accounts.model import Actor
from registry.accounts.permissions import require
from registry.database import reading, writing
from registry.projects.duplicates.findings import HIDDEN, duplicate_findings, similar_findings
from registry.projects.duplicates.matching import waiting
from registry.projects.duplicates.operations import mark_duplicate
from registry.projects.duplicates.pairs import (
    LARGEST_PAGE,
    Comparison,
    Decision,
    Mark,
    PairSummary,
    compare,
    count_pairs,
    list_pairs,
    marks_with_author,
)
from registry.projects.duplicates.queries import candidates_for, find_candidates_of, own_record
from registry.projects.duplicates.scoring import Reason
from registry.projects.queries import find_project
from registry.projects.validation import read_json, validate_dossier
from registry.quantities import money_text
from registry.web.auth import identity_of
from registry.web.bodies import json_answer, read_body
from registry.web.openapi import FindingOut, answers, findings_out, problems

Anybody = Request[Any, Any, Any]


class ReasonOut(msgspec.Struct):
    """One piece of evidence; negative points speak against."""

    code: str
    points: float
    zh: str
    en: str


class MarkOut(msgspec.Struct):
    """What a reviewer decided, and who, when and why."""

    is_same: bool
    reason: str
    author: str | None
    organisation: str | None
    marked_at: datetime


class CandidateOut(msgspec.Struct):
    """A project that may be the same; `central_money` in 万元, null when none is known."""

    code: str
    name: str | None
    points: float
    reasons: list[ReasonOut]
    central_money: str | None
    mark: MarkOut | None


class DuplicatesOut(msgspec.Struct):
    """What may be the same as a project. `has_hidden`: there are others, which only those over both may see."""

    candidates: list[CandidateOut]
    has_hidden: bool
    findings: list[FindingOut]


class DifferenceOut(msgspec.Struct):
    """One place in which the two documents differ."""

    path: str
    one: Any
    other: Any


class ComparisonOut(msgspec.Struct):
    """Two projects side by side: their latest documents, where they differ, the score as of now."""

    one: dict[str, Any]
    other: dict[str, Any]
    differences: list[DifferenceOut]
    points: float
    reasons: list[ReasonOut]
    mark: MarkOut | None


class MarkIn(msgspec.Struct, forbid_unknown_fields=True):
    """Whether two projects are the same, and why; replaces an earlier decision."""

    is_same: bool
    reason: Annotated[str, Meta(max_length=2000)]


class SideOut(msgspec.Struct):
    """One project of a pair; `total_investment` in 万元."""

    code: str
    name: str | None
    city_name: str | None
    total_investment: str | None
    is_demo: bool


class PairOut(msgspec.Struct):
    """One pair of the queue."""

    points: float
    reasons: list[ReasonOut]
    compared_at: datetime
    one: SideOut
    other: SideOut
    mark: MarkOut | None


class PairsOut(msgspec.Struct):
    """A page of pairs of your jurisdiction, highest score first; `waiting` projects are still to be compared."""

    items: list[PairOut]
    counts: dict[str, int]
    waiting: int


class SimilarOut(msgspec.Struct):
    """Warnings; none of them stops a draft."""

    findings: list[FindingOut]


@get(
    "/projects/{code:str}/duplicates",
    sync_to_thread=True,
    responses={**answers(DuplicatesOut, "Likeliest first"), **problems(400, 401, 403, 404)},
)
def candidates(request: Anybody, code: FromPath[str]) -> Response[bytes]:
    """List the projects that may be the same as this one, with what reviewers decided."""
    actor = identity_of(request).actor
    with reading(request.app.state.engine) as session:
        return json_answer(duplicates_of(session, actor, code))


def duplicates_of(session: Session, actor: Actor, code: str) -> DuplicatesOut:
    """Return the candidates of a project as the actor may see them. Raises NotFound, NotAllowed."""
    require(actor, "read_duplicates")
    project_id = find_project(session, actor, code).id or 0
    found, has_hidden = candidates_for(session, actor, code)
    marks = marks_with_author(session, project_id)
    shown = [
        CandidateOut(
            each.code,
            each.name,
            each.score.points,
            reasons_out(each.score.reasons),
            None if each.record.central_money is None else money_text(each.record.central_money),
            mark_out(marks.get(each.project_id)),
        )
        for each in found
    ]
    findings = duplicate_findings(own_record(session, actor, code), found)
    return DuplicatesOut(shown, has_hidden, findings_out([*findings, *([HIDDEN] if has_hidden else [])]))


@get(
    "/projects/{code:str}/duplicates/{other:str}",
    sync_to_thread=True,
    responses={**answers(ComparisonOut, "Side by side"), **problems(400, 401, 403, 404)},
)
def side_by_side(request: Anybody, code: FromPath[str], other: FromPath[str]) -> Response[bytes]:
    """Compare two projects you may both see."""
    with reading(request.app.state.engine) as session:
        found = compare(session, identity_of(request).actor, code, other)
    return json_answer(_compared(found))


def _compared(found: Comparison) -> ComparisonOut:
    return ComparisonOut(
        *found.documents,
        [DifferenceOut(each.path, each.before, each.after) for each in found.differences],
        found.score.points,
        reasons_out(found.score.reasons),
        mark_out(found.mark),
    )


@put(
    "/projects/{code:str}/duplicates/{other:str}",
    sync_to_thread=True,
    responses={**answers(ComparisonOut, "Decided"), **problems(400, 401, 403, 404, 422)},
)
def decide(request: Anybody, code: FromPath[str], other: FromPath[str], body: RawBody) -> Response[bytes]:
    """Say that two projects are the same, or are not; remembered, and replaced by a later decision."""
    actor = identity_of(request).actor
    require(actor, "record_judgements")
    asked = read_body(body, MarkIn)
    with writing(request.app.state.engine) as session:
        mark_duplicate(session, actor, code, other, is_same=asked.is_same, reason=asked.reason)
        return json_answer(_compared(compare(session, actor, code, other)))


@get(
    "/duplicates",
    sync_to_thread=True,
    responses={**answers(PairsOut, "Highest score first"), **problems(400, 401, 403)},
)
def queue(
    request: Anybody,
    decision: Annotated[Decision, QueryParameter(description="undecided, same or different")] = "undecided",
    limit: Annotated[int, QueryParameter(ge=1, le=LARGEST_PAGE)] = 50,
    offset: Annotated[int, QueryParameter(ge=0, le=1_000_000)] = 0,
) -> Response[bytes]:
    """List the pairs of your jurisdiction: those of which you may see both projects."""
    actor = identity_of(request).actor
    with reading(request.app.state.engine) as session:
        rows = list_pairs(session, actor, decision=decision, limit=limit, offset=offset)
        counts = {str(name): n for name, n in count_pairs(session, actor).items()}
        return json_answer(PairsOut([_pair(row) for row in rows], counts, waiting(session)))


def _pair(row: PairSummary) -> PairOut:
    one, other = SideOut(**asdict(row.one)), SideOut(**asdict(row.other))
    return PairOut(row.points, reasons_out(row.reasons), row.compared_at, one, other, mark_out(row.mark))


@post(
    "/projects/similar",
    sync_to_thread=True,
    status_code=200,
    responses={**answers(SimilarOut, "Warnings, nothing was saved"), **problems(400, 401, 403, 413, 422)},
)
def similar(
    request: Anybody,
    body: RawBody,
    besides: Annotated[str | None, QueryParameter(max_length=20, description="Code of the project it changes")] = None,
) -> Response[bytes]:
    """Say which projects you may see are like a document not saved yet."""
    actor = identity_of(request).actor
    require(actor, "edit_projects")
    dossier = validate_dossier(read_json(body))
    with reading(request.app.state.engine) as session:
        found = find_candidates_of(session, actor, dossier, besides=besides)
    return json_answer(SimilarOut(findings_out(similar_findings(found))))


def reasons_out(reasons: tuple[Reason, ...]) -> list[ReasonOut]:
    """Return evidence in its wire form; what weighs nothing is left out."""
    return [ReasonOut(each.code, each.points, each.zh, each.en) for each in reasons if each.points]


def mark_out(mark: Mark | None) -> MarkOut | None:
    """Return a decision in its wire form."""
    return None if mark is None else MarkOut(**asdict(mark))


BODIES = {"/api/v1/projects/{code}/duplicates/{other}": MarkIn}
handlers = [candidates, side_by_side, decide, queue, similar]
