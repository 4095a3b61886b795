"""Pages of indicators 指标: a city's year with targets, actual values and what projects move; the dashboard of all."""

from collections.abc import Mapping, Sequence
from typing import Any

from litestar import Request, Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import RawBody

from registry.accounts.permissions import may, require
from registry.database import reading, rehearsing, writing
from registry.errors import Finding, InvalidInput
from registry.programme.dashboard.queries import read_dashboard
from registry.programme.indicators.catalogue import DIRECTIONS, Indicator, in_force
from registry.programme.indicators.contributions import contributions_of
from registry.programme.indicators.operations import Stated, ValueChange, keep_indicator, state_values
from registry.programme.indicators.queries import find_city, indicators_of, list_cities, values_of
from registry.programme.indicators.versions import day_for, reference_on, reference_sets
from registry.programme.indicators.workbook import COLUMNS, take_values
from registry.programme.nomination.rules import REGIONS
from registry.web.api.indicators import values_file
from registry.web.auth import signed_in
from registry.web.bodies import as_of_or_today
from registry.web.forms import read_form
from registry.web.rendering import Visit, page, visit
from registry.web.uploads import LARGEST_CARRIED, LARGEST_UPLOAD, Preview, carried_file, uploaded_file

Anybody = Request[Any, Any, Any]
_LARGEST = 2_000_000_000
_FIELDS = ("target", "actual", "evidence")
_FIELD_NAMES = {column.name: (column.zh, column.en) for column in COLUMNS}


@get("/indicators", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def indicator_page(request: Anybody) -> Response[str]:
    """Show one city's indicators of a year. Raises NotAllowed, NotFound."""
    here = visit(request)
    return indicators_shown(here, whole(request, "city"), whole(request, "year"), changed=counted(request, "changed"))


def indicators_shown(
    here: Visit,
    city_id: int | None,
    year: int | None,
    *,
    form: Mapping[str, str] | None = None,
    findings: Sequence[Finding] = (),
    of_file: Sequence[Finding] = (),
    of_catalogue: Sequence[Finding] = (),
    preview: Preview[list[ValueChange]] | None = None,
    changed: int | None = None,
) -> Response[str]:
    """Show a city's year; `findings` are of the form, `of_file` and `of_catalogue` of workbooks."""
    today = as_of_or_today(None)
    year = year or today.year
    with reading(here.engine) as session:
        cities, versions = list_cities(session, here.actor), reference_sets(session)
        reference = in_force(versions, day_for(year, today))
        if city_id is None and here.actor.group != "city":
            city_id = cities[0].id if cities else 0
        city = find_city(session, here.actor, city_id) if cities else None
        known = {} if city is None else indicators_of(session, city, on=day_for(year, today))
        stated = [] if city is None else values_of(session, city)
        moved = [] if city is None else contributions_of(session, here.actor, known, division_code=city.division_code)
    return page(
        "programme/indicators.html",
        here,
        status=422 if findings or of_file or of_catalogue else 200,
        of_catalogue=of_catalogue,
        versions=versions,
        of_file=of_file,
        preview=preview,
        field_names=_FIELD_NAMES,
        changed=changed,
        city=city,
        cities=cities,
        year=year,
        years=sorted({each.year for each in stated} | {year}),
        indicators=list(known.values()),
        values={(each.indicator, each.year): each for each in stated},
        contributions=moved,
        reference=reference,
        directions=DIRECTIONS,
        is_own=city is not None and city.id == here.actor.organisation_id and may(here.actor, "edit_indicators"),
        form=form or {},
        findings=findings,
        wrong={finding.path: finding for finding in findings},
    )


def whole(request: Anybody, name: str) -> int | None:
    """Return a number of the address; None when there is none or it cannot be one."""
    text = request.query_params.get(name) or ""
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text[:10]) <= _LARGEST else None


def counted(request: Anybody, name: str) -> int | None:
    """Return a count of the address, which may be nought; None when there is none or it cannot be one."""
    text = request.query_params.get(name) or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < len(str(_LARGEST)) else None


