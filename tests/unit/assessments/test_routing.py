from datetime import date

import pytest
from sqlalchemy import Engine

from builders import dossier
from conftest import People
from registry.assessments.operations import assess_project
from registry.assessments.routing import nearest_ways, own_verdicts, route
from registry.database import reading, writing
from registry.errors import NotAllowed, NotFound
from registry.projects.model import Dossier
from registry.projects.operations import create_project, save_project

DAY = date(2026, 11, 21)


@pytest.fixture
def code(engine: Engine, people: People) -> str:
    project = dossier(
        capital_sector="other_infrastructure", investment_type="enterprise", project_capital="2000", funding_lines=[]
    )
    with writing(engine) as session:
        return create_project(session, people.city, project, reason="录入").code


def _with_capital(amount: str | None) -> Dossier:
    return dossier(
        capital_sector="other_infrastructure",
        investment_type="enterprise",
        total_investment="10000",
        project_capital=amount,
        special_bond_total="0",
        bond_as_capital="0",
        has_debt_in_capital=False,
        is_capital_relief_claimed=False,
        funding_lines=[],
    )


class TestTheRoute:
    def test_puts_first_what_alone_keeps_a_library_undecided(self, engine: Engine, people: People, code: str) -> None:
        with reading(engine) as session:
            found = route(session, people.city, code, as_of=DAY)
        last = [fact for fact in found.wanted if any(reach.is_last for reach in fact.reach)]
        assert list(found.wanted[: len(last)]) == last
        assert all(reach.waits >= max(reach.settles, 1) for fact in found.wanted for reach in fact.reach)

    def test_settles_a_library_once_its_last_fact_is_given(self, engine: Engine, people: People) -> None:
        with writing(engine) as session:
            code = create_project(session, people.city, _with_capital(None), reason="录入").code
        with reading(engine) as session:
            before = route(session, people.city, code, as_of=DAY)
        reach = {fact.name: each for fact in before.wanted for each in fact.reach if each.pack == "project-capital"}
        assert {name for name, each in reach.items() if each.is_last} == {"capital_ratio"}
        with writing(engine) as session:
            save_project(session, people.city, code, _with_capital("1999"), expected_revision=1, reason="补资本金")
        with reading(engine) as session:
            after = {each.pack: each.verdict for each in route(session, people.city, code, as_of=DAY).libraries}
        assert after["project-capital"] == "ineligible"

    def test_uses_the_figures_of_the_newest_assessment(self, engine: Engine, people: People, code: str) -> None:
        with reading(engine) as session:
            before = route(session, people.city, code, as_of=DAY)
        with writing(engine) as session:
            assess_project(session, people.city, code, as_of=DAY)
        with reading(engine) as session:
            assert route(session, people.city, code, as_of=DAY) == before

    def test_is_for_those_who_may_see_the_project(self, engine: Engine, people: People, code: str) -> None:
        with reading(engine) as session:
            with pytest.raises(NotFound):
                route(session, people.other_city, code, as_of=DAY)
            with pytest.raises(NotFound):
                nearest_ways(session, people.bank, code, as_of=DAY)
            with pytest.raises(NotAllowed):
                own_verdicts(session, people.city, code, as_of=DAY)
