"""The funding mix of one project over the API: asked, answered, kept nowhere."""

from typing import Any

from litestar import Request, Response, post
from litestar.params import FromPath, RawBody

from registry.accounts.permissions import require
from registry.database import reading
from registry.portfolio.financing.answers import plan_as_dict
from registry.portfolio.financing.model import MixWishes
from registry.portfolio.financing.operations import plan_mix
from registry.web.auth import identity_of
from registry.web.bodies import as_of_or_today, json_answer, read_body
from registry.web.openapi import answers, problems

Anybody = Request[Any, Any, Any]


@post(
    "/projects/{code:str}/funding-mix",
    sync_to_thread=True,
    status_code=200,
    responses={
        **answers(dict[str, Any], "`optimal` with the mix and what binds, or `infeasible` with the ways out"),
        **problems(400, 401, 403, 404, 422),
    },
)
def mix(request: Anybody, code: FromPath[str], body: RawBody) -> Response[bytes]:
    """Find the best funding mix of a project under the rules of a date, verified by the financial model.

    What the body leaves out is read off the dossier and the rule packs; `offered` and `limits` say where each value
    comes from. An empty body asks with the defaults alone.
    """
    actor = identity_of(request).actor
    require(actor, "mix_funding")
    wishes = read_body(body or b"{}", MixWishes)
    with reading(request.app.state.engine) as session:
        plan = plan_mix(session, actor, code, wishes=wishes, as_of=as_of_or_today(wishes.as_of))
    return json_answer(plan_as_dict(plan))


BODIES: dict[str, Any] = {"/api/v1/projects/{code}/funding-mix": MixWishes}
"""Path of a call to the structure of its body."""

handlers = [mix]
