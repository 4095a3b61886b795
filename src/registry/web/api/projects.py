"""Projects over the API: read, create, change, revisions."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, TypeVar

import msgspec
from litestar import Request, get, post, put
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath, HeaderParameter, PathParameter, QueryParameter, RawBody
from litestar.response.base import ASGIResponse
from sqlalchemy import Engine
from sqlmodel import Session

from registry.accounts.model import Actor
from registry.accounts.permissions import require
from registry.database import reading, writing
from registry.errors import StaleWrite
from registry.projects.differences import Difference, differences
from registry.projects.duplicates.findings import similar_findings
from registry.projects.duplicates.queries import find_candidates_of
from registry.projects.glances import glance_document
from registry.projects.model import Dossier
from registry.projects.operations import SaveOutcome, create_project, document_text, save_project
from registry.projects.queries import RevisionFacts, list_revisions, read_document
from registry.projects.validation import read_json, validate_dossier
from registry.web.auth import identity_of
from registry.web.openapi import NOT_MODIFIED, FindingOut, answers, findings_out, problems
from registry.web.preconditions import Answer, etag, is_known_already, once, seen_hashes

T = TypeVar("T")
Anybody = Request[Any, Any, Any]
RevisionNumber = Annotated[int, PathParameter(ge=1, le=1_000_000)]
Reason = Annotated[str | None, QueryParameter(max_length=300, description="Why, as the revision will say")]
_CREATED, _CHANGED = "接口录入", "接口修改"


class ProjectRecord(msgspec.Struct):
    """One revision of a project: what the registry knows of it, and the document as it was saved."""

    code: str
    revision_number: int
    hash: str
    saved_at: datetime
    is_demo: bool
    document: msgspec.Raw


class RevisionOut(msgspec.Struct):
    """One save of a project, in the chain of hashes."""

    number: int
    saved_at: datetime
    reason: str
    hash: str
    previous_hash: str


class Saved(msgspec.Struct):
    """What a creating or changing call did; `similar` warns of the likeliest projects that may be the same."""

    code: str
    change: str
    revision_number: int
    hash: str
    similar: list[FindingOut]


def sent_header(request: Anybody, name: bytes) -> str | None:
    """Return a header as sent: on the busiest path, where building the framework's header object counts."""
    return next((value.decode("latin-1") for sent, value in request.scope["headers"] if sent == name), None)


async def promptly(engine: Engine, read: Callable[..., T], *arguments: Any, **named: Any) -> T:
    """Do a read by index at once on SQLite, where it takes less time than the way to a thread; else in a thread."""
    if engine.dialect.name == "sqlite":
        return read(*arguments, **named)
    return await sync_to_thread(read, *arguments, **named)


@get(
    "/projects/{code:str}",
    responses={**answers(ProjectRecord, "The latest revision"), **NOT_MODIFIED, **problems(400, 401, 404)},
)
async def read(request: Anybody, code: FromPath[str]) -> ASGIResponse:
    """Read a project; `ETag` names the revision."""
    engine = request.app.state.engine
    facts, document = await promptly(engine, glance_document, engine, identity_of(request).actor, code)
    if is_known_already(sent_header(request, b"if-none-match"), facts.hash):
        return ASGIResponse(status_code=304, headers={"ETag": etag(facts.hash)})
    return _record(facts, document)


@post(
    "/projects",
    sync_to_thread=True,
    status_code=201,
    responses={**answers(Saved, "Created", 201), **problems(400, 401, 403, 413, 422)},
)
def create(
    request: Anybody,
    body: RawBody,
    reason: Reason = None,
    idempotency_key: Annotated[
        str | None,
        HeaderParameter(name="Idempotency-Key", description="Repeat a call with the same key: it acts once"),
    ] = None,
) -> ASGIResponse:
    """Create a project from its document."""
    actor = identity_of(request).actor
    require(actor, "edit_projects")
    dossier = validate_dossier(read_json(body))
    similar = _similar(request.app.state.engine, actor, dossier)

    def act(session: Session) -> Answer:
        outcome = create_project(session, actor, dossier, reason=reason or _CREATED)
        facts, _ = read_document(session, actor, outcome.code)
        headers = {"Location": f"/api/v1/projects/{outcome.code}", "ETag": etag(facts.hash)}
        return Answer(201, headers, _saved(outcome, facts.hash, similar))

    answer, is_repeated = once(
        request.app.state.engine, actor, key=idempotency_key, request=body + (reason or "").encode(), act=act
    )
    headers = {**answer.headers, "Idempotent-Replayed": "true"} if is_repeated else answer.headers
    return json_bytes(answer.body.encode(), status=answer.status, headers=headers)


