"""Zones over the API: which places belong to which region, leading zone and pilot, noted by the ministry."""

from datetime import date
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import QueryParameter, RawBody

from registry.accounts.permissions import require
from registry.database import reading, rehearsing, writing
from registry.programme.zones.lists import TakenList, take_workbook, zone_workbook, zones_on
from registry.projects.zones.catalogue import zones
from registry.projects.zones.operations import end_membership, note_membership
from registry.projects.zones.queries import Membership
from registry.web.api.assessments import Number
from registry.web.auth import identity_of
from registry.web.bodies import as_of_or_today, attachment, json_answer, read_body
from registry.web.openapi import answers, problems
from registry.web.uploads import LARGEST_UPLOAD, XLSX, IsPreview

Anybody = Request[Any, Any, Any]
Day = Annotated[date | None, QueryParameter(description="As of this day; default: today")]


class ZoneOut(msgspec.Struct):
    """One zone, with the text that names it and the places in it on the day asked for."""

    id: str
    kind: str
    name: str
    name_en: str
    document: str
    article: str | None
    confidence: str
    levels: tuple[str, ...]
    expected: int | None
    note: str | None
    members: list[Membership]


class ZonesOut(msgspec.Struct):
    """Every zone, and the projects you may see by zone: each counted once in the last row of a table."""

    as_of: date
    zones: list[ZoneOut]
    tables: list[Any]


class MembershipIn(msgspec.Struct, forbid_unknown_fields=True):
    """A place in a zone: `source` names the published list."""

    zone: str
    division_code: str
    starts_on: date
    source: str
    ends_on: date | None = None
    source_url: str | None = None


class EndIn(msgspec.Struct, forbid_unknown_fields=True):
    """The first day the place belongs no longer, and who says so."""

    ends_on: date
    source: str


class Noted(msgspec.Struct):
    """The number of the entry."""

    number: int


@get("/zones", sync_to_thread=True, responses={**answers(ZonesOut, "In the order of the texts"), **problems(400, 401)})
def list_zones(request: Anybody, as_of: Day = None) -> Response[bytes]:
    """Read the zones, their places on a day, and what your projects add up to in each."""
    day = as_of_or_today(as_of)
    found, tables = zones_on(request.app.state.engine, identity_of(request).actor, day)
    out = [
        ZoneOut(
            id=zone.id,
            kind=zone.kind,
            name=zone.zh,
            name_en=zone.en,
            document=zone.document,
            article=zone.article,
            confidence=zone.confidence,
            levels=zone.levels,
            expected=zone.expected,
            note=zone.note,
            members=[each for each in found if each.zone == zone.id],
        )
        for zone in zones().values()
    ]
    return json_answer(ZonesOut(day, out, [table.as_dict() for table in tables]))


@post(
    "/zones/memberships",
    sync_to_thread=True,
    status_code=201,
    responses={**answers(Noted, "Noted", 201), **problems(400, 401, 403, 422)},
)
def note(request: Anybody, body: RawBody) -> Response[bytes]:
    """Note that a place belongs to a zone, with the source of the list."""
    actor = identity_of(request).actor
    require(actor, "keep_zones")
    asked = read_body(body, MembershipIn)
    with writing(request.app.state.engine) as session:
        number = note_membership(session, actor, **{name: getattr(asked, name) for name in asked.__struct_fields__})
    return json_answer(Noted(number), status=201)


@post(
    "/zones/memberships/{number:int}/end",
    sync_to_thread=True,
    status_code=200,
    responses={**answers(Noted, "Ended"), **problems(400, 401, 403, 404, 422)},
)
def end(request: Anybody, number: Number, body: RawBody) -> Response[bytes]:
    """End a membership on a day; the entry stays for the days before."""
    actor = identity_of(request).actor
    require(actor, "keep_zones")
    asked = read_body(body, EndIn)
    with writing(request.app.state.engine) as session:
        end_membership(session, actor, number, ends_on=asked.ends_on, source=asked.source)
    return json_answer(Noted(number))


@get("/zones/list.xlsx", sync_to_thread=True, responses={**answers(bytes, "The file"), **problems(400, 401)})
def take_list(request: Anybody) -> Response[bytes]:
    """Take the lists as Excel, which is the template of an upload too."""
    return list_file(request)


def list_file(request: Anybody) -> Response[bytes]:
    """Return the lists as a download."""
    with reading(request.app.state.engine) as session:
        content = zone_workbook(session)
    return Response(content, media_type=XLSX, headers=attachment("zones.xlsx"))


@post(
    "/zones/list.xlsx",
    sync_to_thread=True,
    status_code=200,
    request_max_body_size=LARGEST_UPLOAD,
    responses={**answers(TakenList, "Taken"), **problems(400, 401, 403, 422)},
)
def give_list(request: Anybody, body: RawBody, is_preview: IsPreview = False) -> Response[bytes]:
    """Give the lists as Excel or CSV: rows that are new are noted, all of them or none."""
    actor = identity_of(request).actor
    require(actor, "keep_zones")
    with (rehearsing if is_preview else writing)(request.app.state.engine) as session:
        return json_answer(take_workbook(session, actor, content=body, name="zones.xlsx"))


BODIES = {"/api/v1/zones/memberships": MembershipIn, "/api/v1/zones/memberships/{number}/end": EndIn}
handlers = [list_zones, note, end, take_list, give_list]
