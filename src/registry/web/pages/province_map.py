"""分省方格图: a report by province as tiles, fetched after the page; the table below it has the same figures."""

from decimal import Decimal
from typing import Any
from urllib.parse import quote

from litestar import Request, Response, get
from litestar.params import FromPath
from markupsafe import Markup

from registry.errors import Finding, InvalidInput, NotFound
from registry.portfolio.reports import Chart, find_report, make_report
from registry.portfolio.table import Column, Language, Table
from registry.web.api.portfolio import asked, evidence_of
from registry.web.auth import signed_in
from registry.web.pages.eligibility import governing_day
from registry.web.rendering import page, visit
from registry.web.tile_map import Tile, tile_map

_WAN_PER_YI = 10_000


@get("/portfolio/{name:str}/tiles", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def tiles(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[str]:
    """Show one column of a report by province as a map. Raises NotFound for reports that have none, InvalidInput."""
    here, report = visit(request), find_report(name)
    if report.chart is None or report.chart.kind != "tiles":
        raise NotFound(f"报表“{report.zh}”没有方格图", f"The report '{report.en}' has no map")
    day = request.query_params.get("as_of") or ""
    table = make_report(evidence_of(request, governing_day(day) if day else None), asked(name, []))
    columns = {column.wire_name: column for column in table.columns if column.name in report.chart.values}
    column = _chosen(columns, request.query_params.get("measure") or next(iter(columns)))
    shown, elsewhere = _tiles(report.chart, table, column, here.language)
    title = f"{table.title(here.language)} {_heading(column, here.language)}"
    drawn = tile_map(
        shown, title, is_english=here.language == "en", link=lambda place: f"/projects?province={quote(place)}"
    )
    data: dict[str, Any] = {"drawn": Markup(drawn), "name": name, "day": day, "elsewhere": elsewhere}  # noqa: S704 - every text in it was escaped
    data["measures"] = [(each.wire_name, _heading(each, here.language)) for each in columns.values()]
    return page("portfolio/_tiles.html", here, measure=column.wire_name, **data)


def _chosen(columns: dict[str, Column], name: str) -> Column:
    if name not in columns:
        zh, en = f"没有名为“{name}”的指标；可用：{'、'.join(columns)}", f"Choose one of {', '.join(columns)}"
        raise InvalidInput.of([Finding("measure", "not-in-list", zh, en, name[:60])])
    return columns[name]


def _heading(column: Column, language: Language) -> str:
    """Return the head of a column, money in 亿元 as the tiles have room for."""
    if column.kind != "money":
        return column.heading(language)
    return f"{column.zh}（亿元）" if language == "zh" else f"{column.en} (CNY 100 million)"


def _tiles(chart: Chart, table: Table, column: Column, language: Language) -> tuple[dict[str, Tile], str | None]:
    """Return the tiles by full name of the province, and the figure of what lies in none."""
    shown: dict[str, Tile] = {}
    elsewhere = None
    for place, value in table.frame.select(chart.across, column.name).iter_rows():
        text = _printed(column, column.shown(value, language))
        if place is None:
            elsewhere = text
        else:
            shown[place] = Tile(None if value is None else float(value), text)
    return shown, elsewhere


def _printed(column: Column, value: Any) -> str:
    if value is None:
        return "–"
    match column.kind:
        case "money":
            return f"{Decimal(value) / _WAN_PER_YI:,.1f}"
        case "ratio":
            return f"{value:.0%}"
        case _:
            return f"{value:,}"


handlers = [tiles]
