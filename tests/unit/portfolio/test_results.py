import numpy as np
import polars as pl
import pytest

from portfolio_builders import CHENGDU, HUZHOU, lines, projects
from portfolio_evidence import assessments, benefits, cases
from registry.finance.benefits import discounted_amount, marginal_abatement_cost
from registry.portfolio.abatement import abatement_curve
from registry.portfolio.frame import Portfolio, build_portfolio
from registry.portfolio.results import benefit_cost, benefits_by_indicator


@pytest.fixture
def portfolio() -> Portfolio:
    """Four projects: the first two of known total, the third unknown; the first has 20 万元 of fiscal money."""
    return build_portfolio(
        projects(
            {"project_id": 1, "code": "P1", "total_investment_fen": 100_000_000, **HUZHOU},
            {"project_id": 2, "code": "P2", "total_investment_fen": 300_000_000, **CHENGDU},
            {"project_id": 3, "code": "P3", "total_investment_fen": None, **CHENGDU},
            {"project_id": 4, "code": "P4", "total_investment_fen": 1_000_000, **CHENGDU},
        ),
        lines((1, "city", 2026, 20_000_000, "secured"), (2, "special_bond", 2026, 1_000_000, "planned")),
    )


class TestBenefits:
    def test_of_one_indicator_are_added_in_one_unit(self, portfolio: Portfolio) -> None:
        printed = benefits((1, "减排二氧化碳", 2.0, "万吨/年"), (2, "CO2", 500.0, "t/a"))
        row = benefits_by_indicator(portfolio, printed).frame.row(0, named=True)
        assert (row["indicator"], row["unit"], row["amount"]) == ("co2e", "tCO2e/年", 20_500)
        assert (row["n_projects"], row["n_with"]) == (2, 2)

    def test_of_unlike_units_are_never_added(self, portfolio: Portfolio) -> None:
        printed = benefits((1, "COD", 3.0, "吨/年"), (1, "节水量", 4.0, "万立方米/年"), (2, "绿化率", 5.0, "%"))
        found = benefits_by_indicator(portfolio, printed).frame.select("indicator", "unit", "amount").rows()
        assert found == [("cod", "t/年", 3), ("water_saved", "m³/年", 40_000), ("绿化率", "%", 5)]

    def test_that_cannot_be_read_are_counted_and_not_taken_for_zero(self, portfolio: Portfolio) -> None:
        printed = benefits((1, "COD", 3.0, "千瓦时"), (2, "COD", None, "吨/年"), (3, "COD", -7.0, "吨/年"))
        row = benefits_by_indicator(portfolio, printed).frame.row(0, named=True)
        assert row["amount"] == -7
        assert [row[name] for name in ("n_projects", "n_with", "n_negative", "n_unknown", "n_unread")] == [
            3,
            1,
            1,
            1,
            1,
        ]

    def test_of_one_project_are_unknown_as_soon_as_one_line_is(self, portfolio: Portfolio) -> None:
        printed = benefits((1, "COD", 3.0, "吨/年"), (1, "COD", None, "吨/年"))
        row = benefits_by_indicator(portfolio, printed).frame.row(0, named=True)
        assert (row["amount"], row["n_unknown"]) == (None, 1)


class TestBenefitCost:
    def test_divides_only_what_is_known_on_both_sides(self, portfolio: Portfolio) -> None:
        printed = benefits(
            (1, "COD", 10.0, "吨/年"), (2, "COD", 30.0, "吨/年"), (3, "COD", 99.0, "吨/年"), (4, "COD", -1.0, "吨/年")
        )
        row = benefit_cost(portfolio, printed).frame.row(0, named=True)
        # (100 + 300) 万元 over 40 tonnes; 20 万元 of fiscal money moved 10 tonnes.
        assert row["yuan_per_unit"] == pytest.approx(4_000_000 / 40)
        assert row["per_fiscal"] == pytest.approx(0.5)
        assert [row[name] for name in ("n_priced", "n_paid", "n_left_out", "n_without")] == [2, 1, 1, 1]


class TestAbatementCurve:
    def test_agrees_with_the_finance_method(self, portfolio: Portfolio) -> None:
        judged = assessments({"project_id": 1, "fnpv_pre_tax": -120.0, "benchmark_rate": 0.06})
        table = abatement_curve(portfolio, judged, benefits((1, "CO2", 1000.0, "吨/年")), cases((1, 2, 20)))
        row = table.frame.row(0, named=True)
        tonnes = discounted_amount(np.full(20, 1000.0), 0.06, 2)
        assert row["cost"] == pytest.approx(marginal_abatement_cost(-120.0, tonnes))
        assert (row["reason"], row["start"], row["end"]) == ("drawn", 0, 1000)

    def test_puts_negative_cost_first_and_counts_everybody_beside_it(self, portfolio: Portfolio) -> None:
        judged = assessments(
            {"project_id": 1, "fnpv_pre_tax": -120.0, "benchmark_rate": 0.06},
            {"project_id": 2, "fnpv_pre_tax": 80.0, "benchmark_rate": 0.06},
            {"project_id": 3, "fnpv_pre_tax": 80.0, "benchmark_rate": 0.08},
        )
        printed = benefits(
            (1, "CO2", 10.0, "吨/年"), (2, "CO2", 5.0, "吨/年"), (3, "CO2", 7.0, "吨/年"), (4, "CO2", None, "吨/年")
        )
        years = cases((1, 1, 10), (2, 1, 10), (3, 1, 10), (4, 1, 10))
        table = abatement_curve(portfolio, judged, printed, years)
        assert table.frame.select("code", "reason", "end").rows() == [
            ("P2", "drawn", 5),
            ("P1", "drawn", 15),
            ("P4", "unknown_amount", None),
            ("P3", "other_rate", None),
        ]
        assert {remark.code for remark in table.remarks} == {"weighted-mean", "below-carbon-price"}

    @pytest.mark.parametrize(
        ("amount", "fnpv", "reason"),
        [(0.0, -1.0, "no_amount"), (-5.0, -1.0, "no_amount"), (5.0, None, "no_value")],
    )
    def test_draws_nobody_without_tonnes_or_value(
        self, portfolio: Portfolio, amount: float, fnpv: float | None, reason: str
    ) -> None:
        judged = assessments({"project_id": 1, "fnpv_pre_tax": fnpv, "benchmark_rate": 0.06})
        table = abatement_curve(portfolio, judged, benefits((1, "CO2", amount, "吨/年")), cases((1, 1, 10)))
        assert table.frame["reason"].cast(pl.String).to_list() == [reason]
        assert table.frame["cost"].to_list() == [None]
        assert [remark.code for remark in table.remarks] == ["nothing-drawn"]