@put(
    "/projects/{code:str}",
    sync_to_thread=True,
    responses={**answers(Saved, "Saved as a new revision"), **problems(400, 401, 403, 404, 412, 413, 422, 428)},
)
def change(
    request: Anybody,
    code: FromPath[str],
    body: RawBody,
    reason: Reason = None,
    if_match: Annotated[
        str | None, HeaderParameter(name="If-Match", description="ETag of the revision you saw; needed")
    ] = None,
    reopens_entry: Annotated[
        bool, QueryParameter(description="Agree that a major change of an admitted project goes back to review")
    ] = False,
) -> ASGIResponse:
    """Save a new revision of a project on top of the one you saw."""
    actor = identity_of(request).actor
    require(actor, "edit_projects")
    seen = seen_hashes(if_match)
    dossier = validate_dossier(read_json(body))
    similar = _similar(request.app.state.engine, actor, dossier, besides=code)
    with writing(request.app.state.engine) as session:
        facts, document = read_document(session, actor, code)
        if facts.hash not in seen:
            raise stale_write(facts, document, document_text(dossier))
        outcome = save_project(
            session,
            actor,
            code,
            dossier,
            expected_revision=facts.number,
            reason=reason or _CHANGED,
            reopens_entry=reopens_entry,
        )
        saved, _ = read_document(session, actor, code)
    return json_bytes(_saved(outcome, saved.hash, similar).encode(), headers={"ETag": etag(saved.hash)})


@get(
    "/projects/{code:str}/revisions",
    sync_to_thread=True,
    responses={**answers(list[RevisionOut], "Oldest first"), **problems(400, 401, 403, 404)},
)
def revisions(request: Anybody, code: FromPath[str]) -> ASGIResponse:
    """List the revisions of a project, for its owner and for reviewers."""
    actor = identity_of(request).actor
    require(actor, "read_revisions")
    with reading(request.app.state.engine) as session:
        found = [
            RevisionOut(item.number, item.saved_at, item.reason, item.hash, item.previous_hash)
            for item in list_revisions(session, actor, code)
        ]
    return json_bytes(msgspec.json.encode(found))


@get(
    "/projects/{code:str}/revisions/{number:int}",
    sync_to_thread=True,
    responses={**answers(ProjectRecord, "That revision"), **problems(400, 401, 403, 404)},
)
def read_revision(request: Anybody, code: FromPath[str], number: RevisionNumber) -> ASGIResponse:
    """Read one revision of a project."""
    actor = identity_of(request).actor
    require(actor, "read_revisions")
    with reading(request.app.state.engine) as session:
        facts, document = read_document(session, actor, code, number=number)
    return _record(facts, document)


def stale_write(facts: RevisionFacts, current: str, submitted: str) -> StaleWrite:
    """Return the error of a change that does not build on the current revision, with every field that differs."""
    error = StaleWrite(
        f"项目 {facts.code} 已保存为第 {facts.number} 版，与您看到的不同；请对照差异，在最新版上重新修改",
        f"Project {facts.code} is at revision {facts.number} by now; compare, and change the newest one",
    )
    error.differences = changed_fields(current, submitted)
    return error


def changed_fields(before: str, after: str) -> list[Difference]:
    """Return what differs between two documents given as JSON text."""
    return differences(msgspec.json.decode(before), msgspec.json.decode(after))


def _record(facts: RevisionFacts, document: str) -> ASGIResponse:
    record = ProjectRecord(
        facts.code, facts.number, facts.hash, facts.saved_at, facts.is_demo, msgspec.Raw(document.encode())
    )
    return json_bytes(msgspec.json.encode(record), headers={"ETag": etag(facts.hash)})


def _similar(engine: Engine, actor: Actor, dossier: Dossier, *, besides: str | None = None) -> list[FindingOut]:
    # Looked up before the save, so that no other writer waits for it; only what the actor may see is named.
    with reading(engine) as session:
        return findings_out(similar_findings(find_candidates_of(session, actor, dossier, besides=besides)))


def _saved(outcome: SaveOutcome, revision_hash: str, similar: list[FindingOut]) -> str:
    saved = Saved(outcome.code, outcome.change, outcome.revision_number, revision_hash, similar)
    return msgspec.json.encode(saved).decode()


def json_bytes(body: bytes, *, status: int = 200, headers: dict[str, str] | None = None) -> ASGIResponse:
    """Return JSON as an answer its reader asks for again each time."""
    # Kept by the browser only to be asked for again with If-None-Match; never by a shared cache.
    sent = {"Cache-Control": "private, no-cache", **(headers or {})}
    return ASGIResponse(body=body, status_code=status, media_type="application/json", headers=sent)


handlers = [create, read, change, revisions, read_revision]
