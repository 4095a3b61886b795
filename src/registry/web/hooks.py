"""What happens to every request before its handler."""

from typing import Any

from litestar import Request, Response
from litestar.exceptions import ClientException

from registry.web.auth import need_sign_in, refuse_forged, refuse_forms


async def check_signed_in(request: Request[Any, Any, Any]) -> Response[None] | None:
    """Do the same for somebody signed in only. A hook, because the framework copies the request for every guard."""
    need_sign_in(request)
    return await check(request)


async def check(request: Request[Any, Any, Any]) -> Response[None] | None:
    """Answer OPTIONS; refuse what no handler should see."""
    if request.method == "OPTIONS":
        return _allowed(request)
    _refuse_nul(request)
    await refuse_forged(request)
    return None


async def check_anonymous(request: Request[Any, Any, Any]) -> Response[None] | None:
    """Do the same for a call nobody signs in for: it carries no token of a session, and must not come from a form.

    Another site's page can only send forms and plain text here: JSON asks first, and is never granted.
    """
    if request.method == "OPTIONS":
        return _allowed(request)
    _refuse_nul(request)
    refuse_forms(request)
    return None


def _refuse_nul(request: Request[Any, Any, Any]) -> None:
    if "\x00" in request.scope["path"] or b"%00" in request.scope["query_string"]:
        raise ClientException("a NUL character is in no name; PostgreSQL cannot even compare with it")


def _allowed(request: Request[Any, Any, Any]) -> Response[None]:
    """Name every method of a path; by itself the framework names only those of one of its handlers."""
    template = request.scope["path_template"]
    methods = {method for route in request.app.routes if route.path_format == template for method in route.methods}
    return Response(None, status_code=204, headers={"Allow": ", ".join(sorted(methods))})
