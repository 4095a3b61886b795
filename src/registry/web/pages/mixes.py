"""The funding mix of a project 资金组合: a form with the origin of each default, the mix, the frontier, comparison."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath, RawBody

from registry import audit
from registry.accounts.model import GROUP_NAMES
from registry.accounts.permissions import require
from registry.database import reading, writing
from registry.errors import Finding, InvalidInput, NotFound
from registry.packages.charts import curve
from registry.packages.drawing import draw
from registry.portfolio.answers import frontier_table, mix_table
from registry.portfolio.download import MEDIA_TYPES, Format, Provenance, download
from registry.portfolio.financing.answers import FLOOR_NAMES, OBJECTIVE_NAMES, comparison_table, distinct
from registry.portfolio.financing.model import MixWishes, Plan
from registry.portfolio.financing.operations import Question, answer_to, question_of, reopened_by, take_mix
from registry.portfolio.financing.request import request_of
from registry.portfolio.mix import FrontierPoint, Mix
from registry.portfolio.sources import MixRequest
from registry.portfolio.table import Table
from registry.projects.lifecycle.freeze import FrozenDossier, title_of
from registry.web.auth import signed_in
from registry.web.bodies import as_of_or_today
from registry.web.forms import agrees_to_reopen, read_form
from registry.web.mix_form import MOST_MIXES, address, form_of, kept_mixes, parameters, wishes_of
from registry.web.pages.eligibility import governing_day, see_other
from registry.web.rendering import Visit, page, visit

Anybody = Request[Any, Any, Any]


@dataclass(frozen=True, slots=True)
class _Shown:
    """The mix of an address, and those kept beside it."""

    given: dict[str, str]
    question: Question
    plan: Plan
    others: tuple[tuple[str, Plan], ...]
    reopens: list[str]
    """What taking the mix changes of a project in a library, so that its entry reopens."""


def _asked(here: Visit, query: str, code: str) -> _Shown:
    given, kept = parameters(query), kept_mixes(query)
    with reading(here.engine) as session:
        plans = []
        for each in (given, *(parameters(query) for query in kept)):
            day = governing_day(each.get("as_of", ""))
            question = question_of(session, here.actor, code, as_of=day)
            plans.append((question, answer_to(question, wishes_of(each, question.offers), as_of=day)))
        reopens = reopened_by(session, plans[0][1])
    others = zip(kept, (plan for _, plan in plans[1:]), strict=True)
    return _Shown(given, *plans[0], tuple(others), reopens)


@get("/projects/{code:str}/funding-mix", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def mix_page(request: Anybody, code: FromPath[str]) -> Response[str]:
    """Show the best mix under the form's limits; a limit that makes no sense is said beside the form."""
    here = visit(request)
    require(here.actor, "mix_funding")
    try:
        return _show(here, _asked(here, request.url.query, code), request.url.query)
    except InvalidInput as error:
        return _refused(here, request, code, error.findings)


def _show(
    here: Visit, shown: _Shown, query: str, *, status: int = 200, unagreed: Sequence[Finding] = ()
) -> Response[str]:
    """Show a mix; `unagreed` says why it was not taken although somebody asked for that."""
    plan, given = shown.plan, shown.given
    plans = [*(each for _, each in shown.others), plan]
    return _page(
        here,
        shown.question,
        plan.request,
        given,
        status=status,
        unagreed=unagreed,
        reopens=[title_of(name) for name in shown.reopens],
        plan=plan,
        mix=plan.answer if isinstance(plan.answer, Mix) else None,
        table=mix_table(plan.answer) if isinstance(plan.answer, Mix) else None,
        frontier=frontier_table(plan.frontier) if plan.frontier else None,
        chart=_chart(here, plan.frontier) if plan.frontier else None,
        comparison=comparison_table(plans) if shown.others else None,
        can_keep=len(plans) < MOST_MIXES,
        kept=[query for query, _ in shown.others],
        remarks=distinct(plan.remarks),
        own_query=address(given),
        whole_query=query,
    )


def _page(
    here: Visit, question: Question, request: MixRequest, given: dict[str, str], *, status: int = 200, **data: Any
) -> Response[str]:
    shown: dict[str, Any] = {
        **dict.fromkeys(("plan", "mix", "table", "frontier", "chart", "comparison")),
        "findings": (),
        "unagreed": (),
        "reopens": [],
        "kept": [],
        "can_keep": False,
        "remarks": (),
        "own_query": "",
        "whole_query": "",
        **data,
    }
    timeline = question.case.timeline
    return page(
        "optimiser/mix.html",
        here,
        status=status,
        facts=question.facts,
        name=question.dossier.name,
        offers=question.offers,
        form=form_of(request, given, question.offers),
        defaults=form_of(request_of(question.case, question.offers, MixWishes())[0], {}, question.offers),
        years=range(1, ((timeline and timeline.construction_years) or 0) + 1),
        first_year=int(question.dossier.construction_start[:4]) if question.dossier.construction_start else None,
        floor_names=FLOOR_NAMES,
        objectives=OBJECTIVE_NAMES,
        as_of=given.get("as_of") or as_of_or_today(None),
        **shown,
    )


