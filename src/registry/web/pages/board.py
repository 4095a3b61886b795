"""进程看板: the pipeline by state with its ageing; every count leads to the list it counts."""

from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response, get

from registry.accounts.permissions import require
from registry.assessments.prospects.queries import libraries
from registry.database import reading
from registry.projects.lifecycle.board import BANDS, StateCount, board
from registry.projects.lifecycle.queries import queue
from registry.projects.lifecycle.states import OPEN_STATES, STATES
from registry.web.auth import signed_in
from registry.web.bodies import as_of_or_today
from registry.web.pages.applications import WORDS
from registry.web.rendering import page, visit

_LONGEST = 3
"""Cards shown in a column; the list has the rest."""


@get("/board", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def board_page(request: Request[Any, Any, Any]) -> Response[str]:
    """Show the open states as columns, and the ended ones as counts. Raises NotAllowed."""
    here, today = visit(request), as_of_or_today(None)
    require(here.actor, "read_applications")
    library = request.query_params.get("library")
    library = library if library in libraries() else None
    with reading(here.engine) as session:
        counts = {each.state: each for each in board(session, here.actor, as_of=today, library=library)}
        found = [(state, counts.get(state, StateCount(state, 0, None, Decimal(0), 0, {}))) for state in STATES]
        columns = [
            (count, queue(session, here.actor, as_of=today, state=state, library=library, limit=_LONGEST))
            for state, count in found
            if state in OPEN_STATES
        ]
    most = max((n for count, _ in columns for n in count.bands.values()), default=0)
    return page(
        "desk/board.html",
        here,
        columns=columns,
        ended=[count for state, count in found if state not in OPEN_STATES],
        most=most,
        library=library,
        libraries=libraries(),
        bands=BANDS,
        as_of=today,
        link=lambda state, band=None: "/reviews?" + urlencode(_asked(state, band, library)) + "#all",
        **{name: value for name, value in WORDS.items() if name == "states"},
    )


def _asked(state: str, band: str | None, library: str | None) -> dict[str, str]:
    asked = {"state": state, "waited": band, "library": library}
    return {name: value for name, value in asked.items() if value}


handlers = [board_page]
