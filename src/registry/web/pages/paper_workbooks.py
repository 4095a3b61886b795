"""Papers of cities from Excel on the page: the file fills the form, its flaws beside the inputs; saving commits it."""

from typing import Any

from litestar import Request, Response, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath

from registry.accounts.permissions import require
from registry.database import reading
from registry.programme.financing_plan.document import PlanDocument
from registry.programme.financing_plan.queries import stored_plan
from registry.web.api.assessments import Number
from registry.web.auth import signed_in
from registry.web.bodies import as_of_or_today
from registry.web.pages.city_papers import form_page, whole_of
from registry.web.pages.financing_plans import plan_form_page
from registry.web.paper_desks import desk_of
from registry.web.paper_form import filled_form
from registry.web.rendering import visit
from registry.web.uploads import LARGEST_UPLOAD, uploaded_file

Anybody = Request[Any, Any, Any]


@post(
    "/city-papers/{name:str}/{number:int}/upload",
    include_in_schema=False,
    guards=[signed_in],
    request_max_body_size=LARGEST_UPLOAD,
)
async def paper_upload(request: Anybody, name: FromPath[str], number: Number) -> Response[Any]:
    """Show the form as a workbook fills it. Raises NotFound, NotAllowed, Unreadable, InvalidInput."""
    here, desk = visit(request), desk_of(name)
    require(here.actor, "edit_papers")
    file_name, content = await uploaded_file(request)
    seen = whole_of({"version": str((await request.form()).get("version", ""))}, "version")

    def fill() -> Response[Any]:
        with reading(here.engine) as session:
            found = desk.read(session, here.actor, number, today=as_of_or_today(None))
        known = found.document.model_dump(mode="json", exclude_none=True)
        form, findings = filled_form(desk.document, content, file_name, known)
        return form_page(here, desk, found.paper, form, seen, findings, uploaded=file_name)

    return await sync_to_thread(fill)


@post(
    "/financing-plans/{number:int}/upload",
    include_in_schema=False,
    guards=[signed_in],
    request_max_body_size=LARGEST_UPLOAD,
)
async def plan_upload(request: Anybody, number: Number) -> Response[Any]:
    """Show the form of a financing plan as a workbook fills it. Raises as `paper_upload`."""
    here = visit(request)
    require(here.actor, "edit_papers")
    file_name, content = await uploaded_file(request)
    seen = whole_of({"version": str((await request.form()).get("version", ""))}, "version")

    def fill() -> Response[Any]:
        with reading(here.engine) as session:
            paper, text = stored_plan(session, here.actor, number)
        form, findings = filled_form(PlanDocument, content, file_name, text.document)
        return plan_form_page(here, paper, form, seen, findings, uploaded=file_name)

    return await sync_to_thread(fill)


handlers = [paper_upload, plan_upload]
