"""City financing plans over the API: list, begin, read with figures, save, sign and decide, scenarios, files."""

from datetime import date, datetime
from typing import Annotated, Any, cast

import msgspec
from litestar import Request, Response, get, post, put
from litestar.params import PathParameter, QueryParameter, RawBody
from msgspec import Meta

from registry.accounts.permissions import require
from registry.database import reading, writing
from registry.errors import Finding, InvalidInput
from registry.packages.city_plan.operations import PlanFile, export_plan
from registry.portfolio.table import Language
from registry.programme.financing_plan.document import PROPOSAL
from registry.programme.financing_plan.operations import begin_plan, move_plan, save_plan
from registry.programme.financing_plan.queries import Plan, list_plans, read_plan, stored_plan
from registry.programme.financing_plan.reading import read_plan_document
from registry.programme.financing_plan.tables import TABLES, scenarios_table
from registry.programme.papers.operations import SavedPaper
from registry.programme.papers.queries import PaperSummary, list_paper_revisions
from registry.programme.papers.states import ACTIONS, PaperAction
from registry.projects.validation import read_json
from registry.web.api.assessments import Number
from registry.web.auth import identity_of
from registry.web.bodies import as_of_or_today, attachment, json_answer, read_body
from registry.web.openapi import answers, problems
from registry.web.preconditions import IfMatch, etag, seen_hashes

Anybody = Request[Any, Any, Any]
Year = Annotated[int, Meta(ge=1990, le=2100)]
Revision = Annotated[int | None, QueryParameter(ge=1, le=2_000_000_000, description="An earlier revision")]
Reason = Annotated[str | None, QueryParameter(max_length=300, description="Why the plan is changed")]


class PlanIn(msgspec.Struct, forbid_unknown_fields=True):
    """A new plan; without `document` it holds every project of yours."""

    title: Annotated[str, Meta(max_length=400)]
    start_year: Year | None = None
    end_year: Year | None = None
    document: dict[str, Any] | None = None


class PlanActionIn(msgspec.Struct, forbid_unknown_fields=True):
    """One move: `version` is the plan's as you saw it; `embargo_until` holds a publication back until that day."""

    action: str
    version: int
    reason: str = ""
    embargo_until: date | None = None


class SavedPlan(msgspec.Struct):
    """What a write left; `version` is the ETag of the next write."""

    id: int
    version: int
    state: str
    revision_number: int


class PlanOut(msgspec.Struct):
    """A plan: what its authors state, and the tables calculated of it. Money is decimal text in 万元."""

    id: int
    title: str
    owner: str
    state: str
    version: int
    revision: int
    approved_revision: int | None
    is_demo: bool
    is_signed: bool
    as_of: date
    proposal: str
    proposal_en: str
    document: Any
    tables: dict[str, Any]
    hidden_projects: int
    findings: list[Any]


class PlanRevisionOut(msgspec.Struct):
    """One save of a plan, in the chain of hashes."""

    number: int
    saved_at: datetime
    reason: str
    hash: str


@get(
    "/financing-plans",
    sync_to_thread=True,
    responses={**answers(list[PaperSummary], "Newest change first"), **problems(400, 401)},
)
def list_all(request: Anybody) -> Response[bytes]:
    """List the financing plans you may see."""
    with reading(request.app.state.engine) as session:
        return json_answer(list_plans(session, identity_of(request).actor))


@post(
    "/financing-plans",
    sync_to_thread=True,
    status_code=201,
    responses={**answers(SavedPlan, "Begun", 201), **problems(400, 401, 403, 422)},
)
def begin(request: Anybody, body: RawBody) -> Response[bytes]:
    """Begin a plan of your city, with its projects in it."""
    actor = identity_of(request).actor
    require(actor, "edit_papers")
    asked = read_body(body, PlanIn)
    document = None if asked.document is None else read_plan_document(asked.document)
    with writing(request.app.state.engine) as session:
        saved = begin_plan(
            session,
            actor,
            title=asked.title,
            start_year=asked.start_year,
            end_year=asked.end_year,
            document=document,
        )
    return saved_answer(saved, status=201, headers={"Location": f"/api/v1/financing-plans/{saved.id}"})


@get(
    "/financing-plans/{number:int}",
    sync_to_thread=True,
    responses={**answers(PlanOut, "The plan with its figures"), **problems(400, 401, 404)},
)
def read(request: Anybody, number: Number, revision: Revision = None) -> Response[bytes]:
    """Read a plan with its figures; `ETag` is the version a write must name."""
    with reading(request.app.state.engine) as session:
        plan = read_plan(session, identity_of(request).actor, number, today=as_of_or_today(None), number=revision)
    return json_answer(plan_out(plan), headers={"ETag": etag(str(plan.paper.version))})


def plan_out(plan: Plan) -> PlanOut:
    """Return a plan as it is told to programs."""
    return PlanOut(
        id=plan.paper.id,
        title=plan.paper.title,
        owner=plan.paper.owner,
        state=plan.paper.state,
        version=plan.paper.version,
        revision=plan.text.number,
        approved_revision=plan.paper.approved_revision,
        is_demo=plan.is_demo,
        is_signed=plan.is_signed,
        as_of=plan.as_of,
        proposal=PROPOSAL[0],
        proposal_en=PROPOSAL[1],
        document=plan.document.model_dump(mode="json", exclude_none=True),
        tables={name: make(plan).as_dict() for name, make in TABLES.items()},
        hidden_projects=plan.figures.hidden,
        findings=[finding.as_dict() for finding in plan.findings],
    )


