"""Sample financing plans: one decided and shown, one draft, both marked as invented and both worth reading."""

from datetime import date

import pytest
from sqlalchemy import Engine

from registry.accounts.model import PUBLIC
from registry.accounts.queries import actor_by_login
from registry.database import reading, writing
from registry.demo.loading import Loaded, load_demo
from registry.programme.financing_plan.queries import Plan, list_plans, read_plan

TODAY = date(2026, 11, 26)


@pytest.fixture
def loaded(engine: Engine) -> Loaded:
    with writing(engine) as session:
        found = load_demo(session, today=TODAY)
        assert load_demo(session, today=TODAY) is None
    assert found is not None
    return found


def plan(engine: Engine, login: str, number: int) -> Plan:
    with reading(engine) as session:
        return read_plan(session, actor_by_login(session, login), number, today=TODAY)


def test_one_was_decided_by_the_province_and_shown(engine: Engine, loaded: Loaded) -> None:
    decided, draft = loaded.plans
    found = plan(engine, "huzhou", decided)
    assert (found.paper.state, found.is_signed, found.is_demo) == ("published", True, True)
    assert found.figures.base.n_projects == 4
    assert len(found.figures.scenarios) == 3
    (bundle,) = found.figures.base.bundles
    assert set(bundle.members) == {loaded.invented[place] for place in (0, 2, 3)}
    assert not [each for each in found.findings if each.severity == "error"]
    with reading(engine) as session:
        assert [each.id for each in list_plans(session, PUBLIC)] == [decided]
    assert draft != decided


def test_the_other_is_a_draft_that_says_what_it_lacks(engine: Engine, loaded: Loaded) -> None:
    found = plan(engine, "jinan", loaded.plans[1])
    assert (found.paper.state, found.is_signed, found.is_demo) == ("draft", False, True)
    assert {"funding_sources", "roles", "packaging"} <= {each.path for each in found.findings}
