"""What a project lacks for each next step, over the API."""

from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.params import FromPath, QueryParameter

from registry.assessments.missing import WhatIsMissing, what_is_missing
from registry.database import reading
from registry.web.api.libraries import AsOf
from registry.web.auth import identity_of
from registry.web.bodies import as_of_or_today, json_answer
from registry.web.openapi import answers, problems


@get(
    "/projects/{code:str}/missing",
    sync_to_thread=True,
    responses={**answers(WhatIsMissing, "By step, section and field, with who asks"), **problems(400, 401, 403, 404)},
)
def read_missing(
    request: Request[Any, Any, Any],
    code: FromPath[str],
    as_of: AsOf = None,
    library: Annotated[str | None, QueryParameter(max_length=80, description="Only the rules of this pack")] = None,
) -> Response[bytes]:
    """Read what is missing: each value once, under the first step that needs it, with every rule that waits for it."""
    libraries = None if library is None else [library]
    with reading(request.app.state.engine) as session:
        found = what_is_missing(
            session, identity_of(request).actor, code, as_of=as_of_or_today(as_of), libraries=libraries
        )
    return json_answer(found)


handlers = [read_missing]
