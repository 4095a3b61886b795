"""Page of the ministry's year 年度日历: windows, reports and deadlines, and who is late."""

from typing import Any

from litestar import Request, Response, get

from registry.accounts.model import GROUP_NAMES
from registry.programme.calendar.entries import CONFIDENCES, KINDS
from registry.web.api.calendar import events_of, ics_file, xlsx_file, year_of
from registry.web.auth import signed_in
from registry.web.rendering import page, visit

Anybody = Request[Any, Any, Any]


@get("/calendar", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def calendar_page(request: Anybody) -> Response[str]:
    """Show what is due when, the late first. Raises NotAllowed, InvalidInput."""
    here, year = visit(request), year_of(request.query_params.get("year"))
    events = events_of(request, year)
    words: dict[str, Any] = {"kinds": KINDS, "confidences": CONFIDENCES, "groups": GROUP_NAMES}
    late = [each for each in events if each.is_late]
    return page("programme/calendar.html", here, events=events, late=late, year=year, **words)


@get("/calendar.ics", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def calendar_ics_page(request: Anybody) -> Response[bytes]:
    """Take the calendar as ICS."""
    return ics_file(request, year_of(request.query_params.get("year")), visit(request).language)


@get("/calendar.xlsx", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def calendar_xlsx_page(request: Anybody) -> Response[bytes]:
    """Take the calendar as Excel."""
    return xlsx_file(request, year_of(request.query_params.get("year")))


handlers = [calendar_page, calendar_ics_page, calendar_xlsx_page]
