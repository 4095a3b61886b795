"""Indicators over the API: catalogue, a city's own terms, targets and actual values, and what projects move."""

from datetime import date
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post, put
from litestar.params import QueryParameter, RawBody
from msgspec import Meta

from registry.accounts.permissions import require
from registry.database import reading, rehearsing, writing
from registry.programme.dashboard.queries import Dashboard, read_dashboard
from registry.programme.indicators.catalogue import Indicator, ReferenceSet, in_force
from registry.programme.indicators.contributions import Contribution, contributions_of
from registry.programme.indicators.operations import Stated, ValueChange, keep_indicator, state_values
from registry.programme.indicators.queries import CityLine, Value, find_city, indicators_of, list_cities, values_of
from registry.programme.indicators.versions import reference_sets
from registry.programme.indicators.workbook import take_values, values_workbook
from registry.web.auth import identity_of
from registry.web.bodies import as_of_or_today, attachment, json_answer, read_body
from registry.web.openapi import answers, problems
from registry.web.uploads import LARGEST_UPLOAD, XLSX, IsPreview

Anybody = Request[Any, Any, Any]
City = Annotated[int | None, QueryParameter(ge=1, le=2_000_000_000, description="Number of the city; default: yours")]
Year = Annotated[int | None, QueryParameter(ge=1990, le=2100, description="Only this year")]


class IndicatorOut(msgspec.Struct):
    """One indicator of a city's catalogue."""

    id: str
    group: str
    group_en: str
    name: str
    name_en: str
    unit: str
    direction: str
    definition: str | None
    method: str | None
    source: str
    moved_by: tuple[str, ...]
    is_refined: bool
    is_added: bool


class VersionOut(msgspec.Struct):
    """One version of the national catalogue."""

    id: str
    in_force_from: date
    is_stand_in: bool
    document: str
    confidence: str
    note: str
    note_en: str


class CatalogueOut(msgspec.Struct):
    """The catalogue in force today: national, or that of a city; and every version there is."""

    city: CityLine | None
    version: str
    versions: list[VersionOut]
    indicators: list[IndicatorOut]


class ValueIn(msgspec.Struct, forbid_unknown_fields=True):
    """One value: `unit` is what you count in, and is checked. What is not named stays as it was; null clears it."""

    indicator: str
    year: int
    unit: str
    target: float | msgspec.UnsetType | None = msgspec.UNSET
    actual: float | msgspec.UnsetType | None = msgspec.UNSET
    evidence: Annotated[str, Meta(max_length=300)] | msgspec.UnsetType | None = msgspec.UNSET
    document_id: Annotated[int, Meta(ge=0, le=2**31 - 1)] | msgspec.UnsetType | None = msgspec.UNSET


class ValuesIn(msgspec.Struct, forbid_unknown_fields=True):
    """Values of your city: all are taken or none."""

    values: Annotated[list[ValueIn], Meta(min_length=1, max_length=5000)]


class IndicatorIn(msgspec.Struct, forbid_unknown_fields=True):
    """A reference indicator made finer (same unit and direction), or one of your city's own (`own_…`)."""

    indicator: Annotated[str, Meta(max_length=40)]
    name: Annotated[str, Meta(max_length=100)]
    unit: Annotated[str, Meta(max_length=40)]
    direction: str
    definition: Annotated[str, Meta(max_length=1000)] | None = None
    method: Annotated[str, Meta(max_length=1000)] | None = None
    source: Annotated[str, Meta(max_length=300)] | None = None


class Changed(msgspec.Struct):
    """How many values changed, and each as it was and is."""

    changed: int
    values: list[ValueChange]


@get(
    "/indicators",
    sync_to_thread=True,
    responses={**answers(CatalogueOut, "The catalogue"), **problems(400, 401, 403, 404)},
)
def catalogue(request: Anybody, city: City = None) -> Response[bytes]:
    """Read the catalogue in force: national, or with what a city refined and added."""
    actor, today = identity_of(request).actor, as_of_or_today(None)
    with reading(request.app.state.engine) as session:
        sets = reference_sets(session)
        if city is None and actor.group != "city":
            return json_answer(_catalogue(None, list(in_force(sets, today).indicators.values()), sets, today))
        found = find_city(session, actor, city)
        return json_answer(_catalogue(found, list(indicators_of(session, found, on=today).values()), sets, today))


def _catalogue(
    city: CityLine | None, indicators: list[Indicator], sets: list[ReferenceSet], today: date
) -> CatalogueOut:
    versions = [_version(each) for each in sets]
    return CatalogueOut(city, in_force(sets, today).id, versions, [_indicator(each) for each in indicators])


def _version(each: ReferenceSet) -> VersionOut:
    return VersionOut(
        each.id, each.in_force_from, each.is_stand_in, each.document, each.confidence, each.note[0], each.note[1]
    )


def _indicator(each: Indicator) -> IndicatorOut:
    return IndicatorOut(
        id=each.id,
        group=each.group[0],
        group_en=each.group[1],
        name=each.zh,
        name_en=each.en,
        unit=each.unit,
        direction=each.direction,
        definition=each.definition,
        method=each.method,
        source=each.source,
        moved_by=each.moved_by,
        is_refined=each.is_refined,
        is_added=each.is_added,
    )


