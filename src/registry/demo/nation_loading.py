"""Put a demo nation into the registry: its offices, then its projects batch by batch, each batch one transaction.

Harmless when repeated, and taken up where it stopped: a project is known by its seed and number. Two empty registries
given the same seed, count and batch hold the same bytes: everything is dated by the nation's own calendar. Within a
batch rows and audit entries stand in order of time; what happened to a project is the same in a nation of any size.
"""

from collections.abc import Callable
from itertools import islice

from sqlalchemy import Engine
from sqlmodel import col, select

from registry.assessments.model import Assessment
from registry.assessments.operations import assess_project
from registry.database import writing
from registry.demo.history_loading import READER, import_key, load_batch
from registry.demo.moments import LAST_DAY, LAST_MOMENT
from registry.demo.nation import make_nation
from registry.demo.offices import Offices, add_offices
from registry.intake.importing import collector_paused
from registry.projects.documents.store import Store
from registry.projects.model import Project
from registry.projects.queries import visible_projects

BATCH = 1_000
"""Projects a transaction: what is held in memory at a time."""

ASSESSED_UP_TO = 400
"""Of the first projects, those a bank may see and that hold a financial case are assessed: about forty."""

_ASSESSED_AT_ONCE = 20


def load_nation(
    engine: Engine,
    count: int,
    seed: int,
    *,
    store: Store,
    report: Callable[[int], None] = lambda _: None,
    batch: int = BATCH,
) -> int:
    """Load projects 1 to `count` and return how many were new; `report` is told how many are done so far."""
    offices = add_offices(engine)
    projects = make_nation(count, seed)
    created = done = 0
    while part := list(islice(projects, batch)):
        with collector_paused(), writing(engine) as session:
            created += len(load_batch(session, offices, part, seed=seed, store=store))
        done += len(part)
        report(done)
    assess_first(engine, offices, min(count, ASSESSED_UP_TO), seed)
    return created


def assess_first(engine: Engine, offices: Offices, count: int, seed: int) -> int:
    """Assess those of the first `count` projects that are shown to a bank and can be priced; return how many."""
    chosen = [
        project
        for project in make_nation(count, seed)
        if project.banks and project.dossier.financials is not None and project.dossier.funding_lines
    ]
    for start in range(0, len(chosen), _ASSESSED_AT_ONCE):
        part = chosen[start : start + _ASSESSED_AT_ONCE]
        cities = {import_key(seed, project.number): project.city_code for project in part}
        with writing(engine) as session:
            assessed = select(Assessment.project_id)
            query = visible_projects(READER, col(Project.import_key), col(Project.code)).where(
                col(Project.import_key).in_(cities), col(Project.id).not_in(assessed)
            )
            for key, code in session.execute(query.order_by(col(Project.id))).all():
                actor = offices.at(cities[key], "city")
                assess_project(session, actor, code, as_of=LAST_DAY, moment=LAST_MOMENT)
    return len(chosen)
