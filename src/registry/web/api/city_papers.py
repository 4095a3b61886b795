"""Papers of cities over the API: city plans, self-evaluations and regional programmes."""

from typing import Annotated, Any, cast

import msgspec
from litestar import Request, Response, get, post, put
from litestar.params import PathParameter, QueryParameter, RawBody
from msgspec import Meta

from registry.accounts.permissions import require
from registry.database import reading, writing
from registry.errors import NotFound
from registry.packages.city_papers.operations import EVIDENCE
from registry.packages.city_plan.operations import DATA
from registry.portfolio.table import Language
from registry.programme.papers.queries import PaperSummary, list_papers
from registry.programme.papers.reading import read_document_as
from registry.projects.documents.store import open_store
from registry.projects.validation import read_json
from registry.web.api.assessments import Number
from registry.web.api.financing_plans import (
    PlanActionIn,
    Reason,
    Revision,
    SavedPlan,
    known_action,
    saved_answer,
    seen_version,
)
from registry.web.auth import identity_of
from registry.web.bodies import as_of_or_today, json_answer, read_body
from registry.web.openapi import answers, problems
from registry.web.paper_desks import DESKS, desk_of, moved, sent
from registry.web.preconditions import IfMatch, etag

Anybody = Request[Any, Any, Any]
Name = Annotated[str, PathParameter(description=" or ".join(DESKS))]


class PaperIn(msgspec.Struct, forbid_unknown_fields=True):
    """A new paper: a self-evaluation has a year, the others a title; without `document` it is prefilled."""

    title: Annotated[str, Meta(max_length=400)] = ""
    year: Annotated[int, Meta(ge=1990, le=2100)] | None = None
    document: dict[str, Any] | None = None


class PaperOut(msgspec.Struct):
    """A paper: what its authors state, and how it is printed, with what there is to say of it."""

    id: int
    kind: str
    title: str
    year: int | None
    owner: str
    state: str
    version: int
    revision: int
    approved_revision: int | None
    published_revision: int | None
    is_demo: bool
    document: Any
    sections: list[Any]
    findings: list[Any]


@get(
    "/city-papers/{name:str}",
    sync_to_thread=True,
    responses={**answers(list[PaperSummary], "Newest change first"), **problems(400, 401, 404)},
)
def list_all(request: Anybody, name: Name) -> Response[bytes]:
    """List the papers of a kind you may see."""
    desk = desk_of(name)
    with reading(request.app.state.engine) as session:
        return json_answer(list_papers(session, identity_of(request).actor, kinds=(desk.kind,)))


@post(
    "/city-papers/{name:str}",
    sync_to_thread=True,
    status_code=201,
    responses={**answers(SavedPlan, "Begun", 201), **problems(400, 401, 403, 404, 422)},
)
def begin(request: Anybody, name: Name, body: RawBody) -> Response[bytes]:
    """Begin a paper of your city, prefilled with its projects and indicators."""
    desk, actor = desk_of(name), identity_of(request).actor
    require(actor, "edit_papers")
    asked = read_body(body, PaperIn)
    document = None if asked.document is None else read_document_as(desk.document, asked.document)
    with writing(request.app.state.engine) as session:
        saved = desk.begin(
            session, actor, title=asked.title, year=asked.year, document=document, today=as_of_or_today(None)
        )
    return saved_answer(saved, status=201, headers={"Location": f"/api/v1/city-papers/{name}/{saved.id}"})


