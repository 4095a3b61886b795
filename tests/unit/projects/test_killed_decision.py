"""kill −9 in the middle of a bulk decision: nothing half, and the same decision goes through afterwards."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from applications import application_in
from conftest import People
from registry import audit
from registry.accounts.queries import actor_by_id
from registry.audit import AuditEntry
from registry.database import open_engine, reading, writing
from registry.jobs import Job
from registry.projects.lifecycle import operations
from registry.projects.lifecycle.model import Application, ApplicationEvent
from registry.projects.lifecycle.operations import Step, act_on_many
from registry.projects.notices.model import Notice
from registry.projects.notices.operations import announce_move

N = 5
SURVIVED = "survived"


def decide(url: str, user_id: int, steps: list[Step], *, dies_at: int) -> None:
    """Recommend all of them, and die without a word once so many have been moved and written to the database."""
    engine, moved = open_engine(url), 0

    def announce_and_die(*details: Any, **named: Any) -> list[Notice]:
        nonlocal moved
        notices = announce_move(*details, **named)
        moved += 1
        if moved == dies_at:
            os.kill(os.getpid(), signal.SIGKILL)
        return notices

    with patch.object(operations, "announce_move", announce_and_die), writing(engine) as session:
        act_on_many(session, actor_by_id(session, user_id), steps)
    sys.stdout.write(SURVIVED)


@pytest.mark.slow
@pytest.mark.parametrize("dies_at", [1, 3, N])
def test_a_bulk_decision_killed_half_way_leaves_nothing_and_can_be_repeated(
    engine: Engine, people: People, dies_at: int
) -> None:
    applications = [application_in(engine, people, "submitted") for _ in range(N)]
    steps = [Step(each.id or 0, "recommend", each.version, f"同意 {each.id}") for each in applications]
    before = _written(engine)
    url = engine.url.render_as_string(hide_password=False).replace("postgresql+psycopg://", "postgresql://")
    lines = (
        f"import sys; sys.path[:0] = {[str(Path(__file__).parent), str(Path(__file__).parents[2])]!r}",
        "from test_killed_decision import decide",
        "from registry.projects.lifecycle.operations import Step",
        f"decide({url!r}, {people.province.user_id}, {steps!r}, dies_at={dies_at})",
    )
    done = subprocess.run([sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=False)
    assert (done.returncode, SURVIVED in done.stdout, done.stderr) == (-signal.SIGKILL, False, "")
    assert _written(engine) == before
    with writing(engine) as session:
        outcomes = act_on_many(session, people.province, steps)
        assert [each.state for each in outcomes] == ["recommended"] * N
    with reading(engine) as session:
        assert audit.verify_log(session) is None
        assert {each.state for each in session.exec(select(Application))} == {"recommended"}


def _written(engine: Engine) -> dict[str, Any]:
    """Return all that a decision writes: states and versions, events, notices, jobs, audit entries."""
    with reading(engine) as session:
        assert audit.verify_log(session) is None
        applications = session.exec(select(Application))
        return {
            "applications": sorted((each.id or 0, each.state, each.version) for each in applications),
            "events": sorted(each.id or 0 for each in session.exec(select(ApplicationEvent))),
            "notices": sorted(each.id or 0 for each in session.exec(select(Notice))),
            "jobs": sorted(each.id or 0 for each in session.exec(select(Job))),
            "audit": sorted(session.exec(select(AuditEntry.hash))),
        }
