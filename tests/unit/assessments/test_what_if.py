from datetime import date

import pytest
from sqlalchemy import Engine

from builders import dossier
from conftest import People
from finance_builders import case, loan
from registry.assessments.operations import assess_project
from registry.assessments.queries import find_assessment, list_assessments
from registry.assessments.what_if import what_if
from registry.database import reading, writing
from registry.errors import InvalidInput, NotFound
from registry.projects.operations import create_project

DAY = date(2026, 11, 21)


@pytest.fixture
def code(engine: Engine, people: People) -> str:
    with writing(engine) as session:
        code = create_project(session, people.city, dossier(financials=case(debts=[loan()])), reason="录入").code
        assess_project(session, people.city, code, as_of=DAY)
    return code


class TestWhatIf:
    def test_starts_from_the_figures_as_assessed(self, engine: Engine, people: People, code: str) -> None:
        with reading(engine) as session:
            kept = find_assessment(session, people.city, code)
            found = what_if(session, people.city, code, {})
        assert found.base.dscr_min == pytest.approx(kept.dscr_min, rel=1e-12)
        assert found.base.firr == pytest.approx(kept.firr_post_tax, rel=1e-9)
        assert found.base.payback_years == pytest.approx(kept.payback_years, rel=1e-12)
        assert found.base.coverage == pytest.approx(kept.coverage, rel=1e-12)
        assert found.changed == found.base

    def test_moves_cover_return_and_payback_the_way_the_factor_pulls(
        self, engine: Engine, people: People, code: str
    ) -> None:
        with reading(engine) as session:
            worse = what_if(session, people.city, code, {"revenue": -0.1})
            dearer = what_if(session, people.city, code, {"interest_rate": 0.5})
        assert worse.base.dscr_min is not None
        assert worse.changed.dscr_min is not None
        assert worse.base.payback_years is not None
        assert worse.changed.dscr_min < worse.base.dscr_min
        assert worse.base.firr is not None
        assert worse.changed.firr is not None
        assert worse.changed.firr < worse.base.firr
        assert worse.changed.payback_years is None or worse.changed.payback_years > worse.base.payback_years
        assert dearer.changed.dscr_min is not None
        assert dearer.changed.dscr_min < worse.base.dscr_min

    def test_keeps_nothing(self, engine: Engine, people: People, code: str) -> None:
        with writing(engine) as session:
            what_if(session, people.city, code, {"revenue": 0.2})
        with reading(engine) as session:
            assert len(list_assessments(session, people.city, code)) == 1

    @pytest.mark.parametrize(
        "changes", [{"revenue": 0.51}, {"revenue": -0.6}, {"weather": 0.1}, {"revenue": float("nan")}]
    )
    def test_refuses_what_is_no_change_of_a_factor(
        self, engine: Engine, people: People, code: str, changes: dict[str, float]
    ) -> None:
        with reading(engine) as session, pytest.raises(InvalidInput):
            what_if(session, people.city, code, changes)

    def test_needs_an_evaluated_project_one_may_see(self, engine: Engine, people: People, code: str) -> None:
        with writing(engine) as session:
            bare = create_project(session, people.city, dossier(), reason="录入").code
            assess_project(session, people.city, bare, as_of=DAY)
        with reading(engine) as session:
            for actor, asked in ((people.city, bare), (people.bank, code)):
                with pytest.raises(NotFound):
                    what_if(session, actor, asked, {})
