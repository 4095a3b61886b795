"""Assessments over the API: judge a project on a date, read what was judged, ways in, decisions of people."""

from datetime import date, datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, PathParameter, QueryParameter, RawBody
from msgspec import Meta

from registry import jobs
from registry.accounts.permissions import require
from registry.assessments.model import Assessment, RecordedJudgement
from registry.assessments.operations import assess_project, record_judgement
from registry.assessments.private_packs import visible_packs
from registry.assessments.queries import find_assessment, judgements_of, list_assessments
from registry.assessments.routing import Route, nearest_ways, route
from registry.assessments.work import enqueue_screening
from registry.database import reading, writing
from registry.eligibility.nearest import NearestWays
from registry.projects.queries import find_project
from registry.web.api.libraries import AsOf
from registry.web.auth import identity_of
from registry.web.bodies import as_of_or_today, json_answer, raw_json, read_body
from registry.web.openapi import answers, problems

Anybody = Request[Any, Any, Any]
Number = Annotated[int, PathParameter(ge=1, le=2_000_000_000)]


class AssessmentOut(msgspec.Struct):
    """What a list says of an assessment; `hash` is the SHA-256 of its document."""

    id: int
    revision_number: int
    governing_date: date
    engine_version: str
    hash: str
    created_at: datetime


class AssessmentRecord(msgspec.Struct):
    """An assessment as it was kept: the document is byte for byte what its hash was taken of."""

    id: int
    hash: str
    created_at: datetime
    document: msgspec.Raw


class JudgementIn(msgspec.Struct, forbid_unknown_fields=True):
    """A person's answer to a rule that only a person can decide."""

    pack: Annotated[str, Meta(min_length=1, max_length=80)]
    rule: Annotated[str, Meta(min_length=1, max_length=80)]
    is_met: bool
    reason: Annotated[str, Meta(min_length=2, max_length=1000)]
    as_of: date | None = None


class JudgementOut(msgspec.Struct):
    """A recorded decision; it counts under this version of the pack alone."""

    pack: str
    version: str
    rule: str
    is_met: bool
    reason: str
    person: str
    decided_at: datetime
    is_current: bool
    """False: another version of the pack is in force now, so that somebody must decide anew."""


class JobOut(msgspec.Struct):
    """Long work: `total` is null until known; `result` is there once `state` is `done`, `error` once it `failed`."""

    id: int
    kind: str
    state: str
    progress: int
    total: int | None
    requested_at: datetime
    finished_at: datetime | None
    error: str | None
    result: msgspec.Raw


class ScreeningIn(msgspec.Struct, forbid_unknown_fields=True):
    """On which date to assess every project you may see; today unless given."""

    as_of: date | None = None


@get(
    "/projects/{code:str}/assessments",
    sync_to_thread=True,
    responses={**answers(list[AssessmentOut], "Newest first"), **problems(400, 401, 404)},
)
def list_all(request: Anybody, code: FromPath[str]) -> Response[bytes]:
    """List the assessments of a project; they are never changed."""
    with reading(request.app.state.engine) as session:
        return json_answer([_told(each) for each in list_assessments(session, identity_of(request).actor, code)])


@post(
    "/projects/{code:str}/assessments",
    sync_to_thread=True,
    status_code=201,
    responses={**answers(AssessmentOut, "The assessment of the latest revision", 201), **problems(400, 401, 403, 404)},
)
def create(request: Anybody, code: FromPath[str], as_of: AsOf = None) -> Response[bytes]:
    """Judge the latest revision on a date. The same question is kept once, so that repeating the call changes nothing.

    A bank's own packs are not part of it: `GET /projects/{code}/route` answers those, to that bank alone.
    """
    actor = identity_of(request).actor
    with writing(request.app.state.engine) as session:
        kept = assess_project(session, actor, code, as_of=as_of_or_today(as_of))
    return json_answer(_told(kept), status=201, headers={"Location": f"/api/v1/projects/{code}/assessments/{kept.id}"})


@get(
    "/projects/{code:str}/assessments/{number:int}",
    sync_to_thread=True,
    responses={**answers(AssessmentRecord, "With the whole explanation"), **problems(400, 401, 404)},
)
def read(request: Anybody, code: FromPath[str], number: Number) -> Response[bytes]:
    """Read an assessment: verdicts, the tree under each, finance inputs and results."""
    with reading(request.app.state.engine) as session:
        kept = find_assessment(session, identity_of(request).actor, code, number)
    return json_answer(AssessmentRecord(kept.id or 0, kept.hash, kept.created_at, msgspec.Raw(kept.document.encode())))


@get(
    "/projects/{code:str}/nearest",
    sync_to_thread=True,
    responses={**answers(NearestWays, "Ways that need fewest changes first"), **problems(400, 401, 403, 404)},
)
def nearest(
    request: Anybody,
    code: FromPath[str],
    as_of: AsOf = None,
    library: Annotated[list[str] | None, QueryParameter(description="Only these packs")] = None,
) -> Response[bytes]:
    """Find the smallest set of changes that opens each library, proven by judging the changed project again."""
    with reading(request.app.state.engine) as session:
        actor = identity_of(request).actor
        found = nearest_ways(session, actor, code, as_of=as_of_or_today(as_of), libraries=library)
    return json_answer(found)


