"""Pages of city plans and self-evaluations: list, the paper as it is printed, its form, moves, files; and rounds."""

from collections.abc import Mapping
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath, RawBody

from registry.accounts.permissions import may, require
from registry.database import reading, writing
from registry.errors import Finding, InvalidInput, NotFound, has_errors
from registry.programme.papers.queries import PaperStep, PaperSummary, list_papers, paper_history
from registry.programme.papers.reading import read_document_as
from registry.programme.papers.states import ACTIONS, EDITABLE, STATES, actions_for
from registry.programme.self_evaluation.rounds import list_rounds, open_round, score_paper, year_on_year
from registry.projects.queries import list_codes
from registry.web.api.assessments import Number
from registry.web.api.city_papers import paper_file
from registry.web.api.financing_plans import known_action
from registry.web.auth import signed_in
from registry.web.bodies import as_of_or_today
from registry.web.forms import read_form
from registry.web.pages.indicators import whole
from registry.web.pages.zones import day_of
from registry.web.paper_desks import Desk, desk_of, moved
from registry.web.paper_form import beside, form_of_paper, input_of, paper_from_form, parts_of, with_row
from registry.web.rendering import Visit, page, visit

Anybody = Request[Any, Any, Any]


@get("/city-papers/{name:str}", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def paper_list(request: Anybody, name: FromPath[str]) -> Response[str]:
    """List the papers of a kind the visitor may see, and offer to begin one. Raises NotFound."""
    here, desk = visit(request), desk_of(name)
    with reading(here.engine) as session:
        papers, rounds = list_papers(session, here.actor, kinds=(desk.kind,)), list_rounds(session)
    today = as_of_or_today(None)
    return page(
        "programme/papers.html",
        here,
        desk=desk,
        papers=papers,
        states=STATES,
        rounds=rounds,
        open_years=[each.year for each in rounds if each.is_open(today)],
        year=today.year,
    )


@post("/city-papers/{name:str}", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def paper_begin(request: Anybody, name: FromPath[str], body: RawBody) -> Response[Any]:
    """Begin a paper. Raises NotFound, NotAllowed, InvalidInput."""
    here, desk, form = visit(request), desk_of(name), read_form(body)
    require(here.actor, "edit_papers")
    year = whole_of(form, "year") if form.get("year") else None
    with writing(here.engine) as session:
        saved = desk.begin(
            session,
            here.actor,
            title=form.get("title", ""),
            year=year,
            document=None,
            today=as_of_or_today(None),
        )
    return _to(f"/city-papers/{name}/{saved.id}")


@get("/city-papers/{name:str}/{number:int}", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def paper_page(request: Anybody, name: FromPath[str], number: Number) -> Response[str]:
    """Show a paper as it is printed, and what the visitor may do. Raises NotFound."""
    here, desk, revision = visit(request), desk_of(name), whole(request, "revision")
    today = as_of_or_today(None)
    steps: list[PaperStep] | None
    with reading(here.engine) as session:
        found = desk.read(session, here.actor, number, today=today, number=revision)
        try:
            steps = paper_history(session, here.actor, number)
        except NotFound:
            steps = None
        rounds = {each.year: each for each in list_rounds(session)}
    is_newest = found.text.number == found.paper.revision_number and steps is not None
    return page(
        "programme/paper.html",
        here,
        today=today,
        desk=desk,
        paper=found.paper,
        text=found.text,
        view=desk.view(found, here.language, today),
        findings=found.findings,
        steps=steps or [],
        states=STATES,
        actions=ACTIONS,
        is_newest=is_newest,
        moves=actions_for(found.paper.state, here.actor) if is_newest else [],
        is_editable=is_newest and found.paper.state in EDITABLE and may(here.actor, "edit_papers"),
        round=rounds.get(found.paper.year or 0) if desk.kind == "self_evaluation" else None,
        scores={each.item: each for each in getattr(found, "scores", ())},
    )


@get(
    "/city-papers/{name:str}/{number:int}/files/{form:str}",
    sync_to_thread=True,
    include_in_schema=False,
    guards=[signed_in],
)
def paper_download(request: Anybody, name: FromPath[str], number: Number, form: FromPath[str]) -> Response[bytes]:
    """Take a paper as a file. Raises NotFound."""
    return paper_file(request, name, number, form, whole(request, "revision"), visit(request).language)


@get("/city-papers/{name:str}/{number:int}/edit", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def paper_edit(request: Anybody, name: FromPath[str], number: Number) -> Response[str]:
    """Show the form of a paper. Raises NotFound, NotAllowed."""
    here, desk = visit(request), desk_of(name)
    require(here.actor, "edit_papers")
    with reading(here.engine) as session:
        found = desk.read(session, here.actor, number, today=as_of_or_today(None))
    return form_page(here, desk, found.paper, form_of_paper(desk.document, found.text.document), found.paper.version)


@post("/city-papers/{name:str}/{number:int}/edit", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def paper_save(request: Anybody, name: FromPath[str], number: Number, body: RawBody) -> Response[Any]:
    """Save the form as a new revision, or show it again with what is wrong. Raises NotFound, StaleWrite."""
    here, desk, form = visit(request), desk_of(name), read_form(body)
    require(here.actor, "edit_papers")
    today = as_of_or_today(None)
    with reading(here.engine) as session:
        paper = desk.read(session, here.actor, number, today=today).paper
    seen = whole_of(form, "version")
    if "add" in form:
        return form_page(here, desk, paper, with_row(desk.document, form, form["add"]), seen)
    stated, places = paper_from_form(desk.document, form)
    try:
        document: Any = read_document_as(desk.document, stated)
    except InvalidInput as error:
        return form_page(here, desk, paper, form, seen, error.findings, places)
    reason = form.get("reason", "")
    with writing(here.engine) as session:
        desk.save(session, here.actor, number, document=document, expected_version=seen, today=today, reason=reason)
    return _to(f"/city-papers/{name}/{number}")


def form_page(
    here: Visit,
    desk: Desk,
    paper: PaperSummary,
    form: Mapping[str, str],
    version: int,
    findings: tuple[Finding, ...] = (),
    places: Mapping[tuple[str, int], int] | None = None,
    uploaded: str | None = None,
) -> Response[str]:
    """Show the form of a paper; `uploaded` is the file that filled it, nothing of which is saved yet."""
    form, parts = parts_of(desk.document, form)
    with reading(here.engine) as session:
        codes = list_codes(session, here.actor)
    return page(
        "plans/edit.html",
        here,
        paper=paper,
        form=form,
        version=version,
        **parts,
        base=f"/city-papers/{desk.name}",
        kind=desk.titles,
        help=desk.help_zh,
        codes=codes,
        findings=findings,
        beside=beside(findings, places or {}),
        input_of=lambda path: input_of(path, places or {}),
        proposal=("", ""),
        uploaded=uploaded,
        status=422 if has_errors(findings) else 200,
    )


@post("/city-papers/{name:str}/{number:int}/actions", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def paper_act(request: Anybody, name: FromPath[str], number: Number, body: RawBody) -> Response[Any]:
    """Sign, take back, decide, revise or publish. Raises NotFound, NotAllowed, StaleWrite, InvalidInput."""
    here, desk, form = visit(request), desk_of(name), read_form(body)
    action, version = known_action(form.get("action", "")), whole_of(form, "version")
    until = form.get("embargo_until", "")
    with writing(here.engine) as session:
        moved(
            session,
            here.actor,
            desk,
            number,
            action=action,
            version=version,
            today=as_of_or_today(None),
            reason=form.get("reason", ""),
            embargo_until=day_of(until, "embargo_until") if until else None,
        )
    return _to(f"/city-papers/{name}/{number}")


@get("/evaluation-rounds", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def round_page(request: Anybody) -> Response[str]:
    """Show the rounds, and the totals of cities year on year."""
    here = visit(request)
    with reading(here.engine) as session:
        rounds, cities = list_rounds(session), year_on_year(session, here.actor)
    years = sorted({year for each in cities for year in each.totals})
    today = as_of_or_today(None)
    return page("programme/rounds.html", here, rounds=rounds, cities=cities, years=years, today=today)


@post("/evaluation-rounds", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def round_open(request: Anybody, body: RawBody) -> Response[Any]:
    """Open the round of a year. Raises NotAllowed, InvalidInput."""
    here, form = visit(request), read_form(body)
    require(here.actor, "hold_evaluations")
    opens_on, closes_on = (day_of(form.get(name, ""), name) for name in ("opens_on", "closes_on"))
    with writing(here.engine) as session:
        open_round(session, here.actor, year=whole_of(form, "year"), opens_on=opens_on, closes_on=closes_on)
    return _to("/evaluation-rounds")


@post("/evaluation-rounds/scores", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def round_score(request: Anybody, body: RawBody) -> Response[Any]:
    """Score the items of a self-evaluation. Raises NotAllowed, NotFound, InvalidInput."""
    here, form = visit(request), read_form(body)
    require(here.actor, "hold_evaluations")
    number = whole_of(form, "paper")
    stated = {key.removeprefix("score-"): text for key, text in form.items() if key.startswith("score-") and text}
    with writing(here.engine) as session:
        for item, text in stated.items():
            remark = form.get(f"remark-{item}") or None
            score_paper(session, here.actor, number, item=item, score=_score(text), remark=remark)
    return _to(f"/city-papers/self-evaluations/{number}")


def _score(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InvalidInput.of(
            [Finding("score", "not-a-number", "得分应为数字", "A score is a number", text[:20])]
        ) from None


def whole_of(form: Mapping[str, str], name: str) -> int:
    """Return a number a form sends. Raises InvalidInput."""
    text = form.get(name, "").strip()
    if not text.isascii() or not text.isdigit() or len(text) > 9:  # noqa: PLR2004 - digits of a 32-bit number
        zh, en = "表单不完整或不是数字，请更正后重试", "The form is incomplete or this is no number; correct it"
        raise InvalidInput.of([Finding(name, "invalid-form", zh, en, text[:20])])
    return int(text)


def _to(target: str) -> Response[Any]:
    return Response(None, status_code=303, headers={"Location": target}, media_type="text/plain")


handlers = [
    paper_list,
    paper_begin,
    paper_page,
    paper_download,
    paper_edit,
    paper_save,
    paper_act,
    round_page,
    round_open,
    round_score,
]
