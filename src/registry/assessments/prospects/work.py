"""Running the kept searches, whenever a project was released, changed or judged."""

from collections.abc import Mapping

from sqlalchemy import Engine

from registry.assessments.prospects.operations import match_searches
from registry.database import writing
from registry.jobs import Handler
from registry.projects.notices.operations import MATCH_SEARCHES


def handlers(engine: Engine) -> Mapping[str, Handler]:
    """Return what a worker needs to run this job."""

    def run() -> dict[str, int]:
        with writing(engine) as session:
            return {"told": match_searches(session)}

    return {MATCH_SEARCHES: lambda _work: run()}
