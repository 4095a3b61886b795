"""Tables 13, 14-2, 14-3 and 15: what stands in which cell."""

from typing import Any

import pytest

from finance_builders import case, loan
from registry.finance.benefits import Reduction, abatement_input
from registry.finance.cases import evaluate_case
from registry.finance.engine import Batch, evaluate_case_model
from registry.finance.factors import grid_factor
from registry.finance.listings import benefit_listing, cost_per_tonne_listing, sensitivity_listing, stress_listing
from registry.finance.reading import read_document
from registry.finance.sensitivity import sensitivity
from registry.finance.statements import statements
from registry.finance.stress import stress_test
from registry.projects.financials import FinancialCase

BULLET = {"method": "bullet", "first_repayment_year": 12, "repayment_years": 1}
BOND = loan(kind="special_bond", draws=[100, 100], annual_rate=0.03, repayment=BULLET, share_as_capital=0.3)


def evaluated(**changes: Any) -> Batch:
    return evaluate_case_model(read_document(FinancialCase, case(income_tax__rate=0, **changes)))


class TestSensitivity:
    def test_every_factor_from_the_lowest_change_through_the_base_case_to_the_highest(self) -> None:
        listing = sensitivity_listing(sensitivity(evaluated()))
        assert listing.number == "13"
        assert [row[1] for row in listing.rows[:7]] == [-0.2, -0.1, -0.05, 0.0, 0.05, 0.1, 0.2]
        assert [listing.rows[i][0] for i in (0, 7, 14)] == ["建设投资", "营业收入", "经营成本"]
        assert len({row[3] for row in listing.rows if row[1] == 0}) == 1
        assert {len(row) for row in listing.rows} == {len(listing.columns)}


class TestStress:
    def test_each_line_changes_what_it_says(self) -> None:
        results = {each.stress.en: each for each in stress_test(evaluated(debts=[BOND]))}
        due = 200 + 10 * 6 + 1.5 + 4.5
        assert results["Base case"].special_bond_coverage == pytest.approx(2000 / due)
        assert results["Revenue -10 %"].special_bond_coverage == pytest.approx((270 - 100) * 10 / due)
        assert results["Operating cost +5 %"].special_bond_coverage == pytest.approx((300 - 105) * 10 / due)
        dearer = 200 + (200 * 10 + 50 + 150) * 0.035
        assert results["Interest rate +50 bp"].special_bond_coverage == pytest.approx(2000 / dearer)
        assert results["Revenue -10 %, cost +10 %, rate +50 bp"].special_bond_coverage == pytest.approx(1600 / dearer)
        assert results["Base case"].dscr_min == pytest.approx(200 / 206)

    def test_a_project_without_debt_has_blanks(self) -> None:
        listing = stress_listing(stress_test(evaluated()))
        assert listing.number == "14-3"
        assert listing.rows[0][1:5] == (None, None, None, None)


class TestFundingPlan:
    def test_a_bond_used_as_capital_counts_once(self) -> None:
        market = loan(draws=[60, 40])
        batch = evaluated(debts=[BOND, market], grants=[{"amounts": [50, 50]}])
        (table,) = (each for each in statements(batch) if each.number == "14-2")
        rows = {row.key: list(row.values[:2]) for row in table.rows}
        assert rows["bond_as_capital"] == [30, 30]
        assert rows["bonds_not_capital"] == [70, 70]
        assert rows["market_funding"] == [60, 40]
        assert rows["other_grants"] == [50, 50]
        parts = ("capital_with_bonds", "bonds_not_capital", "market_funding", "other_grants")
        assert [sum(rows[key][year] or 0 for key in parts) for year in (0, 1)] == pytest.approx(rows["total_sources"])

    def test_the_capital_ratio_is_shown_with_and_without(self) -> None:
        document = {"kind": "project", "inputs": case(debts=[BOND])}
        fiscal = evaluate_case(document)["fiscal"]
        total = 1000 + 1.5 + 4.5
        assert fiscal["capital_ratio"] == pytest.approx((total - 200) / total)
        assert fiscal["capital_ratio_with_bonds"] == pytest.approx((total - 140) / total)


class TestBenefits:
    def test_reduction_is_baseline_less_project_and_unknown_stays_blank(self) -> None:
        national = grid_factor("全国")
        assert national is not None
        known = Reduction("co2e", 1000.0, 200.0, "电网供电", (national,))
        first, second = benefit_listing([known, Reduction("cod", None, 3.0)]).rows
        assert first[2:5] == (1000.0, 200.0, 800.0)
        assert first[7] == national.document
        assert second[4] is None

    def test_cost_per_tonne_or_the_reason_why_there_is_none(self) -> None:
        found = cost_per_tonne_listing([
            abatement_input("co2e", -50.0, 2000.0, 0.05), abatement_input("co2e", -50.0, None, 0.05),
        ]).rows  # fmt: skip
        assert found[0][4] == pytest.approx(250)
        assert found[0][5] is None
        assert found[1][4:] == (None, "减排量未知")