@get(
    "/projects/{code:str}/route",
    sync_to_thread=True,
    responses={**answers(Route, "Every library, and what each missing fact unlocks"), **problems(400, 401, 403, 404)},
)
def read_route(request: Anybody, code: FromPath[str], as_of: AsOf = None) -> Response[bytes]:
    """Read where a project can go: every library with its verdict, a bank's own packs among them, kept nowhere."""
    with reading(request.app.state.engine) as session:
        found = route(session, identity_of(request).actor, code, as_of=as_of_or_today(as_of))
    return json_answer(found.as_dict())


@get(
    "/projects/{code:str}/judgements",
    sync_to_thread=True,
    responses={**answers(list[JudgementOut], "The newest for each rule and version"), **problems(400, 401, 403, 404)},
)
def list_judgements(request: Anybody, code: FromPath[str], as_of: AsOf = None) -> Response[bytes]:
    """List who decided what about a project, and why."""
    actor = identity_of(request).actor
    require(actor, "screen_projects")
    with reading(request.app.state.engine) as session:
        project = find_project(session, actor, code)
        packs = visible_packs(session, actor)
        day = as_of_or_today(as_of)
        current = {each.id: version.head.version for each in packs if (version := each.version_on(day))}
        found = [_decided(each, current) for each in judgements_of(session, project.id or 0)]
    return json_answer(found)


@post(
    "/projects/{code:str}/judgements",
    sync_to_thread=True,
    status_code=201,
    responses={**answers(JudgementOut, "Recorded under your name", 201), **problems(400, 401, 403, 404, 422)},
)
def decide(request: Anybody, code: FromPath[str], body: RawBody) -> Response[bytes]:
    """Record your decision on a rule only a person can decide, with your reason."""
    actor = identity_of(request).actor
    require(actor, "record_judgements")
    given = read_body(body, JudgementIn)
    with writing(request.app.state.engine) as session:
        kept = record_judgement(
            session,
            actor,
            code,
            pack=given.pack,
            rule=given.rule,
            is_met=given.is_met,
            reason=given.reason,
            as_of=as_of_or_today(given.as_of),
        )
    return json_answer(_decided(kept, {kept.pack_id: kept.pack_version}), status=201)


@post(
    "/screenings",
    sync_to_thread=True,
    status_code=202,
    responses={**answers(JobOut, "The job that was asked for", 202), **problems(400, 401, 403, 422)},
)
def start_screening(request: Anybody, body: RawBody) -> Response[bytes]:
    """Assess every project you may see, as a job."""
    actor = identity_of(request).actor
    require(actor, "screen_projects")
    asked = read_body(body or b"{}", ScreeningIn)
    with writing(request.app.state.engine) as session:
        number = enqueue_screening(session, actor, as_of=as_of_or_today(asked.as_of))
    return job_answer(request, number, status=202, headers={"Location": f"/api/v1/screenings/{number}"})


@get(
    "/screenings/{number:int}",
    sync_to_thread=True,
    responses={**answers(JobOut, "How far it is, and the counts once done"), **problems(400, 401, 404)},
)
def read_screening(request: Anybody, number: Number) -> Response[bytes]:
    """Follow a screening you asked for."""
    return job_answer(request, number)


def job_answer(
    request: Anybody,
    number: int,
    *,
    kind: str | None = None,
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> Response[bytes]:
    """Return a job of the caller, of a kind where one is given. Raises NotFound, also for somebody else's."""
    with reading(request.app.state.engine) as session:
        job = jobs.find_job(session, number, requested_by=identity_of(request).actor.user_id, kind=kind)
    told = JobOut(
        id=number,
        kind=job.kind,
        state=job.state,
        progress=job.progress,
        total=job.total,
        requested_at=job.requested_at,
        finished_at=job.finished_at,
        error=job.error,
        result=msgspec.Raw((job.result or "null").encode()),
    )
    return raw_json(msgspec.json.encode(told), status=status, headers=headers)


def _told(kept: Assessment) -> AssessmentOut:
    return AssessmentOut(
        kept.id or 0, kept.revision_number, kept.governing_date, kept.engine_version, kept.hash, kept.created_at
    )


def _decided(kept: RecordedJudgement, current: dict[str, str]) -> JudgementOut:
    return JudgementOut(
        pack=kept.pack_id,
        version=kept.pack_version,
        rule=kept.rule_id,
        is_met=kept.is_met,
        reason=kept.reason,
        person=kept.person_name,
        decided_at=kept.decided_at,
        is_current=current.get(kept.pack_id) == kept.pack_version,
    )


BODIES: dict[str, Any] = {
    "/api/v1/projects/{code}/judgements": JudgementIn,
    "/api/v1/screenings": ScreeningIn,
}
"""Path of a call to the structure of its body."""

handlers = [list_all, create, read, nearest, read_route, list_judgements, decide, start_screening, read_screening]
