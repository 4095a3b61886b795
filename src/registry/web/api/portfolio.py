"""Portfolio over the API: every report as JSON, and as a file that says where it comes from."""

from datetime import date, datetime
from typing import Annotated, Any, cast
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, Response, get
from litestar.params import FromPath, QueryParameter

from registry.errors import Finding, InvalidInput, NotFound
from registry.packages.portfolio_files import MEDIA_TYPES, report_file
from registry.portfolio.download import Provenance
from registry.portfolio.queries import Evidence, permission_of
from registry.portfolio.reports import Ask, find_report, make_report, reports_for
from registry.portfolio.table import Language, Table
from registry.web.auth import identity_of
from registry.web.bodies import as_of_or_today, json_answer
from registry.web.openapi import FindingOut, answers, problems

Anybody = Request[Any, Any, Any]
_CHINA = ZoneInfo("Asia/Shanghai")
MOST_CUTS = 4

By = Annotated[list[str] | None, QueryParameter(description="Dimensions to cut by, in order; may be repeated")]
AsOfDay = Annotated[date | None, QueryParameter(description="As of the end of this day; default: now")]
Limit = Annotated[int | None, QueryParameter(ge=1, le=1_000_000, description="Only so many rows from the top")]
Which = Annotated[str, QueryParameter(description="Indicator of the abatement curve", max_length=40)]
Tongue = Annotated[str, QueryParameter(description="zh or en", pattern="^(zh|en)$")]


class ReportOut(msgspec.Struct):
    """One report you may ask for; `cuts` says whether it takes dimensions of projects, of lines too, or none."""

    name: str
    topic: str
    title: str
    title_en: str
    cuts: str
    by: tuple[str, ...]


class DimensionOut(msgspec.Struct):
    """One way to cut a report."""

    name: str
    title: str
    title_en: str


class ColumnOut(msgspec.Struct):
    """One column of a table; money is decimal text in 万元."""

    name: str
    kind: str
    title: str
    title_en: str
    unit: str | None


class TableOut(msgspec.Struct):
    """A report: rows by column name, codes as codes; remarks count what could not be summed."""

    name: str
    title: str
    title_en: str
    columns: list[ColumnOut]
    rows: list[dict[str, Any]]
    remarks: list[FindingOut]


class ReportAnswer(msgspec.Struct):
    """The table, with the question, the day it is of, and the permission it ran under."""

    query: str
    as_of: date
    asked_at: datetime
    permission: str
    permission_en: str
    has_demo_data: bool
    dimensions: list[DimensionOut]
    table: TableOut


@get("/portfolio", sync_to_thread=True, responses={**answers(list[ReportOut], "In order"), **problems(400, 401)})
def list_reports(request: Anybody) -> Response[bytes]:
    """List the reports over all projects you may see."""
    found = reports_for(identity_of(request).actor)
    return json_answer([ReportOut(each.name, each.topic, each.zh, each.en, each.cuts, each.by) for each in found])


@get(
    "/portfolio/{name:str}",
    sync_to_thread=True,
    responses={**answers(ReportAnswer, "The report"), **problems(400, 401, 403, 404, 422)},
)
def read_report(
    request: Anybody,
    name: FromPath[str],
    by: By = None,
    as_of: AsOfDay = None,
    indicator: Which = "co2e",
    limit: Limit = None,
) -> Response[bytes]:
    """Read one report over all projects you may see, now or as of a past day."""
    ask = asked(name, by, indicator, limit)
    evidence = evidence_of(request, as_of)
    table = make_report(evidence, ask)
    source = provenance(request, evidence, ask)
    return json_answer(
        {
            "query": source.query,
            "as_of": evidence.as_of,
            "asked_at": source.moment,
            "permission": source.permission,
            "permission_en": source.permission_en,
            "has_demo_data": source.has_demo_data,
            "dimensions": [
                {"name": each.name, "title": each.zh, "title_en": each.en}
                for each in evidence.portfolio.dimensions().values()
            ],
            "table": table.as_dict(),
        }
    )


@get(
    "/portfolio/{name:str}/file/{form:str}",
    sync_to_thread=True,
    responses={**answers(bytes, "CSV, XLSX, Parquet or PDF, with query, day and permission in it"),
               **problems(400, 401, 403, 404, 422)},
)  # fmt: skip
def read_file(
    request: Anybody,
    name: FromPath[str],
    form: FromPath[str],
    by: By = None,
    as_of: AsOfDay = None,
    indicator: Which = "co2e",
    limit: Limit = None,
    lang: Tongue = "zh",
) -> Response[bytes]:
    """Download one report: `csv`, `xlsx`, `parquet` or `pdf`."""
    ask = asked(name, by, indicator, limit)
    return file_answer(request, evidence_of(request, as_of), ask, form, cast("Language", lang))


def asked(name: str, by: list[str] | None, indicator: str = "co2e", limit: int | None = None) -> Ask:
    """Return the question. Raises NotFound for a report nobody knows, InvalidInput for too many dimensions."""
    find_report(name)
    cuts = tuple(dict.fromkeys(each for each in by or () if each))
    if len(cuts) > MOST_CUTS:
        zh, en = f"最多按 {MOST_CUTS} 个维度分组", f"At most {MOST_CUTS} dimensions"
        raise InvalidInput.of([Finding("by", "too-many-dimensions", zh, en, str(len(cuts)))])
    return Ask(name, cuts, indicator, limit)


def evidence_of(request: Anybody, as_of: date | None) -> Evidence:
    """Return what the visitor may see on a day. Raises as `queries.gather`."""
    today = as_of_or_today(None)
    kept: Evidence = request.app.state.evidence.gather(identity_of(request).actor, as_of=as_of or today, today=today)
    return kept


def provenance(request: Anybody, evidence: Evidence, ask: Ask) -> Provenance:
    """Return what a file says of itself."""
    zh, en = permission_of(identity_of(request).actor, evidence)
    is_demo = bool(evidence.portfolio.projects["is_demo"].any())
    return Provenance(ask.query(evidence.as_of), datetime.now(_CHINA), zh, is_demo, en, evidence.as_of)


def file_answer(request: Anybody, evidence: Evidence, ask: Ask, form: str, language: Language) -> Response[bytes]:
    """Return a report as a download. Raises NotFound for a form nobody knows."""
    if form not in MEDIA_TYPES:
        raise NotFound(f"没有“{form}”格式；可用：{'、'.join(MEDIA_TYPES)}", f"There is no form '{form}'")
    table: Table = make_report(evidence, ask)
    content = report_file(table, ask, provenance(request, evidence, ask), form, language)
    name = f"{ask.report}-{evidence.as_of.isoformat()}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-cache"}
    return Response(content, media_type=MEDIA_TYPES[form], headers=headers)


handlers = [list_reports, read_report, read_file]