@put(
    "/financing-plans/{number:int}",
    sync_to_thread=True,
    responses={**answers(SavedPlan, "Saved as a new revision"), **problems(400, 401, 403, 404, 412, 422, 428)},
)
def change(
    request: Anybody,
    number: Number,
    body: RawBody,
    reason: Reason = None,
    if_match: IfMatch = None,
) -> Response[bytes]:
    """Save a new revision of a plan on top of the version you saw; the body is its document."""
    actor = identity_of(request).actor
    require(actor, "edit_papers")
    seen = seen_version(if_match)
    document = read_plan_document(read_json(body))
    with writing(request.app.state.engine) as session:
        return saved_answer(
            save_plan(session, actor, number, document=document, expected_version=seen, reason=reason or "")
        )


def seen_version(if_match: str | None) -> int:
    """Return the version named; 0, which no plan has, for a tag that is none of ours."""
    named = [int(tag) for tag in seen_hashes(if_match) if tag.isascii() and tag.isdigit() and len(tag) < 10]  # noqa: PLR2004 - digits of a 32-bit number
    return max(named, default=0)


@post(
    "/financing-plans/{number:int}/actions",
    sync_to_thread=True,
    status_code=200,
    responses={**answers(SavedPlan, "Moved"), **problems(400, 401, 403, 404, 412, 422)},
)
def act(request: Anybody, number: Number, body: RawBody) -> Response[bytes]:
    """Sign and submit a plan, take it back, approve or return it, revise, publish or withdraw it."""
    asked = read_body(body, PlanActionIn)
    with writing(request.app.state.engine) as session:
        saved = move_plan(
            session,
            identity_of(request).actor,
            number,
            action=known_action(asked.action),
            expected_version=asked.version,
            today=as_of_or_today(None),
            reason=asked.reason,
            embargo_until=asked.embargo_until,
        )
    return saved_answer(saved)


def known_action(name: str) -> PaperAction:
    """Return an action by name. Raises InvalidInput."""
    if name not in ACTIONS:
        known = "、".join(f"{code}（{zh}）" for code, (zh, _) in ACTIONS.items())
        zh, en = (
            f"没有“{name[:40]}”这个操作，可用：{known}",
            f"There is no action {name[:40]}; use {', '.join(ACTIONS)}",
        )
        raise InvalidInput.of([Finding("action", "unknown-action", zh, en)])
    return cast("PaperAction", name)


@get(
    "/financing-plans/{number:int}/revisions",
    sync_to_thread=True,
    responses={**answers(list[PlanRevisionOut], "Oldest first"), **problems(400, 401, 404)},
)
def revisions(request: Anybody, number: Number) -> Response[bytes]:
    """List the revisions of a plan, for its authors and those who decide on it."""
    actor = identity_of(request).actor
    with reading(request.app.state.engine) as session:
        stored_plan(session, actor, number)
        found = [
            PlanRevisionOut(each.number, each.saved_at, each.reason, each.hash)
            for each in list_paper_revisions(session, actor, number)
        ]
    return json_answer(found)


@get(
    "/financing-plans/{number:int}/scenarios",
    sync_to_thread=True,
    responses={**answers(dict[str, Any], "One row each, the plan as it stands first"), **problems(400, 401, 404)},
)
def scenarios(request: Anybody, number: Number, revision: Revision = None) -> Response[bytes]:
    """Compare a plan as it stands with its scenarios."""
    with reading(request.app.state.engine) as session:
        plan = read_plan(session, identity_of(request).actor, number, today=as_of_or_today(None), number=revision)
    return json_answer(scenarios_table(plan).as_dict())


@get(
    "/financing-plans/{number:int}/files/{form:str}",
    sync_to_thread=True,
    responses={**answers(bytes, "The file"), **problems(400, 401, 404)},
)
def file(
    request: Anybody,
    number: Number,
    form: Annotated[str, PathParameter(description="pdf, docx, xlsx; data to fill in")],
    revision: Revision = None,
    lang: Annotated[str, QueryParameter(pattern="^(zh|en)$")] = "zh",
) -> Response[bytes]:
    """Take a plan as PDF, DOCX or XLSX; an entry is left of who took it."""
    return file_answer(request, number, form, revision, cast("Language", lang))


def file_answer(request: Anybody, number: int, form: str, revision: int | None, language: Language) -> Response[bytes]:
    """Return an exported plan as a download. Raises NotFound, also for a form there is none of."""
    with writing(request.app.state.engine) as session:
        made: PlanFile = export_plan(
            session,
            identity_of(request).actor,
            number,
            form=form,
            today=as_of_or_today(None),
            number=revision,
            language=language,
        )
    return Response(made.content, media_type=made.media_type, headers=attachment(made.name))


def saved_answer(saved: SavedPaper, *, status: int = 200, headers: dict[str, str] | None = None) -> Response[bytes]:
    """Return what a save or a move left, with the version the next write must name."""
    told = SavedPlan(saved.id, saved.version, saved.state, saved.revision_number)
    return json_answer(told, status=status, headers={"ETag": etag(str(saved.version)), **(headers or {})})


BODIES = {
    "/api/v1/financing-plans": PlanIn,
    "/api/v1/financing-plans/{number}/actions": PlanActionIn,
}
handlers = [list_all, begin, read, change, act, revisions, scenarios, file]
