"""Facts: what is missing stays unknown, shares are exact, dates are as precise as written."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from registry.eligibility.derived import project_vocabulary
from registry.eligibility.facts import InvalidFacts
from registry.eligibility.rows import InvalidRow, fact_row, row_table

VOCABULARY = project_vocabulary()


def value(name: str, *, as_of: date = date(2026, 3, 31), **facts: Any) -> Any:
    table = row_table(fact_row(facts, VOCABULARY, strict=True), VOCABULARY)
    return VOCABULARY.table(table, [name], as_of=as_of).get_column(name)[0]


class TestShares:
    def test_are_exact_at_the_threshold(self) -> None:
        # 1 234.56 / 6 172.80 is 0.19999999999999998 in binary.
        assert value("special_bond_ratio", special_bond_total="1234.56", total_investment="6172.80") == 0.2

    @pytest.mark.parametrize("total", [None, 0, -5])
    def test_are_unknown_without_a_whole(self, total: float | None) -> None:
        assert value("special_bond_ratio", special_bond_total=100, total_investment=total) is None

    def test_count_bonds_as_capital_only_when_they_are_known(self) -> None:
        known: dict[str, Any] = {"project_capital": 150, "total_investment": 1000}
        assert value("capital_ratio", **known, special_bond_total=500, bond_as_capital=50) == 0.2
        assert value("capital_ratio", **known, special_bond_total=500) is None
        assert value("capital_ratio", **known, special_bond_total=0) == 0.15


class TestSums:
    def test_are_unknown_when_a_part_is(self) -> None:
        parts: dict[str, Any] = {"funding_central_fund": 100, "funding_central_budget": 20}
        assert value("central_funds", **parts) is None
        assert value("central_funds", **parts, funding_ultra_long_bond=0) == 120


class TestDates:
    @pytest.mark.parametrize(
        ("written", "first", "last"),
        [
            ("2024", date(2024, 1, 1), date(2024, 12, 31)),
            ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
            ("2024-09-30", date(2024, 9, 30), date(2024, 9, 30)),
        ],
    )
    def test_are_as_precise_as_written(self, written: str, first: date, last: date) -> None:
        assert value("cef_entry_date_first_day", cef_entry_date=written) == first
        assert value("cef_entry_date_last_day", cef_entry_date=written) == last

    @pytest.mark.parametrize(
        ("entered", "months"),
        [("2023-03-31", 36), ("2023-04-01", 35), ("2026-03-31", 0), ("2026-02-28", 1), ("2026-04-01", -1)],
    )
    def test_count_complete_months_to_the_governing_date(self, entered: str, months: int) -> None:
        assert value("cef_entry_months_ago", cef_entry_date=entered) == months

    def test_count_a_month_from_its_last_day_to_the_last_day(self) -> None:
        assert value("cef_entry_months_ago", as_of=date(2026, 2, 28), cef_entry_date="2026-01-31") == 1


class TestThePlace:
    def test_gives_province_prefecture_and_region(self) -> None:
        assert value("province_code", city_code="330523") == "330000"
        assert value("prefecture_code", city_code="330523") == "330500"
        assert value("region", city_code="330523") == "east"
        assert value("region") is None


class TestTheTable:
    def test_turns_nan_and_infinity_into_unknown(self) -> None:
        given = pl.DataFrame({"capital_ratio": [float("nan"), float("inf"), 0.3]})
        table = VOCABULARY.table(given, ["capital_ratio"], as_of=date(2026, 1, 1))
        assert table.get_column("capital_ratio").to_list() == [None, None, 0.3]

    def test_fills_a_column_nobody_gave_with_unknown(self) -> None:
        table = VOCABULARY.table(pl.DataFrame({"x": [1, 2]}), ["has_hidden_debt"], as_of=date(2026, 1, 1))
        assert table.get_column("has_hidden_debt").to_list() == [None, None]

    def test_refuses_text_where_a_number_is_meant(self) -> None:
        with pytest.raises(InvalidFacts, match="total_investment"):
            VOCABULARY.table(pl.DataFrame({"total_investment": ["12"]}), ["total_investment"], as_of=date(2026, 1, 1))


class TestARow:
    @pytest.mark.parametrize(
        ("name", "wrong"),
        [
            ("total_investment", "many"),
            ("total_investment", True),
            ("total_investment", float("nan")),
            ("has_hidden_debt", "yes"),
            ("has_hidden_debt", 1),
            ("construction_status", "finished"),
            ("city_code", 330500),
        ],
    )
    def test_refuses_a_value_of_another_type(self, name: str, wrong: object) -> None:
        with pytest.raises(InvalidRow, match=name):
            fact_row({name: wrong}, VOCABULARY)

    def test_leaves_out_what_is_no_fact(self) -> None:
        assert fact_row({"name": "某项目", "total_investment": "12.5"}, VOCABULARY) == {"total_investment": 12.5}

    def test_names_the_fact_probably_meant(self) -> None:
        with pytest.raises(InvalidRow) as caught:
            fact_row({"total_investments": 1}, VOCABULARY, strict=True)
        assert "total_investment" in caught.value.message_zh.partition("是否指")[2]
