"""Scenarios over the whole registry as a job: chunks of dossiers go to threads or to a cluster, sums come back."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import msgspec
from sqlalchemy import Engine
from sqlmodel import Session, col

from registry import jobs
from registry.accounts.model import Actor
from registry.accounts.permissions import require
from registry.accounts.queries import actor_by_id
from registry.database import reading
from registry.jobs import Handler, Work
from registry.portfolio.scenarios.executors import run_chunks
from registry.portfolio.scenarios.model import ScenarioWishes
from registry.portfolio.scenarios.pricing import Figure, price_chunk
from registry.portfolio.scenarios.summary import GROUPS, figures_frame, summary_of
from registry.projects.columns import read_projects
from registry.projects.model import Project, ProjectRevision
from registry.projects.queries import visible_projects
from registry.settings import settings

SCENARIOS = "run-scenarios"
CHUNK_PROJECTS = 200
"""Dossiers to a chunk: enough for one batch, few enough to be lost and done again."""
NOW = "现状"
REASONS: Mapping[str, tuple[str, str]] = {
    "no-case": ("没有财务测算输入", "no financial case"),
    "over-funded": ("资金来源超过建设支出", "grants and draws exceed the spending"),
    "required": ("财务测算输入不完整", "the financial case is incomplete"),
}


def handlers(engine: Engine) -> Mapping[str, Handler]:
    """Return what a worker needs to run these jobs."""
    return {SCENARIOS: partial(_run, engine)}


def enqueue_scenarios(session: Session, actor: Actor, wishes: ScenarioWishes) -> int:
    """Ask for scenarios and return the number of the job. Raises NotAllowed."""
    require(actor, "run_scenarios")
    parameters = {"wishes": msgspec.to_builtins(wishes)}
    return jobs.enqueue(session, kind=SCENARIOS, parameters=parameters, requested_by=actor.user_id)


def run_scenarios(
    engine: Engine,
    actor: Actor,
    wishes: ScenarioWishes,
    *,
    scheduler: str | None,
    told: Callable[[int, int], None] = lambda _done, _total: None,
) -> dict[str, Any]:
    """Return before and after as plain data; the same bytes whatever does the work. Raises NotAllowed, NoCluster."""
    require(actor, "run_scenarios")
    places = read_projects(engine, actor, ["is_demo", *GROUPS])
    figures: list[Figure] = []
    unpriced: Counter[str] = Counter()
    work = partial(price_chunk, scenarios=tuple(wishes.scenarios))
    done = 0
    for priced in run_chunks(work, chunks_of(engine, actor), scheduler=scheduler):
        figures += priced.figures
        unpriced.update(reason for _, reason in priced.unpriced)
        done = min(done + CHUNK_PROJECTS, places.height)
        told(done, places.height)
    frame = figures_frame(figures, wishes.dscr_floor)
    over = frame.filter((frame["scenario"] == 0) & (frame["why"] != "")).height
    if over:
        unpriced["over-funded"] += over
    names = [NOW, *(each.name for each in wishes.scenarios)]
    return {
        "names": names,
        "dscr_floor": wishes.dscr_floor,
        "n_projects": places.height,
        "n_priced": places.height - sum(unpriced.values()),
        "unpriced": [_told(reason, count) for reason, count in sorted(unpriced.items())],
        "has_demo_data": bool(places["is_demo"].any()),
        "tables": summary_of(frame, places.drop("is_demo"), names),
    }


def _told(reason: str, count: int) -> dict[str, Any]:
    zh, en = REASONS.get(reason, (f"财务测算输入有误（{reason}）", f"the financial case has a flaw ({reason})"))
    return {"reason": reason, "count": count, "message": zh, "message_en": en}


def chunks_of(engine: Engine, actor: Actor) -> Iterator[list[tuple[int, str]]]:
    """Yield the documents of the visible projects, in order of project, a chunk at a time."""
    is_current = (col(ProjectRevision.project_id) == col(Project.id)) & (
        col(ProjectRevision.number) == col(Project.revision_number)
    )
    last = 0
    while True:
        query = visible_projects(actor, col(Project.id), col(ProjectRevision.document)).join(
            ProjectRevision, is_current
        )
        query = query.where(col(Project.id) > last).order_by(col(Project.id)).limit(CHUNK_PROJECTS)
        with reading(engine) as session:
            found = [(number, text) for number, text in session.execute(query)]
        if not found:
            return
        last = found[-1][0]
        yield found


def _run(engine: Engine, work: Work) -> dict[str, Any]:
    with reading(engine) as session:
        actor = actor_by_id(session, work.requested_by)
    wishes = msgspec.convert(work.parameters["wishes"], ScenarioWishes)
    return run_scenarios(engine, actor, wishes, scheduler=settings().dask_scheduler, told=work.report)