def _refused(here: Visit, request: Anybody, code: str, findings: Sequence[Finding]) -> Response[str]:
    """Show the form as it was filled in, with what cannot be taken; without a case, what is missing."""
    given = parameters(request.url.query)
    try:
        with reading(here.engine) as session:
            question = question_of(session, here.actor, code, as_of=as_of_or_today(None))
    except InvalidInput as error:
        return page("optimiser/no_case.html", here, status=422, code=code, findings=error.findings)
    plain = answer_to(question, MixWishes(), as_of=as_of_or_today(None)).request
    return _page(here, question, plain, given, status=422, findings=findings)


def _chart(here: Visit, points: Sequence[FrontierPoint]) -> str:
    """Return the frontier as the address of an SVG: in the page itself, so that nothing is solved twice."""
    place = 0 if here.language == "zh" else 1
    x, y = (("偿债备付率下限", "Least debt service coverage")[place], ("财政成本（万元）", "Fiscal cost (万元)")[place])
    svg = draw(curve([(each.dscr_floor, float(each.mix.fiscal_cost)) for each in points], x=x, y=y))
    return "data:image/svg+xml;base64," + b64encode(svg.encode()).decode()


@get("/projects/{code:str}/funding-mix/{file:str}", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def mix_file(request: Anybody, code: FromPath[str], file: FromPath[str]) -> Response[bytes]:
    """Download a table of the page with the same address. Raises NotFound."""
    here = visit(request)
    require(here.actor, "mix_funding")
    name, _, form = file.partition(".")
    shown = _asked(here, request.url.query, code)
    plan = shown.plan
    tables = {
        "mix": mix_table(plan.answer) if isinstance(plan.answer, Mix) else None,
        "frontier": frontier_table(plan.frontier) if plan.frontier else None,
        "comparison": comparison_table([*(each for _, each in shown.others), plan]),
    }
    query = f"{code} {request.url.query}"
    return table_file(here, tables.get(name), form, query=query, is_demo=plan.facts.is_demo, stem=f"{code}-{name}")


def table_file(here: Visit, table: Table | None, form: str, *, query: str, is_demo: bool, stem: str) -> Response[bytes]:
    """Return a table as a file that says what was asked, when and by whom. Raises NotFound without a table or form."""
    if table is None or form not in MEDIA_TYPES:
        raise NotFound("没有这个文件", "There is no such file")
    kind: Format = form
    permission = f"{GROUP_NAMES[here.actor.group]} {here.actor.display_name}"
    content = download(table, Provenance(query, audit.now(), permission, is_demo), kind, here.language)
    headers = {"Content-Disposition": f'attachment; filename="{stem}.{form}"'}
    return Response(content, media_type=MEDIA_TYPES[kind], headers=headers)


@post("/projects/{code:str}/funding-mix", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def take(request: Anybody, code: FromPath[str], body: RawBody) -> Response[Any]:
    """Take the mix shown into the dossier, as a new revision; of a project in a library, once that is agreed to."""
    here = visit(request)
    require(here.actor, "edit_projects")
    form = read_form(body)
    try:
        _take(here, code, form)
    except FrozenDossier as error:
        query = form.get("mix", "")
        return _show(here, _asked(here, query, code), query, status=422, unagreed=error.findings)
    return see_other(f"/projects/{code}#funding_lines")


def _take(here: Visit, code: str, form: Mapping[str, str]) -> None:
    given = parameters(form.get("mix", ""))
    seen = form.get("seen_revision", "")
    if not seen.isdecimal() or len(seen) > 9:  # noqa: PLR2004 - digits of a 32-bit number
        raise NotFound("表单缺少版次，请重新打开", "The form does not say which revision it shows; open it again")
    day = governing_day(given.get("as_of", ""))
    with writing(here.engine) as session:
        wishes = wishes_of(given, question_of(session, here.actor, code, as_of=day).offers)
        take_mix(
            session,
            here.actor,
            code,
            wishes=wishes,
            as_of=day,
            expected_revision=int(seen),
            reason=f"采用资金组合方案：{OBJECTIVE_NAMES[wishes.objective][0]}",
            reopens_entry=agrees_to_reopen(form),
        )


handlers = [mix_page, mix_file, take]
