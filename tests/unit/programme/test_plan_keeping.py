"""What a plan was calculated to is kept while nothing it was made of changes, for each sight of its own."""

from typing import Any

import pytest
from sqlalchemy import Engine

from builders import dossier
from conftest import People
from plan_builders import TODAY, plan_document, priced_dossier
from registry.accounts.model import Actor
from registry.assessments.operations import assess_project
from registry.database import reading, writing
from registry.programme.financing_plan.figures import PlanFigures, figures_of
from registry.programme.financing_plan.keeping import basis_of
from registry.programme.financing_plan.operations import begin_plan
from registry.programme.financing_plan.queries import read_plan
from registry.projects.operations import create_project, release_project, save_project


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[PlanFigures]:
    """Return the figures that were calculated anew, in order."""
    found: list[PlanFigures] = []

    def told(*arguments: Any) -> PlanFigures:
        found.append(figures_of(*arguments))
        return found[-1]

    monkeypatch.setattr("registry.programme.financing_plan.queries.figures_of", told)
    return found


@pytest.fixture
def codes(engine: Engine, people: People) -> list[str]:
    with writing(engine) as session:
        return [
            create_project(session, people.city, dossier(funding_lines=[]), reason="录入").code,
            create_project(session, people.city, priced_dossier("G3"), reason="录入").code,
        ]


@pytest.fixture
def plan(engine: Engine, people: People, codes: list[str]) -> int:
    with writing(engine) as session:
        return begin_plan(session, people.city, title="方案", document=plan_document(*codes)).id


def read(engine: Engine, actor: Actor, plan: int) -> PlanFigures:
    with reading(engine) as session:
        return read_plan(session, actor, plan, today=TODAY).figures


def test_an_unchanged_draft_is_calculated_once(
    engine: Engine, people: People, plan: int, made: list[PlanFigures]
) -> None:
    first = read(engine, people.city, plan)
    assert read(engine, people.city, plan) is first
    assert read(engine, people.province, plan) is first
    assert made == [first]
    assert first.base.n_projects == 2


def test_a_new_revision_of_a_project_is_seen_at_once(
    engine: Engine, people: People, codes: list[str], plan: int, made: list[PlanFigures]
) -> None:
    assert read(engine, people.city, plan).base.funding.of().amount == 0
    line = {"source": "city", "year": 2027, "amount": "30.5", "status": "planned"}
    with writing(engine) as session:
        save_project(session, people.city, codes[0], dossier(funding_lines=[line]), expected_revision=1, reason="补充")
    assert read(engine, people.city, plan).base.funding.of().amount == pytest.approx(30.5)
    assert len(made) == 2


def test_a_new_assessment_is_seen_at_once(
    engine: Engine, people: People, codes: list[str], plan: int, made: list[PlanFigures]
) -> None:
    assert read(engine, people.city, plan).projects[0].facts.assessment is None
    with writing(engine) as session:
        kept = assess_project(session, people.city, codes[0], as_of=TODAY).id
    assert read(engine, people.city, plan).projects[0].facts.assessment == kept
    assert len(made) == 2


def test_what_one_may_see_is_not_told_to_another(
    engine: Engine, people: People, codes: list[str], plan: int, made: list[PlanFigures]
) -> None:
    with writing(engine) as session:
        release_project(session, people.city, codes[0], organisation_id=people.bank.organisation_id)
        document = plan_document(*codes)
        for actor, seen in ((people.city, 2), (people.bank, 1), (people.other_bank, 0)):
            basis = basis_of(session, actor, document, today=TODAY)
            again = basis_of(session, actor, document, today=TODAY)
            assert (basis == again, len(basis[-2])) == (True, seen)  # type: ignore[index]
