"""Benefits a dossier states in its table, in its climate section, or in both."""

from sqlalchemy import Engine

from builders import dossier
from conftest import People
from registry.database import writing
from registry.projects.benefits import stated_benefits
from registry.projects.columns import read_benefits
from registry.projects.lines import Benefit
from registry.projects.operations import create_project

COD = Benefit(indicator="化学需氧量削减", value=120, unit="吨/年")


def stated(lines: list[Benefit], reduction: float | None) -> list[tuple[str, float | None, str | None]]:
    return [(line.indicator, line.value, line.unit) for line in stated_benefits(lines, reduction)]


class TestTheReductionOfTheClimateSection:
    def test_stands_beside_the_lines_that_say_nothing_of_it(self) -> None:
        assert stated([COD], 9800) == [
            ("化学需氧量削减", 120, "吨/年"),
            ("年温室气体减排量", 9800, "吨二氧化碳当量/年"),
        ]

    def test_gives_way_to_a_line_with_a_value_and_is_not_counted_twice(self) -> None:
        line = Benefit(indicator="减少CO2排放", value=9.5, unit="千吨/年")
        assert stated([line, COD], 9800) == [("减少CO2排放", 9.5, "千吨/年"), ("化学需氧量削减", 120, "吨/年")]

    def test_takes_the_place_of_a_line_without_one(self) -> None:
        assert stated([Benefit(indicator="碳减排量", unit="吨/年")], 0.0) == [
            ("年温室气体减排量", 0.0, "吨二氧化碳当量/年")
        ]

    def test_unknown_adds_nothing(self) -> None:
        assert stated([COD], None) == [("化学需氧量削减", 120, "吨/年")]

    def test_is_a_row_of_the_portfolio(self, engine: Engine, people: People) -> None:
        with writing(engine) as session:
            create_project(session, people.city, dossier(emission_reduction_tco2e=9800), reason="录入")
        benefits, _ = read_benefits(engine, people.city)
        assert benefits.select("indicator", "value", "unit").rows() == [
            ("年温室气体减排量", 9800.0, "吨二氧化碳当量/年")
        ]
