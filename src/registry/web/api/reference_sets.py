"""The reference set of indicators over the API: the version in force as Excel, and the next one published."""

from datetime import date
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import QueryParameter, RawBody

from registry.accounts.permissions import require
from registry.database import reading, writing
from registry.programme.indicators.reference_workbook import catalogue_workbook, take_catalogue
from registry.web.auth import identity_of
from registry.web.bodies import as_of_or_today, attachment, json_answer
from registry.web.openapi import answers, problems
from registry.web.uploads import LARGEST_UPLOAD, XLSX

Anybody = Request[Any, Any, Any]
Day = Annotated[date | None, QueryParameter(description="In force on this day; default: today")]


class Published(msgspec.Struct):
    """The version and how many indicators it has."""

    version: str
    indicators: int


@get("/indicators/catalogue.xlsx", sync_to_thread=True, responses={**answers(bytes, "The file"), **problems(400, 401)})
def take(request: Anybody, as_of: Day = None) -> Response[bytes]:
    """Take the reference set in force as Excel, which is the template of the next version too."""
    return catalogue_file(request, as_of)


def catalogue_file(request: Anybody, as_of: date | None) -> Response[bytes]:
    """Return the reference set as a download."""
    with reading(request.app.state.engine) as session:
        content = catalogue_workbook(session, on=as_of_or_today(as_of))
    return Response(content, media_type=XLSX, headers=attachment("reference-indicators.xlsx"))


@post(
    "/indicators/catalogue.xlsx",
    sync_to_thread=True,
    status_code=201,
    request_max_body_size=LARGEST_UPLOAD,
    responses={**answers(Published, "Published", 201), **problems(400, 401, 403, 422)},
)
def publish(
    request: Anybody,
    body: RawBody,
    version: Annotated[str, QueryParameter(max_length=40, description="Such as mee-2027")],
    in_force_from: Annotated[date, QueryParameter(description="First day; after that of the newest version")],
    source: Annotated[str, QueryParameter(max_length=300, description="The published paper")],
    url: Annotated[str | None, QueryParameter(max_length=500, description="Where it stands")] = None,
) -> Response[bytes]:
    """Publish a version of the reference set from Excel or CSV: all rows or none; it is never changed."""
    actor = identity_of(request).actor
    require(actor, "keep_indicators")
    with writing(request.app.state.engine) as session:
        count = take_catalogue(
            session,
            actor,
            content=body,
            name="catalogue.xlsx",
            version=version,
            in_force_from=in_force_from,
            source=source,
            source_url=url,
        )
    return json_answer(Published(version, count), status=201)


handlers = [take, publish]
