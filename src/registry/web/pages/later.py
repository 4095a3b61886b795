"""Pages that add up a nation: the frame is answered at once, what takes a while comes after it."""

from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response
from sqlalchemy import func
from sqlmodel import Session

from registry.accounts.model import Actor
from registry.database import reading
from registry.projects.queries import visible_projects
from registry.web.rendering import page, visit

MANY = 20_000
"""Projects whose sums take longer than somebody should look at nothing."""
NOW = "full"
"""Parameter by which a browser without scripts asks for everything in one answer."""


def frame_first(request: Request[Any, Any, Any], title: tuple[str, str], *styles: str) -> Response[str] | None:
    """Return a page that fetches the page itself where it adds up many projects; None where it is better answered."""
    here = visit(request)
    if here.is_fragment or request.query_params.get(NOW):
        return None
    with reading(here.engine) as session:
        count = _count(session, here.actor)
    if count < MANY:
        return None
    address = f"{here.path}?{urlencode([*request.query_params.multi_items(), (NOW, '1')])}"
    shown = title[here.language == "en"]
    return page("later.html", here, title=shown, styles=styles, address=address, n_projects=count)


def _count(session: Session, actor: Actor) -> int:
    return int(session.execute(visible_projects(actor, func.count())).scalar_one())
