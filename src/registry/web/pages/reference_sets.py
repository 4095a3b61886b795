"""Publishing a version of the reference set on the page of indicators: its flaws in place, cell by cell."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.concurrency import sync_to_thread

from registry.accounts.permissions import require
from registry.database import writing
from registry.errors import InvalidInput
from registry.programme.indicators.reference_workbook import take_catalogue
from registry.web.api.reference_sets import catalogue_file
from registry.web.auth import signed_in
from registry.web.pages.indicators import indicators_shown
from registry.web.pages.zones import day_of
from registry.web.rendering import visit
from registry.web.uploads import LARGEST_UPLOAD, uploaded_file

Anybody = Request[Any, Any, Any]


@get("/indicators/catalogue.xlsx", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def catalogue(request: Anybody) -> Response[bytes]:
    """Take the reference set in force as Excel."""
    return catalogue_file(request, None)


@post("/indicators/catalogue", include_in_schema=False, guards=[signed_in], request_max_body_size=LARGEST_UPLOAD)
async def publish(request: Anybody) -> Response[Any]:
    """Publish a version, or show the page again with the cell of each flaw. Raises NotAllowed."""
    here = visit(request)
    require(here.actor, "keep_indicators")
    form = await request.form()
    text = {name: str(form.get(name, "")) for name in ("version", "in_force_from", "source", "url")}
    name, content = await uploaded_file(request)

    def take() -> Response[Any]:
        try:
            with writing(here.engine) as session:
                take_catalogue(
                    session,
                    here.actor,
                    content=content,
                    name=name,
                    version=text["version"],
                    in_force_from=day_of(text["in_force_from"], "in_force_from"),
                    source=text["source"],
                    source_url=text["url"] or None,
                )
        except InvalidInput as error:
            return indicators_shown(here, None, None, of_catalogue=error.findings)
        return Response(None, status_code=303, headers={"Location": "/indicators#versions"}, media_type="text/plain")

    return await sync_to_thread(take)


handlers = [catalogue, publish]