@post("/indicators", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def indicator_save(request: Anybody, body: RawBody) -> Response[Any]:
    """Take the year's targets and actual values from the form, or show it again with what is wrong."""
    here, form = visit(request), read_form(body)
    require(here.actor, "edit_indicators")
    text = form.get("year", "")
    if not text.isascii() or not text.isdigit() or len(text) > 4:  # noqa: PLR2004 - digits of a year
        raise InvalidInput.of([Finding("year", "missing", "请填写年度，如 2026", "Give a year such as 2026")])
    year, today = int(text), as_of_or_today(None)
    with reading(here.engine) as session:
        known = indicators_of(session, find_city(session, here.actor), on=day_for(year, today))
    stated, wrong = _read(form, known, year)
    if not wrong:
        try:
            with writing(here.engine) as session:
                state_values(session, here.actor, stated, today=today)
            return _to(f"/indicators?year={year}")
        except InvalidInput as error:
            wrong = [_beside(each, stated) for each in error.findings]
    return indicators_shown(here, None, year, form=form, findings=wrong)


def _read(form: Mapping[str, str], known: Mapping[str, Indicator], year: int) -> tuple[list[Stated], list[Finding]]:
    stated, wrong = [], []
    for indicator in known.values():
        fields: dict[str, Any] = {}
        for name in _FIELDS:
            key = f"{indicator.id}-{name}"
            text = form.get(key)
            if text is None:
                continue
            try:
                fields[name] = text.strip() or None
                if name != "evidence" and fields[name] is not None:
                    fields[name] = float(text.replace(",", "").strip())
            except ValueError:
                zh, en = f"“{indicator.zh}”：“{text[:20]}”不是数字", f"{indicator.en}: {text[:20]} is no number"
                wrong.append(Finding(key, "not-a-number", zh, en, text[:20]))
        if any(value is not None for value in fields.values()) or form.get(f"{indicator.id}-known"):
            stated.append(Stated(indicator.id, year, indicator.unit, fields))
    return stated, wrong


def _beside(finding: Finding, stated: list[Stated]) -> Finding:
    place, _, field = finding.path.partition("].")
    key = f"{stated[int(place.removeprefix('['))].indicator}-{field}"
    return Finding(key, finding.code, finding.message_zh, finding.message_en, finding.value)


@post("/indicators/own", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def indicator_keep(request: Anybody, body: RawBody) -> Response[Any]:
    """Refine an indicator or add one. Raises NotAllowed, InvalidInput."""
    here, form = visit(request), read_form(body)
    require(here.actor, "edit_indicators")
    names = ("indicator", "name", "unit", "direction", "definition", "method", "source")
    stated: dict[str, Any] = {name: form.get(name, "") for name in names}
    with writing(here.engine) as session:
        keep_indicator(session, here.actor, today=as_of_or_today(None), **stated)
    return _to("/indicators")


@get("/indicators/values.xlsx", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def indicator_file(request: Anybody) -> Response[bytes]:
    """Take a city's values as Excel. Raises NotAllowed, NotFound."""
    return values_file(request, whole(request, "city"), whole(request, "year"))


@post("/indicators/upload", include_in_schema=False, guards=[signed_in], request_max_body_size=LARGEST_UPLOAD)
async def indicator_upload(request: Anybody) -> Response[Any]:
    """Show what taking values from Excel would change, old beside new, or the cell of each flaw."""
    here = visit(request)
    require(here.actor, "edit_indicators")
    name, content = await uploaded_file(request)

    def preview() -> Response[Any]:
        try:
            with rehearsing(here.engine) as session:
                changes = take_values(session, here.actor, content=content, name=name, today=as_of_or_today(None))
        except InvalidInput as error:
            return indicators_shown(here, None, None, of_file=error.findings)
        return indicators_shown(here, None, None, preview=Preview.of(name, content, changes))

    return await sync_to_thread(preview)


@post(
    "/indicators/take",
    sync_to_thread=True,
    include_in_schema=False,
    guards=[signed_in],
    request_max_body_size=LARGEST_CARRIED,
)
def indicator_take(request: Anybody, body: RawBody) -> Response[Any]:
    """Take the previewed values, all rows or none; flaws that came up in between are shown."""
    here = visit(request)
    require(here.actor, "edit_indicators")
    name, content = carried_file(read_form(body))
    try:
        with writing(here.engine) as session:
            changes = take_values(session, here.actor, content=content, name=name, today=as_of_or_today(None))
    except InvalidInput as error:
        return indicators_shown(here, None, None, of_file=error.findings)
    return _to(f"/indicators?changed={len(changes)}#upload")


@get("/programme", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def dashboard_page(request: Anybody) -> Response[str]:
    """Show the dashboard over the cities the visitor may see. Raises NotAllowed."""
    here, today = visit(request), as_of_or_today(None)
    with reading(here.engine) as session:
        found = read_dashboard(session, here.actor, year=whole(request, "year"), today=today)
        names = reference_on(session, today).indicators
    trend: dict[str, dict[int, Any]] = {}
    for each in found.indicators:
        trend.setdefault(each.indicator, {})[each.year] = each
    return page(
        "programme/dashboard.html",
        here,
        found=found,
        names=names,
        trend=trend,
        years=sorted({each.year for each in found.indicators}),
        regions=REGIONS,
        n_cities=sum(1 for each in found.places if each.n_met + each.n_missed + each.n_unknown),
    )


def _to(target: str) -> Response[Any]:
    return Response(None, status_code=303, headers={"Location": target}, media_type="text/plain")


handlers = [
    indicator_page,
    indicator_save,
    indicator_keep,
    indicator_file,
    indicator_upload,
    indicator_take,
    dashboard_page,
]
