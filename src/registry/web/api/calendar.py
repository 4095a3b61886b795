"""The ministry's year over the API: what is due when, for whom it waits, as JSON, ICS and Excel."""

from datetime import date, timedelta
from typing import Annotated, Any, cast

from litestar import Request, Response, get
from litestar.params import QueryParameter

from registry import audit
from registry.database import reading
from registry.errors import Finding, InvalidInput
from registry.portfolio.table import Language
from registry.programme.calendar.files import ICS, calendar_ics, calendar_workbook
from registry.programme.calendar.queries import Event, read_calendar
from registry.web.auth import identity_of
from registry.web.bodies import as_of_or_today, attachment, json_answer
from registry.web.openapi import answers, problems
from registry.web.uploads import XLSX

Anybody = Request[Any, Any, Any]
Year = Annotated[int | None, QueryParameter(ge=2000, le=2100, description="Due in this year; default: around today")]
Tongue = Annotated[str, QueryParameter(pattern="^(zh|en)$")]
_BACK, _AHEAD = timedelta(days=120), timedelta(days=366)


def events_of(request: Anybody, year: int | None) -> list[Event]:
    """Return the entries due in a year, or from four months back to a year ahead. Raises NotAllowed."""
    today = as_of_or_today(None)
    first, last = (date(year, 1, 1), date(year, 12, 31)) if year else (today - _BACK, today + _AHEAD)
    with reading(request.app.state.engine) as session:
        return read_calendar(session, identity_of(request).actor, today=today, first=first, last=last)


def year_of(text: str | None) -> int | None:
    """Return a year as a form sends it, None for none. Raises InvalidInput."""
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or not 2000 <= int(text[:5]) <= 2100:  # noqa: PLR2004 - as the API
        zh, en = "年度应在 2000 至 2100 之间", "The year should be 2000 to 2100"
        raise InvalidInput.of([Finding("year", "year-out-of-range", zh, en, text[:20])])
    return int(text)


@get(
    "/calendar",
    sync_to_thread=True,
    responses={**answers(list[Event], "By due day"), **problems(400, 401, 403)},
)
def read(request: Anybody, year: Year = None) -> Response[bytes]:
    """Read what is due when, with its source, and for whom it waits as far as the record tells."""
    return json_answer(events_of(request, year))


@get("/calendar.ics", sync_to_thread=True, responses={**answers(bytes, "The file"), **problems(400, 401, 403)})
def take_ics(request: Anybody, year: Year = None, lang: Tongue = "zh") -> Response[bytes]:
    """Take the calendar into your own."""
    return ics_file(request, year, cast("Language", lang))


@get("/calendar.xlsx", sync_to_thread=True, responses={**answers(bytes, "The file"), **problems(400, 401, 403)})
def take_xlsx(request: Anybody, year: Year = None) -> Response[bytes]:
    """Take the calendar as Excel, with who is waited for."""
    return xlsx_file(request, year)


def ics_file(request: Anybody, year: int | None, language: Language) -> Response[bytes]:
    """Return the calendar as ICS."""
    content = calendar_ics(events_of(request, year), moment=audit.now(), language=language)
    return Response(content, media_type=ICS, headers=attachment("calendar.ics"))


def xlsx_file(request: Anybody, year: int | None) -> Response[bytes]:
    """Return the calendar as a workbook."""
    return Response(calendar_workbook(events_of(request, year)), media_type=XLSX, headers=attachment("calendar.xlsx"))


handlers = [read, take_ics, take_xlsx]