@get(
    "/city-papers/{name:str}/{number:int}",
    sync_to_thread=True,
    responses={**answers(PaperOut, "The paper"), **problems(400, 401, 404)},
)
def read(request: Anybody, name: Name, number: Number, revision: Revision = None) -> Response[bytes]:
    """Read a paper as it is printed; `ETag` is the version a write must name."""
    desk, today = desk_of(name), as_of_or_today(None)
    with reading(request.app.state.engine) as session:
        found = desk.read(session, identity_of(request).actor, number, today=today, number=revision)
    paper = found.paper
    out = PaperOut(
        id=paper.id,
        kind=paper.kind,
        title=paper.title,
        year=paper.year,
        owner=paper.owner,
        state=paper.state,
        version=paper.version,
        revision=found.text.number,
        approved_revision=paper.approved_revision,
        published_revision=paper.published_revision,
        is_demo=paper.is_demo,
        document=found.document.model_dump(mode="json", exclude_none=True),
        sections=desk.view(found, "zh", today)["sections"],
        findings=[finding.as_dict() for finding in found.findings],
    )
    return json_answer(out, headers={"ETag": etag(str(paper.version))})


@put(
    "/city-papers/{name:str}/{number:int}",
    sync_to_thread=True,
    responses={**answers(SavedPlan, "Saved as a new revision"), **problems(400, 401, 403, 404, 412, 422, 428)},
)
def change(
    request: Anybody,
    name: Name,
    number: Number,
    body: RawBody,
    reason: Reason = None,
    if_match: IfMatch = None,
) -> Response[bytes]:
    """Save a new revision on top of the version you saw; the body is the document."""
    desk, actor = desk_of(name), identity_of(request).actor
    require(actor, "edit_papers")
    seen = seen_version(if_match)
    document = read_document_as(desk.document, read_json(body))
    with writing(request.app.state.engine) as session:
        saved = desk.save(
            session,
            actor,
            number,
            document=document,
            expected_version=seen,
            today=as_of_or_today(None),
            reason=reason or "",
        )
    return saved_answer(saved)


@post(
    "/city-papers/{name:str}/{number:int}/actions",
    sync_to_thread=True,
    status_code=200,
    responses={**answers(SavedPlan, "Moved"), **problems(400, 401, 403, 404, 412, 422)},
)
def act(request: Anybody, name: Name, number: Number, body: RawBody) -> Response[bytes]:
    """Sign and submit a paper, take it back, approve or return it, revise, publish or withdraw it."""
    desk, asked = desk_of(name), read_body(body, PlanActionIn)
    with writing(request.app.state.engine) as session:
        saved = moved(
            session,
            identity_of(request).actor,
            desk,
            number,
            action=known_action(asked.action),
            version=asked.version,
            today=as_of_or_today(None),
            reason=asked.reason,
            embargo_until=asked.embargo_until,
        )
    return saved_answer(saved)


@get(
    "/city-papers/{name:str}/{number:int}/files/{form:str}",
    sync_to_thread=True,
    responses={**answers(bytes, "The file"), **problems(400, 401, 404)},
)
def file(
    request: Anybody,
    name: Name,
    number: Number,
    form: Annotated[
        str, PathParameter(description="pdf, docx, xlsx; data to fill in; of a self-evaluation zip, the evidence")
    ],
    revision: Revision = None,
    lang: Annotated[str, QueryParameter(pattern="^(zh|en)$")] = "zh",
) -> Response[bytes]:
    """Take a paper as a file; an entry is left of who took it."""
    return paper_file(request, name, number, form, revision, cast("Language", lang))


def paper_file(
    request: Anybody, name: str, number: int, form: str, revision: int | None, language: Language
) -> Response[bytes]:
    """Return an exported paper as a download. Raises NotFound, also for a form there is none of."""
    desk, actor = desk_of(name), identity_of(request).actor
    if form not in (*desk.forms, DATA):
        raise NotFound(f"没有 {form[:20]} 格式的导出", f"There is no export as {form[:20]}")
    files = {"store": open_store(request.app.state.settings)} if form == EVIDENCE else {}
    with writing(request.app.state.engine) as session:
        made = desk.export(
            session, actor, number, form=form, today=as_of_or_today(None), number=revision, language=language, **files
        )
    return sent(made)


BODIES = {
    "/api/v1/city-papers/{name}": PaperIn,
    "/api/v1/city-papers/{name}/{number}": dict[str, Any],
    "/api/v1/city-papers/{name}/{number}/actions": PlanActionIn,
}
handlers = [list_all, begin, read, change, act, file]
