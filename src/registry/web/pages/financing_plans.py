"""Pages of city financing plans 投融资方案: list, the plan as it is printed, its form, moves and downloads."""

from collections.abc import Mapping
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath, RawBody
from sqlmodel import Session

from registry.accounts.model import Actor
from registry.accounts.permissions import may, require
from registry.audit import now
from registry.database import reading, writing
from registry.errors import Finding, InvalidInput, NotFound, has_errors
from registry.packages.city_plan.charts import funding_chart
from registry.packages.city_plan.operations import MEDIA_TYPES
from registry.packages.city_plan.view import view_of
from registry.packages.drawing import draw
from registry.portfolio.download import MEDIA_TYPES as TABLE_TYPES
from registry.portfolio.download import Provenance, download
from registry.portfolio.queries import SIGHT
from registry.programme.financing_plan.document import PROPOSAL, PlanDocument
from registry.programme.financing_plan.operations import begin_plan, move_plan, save_plan
from registry.programme.financing_plan.queries import list_plans, read_plan, stored_plan
from registry.programme.financing_plan.reading import read_plan_document
from registry.programme.financing_plan.tables import TABLES
from registry.programme.papers.model import KINDS
from registry.programme.papers.queries import PaperStep, PaperSummary, list_paper_revisions, paper_history
from registry.programme.papers.states import ACTIONS, EDITABLE, STATES, actions_for
from registry.projects.queries import list_codes
from registry.web.api.assessments import Number
from registry.web.api.financing_plans import file_answer, known_action
from registry.web.auth import signed_in
from registry.web.bodies import as_of_or_today, attachment
from registry.web.forms import read_form
from registry.web.paper_form import beside, form_of_paper, input_of, paper_from_form, parts_of, with_row
from registry.web.rendering import Visit, page, visit

Anybody = Request[Any, Any, Any]
_LARGEST = 2_000_000_000


