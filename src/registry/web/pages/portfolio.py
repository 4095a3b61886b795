"""The page 组合分析: funding, returns, results and pipeline of all visible projects, as tables and charts."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, cast
from urllib.parse import urlencode

from litestar import Request, Response, get
from litestar.params import FromPath

from registry.accounts.permissions import may, require
from registry.errors import NotFound
from registry.finance.benefit_units import INDICATORS
from registry.packages.drawing import draw
from registry.packages.portfolio_charts import MOST_BARS, portfolio_chart, shown_rows
from registry.packages.portfolio_files import MEDIA_TYPES
from registry.portfolio.frame import LINE_DIMENSIONS
from registry.portfolio.printing import printed_rows
from registry.portfolio.queries import Evidence, permission_of
from registry.portfolio.reports import TOPICS, Ask, Report, Topic, find_report, make_report, reports_for
from registry.portfolio.table import Language, Table
from registry.web.api.portfolio import asked, evidence_of, file_answer
from registry.web.auth import signed_in
from registry.web.pages.eligibility import governing_day
from registry.web.pages.later import frame_first
from registry.web.rendering import Visit, page, visit

Anybody = Request[Any, Any, Any]
MOST_ROWS = 200
"""Rows of a table on the page; its downloads hold the same, and there is a link to all of them."""


@get("/portfolio", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def portfolio_page(request: Anybody) -> Response[str]:
    """Show the reports of one topic, cut as asked, as of a day. Raises NotAllowed, InvalidInput."""
    here = visit(request)
    require(here.actor, "read_portfolio")
    named = request.query_params.get("topic") or ""
    topic = cast("Topic", named if named in TOPICS else "funding")
    if frame := frame_first(request, ("组合分析", "Portfolio")):
        return frame
    evidence = evidence_of(request, _day(request))
    asks = [ask for report in reports_for(here.actor) if report.topic == topic for ask in _asks(request, report)]
    return page(
        "portfolio/page.html",
        here,
        topic=topic,
        topics=TOPICS,
        as_of=evidence.as_of,
        is_past=evidence.at is not None,
        may_look_back=may(here.actor, "read_revisions"),
        cuts=_cuts(request),
        dimensions=evidence.portfolio.dimensions(),
        line_dimensions=LINE_DIMENSIONS if topic == "funding" else {},
        indicators={code: (each.zh, each.en) for code, each in INDICATORS.items()},
        indicator=request.query_params.get("indicator") or "co2e",
        measure=request.query_params.get("measure") or "",
        n_projects=evidence.portfolio.projects.height,
        permission=permission_of(here.actor, evidence),
        has_demo_data=bool(evidence.portfolio.projects["is_demo"].any()),
        kept=_query(request, topic=None),
        findings=evidence.portfolio.findings,
        sections=[_section(evidence, here, ask) for ask in asks],
    )


@get("/portfolio/{name:str}/chart.svg", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def chart(request: Anybody, name: FromPath[str]) -> Response[str]:
    """Draw the chart of a report from the rows of its table. Raises NotFound where there is nothing to draw."""
    here = visit(request)
    ask = asked(name, _cuts(request), request.query_params.get("indicator") or "co2e")
    spec = portfolio_chart(find_report(name), make_report(evidence_of(request, _day(request)), ask), ask, here.language)
    if spec is None:
        raise NotFound(f"报表 {name} 没有可画的图", f"There is nothing to draw for {name}")
    return Response(draw(spec), media_type="image/svg+xml", headers={"Cache-Control": "private, max-age=60"})


@get("/portfolio/{name:str}/file/{form:str}", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def table_file(request: Anybody, name: FromPath[str], form: FromPath[str]) -> Response[bytes]:
    """Download a table of the page, with the rows it shows."""
    here = visit(request)
    limit = request.query_params.get("limit") or ""
    indicator = request.query_params.get("indicator") or "co2e"
    ask = asked(name, _cuts(request), indicator, int(limit) if limit.isdecimal() and int(limit) else None)
    return file_answer(request, evidence_of(request, _day(request)), ask, form, here.language)


def _day(request: Anybody) -> date | None:
    text = request.query_params.get("as_of") or ""
    return governing_day(text) if text else None


def _cuts(request: Anybody) -> list[str]:
    return [each for each in request.query_params.getall("by", []) if each]


def _asks(request: Anybody, report: Report) -> Iterator[Ask]:
    """Yield how a report is asked on this page: with those of the chosen cuts it takes."""
    chosen = _cuts(request)
    if report.cuts == "none":
        chosen = []
    elif report.cuts == "projects":
        chosen = [name for name in chosen if name not in LINE_DIMENSIONS]
    indicator = request.query_params.get("indicator") or "co2e"
    yield asked(report.name, chosen, indicator)
    if report.name == "funding_mix" and not chosen:
        yield asked(report.name, ["year"])


def _query(request: Anybody, *, topic: str | None) -> str:
    pairs = [("topic", topic or "")] + [("by", name) for name in _cuts(request)]
    pairs.append(("as_of", request.query_params.get("as_of") or ""))
    return urlencode([(name, value) for name, value in pairs if value])


def _section(evidence: Evidence, here: Visit, ask: Ask) -> dict[str, Any]:
    """Return one report as plain data."""
    report = find_report(ask.report)
    table = make_report(evidence, ask)
    pairs = [("by", name) for name in ask.by]
    pairs += [("as_of", evidence.as_of.isoformat())] if evidence.at is not None else []
    pairs += [("indicator", ask.indicator)] if report.has_indicator else []
    whole = urlencode(pairs)
    is_cut = table.frame.height > MOST_ROWS
    shown = urlencode([*pairs, ("limit", str(MOST_ROWS))]) if is_cut else whole
    own = table.remarks[: len(table.remarks) - len(evidence.portfolio.findings)]
    return {
        "id": "-".join((report.name, *ask.by)).replace(":", "-"),
        "name": report.name,
        "title": table.title(here.language),
        "columns": [(column.heading(here.language), column.is_number) for column in table.columns],
        "rows": list(_rows(table, here.language))[:MOST_ROWS],
        "n_rows": table.frame.height,
        "is_cut": is_cut,
        "whole": whole,
        "shown": shown,
        "forms": list(MEDIA_TYPES),
        "chart": portfolio_chart(report, table, ask, here.language) is not None,
        "tiles": report.chart is not None and report.chart.kind == "tiles",
        "most_bars": MOST_BARS if shown_rows(report, table) else None,
        "remarks": own,
    }


def _rows(table: Table, language: Language) -> Iterator[list[dict[str, Any]]]:
    """Yield each row as cells: the text a person reads and, for numbers, the value programs get of the API."""
    wire: list[Mapping[str, Any]] = table.as_dict()["rows"]
    for row, values in zip(printed_rows(table, language), wire, strict=True):
        yield [
            {
                "text": text,
                "value": values[column.wire_name] if column.is_number else None,
                "is_number": column.is_number,
            }
            for column, text in zip(table.columns, row, strict=True)
        ]


handlers = [portfolio_page, chart, table_file]
