"""Choices of the method: each changes what it names, nothing else, and is stated beside the result."""

from typing import Any

import numpy_financial as npf
import pytest

from finance_builders import case, loan
from registry.errors import InvalidInput
from registry.finance.cases import evaluate_case

STANDARD = case(debts=[loan()], investment__deductible_input_vat=80) | {
    "revenue_streams": [{"annual_amount": 300, "ramp": [0.5, 1], "vat_rate": 0.09}]
}


def result(document: dict[str, Any]) -> dict[str, Any]:
    return evaluate_case({"kind": "project", "inputs": document})


def chosen(**conventions: str) -> dict[str, Any]:
    return result(STANDARD | {"conventions": conventions})


BASE = result(STANDARD)


def stated(found: dict[str, Any]) -> set[str]:
    return {name for name, words in found["conventions"].items() if words != BASE["conventions"][name]}


class TestDiscountTiming:
    def test_the_standard_discounts_year_one_once(self) -> None:
        flow = BASE["series"]["project_cf_pre_tax"]
        assert BASE["indicators"]["project_npv_pre_tax"] == pytest.approx(npf.npv(0.05, [0, *flow]))

    @pytest.mark.parametrize(("timing", "years"), [("year_end", 0), ("mid_year", 0.5), ("year_zero", 1)])
    def test_earlier_flows_are_worth_more_and_the_rate_stays(self, timing: str, years: float) -> None:
        found = chosen(discount_timing=timing)
        for name in ("project_npv_pre_tax", "project_npv_post_tax", "equity_npv"):
            assert found["indicators"][name] == pytest.approx(BASE["indicators"][name] * 1.05**years)
        assert found["indicators"]["project_irr_post_tax"] == BASE["indicators"]["project_irr_post_tax"]
        assert found["indicators"]["payback_dynamic_post_tax"] == pytest.approx(
            BASE["indicators"]["payback_dynamic_post_tax"]
        )
        assert stated(found) == ({"timing"} if years else set())


class TestPaybackStart:
    def test_from_operation_leaves_the_construction_years_out(self) -> None:
        found = chosen(payback_start="operation")
        for name in ("payback_static_pre_tax", "payback_static_post_tax", "payback_dynamic_post_tax"):
            assert found["indicators"][name] == pytest.approx(BASE["indicators"][name] - 2)
        assert stated(found) == {"payback"}


class TestProfitability:
    def test_the_normal_year_replaces_the_average(self) -> None:
        found = chosen(profitability_year="normal")
        series, totals = found["series"], found["totals"]
        assert found["indicators"]["roi"] == pytest.approx(series["ebit"][4] / totals["total_investment"])
        assert found["indicators"]["roe"] == pytest.approx(series["net_profit"][4] / totals["equity_total"])
        assert found["indicators"]["roi"] > BASE["indicators"]["roi"]
        assert stated(found) == {"roi_roe"}

    def test_the_normal_year_must_then_be_stated(self) -> None:
        document = STANDARD | {"conventions": {"profitability_year": "normal"}, "normal_operation_year": None}
        with pytest.raises(InvalidInput) as caught:
            result(document)
        assert [finding.path for finding in caught.value.findings] == ["normal_operation_year"]


class TestVat:
    def test_net_leaves_vat_and_its_credit_out_of_the_cash_flows_only(self) -> None:
        found = chosen(vat_in_cash_flow="net")
        series = found["series"]
        credit = [a - b for a, b in zip(BASE["series"]["output_vat"], BASE["series"]["vat_payable"], strict=True)]
        assert sum(credit) == pytest.approx(80)
        for name in ("project_cf_pre_tax", "project_cf_post_tax", "equity_cf"):
            assert series[name] == pytest.approx([a - c for a, c in zip(BASE["series"][name], credit, strict=True)])
        assert series["financial_plan_net"] == BASE["series"]["financial_plan_net"]
        assert max(found["checks"].values()) < 1e-9
        assert stated(found) == {"vat"}


class TestPriceContingency:
    def test_by_formula_on_the_engineering_cost_of_each_year(self) -> None:
        found = result(case(investment__annual_price_rise=0.04, investment__years_to_start=1,
                            investment__other_cost=200))  # fmt: skip
        first, second = 500 * (1.04**1.5 - 1), 500 * (1.04**2.5 - 1)
        assert found["series"]["construction_investment"][:2] == pytest.approx([600 + first, 600 + second])
        assert found["totals"]["construction_investment"] == pytest.approx(1200 + first + second)
        assert found["totals"]["fixed_asset_value"] == pytest.approx(1200 + first + second)
        assert max(found["checks"].values()) < 1e-9
        assert "0.04" in found["conventions"]["price_contingency"]["zh"]


class TestItemisedWorkingCapital:
    def test_each_item_is_a_yearly_cost_over_its_turnovers(self) -> None:
        costs = [
            {"annual_amount": 60, "type": "variable", "category": "materials", "ramp": [0.5, 1]},
            {"annual_amount": 24, "type": "fixed", "category": "wages"},
        ]
        turnover = {"receivables": 12, "inventories": 6, "cash": 8, "prepayments": 10, "payables": 20, "advances": 100}
        working = {"full_capacity_amount": 0, "equity_share": 0.3, "loan_rate": 0.04, "turnover": turnover}
        found = result(case(operating_costs=costs, working_capital=working))
        first = 54 / 12 + 54 / 6 + 24 / 8 + 30 / 10 - 30 / 20 - 300 / 100
        full = 84 / 12 + 84 / 6 + 24 / 8 + 60 / 10 - 60 / 20 - 300 / 100
        assert found["totals"]["working_capital"] == pytest.approx(full)
        assert found["totals"]["working_capital_loan"] == pytest.approx(0.7 * full)
        assert found["totals"]["total_investment"] == pytest.approx(1000 + full)
        assert found["series"]["interest_expense"][2:4] == pytest.approx([0.028 * first, 0.028 * full])
        assert found["series"]["equity"][2:5] == pytest.approx([0.3 * first, 0.3 * (full - first), 0])
        assert max(found["checks"].values()) < 1e-9
        assert "周转" in found["conventions"]["working_capital"]["zh"]
