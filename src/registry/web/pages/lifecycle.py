"""状态与权限: who may do what in which state, drawn from the one table in code."""

from typing import Any

from litestar import Request, Response, get

from registry.accounts.model import GROUP_NAMES
from registry.projects.lifecycle.deadlines import REVIEW_DAYS, VALIDITY_MONTHS
from registry.projects.lifecycle.states import ACTIONS, NEEDS, OPEN_STATES, STATES, who_may
from registry.web.auth import signed_in
from registry.web.rendering import page, visit


@get("/lifecycle", sync_to_thread=True, include_in_schema=False, guards=[signed_in])
def lifecycle_page(request: Request[Any, Any, Any]) -> Response[str]:
    """Show the states of an application, and for each who may take which action, with what it needs."""
    groups = [group for group in GROUP_NAMES if any(who_may(state)[group] for state in STATES)]  # type: ignore[index]
    table = [(state, [who_may(state)[group] for group in groups]) for state in STATES]  # type: ignore[index]
    return page(
        "desk/lifecycle.html",
        visit(request),
        table=table,
        groups=[GROUP_NAMES[group] for group in groups],
        states=STATES,
        actions=ACTIONS,
        needs=NEEDS,
        open_states=OPEN_STATES,
        days=REVIEW_DAYS,
        validity_years=VALIDITY_MONTHS // 12,
    )


handlers = [lifecycle_page]