@put(
    "/indicators/own",
    sync_to_thread=True,
    status_code=204,
    responses=problems(400, 401, 403, 422),
)
def keep(request: Anybody, body: RawBody) -> None:
    """Refine an indicator of the reference set for your city, or add one. None can be dropped."""
    actor = identity_of(request).actor
    require(actor, "edit_indicators")
    asked = read_body(body, IndicatorIn)
    stated = {name: getattr(asked, name) for name in asked.__struct_fields__}
    with writing(request.app.state.engine) as session:
        keep_indicator(session, actor, today=as_of_or_today(None), **stated)


@get(
    "/indicators/cities",
    sync_to_thread=True,
    responses={**answers(list[CityLine], "By division code"), **problems(400, 401, 403)},
)
def cities(request: Anybody) -> Response[bytes]:
    """List the cities whose indicators you may see."""
    with reading(request.app.state.engine) as session:
        return json_answer(list_cities(session, identity_of(request).actor))


@get(
    "/indicators/values",
    sync_to_thread=True,
    responses={**answers(list[Value], "By year"), **problems(400, 401, 403, 404)},
)
def values(request: Anybody, city: City = None, year: Year = None) -> Response[bytes]:
    """Read a city's targets and actual values; null is unknown."""
    with reading(request.app.state.engine) as session:
        found = find_city(session, identity_of(request).actor, city)
        return json_answer(values_of(session, found, year=year))


@post(
    "/indicators/values",
    sync_to_thread=True,
    status_code=200,
    responses={**answers(Changed, "Taken"), **problems(400, 401, 403, 422)},
)
def state(request: Anybody, body: RawBody) -> Response[bytes]:
    """State targets and actual values of your city, with evidence: all are taken or none."""
    actor = identity_of(request).actor
    require(actor, "edit_indicators")
    asked = read_body(body, ValuesIn)
    stated = [Stated(each.indicator, each.year, each.unit, _fields(each)) for each in asked.values]
    with writing(request.app.state.engine) as session:
        changes = state_values(session, actor, stated, today=as_of_or_today(None))
    return json_answer(Changed(len(changes), changes))


def _fields(value: ValueIn) -> dict[str, Any]:
    found = {name: getattr(value, name) for name in ("target", "actual", "evidence", "document_id")}
    return {name: each for name, each in found.items() if each is not msgspec.UNSET}


@get(
    "/indicators/values.xlsx",
    sync_to_thread=True,
    responses={**answers(bytes, "The file"), **problems(400, 401, 403, 404)},
)
def values_out(request: Anybody, city: City = None, year: Year = None) -> Response[bytes]:
    """Take a city's values as Excel, which is the template of an upload too."""
    return values_file(request, city, year)


def values_file(request: Anybody, city: int | None, year: int | None) -> Response[bytes]:
    """Return a city's values as a download. Raises NotFound, NotAllowed."""
    actor = identity_of(request).actor
    with reading(request.app.state.engine) as session:
        content = values_workbook(session, actor, city_id=city, year=year, today=as_of_or_today(None))
    return Response(content, media_type=XLSX, headers=attachment("indicators.xlsx"))


@post(
    "/indicators/values.xlsx",
    sync_to_thread=True,
    status_code=200,
    request_max_body_size=LARGEST_UPLOAD,
    responses={**answers(Changed, "Taken"), **problems(400, 401, 403, 422)},
)
def values_in(request: Anybody, body: RawBody, is_preview: IsPreview = False) -> Response[bytes]:
    """Give values as Excel or CSV: all rows are taken or none; each flaw names its cell."""
    actor = identity_of(request).actor
    require(actor, "edit_indicators")
    with (rehearsing if is_preview else writing)(request.app.state.engine) as session:
        changes = take_values(session, actor, content=body, name="indicators.xlsx", today=as_of_or_today(None))
    return json_answer(Changed(len(changes), changes))


@get(
    "/indicators/contributions",
    sync_to_thread=True,
    responses={**answers(list[Contribution], "By indicator"), **problems(400, 401, 403, 404)},
)
def contributions(request: Anybody, city: City = None) -> Response[bytes]:
    """Read which projects of a city move which indicator and by how much, with the revision each figure stands in."""
    actor = identity_of(request).actor
    with reading(request.app.state.engine) as session:
        found = find_city(session, actor, city)
        known = indicators_of(session, found, on=as_of_or_today(None))
        return json_answer(contributions_of(session, actor, known, division_code=found.division_code))


@get(
    "/programme",
    sync_to_thread=True,
    responses={**answers(Dashboard, "The dashboard"), **problems(400, 401, 403)},
)
def dashboard(request: Anybody, year: Year = None) -> Response[bytes]:
    """Read the dashboard: indicators of all cities you may see by year, and their projects."""
    with reading(request.app.state.engine) as session:
        return json_answer(read_dashboard(session, identity_of(request).actor, year=year, today=as_of_or_today(None)))


BODIES = {"/api/v1/indicators/own": IndicatorIn, "/api/v1/indicators/values": ValuesIn}
handlers = [
    catalogue,
    keep,
    cities,
    values,
    state,
    values_out,
    values_in,
    contributions,
    dashboard,
]
