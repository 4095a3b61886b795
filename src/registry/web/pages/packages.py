"""Taking the financing package of a project from its page."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from litestar import Request, Response, post
from litestar.params import FromPath
from sqlmodel import Session

from registry.accounts.model import Actor
from registry.accounts.permissions import may
from registry.database import writing
from registry.packages.operations import build_package
from registry.projects.queries import RevisionFacts
from registry.web.auth import signed_in
from registry.web.pages.panels import PROJECT_PANELS, Panel
from registry.web.rendering import visit

_CHINA = ZoneInfo("Asia/Shanghai")


def package_panel(
    _session: Session, actor: Actor, facts: RevisionFacts, _document: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    """Return what the panel shows; None for groups that take no packages."""
    return {"code": facts.code, "number": facts.number} if may(actor, "screen_projects") else None


@post("/projects/{code:str}/package", sync_to_thread=True, status_code=200, include_in_schema=False, guards=[signed_in])
def take_package(request: Request[Any, Any, Any], code: FromPath[str]) -> Response[bytes]:
    """Assess the project today, assemble its package and send it. Raises NotFound, NotAllowed."""
    here = visit(request)
    today = datetime.now(_CHINA).date()
    with writing(here.engine) as session:
        package = build_package(session, here.actor, code, as_of=today)
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(package.name)}",
        "X-Manifest-Digest": package.manifest_digest,
        "Cache-Control": "no-store",
    }
    return Response(package.content, media_type="application/zip", headers=headers)


PROJECT_PANELS.append(Panel("projects/_package.html", package_panel))
handlers = [take_package]
