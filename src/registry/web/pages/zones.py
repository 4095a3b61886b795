"""Page of zones 先行区层级: regions, leading zones and pilots with their places, and projects in each, counted once."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from litestar import Request, Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import RawBody

from registry.accounts.permissions import require
from registry.database import rehearsing, writing
from registry.errors import Finding, InvalidInput
from registry.programme.zones.lists import TakenList, take_workbook, zones_on
from registry.projects.zones.catalogue import KINDS, LEVELS, zones
from registry.projects.zones.operations import end_membership, note_membership
from registry.web.api.assessments import Number
from registry.web.api.zones import list_file
from registry.web.auth import signed_in
from registry.web.bodies import as_of_or_today
from registry.web.forms import read_form
from registry.web.pages.indicators import counted
from registry.web.pages.later import frame_first
from registry.web.rendering import Visit, page, visit
from registry.web.uploads import LARGEST_CARRIED, LARGEST_UPLOAD, Preview, carried_file, uploaded_file

Anybody = Request[Any, Any, Any]


@get("/zones", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def zone_page(request: Anybody) -> Response[str]:
    """Show every zone, the places in it on a day, and what the visitor's projects add up to."""
    if frame := frame_first(request, ("先行区与试点", "Zones and pilots"), "portfolio.css", "plans.css"):
        return frame
    here, asked = visit(request), request.query_params
    day = day_of(asked["as_of"], "as_of") if asked.get("as_of") else as_of_or_today(None)
    return _shown(here, day, added=counted(request, "added"), known=counted(request, "known"))


def _shown(
    here: Visit,
    day: date,
    *,
    findings: Sequence[Finding] = (),
    preview: Preview[TakenList] | None = None,
    added: int | None = None,
    known: int | None = None,
) -> Response[str]:
    """Show the page, with what keeps a file from being taken, what it would note, or how many rows were noted."""
    found, tables = zones_on(here.engine, here.actor, day)
    return page(
        "programme/zones.html",
        here,
        status=422 if findings else 200,
        findings=findings,
        preview=preview,
        added=added,
        known=known or 0,
        day=day,
        kinds=KINDS,
        levels=LEVELS,
        zone_ids={name: each.id for each in zones().values() for name in (each.zh, each.en)},
        zones=list(zones().values()),
        members={zone: [each for each in found if each.zone == zone] for zone in zones()},
        tables=[(table.title(here.language), table.headings(here.language), list(table.rows(here.language)))
                for table in tables],
    )  # fmt: skip


def day_of(text: str, name: str) -> date:
    """Return a day as a form sends it. Raises InvalidInput."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        zh, en = "请填写日期，如 2026-01-31", "Give a date such as 2026-01-31"
        raise InvalidInput.of([Finding(name, "not-a-day", zh, en, text[:20])]) from None


@post("/zones", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def zone_note(request: Anybody, body: RawBody) -> Response[Any]:
    """Note a place of a published list. Raises NotAllowed, InvalidInput."""
    here, form = visit(request), read_form(body)
    require(here.actor, "keep_zones")
    ends_on = form.get("ends_on", "")
    with writing(here.engine) as session:
        note_membership(
            session,
            here.actor,
            zone=form.get("zone", ""),
            division_code=form.get("division_code", ""),
            starts_on=day_of(form.get("starts_on", ""), "starts_on"),
            ends_on=day_of(ends_on, "ends_on") if ends_on else None,
            source=form.get("source", ""),
            source_url=form.get("source_url") or None,
        )
    return _back()


@post("/zones/{number:int}/end", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def zone_end(request: Anybody, number: Number, body: RawBody) -> Response[Any]:
    """End a membership. Raises NotAllowed, NotFound, InvalidInput."""
    here, form = visit(request), read_form(body)
    require(here.actor, "keep_zones")
    ends_on = day_of(form.get("ends_on", ""), "ends_on")
    with writing(here.engine) as session:
        end_membership(session, here.actor, number, ends_on=ends_on, source=form.get("source", ""))
    return _back()


@get("/zones/list.xlsx", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def zone_file(request: Anybody) -> Response[bytes]:
    """Take the lists as Excel."""
    return list_file(request)


@post("/zones/upload", include_in_schema=False, guards=[signed_in], request_max_body_size=LARGEST_UPLOAD)
async def zone_upload(request: Anybody) -> Response[Any]:
    """Show what taking a list from Excel would note, or the cell of each flaw."""
    here = visit(request)
    require(here.actor, "keep_zones")
    name, content = await uploaded_file(request)

    def preview() -> Response[Any]:
        try:
            with rehearsing(here.engine) as session:
                taken = take_workbook(session, here.actor, content=content, name=name)
        except InvalidInput as error:
            return _shown(here, as_of_or_today(None), findings=error.findings)
        return _shown(here, as_of_or_today(None), preview=Preview.of(name, content, taken))

    return await sync_to_thread(preview)


@post(
    "/zones/take",
    sync_to_thread=True,
    include_in_schema=False,
    guards=[signed_in],
    request_max_body_size=LARGEST_CARRIED,
)
def zone_take(request: Anybody, body: RawBody) -> Response[Any]:
    """Take the previewed list, all rows or none; flaws that came up in between are shown."""
    here = visit(request)
    require(here.actor, "keep_zones")
    name, content = carried_file(read_form(body))
    try:
        with writing(here.engine) as session:
            taken = take_workbook(session, here.actor, content=content, name=name)
    except InvalidInput as error:
        return _shown(here, as_of_or_today(None), findings=error.findings)
    return _back(f"?added={taken.added}&known={taken.known}#note")


def _back(suffix: str = "") -> Response[Any]:
    return Response(None, status_code=303, headers={"Location": f"/zones{suffix}"}, media_type="text/plain")


handlers = [zone_page, zone_note, zone_end, zone_file, zone_upload, zone_take]
