import shutil
from datetime import date

import pytest
from sqlalchemy import Engine

from builders import dossier
from conftest import People
from registry.assessments.operations import public_packs
from registry.assessments.rehearsing import rehearse_registry
from registry.database import writing
from registry.eligibility.checked import Packs
from registry.eligibility.packs import load_packs
from registry.errors import NotAllowed, NotFound
from registry.projects.operations import create_project
from registry.settings import HOME

DAY = date(2026, 11, 21)


@pytest.fixture(scope="module")
def looser(tmp_path_factory: pytest.TempPathFactory) -> Packs:
    """The capital pack with its floor for other infrastructure at 15 instead of 20 %."""
    folder = tmp_path_factory.mktemp("draft") / "project-capital"
    shutil.copytree(HOME / "rules" / "project-capital", folder)
    parameters = folder / "2019" / "parameters.yaml"
    text = parameters.read_text(encoding="utf-8")
    before, _, after = text.partition("floor_other_infrastructure:")
    block, _, rest = after.partition("\nfloor_")
    assert block.count("value: 0.2\n") == 2
    looser_block = block.replace("value: 0.2\n", "value: 0.15\n")
    parameters.write_text(f"{before}floor_other_infrastructure:{looser_block}\nfloor_{rest}", encoding="utf-8")
    return load_packs(folder)


@pytest.fixture
def codes(engine: Engine, people: People) -> list[str]:
    shared = {
        "capital_sector": "other_infrastructure",
        "investment_type": "enterprise",
        "total_investment": "10000",
        "special_bond_total": "0",
        "bond_as_capital": "0",
        "has_hidden_debt": False,
        "funding_lines": [],
        "is_capital_relief_claimed": False,
    }
    with writing(engine) as session:
        return [
            create_project(session, people.city, dossier(**shared, project_capital=capital), reason="录入").code
            for capital in ("1400", "1500", "1999", "2000")
        ]


class TestRehearsing:
    def test_names_those_between_the_old_and_the_new_threshold(
        self, engine: Engine, people: People, codes: list[str], looser: Packs
    ) -> None:
        found = rehearse_registry(
            engine, people.province, pack="project-capital", old="2019", new="2019", as_of=DAY, draft=looser
        )
        assert found.projects == 4
        flipped = {flip.code for flip in found.flips}
        assert flipped == {codes[1], codes[2]}
        assert {(flip.before, flip.amount, flip.province) for flip in found.flips} == {
            ("ineligible", "10000", "浙江省")
        }
        assert (found.winners, found.losers, found.n_flips) == (2, 0, 2)
        assert [(group.value, group.projects, group.amount) for group in found.by_province] == [("浙江省", 2, "20000")]
        assert [(group.value, group.projects) for group in found.by_task] == [(None, 2)]

    def test_shows_who_is_one_rule_short_and_how_far(
        self, engine: Engine, people: People, codes: list[str], looser: Packs
    ) -> None:
        found = rehearse_registry(
            engine, people.province, pack="project-capital", old="2019", new="2019", as_of=DAY, draft=looser
        )
        short = {each.code: each for each in found.borderline}
        if codes[0] in short:
            assert short[codes[0]].distance == pytest.approx(-0.01)
        assert found.n_borderline == len(found.borderline)

    def test_asks_a_coming_version_on_its_first_day(self, engine: Engine, people: People, codes: list[str]) -> None:
        found = rehearse_registry(
            engine, people.ministry, pack="eco-finance-support", old="2024", new="2025", as_of=date(2024, 6, 1)
        )
        assert (found.as_of_old, found.as_of_new) == (date(2024, 6, 1), date(2025, 7, 1))

    def test_covers_what_the_actor_may_see(self, engine: Engine, people: People, codes: list[str]) -> None:
        found = rehearse_registry(engine, people.bank, pack="eco-finance-support", old="2024", new="2025", as_of=DAY)
        assert (found.projects, found.n_flips) == (0, 0)

    def test_refuses_what_is_not_there_and_who_may_not(self, engine: Engine, people: People) -> None:
        with pytest.raises(NotFound, match="2099"):
            rehearse_registry(engine, people.ministry, pack="project-capital", old="2019", new="2099", as_of=DAY)
        with pytest.raises(NotAllowed):
            rehearse_registry(engine, people.city, pack="project-capital", old="2015", new="2019", as_of=DAY)

    def test_leaves_the_published_packs_as_they_are(self, engine: Engine, people: People, codes: list[str]) -> None:
        rehearse_registry(engine, people.ministry, pack="project-capital", old="2015", new="2019", as_of=DAY)
        assert public_packs()["project-capital"].version_on(date(2016, 1, 1)) is not None
        assert public_packs()["project-capital"].versions["2019"].head.in_force_from == date(2019, 11, 28)
