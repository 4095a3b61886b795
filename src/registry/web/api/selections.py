"""Choosing projects, and scenarios over all of them, over the API: asked as jobs, followed by their number."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import RawBody

from registry import jobs
from registry.accounts.permissions import require
from registry.database import reading, writing
from registry.errors import NotFound
from registry.portfolio.choosing.model import SelectionWishes
from registry.portfolio.choosing.work import SELECT, enqueue_selection
from registry.portfolio.scenarios.model import ScenarioWishes
from registry.portfolio.scenarios.work import SCENARIOS, enqueue_scenarios
from registry.web.api.assessments import JobOut, Number, job_answer
from registry.web.auth import identity_of
from registry.web.bodies import as_of_or_today, read_body
from registry.web.openapi import answers, problems

Anybody = Request[Any, Any, Any]


@post(
    "/selections",
    sync_to_thread=True,
    status_code=202,
    responses={**answers(JobOut, "The job that was asked for", 202), **problems(400, 401, 403, 422)},
)
def choose(request: Anybody, body: RawBody) -> Response[bytes]:
    """Choose projects and their mixes under budgets and quotas, over the projects you may see, as a job."""
    actor = identity_of(request).actor
    require(actor, "choose_projects")
    wishes = read_body(body, SelectionWishes)
    with writing(request.app.state.engine) as session:
        number = enqueue_selection(session, actor, wishes, as_of=as_of_or_today(wishes.as_of))
    return job_answer(request, number, status=202, headers={"Location": f"/api/v1/selections/{number}"})


@get(
    "/selections/{number:int}",
    sync_to_thread=True,
    responses={
        **answers(JobOut, "How far it is, and once done the choice with its proven gap"),
        **problems(400, 401, 404),
    },
)
def read_selection(request: Anybody, number: Number) -> Response[bytes]:
    """Follow a choice you asked for: `optimal`, `best_so_far` with its gap, `infeasible` with the ways out."""
    _of_kind(request, number, SELECT)
    return job_answer(request, number)


@post(
    "/scenarios",
    sync_to_thread=True,
    status_code=202,
    responses={**answers(JobOut, "The job that was asked for", 202), **problems(400, 401, 403, 422)},
)
def rehearse(request: Anybody, body: RawBody) -> Response[bytes]:
    """Price every project you may see under each scenario, as a job."""
    actor = identity_of(request).actor
    require(actor, "run_scenarios")
    wishes = read_body(body, ScenarioWishes)
    with writing(request.app.state.engine) as session:
        number = enqueue_scenarios(session, actor, wishes)
    return job_answer(request, number, status=202, headers={"Location": f"/api/v1/scenarios/{number}"})


@get(
    "/scenarios/{number:int}",
    sync_to_thread=True,
    responses={**answers(JobOut, "How far it is, and before and after once done"), **problems(400, 401, 404)},
)
def read_scenarios(request: Anybody, number: Number) -> Response[bytes]:
    """Follow scenarios you asked for."""
    _of_kind(request, number, SCENARIOS)
    return job_answer(request, number)


def _of_kind(request: Anybody, number: int, kind: str) -> None:
    """Raise NotFound unless this is such a job of the caller."""
    with reading(request.app.state.engine) as session:
        job = jobs.find_job(session, number, requested_by=identity_of(request).actor.user_id)
    if job.kind != kind:
        raise NotFound(f"没有编号为 {number} 的任务", f"There is no job {number} of yours")


BODIES: dict[str, Any] = {"/api/v1/selections": SelectionWishes, "/api/v1/scenarios": ScenarioWishes}
"""Path of a call to the structure of its body."""

handlers = [choose, read_selection, rehearse, read_scenarios]