@get("/financing-plans", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def plan_list(request: Anybody) -> Response[str]:
    """List the plans the visitor may see, and offer to begin one."""
    here = visit(request)
    with reading(here.engine) as session:
        plans = list_plans(session, here.actor)
    year = as_of_or_today(None).year
    return page("plans/list.html", here, plans=plans, states=STATES, proposal=PROPOSAL, year=year)


@post("/financing-plans", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def plan_begin(request: Anybody, body: RawBody) -> Response[Any]:
    """Begin a plan with every project of the city in it."""
    here, form = visit(request), read_form(body)
    require(here.actor, "edit_papers")
    years = read_plan_document({name: _whole(form.get(name, "")) for name in ("start_year", "end_year")})
    with writing(here.engine) as session:
        saved = begin_plan(
            session, here.actor, title=form.get("title", ""), start_year=years.start_year, end_year=years.end_year
        )
    return _to(f"/financing-plans/{saved.id}")


def _whole(text: str) -> int | str | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else text or None  # noqa: PLR2004 - digits of a 32-bit number


@get("/financing-plans/{number:int}", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def plan_page(request: Anybody, number: Number) -> Response[str]:
    """Show a plan as it is printed, what there is to say of it, and what the visitor may do. Raises NotFound."""
    here, revision = visit(request), _revision(request)
    with reading(here.engine) as session:
        plan = read_plan(session, here.actor, number, today=as_of_or_today(None), number=revision)
        steps, revisions = _past(session, here.actor, plan.paper)
    is_newest = plan.text.number == plan.paper.revision_number
    moves = [row for row in actions_for(plan.paper.state, here.actor) if is_newest and steps is not None]
    return page(
        "plans/plan.html",
        here,
        paper=plan.paper,
        text=plan.text,
        plan=view_of(plan, here.language),
        findings=plan.findings,
        revision=revision,
        is_newest=is_newest,
        is_signed=plan.is_signed,
        has_chart=funding_chart(plan) is not None,
        states=STATES,
        actions=ACTIONS,
        moves=moves,
        is_editable=plan.paper.state in EDITABLE and is_newest and may(here.actor, "edit_papers") and steps is not None,
        steps=steps or [],
        revisions=revisions,
        forms=list(MEDIA_TYPES),
    )


def _past(
    session: Session, actor: Actor, paper: PaperSummary
) -> tuple[list[PaperStep] | None, list[tuple[int, Any, str]]]:
    """Return the moves and revisions of a plan; None and nothing for who only sees what is published."""
    try:
        steps = paper_history(session, actor, paper.id)
    except NotFound:
        return None, []
    kept = list_paper_revisions(session, actor, paper.id)
    return steps, [(each.number, each.saved_at, each.reason) for each in reversed(kept)]


def _revision(request: Anybody) -> int | None:
    text = request.query_params.get("revision") or ""
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text[:10]) <= _LARGEST else None


@get("/financing-plans/{number:int}/chart.svg", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def plan_chart(request: Anybody, number: Number) -> Response[str]:
    """Draw the money of a plan by year. Raises NotFound."""
    here = visit(request)
    with reading(here.engine) as session:
        plan = read_plan(session, here.actor, number, today=as_of_or_today(None), number=_revision(request))
    spec = funding_chart(plan, here.language)
    if spec is None:
        raise NotFound("该方案没有可画的资金", "The plan has no money to draw")
    return Response(draw(spec), media_type="image/svg+xml", headers={"Cache-Control": "private, max-age=60"})


@get(
    "/financing-plans/{number:int}/tables/{name:str}/{form:str}",
    sync_to_thread=True,
    include_in_schema=False,
    guards=[signed_in],
)
def plan_table(request: Anybody, number: Number, name: FromPath[str], form: FromPath[str]) -> Response[bytes]:
    """Download one table of a plan as CSV, XLSX or Parquet. Raises NotFound."""
    here = visit(request)
    with reading(here.engine) as session:
        plan = read_plan(session, here.actor, number, today=as_of_or_today(None), number=_revision(request))
    if name not in TABLES or form not in TABLE_TYPES:
        raise NotFound("方案没有这张表或这种格式", "The plan has no such table, or not in this format")
    sight = SIGHT[here.actor.group]
    told = Provenance(
        query=f"{request.url.path} · {plan.paper.title} r{plan.text.number} · {PROPOSAL[0]}",
        moment=now(),
        permission=f"{here.actor.display_name}；可见范围：{sight[0]}；方案内无权查看 {plan.figures.hidden} 个项目",
        permission_en=f"{here.actor.display_name}; could see: {sight[1]}; {plan.figures.hidden} projects of it hidden",
        has_demo_data=plan.is_demo,
        as_of=plan.as_of,
    )
    content = download(TABLES[name](plan), told, form, here.language)
    headers = attachment(f"{plan.paper.title}_{name}.{form}")
    return Response(content, media_type=TABLE_TYPES[form], headers=headers)


@get("/financing-plans/{number:int}/files/{form:str}", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def plan_file(request: Anybody, number: Number, form: FromPath[str]) -> Response[bytes]:
    """Take the plan as PDF, DOCX or XLSX. Raises NotFound."""
    return file_answer(request, number, form, _revision(request), visit(request).language)


@get("/financing-plans/{number:int}/edit", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def plan_form(request: Anybody, number: Number) -> Response[str]:
    """Show the form of a plan. Raises NotFound, NotAllowed."""
    here = visit(request)
    require(here.actor, "edit_papers")
    with reading(here.engine) as session:
        paper, text = stored_plan(session, here.actor, number)
    return plan_form_page(here, paper, form_of_paper(PlanDocument, text.document), paper.version)


@post("/financing-plans/{number:int}/edit", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def plan_save(request: Anybody, number: Number, body: RawBody) -> Response[Any]:
    """Save the form as a new revision, or show it again with what is wrong. Raises NotFound, StaleWrite."""
    here, form = visit(request), read_form(body)
    require(here.actor, "edit_papers")
    with reading(here.engine) as session:
        paper, _ = stored_plan(session, here.actor, number)
    seen = _seen(form)
    if "add" in form:
        return plan_form_page(here, paper, with_row(PlanDocument, form, form["add"]), seen)
    document, places = paper_from_form(PlanDocument, form)
    try:
        plan = read_plan_document(document)
    except InvalidInput as error:
        return plan_form_page(here, paper, form, seen, error.findings, places)
    with writing(here.engine) as session:
        save_plan(session, here.actor, number, document=plan, expected_version=seen, reason=form.get("reason", ""))
    return _to(f"/financing-plans/{number}")


def _seen(form: Mapping[str, str]) -> int:
    version = _whole(form.get("version", ""))
    if not isinstance(version, int):
        zh, en = "表单不完整，请刷新页面后重试", "The form is incomplete; reload the page and try again"
        raise InvalidInput.of([Finding("version", "invalid-form", zh, en)])
    return version


def plan_form_page(
    here: Visit,
    paper: PaperSummary,
    form: Mapping[str, str],
    version: int,
    findings: tuple[Finding, ...] = (),
    places: Mapping[tuple[str, int], int] | None = None,
    uploaded: str | None = None,
) -> Response[str]:
    """Show the form of a plan; `uploaded` is the file that filled it, nothing of which is saved yet."""
    form, parts = parts_of(PlanDocument, form)
    with reading(here.engine) as session:
        codes = list_codes(session, here.actor)
    return page(
        "plans/edit.html",
        here,
        paper=paper,
        form=form,
        version=version,
        **parts,
        base="/financing-plans",
        kind=KINDS["financing_plan"],
        help=None,
        codes=codes,
        findings=findings,
        beside=beside(findings, places or {}),
        input_of=lambda path: input_of(path, places or {}),
        proposal=PROPOSAL,
        uploaded=uploaded,
        status=422 if has_errors(findings) else 200,
    )


@post("/financing-plans/{number:int}/actions", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def plan_act(request: Anybody, number: Number, body: RawBody) -> Response[Any]:
    """Sign, take back, decide, revise or publish. Raises NotFound, NotAllowed, StaleWrite, InvalidInput."""
    here, form = visit(request), read_form(body)
    action, version = known_action(form.get("action", "")), _seen(form)
    with writing(here.engine) as session:
        move_plan(
            session,
            here.actor,
            number,
            action=action,
            expected_version=version,
            today=as_of_or_today(None),
            reason=form.get("reason", ""),
        )
    return _to(f"/financing-plans/{number}")


def _to(target: str) -> Response[Any]:
    return Response(None, status_code=303, headers={"Location": target}, media_type="text/plain")


handlers = [
    plan_list,
    plan_begin,
    plan_page,
    plan_chart,
    plan_table,
    plan_file,
    plan_form,
    plan_save,
    plan_act,
]
