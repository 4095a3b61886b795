"""The bank's pipeline: narrowed by money, verdicts and place; searches kept; the list as a file."""

from collections.abc import Iterator
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import RawBody
from litestar.response import Stream

from registry.accounts.permissions import may, require
from registry.assessments.prospects.filters import RANGES, SORTS, STAGES, filter_of_text
from registry.assessments.prospects.operations import LONGEST_NAME, end_search, save_search
from registry.assessments.prospects.queries import (
    ProspectLine,
    libraries,
    prospect_lines,
    saved_searches,
    screen_prospects,
)
from registry.database import reading, writing
from registry.eligibility.model import VERDICT_TERMS
from registry.projects.fields.beautiful_city import TASKS
from registry.projects.fields.content import CONSTRUCTION_STATUS
from registry.projects.fields.lending import GREEN_CATALOGUE_CLASSES
from registry.web.api.assessments import Number
from registry.web.auth import signed_in
from registry.web.forms import read_form
from registry.web.pages.eligibility import see_other
from registry.web.pages.projects import csv_line, harmless
from registry.web.pages.screening_views import asked_prospects, prospect_chips, prospect_facets
from registry.web.rendering import page, visit

Anybody = Request[Any, Any, Any]
PAGE = 50
_CSV_PAGE = 500
_HIDDEN = ("region", "dscr", "coverage", "tenor", "stage", "verdicts", "province", "city", "field", "dimension", "task",
           "status", "start_year", "nature", "green_class", "transition")  # fmt: skip
"""Conditions chosen by a link, which the form of numbers and words carries along."""


@get("/screening", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def screening_page(request: Anybody) -> Response[str]:
    """Show one page of the pipeline; HTMX gets what was found alone. Raises NotAllowed, InvalidInput."""
    here, asked = visit(request), asked_prospects(request)
    require(here.actor, "screen_projects")
    with reading(here.engine) as session:
        found = screen_prospects(session, here.actor, asked.wanted)
        shown = found.page(sort=asked.sort, after=asked.after, limit=PAGE)  # type: ignore[arg-type]
        data: dict[str, Any] = {
            "rows": prospect_lines(session, here.actor, shown.codes),
            "next": asked.href(after=shown.next) if shown.next else None,
            "after": asked.after,
            "first": asked.href(),
            "n_found": len(found),
            "n_judged": found.n_judged(),
            "investment": found.investment(),
            "loans": found.loans(),
            "query": asked.query(),
            "facets": prospect_facets(found, asked, here.language),
            "chips": prospect_chips(asked, here.language),
            "searches": saved_searches(session, here.actor) if may(here.actor, "read_searches") else None,
        }
    data |= {"libraries": libraries(), "verdict_terms": VERDICT_TERMS, "stages": STAGES, "longest": LONGEST_NAME}
    if here.is_fragment:
        return page("screening/_found.html", here, **data)
    given = asked.wanted.as_query()
    data |= {"given": given, "hidden": [name for name in _HIDDEN if name in given], "ranges": RANGES}
    data |= {"sort": asked.sort, "sorts": SORTS}
    return page("screening/page.html", here, headers={"Vary": "HX-Request"}, **data)


_HEADER = (
    *("编号", "项目名称", "省份", "地市", "美丽城市任务", "绿色目录类别", "建设状态"),
    *("总投资（万元）", "拟用银行贷款（万元）", "贷款期限（年）", "偿债备付率（最低年）", "本息覆盖倍数"),
    *("内部收益率（税后）", "静态投资回收期（年）", "本机构意向", "数据性质"),
)


@get("/screening.csv", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def screening_csv(request: Anybody) -> Stream:
    """Download exactly what the list shows, all pages of it, for a spreadsheet; an empty cell is unknown."""
    here, asked = visit(request), asked_prospects(request)
    require(here.actor, "screen_projects")
    with reading(here.engine) as session:
        codes = screen_prospects(session, here.actor, asked.wanted).codes(asked.sort)  # type: ignore[arg-type]
    names = libraries()

    def lines() -> Iterator[str]:
        yield "\ufeff" + csv_line((*_HEADER, *(zh for zh, _ in names.values())))
        for start in range(0, len(codes), _CSV_PAGE):
            with reading(here.engine) as session:
                rows = prospect_lines(session, here.actor, codes[start : start + _CSV_PAGE])
            yield "".join(csv_line((*_cells(row), *_verdict_cells(row, names))) for row in rows)

    headers = {"Content-Disposition": 'attachment; filename="screening.csv"'}
    return Stream(lines(), media_type="text/csv", headers=headers)


def _cells(row: ProspectLine) -> tuple[str, ...]:
    texts = (row.code, row.name, row.province_name, row.city_name, TASKS.get(row.task or ""))
    coded = (GREEN_CATALOGUE_CLASSES.get(row.green_class or ""), CONSTRUCTION_STATUS.get(row.status or ""))
    figures = (row.tenor_years, row.dscr_min, row.coverage, row.firr_post_tax, row.payback_years)
    return (
        *(harmless(text) for text in (*texts, *coded)),
        row.total_investment or "",
        row.loan or "",
        *("" if figure is None else f"{figure:.4f}" for figure in figures),
        STAGES[row.stage][0] if row.stage else "",
        "示例数据" if row.is_demo else "公开或填报数据",
    )


def _verdict_cells(row: ProspectLine, names: dict[str, tuple[str, str]]) -> Iterator[str]:
    for pack in names:
        verdict = row.verdicts.get(pack)
        yield VERDICT_TERMS[verdict][0] if verdict else ""  # type: ignore[index]


@post("/saved-searches", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def save(request: Anybody, body: RawBody) -> Response[Any]:
    """Keep the conditions of the form under a name."""
    here, form = visit(request), read_form(body)
    require(here.actor, "save_searches")
    wanted = filter_of_text(form.get("query", ""))
    with writing(here.engine) as session:
        kept = save_search(
            session,
            here.actor,
            name=form.get("name", "").strip(),
            wanted=wanted,
            is_alerting=form.get("is_alerting") == "true",
        )
        target = kept.query
    return see_other(f"/screening?{target}" if target else "/screening")


@post("/saved-searches/{number:int}/removal", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def remove(request: Anybody, number: Number) -> Response[Any]:
    """Keep a search no longer."""
    here = visit(request)
    with writing(here.engine) as session:
        end_search(session, here.actor, number)
    return see_other("/screening")


handlers = [screening_page, screening_csv, save, remove]
