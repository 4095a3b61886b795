"""The life cycle from a terminal: the diagram, and validity run by date with a dry run first."""

import importlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import select
from typer.testing import CliRunner, Result

from applications import application_in
from conftest import People
from registry import audit, database, jobs
from registry.cli.console import app
from registry.database import reading
from registry.jobs import Job
from registry.projects.lifecycle.deadlines import china_date
from registry.projects.lifecycle.model import Application
from registry.projects.lifecycle.states import diagram, document
from registry.projects.lifecycle.work import DAILY, handlers
from registry.projects.notices.queries import my_notices
from registry.settings import HOME

Run = Callable[..., Result]


@pytest.fixture
def run(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(database, "engine", lambda: engine)
    importlib.import_module("registry.cli.lifecycle")

    def invoke(*arguments: object) -> Result:
        words = [str(argument) for argument in arguments]
        return CliRunner().invoke(app, ["lifecycle", *words], env={"COLUMNS": "200"})

    return invoke


def states(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return list(session.exec(select(Application.state).order_by(Application.id)))  # type: ignore[arg-type]


class TestTheDiagram:
    def test_is_printed_as_mermaid(self, run: Run) -> None:
        assert run().stdout == diagram()

    def test_is_kept_beside_the_code_as_it_is_today(self, run: Run) -> None:
        kept = (HOME / "src/registry/projects/lifecycle/STATES.md").read_text(encoding="utf-8")
        assert kept == document() == run("document").stdout
        assert "recommended --> in_library: 同意入库（国家审核部门）" in kept
        assert "| 待省级审核 Submitted, awaiting the provincial opinion | 撤回 | 省级推荐、退回补正、不予通过 |" in kept


class TestValidity:
    @pytest.fixture(autouse=True)
    def entered_long_ago(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("applications.ENTRY", audit.now() - timedelta(days=3 * 366))

    def test_ends_only_when_told_to(self, engine: Engine, people: People, run: Run) -> None:
        application_in(engine, people, "in_library")
        tried = json.loads(run("expire", "--json").stdout)
        assert (tried["applied"], len(tried["entries"]), states(engine)) == (False, 1, ["in_library"])
        assert "would expire" in run("expire").stdout
        done = json.loads(run("expire", "--apply", "--json").stdout)
        assert (done["applied"], len(done["entries"]), done["refused"], states(engine)) == (True, 1, {}, ["expired"])
        assert json.loads(run("expire", "--apply", "--json").stdout)["entries"] == []

    def test_is_not_ended_before_its_time(self, engine: Engine, people: People, run: Run) -> None:
        application_in(engine, people, "in_library")
        tomorrow = china_date(audit.now()) + timedelta(days=2)
        refused = run("expire", "--as-of", tomorrow, "--apply", "--json")
        assert (refused.exit_code, json.loads(refused.stdout)["error"]) == (1, "invalid-input")
        assert states(engine) == ["in_library"]

    def test_is_warned_of_once(self, engine: Engine, people: People, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("applications.ENTRY", audit.now() - timedelta(days=1050))
        application_in(engine, people, "in_library")
        found: list[Any] = [
            json.loads(run("warn", *words, "--json").stdout) for words in ((), ("--apply",), ("--apply",))
        ]
        assert [[each["threshold_days"] for each in told["entries"]] for told in found] == [[90], [90], []]
        with reading(engine) as session:
            kinds = [each.kind for each in my_notices(session, people.city)]
        assert kinds.count("application.ending") == 1

    def test_runs_by_itself_once_a_day(
        self, engine: Engine, people: People, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        application_in(engine, people, "in_library")
        importlib.import_module("registry.cli.service")
        once = [CliRunner().invoke(app, ["work", "--once"]) for _ in range(2)]
        assert [result.exit_code for result in once] == [0, 0]
        assert states(engine) == ["expired"]
        with reading(engine) as session:
            ran = session.exec(select(Job).where(Job.kind == "run-validity")).all()
        assert [json.loads(job.result or "")["expired"] for job in ran] == [1]

    def test_is_warned_of_by_itself(self, engine: Engine, people: People, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("applications.ENTRY", audit.now() - timedelta(days=1050))
        application_in(engine, people, "in_library")
        jobs.ask_for_the_day(engine, DAILY, {})
        jobs.run_next(engine, handlers(engine))
        assert states(engine) == ["in_library"]
        with reading(engine) as session:
            kinds = [each.kind for each in my_notices(session, people.city)]
        assert kinds.count("application.ending") == 1
