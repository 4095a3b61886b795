"""Answers that are the same for everybody: shared caches may keep them, and must ask again before each use.

Nothing of who asks goes into them, no cookie is set, and the language is part of the address. A cache asks each time
and mostly hears 304; what was withdrawn is therefore gone with the next request.
"""

import hashlib
from typing import Any

import msgspec
from litestar import Request, Response

from registry.accounts.model import PUBLIC
from registry.web.i18n import chosen_language
from registry.web.preconditions import is_known_already
from registry.web.rendering import HTML, Visit, render, visit

SHARED = "public, no-cache"


def public_visit(request: Request[Any, Any, Any]) -> Visit:
    """Return a request as that of anybody, whoever makes it."""
    asked = request.query_params.get("lang")
    return Visit(
        actor=PUBLIC,
        is_signed_in=False,
        language=chosen_language(asked, None),
        is_language_asked=False,
        form_token="",
        path=request.url.path,
        query=visit(request).query,
        is_fragment=False,
        engine=request.app.state.engine,
        settings=request.app.state.settings,
    )


def public_page(request: Request[Any, Any, Any], template: str, **data: Any) -> Response[Any]:
    """Return a page of the display, or 304 to who holds it already."""
    here = public_visit(request)
    suffix = "?lang=en" if here.language == "en" else ""
    text = render(template, here, suffix=suffix, **data)
    return shared(request, text.encode(), HTML)


def shared(
    request: Request[Any, Any, Any],
    content: bytes,
    media_type: str,
    *,
    tag: str | None = None,
    headers: dict[str, str] | None = None,
) -> Response[Any]:
    """Return content that is the same for everybody; `tag` names it where that is cheaper than its digest."""
    name = tag or tag_of(content)
    kept = {**(headers or {}), "Cache-Control": SHARED, "ETag": f'W/"{name}"'}
    if is_known_already(request.headers.get("if-none-match"), name):
        return Response(None, status_code=304, headers=kept, media_type=media_type)
    return Response(content, media_type=media_type, headers=kept)


def shared_json(request: Request[Any, Any, Any], value: Any) -> Response[Any]:
    """Return a value as JSON that is the same for everybody."""
    return shared(request, msgspec.json.encode(value), "application/json")


def not_changed(request: Request[Any, Any, Any], tag: str, media_type: str) -> Response[Any] | None:
    """Return 304 when the caller holds this content already: nothing need be made."""
    if not is_known_already(request.headers.get("if-none-match"), tag):
        return None
    return Response(
        None, status_code=304, headers={"Cache-Control": SHARED, "ETag": f'W/"{tag}"'}, media_type=media_type
    )


def tag_of(*parts: bytes | str) -> str:
    """Return the name of a content made from these parts."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode() if isinstance(part, str) else part)
        digest.update(b"\0")
    return digest.hexdigest()[:32]
