"""Projects narrowed to a zone: by province, city or county of its members, each once, as of today."""

from collections.abc import Iterable
from datetime import date

import pytest
from sqlalchemy import Engine

from builders import dossier
from conftest import People
from registry.accounts.model import Actor
from registry.database import reading, writing
from registry.errors import InvalidInput
from registry.projects.operations import Draft, save_many
from registry.projects.search.filters import ProjectFilter, read_filter
from registry.projects.search.queries import narrow
from registry.projects.zones.operations import note_membership


def entered(engine: Engine, actor: Actor, codes: Iterable[str | None]) -> list[str]:
    with writing(engine) as session:
        drafts = [Draft(dossier(city_code=code)) for code in codes]
        return [outcome.code for outcome in save_many(session, actor, drafts, reason="导入")]


def noted(engine: Engine, people: People, zone: str, code: str, *, until: date | None = None) -> None:
    with writing(engine) as session:
        note_membership(
            session, people.ministry, zone=zone, division_code=code, starts_on=date(2020, 1, 1), ends_on=until,
            source="某公告",
        )  # fmt: skip


def found(engine: Engine, actor: Actor, zone: str) -> list[str]:
    with reading(engine) as session:
        return narrow(session, actor, ProjectFilter(zone=zone)).codes("code")


def test_a_list_narrowed_to_a_zone_holds_what_lies_in_its_places(engine: Engine, people: People) -> None:
    county, city, province, outside, nowhere = entered(
        engine, people.city, ["330521", "330500", "330100", "370100", None]
    )
    noted(engine, people, "yangtze_delta", "330000")
    noted(engine, people, "yangtze_basin", "330500")
    assert found(engine, people.city, "yangtze_delta") == sorted([county, city, province])
    assert found(engine, people.city, "yangtze_basin") == sorted([county, city])
    with reading(engine) as session:
        assert len(narrow(session, people.city, ProjectFilter(zone="yangtze_delta"))) == 3
    assert outside not in found(engine, people.city, "yangtze_delta")
    assert nowhere not in found(engine, people.city, "yangtze_delta")


def test_a_zone_whose_list_is_empty_or_over_holds_nothing(engine: Engine, people: People) -> None:
    entered(engine, people.city, ["330500"])
    noted(engine, people, "low_carbon", "330500", until=date(2021, 1, 1))
    assert found(engine, people.city, "low_carbon") == []
    assert found(engine, people.city, "greater_bay") == []


def test_a_zone_shows_nobody_another_citys_projects(engine: Engine, people: People) -> None:
    entered(engine, people.city, ["330500"])
    noted(engine, people, "low_carbon", "330500")
    assert found(engine, people.other_city, "low_carbon") == []


def test_a_zone_nobody_knows_is_refused() -> None:
    with pytest.raises(InvalidInput, match="yangtze_delta"):
        read_filter({"zone": "长三角"}.get)
