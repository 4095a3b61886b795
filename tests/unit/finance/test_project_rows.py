"""Rows of the statements against figures worked by hand."""

from typing import Any

import pytest

from finance_builders import case, loan
from registry.finance.cases import evaluate_case


def project(**changes: Any) -> dict[str, Any]:
    return evaluate_case({"kind": "project", "inputs": case(**changes)})


def series(name: str, **changes: Any) -> list[float]:
    values: list[float] = project(**changes)["series"][name]
    return values


class TestRevenue:
    def test_quantity_in_10k_units_times_yuan_is_10k_yuan(self) -> None:
        found = series("revenue", revenue_streams=[{"quantity_10k": 365, "unit_price_yuan": 1.2}])
        assert found[:3] == pytest.approx([0, 0, 438])

    def test_price_steps_every_third_year_and_volume_decays_every_year(self) -> None:
        stream = {
            "annual_amount": 100, "escalation_rate": 0.1, "escalation_every_years": 3, "degradation_rate": 0.01,
        }  # fmt: skip
        found = series("revenue", revenue_streams=[stream])
        assert found[2:7] == pytest.approx([100, 99, 98.01, 110 * 0.99**3, 110 * 0.99**4])

    def test_ramp_counts_from_operation_year_one_even_when_the_stream_starts_later(self) -> None:
        stream = {
            "annual_amount": 100, "ramp": [0.2, 0.6, 1.0], "start_operation_year": 2, "end_operation_year": 4,
        }  # fmt: skip
        assert series("revenue", revenue_streams=[stream])[2:8] == pytest.approx([0, 60, 100, 100, 0, 0])

    def test_a_schedule_is_zero_after_its_end(self) -> None:
        assert series("revenue", revenue_streams=[{"schedule": [5, 7]}])[2:6] == [5, 7, 0, 0]

    def test_a_haircut_leaves_its_share_out(self) -> None:
        assert series("revenue", revenue_streams=[{"annual_amount": 100, "haircut_rate": 0.25}])[2] == 75


class TestVat:
    def test_refund_is_the_output_weighted_share_of_what_is_paid(self) -> None:
        streams = [
            {"annual_amount": 100, "vat_rate": 0.06, "vat_refund_rate": 0.7}, {"annual_amount": 100, "vat_rate": 0.09},
        ]  # fmt: skip
        found = project(revenue_streams=streams, operating_costs=[], investment__deductible_input_vat=0)["series"]
        assert found["vat_payable"][2] == pytest.approx(15)
        assert found["subsidy_and_refund"][2] == pytest.approx(15 * (6 * 0.7) / 15)
        assert found["surcharges"][2] == pytest.approx(15 * 0.12)

    def test_credit_never_used_is_stated(self) -> None:
        found = project(investment__deductible_input_vat=80)
        assert found["totals"]["vat_credit_unused_at_end"] == 80
        assert found["series"]["vat_payable"] == [0] * 12


class TestAssets:
    def test_life_longer_than_operation_leaves_book_value(self) -> None:
        found = project(depreciation__fixed_asset_years=25, depreciation__residual_rate=0.04)
        assert found["series"]["depreciation"][2:] == pytest.approx([38.4] * 10)
        assert found["totals"]["residual_value_recovered"] == pytest.approx(1000 - 384)

    def test_life_shorter_than_operation_leaves_the_residual(self) -> None:
        found = project(depreciation__fixed_asset_years=4, depreciation__residual_rate=0.05)
        assert found["series"]["depreciation"][2:8] == pytest.approx([237.5] * 4 + [0, 0])
        assert found["totals"]["residual_value_recovered"] == pytest.approx(50)

    def test_replacement_depreciates_from_the_next_year_and_leaves_the_rest(self) -> None:
        renewal = {"operation_year": 8, "amount": 100, "input_vat": 13, "depreciation_years": 5}
        found = project(maintenance_capex=[renewal])
        assert found["series"]["depreciation"][8:] == pytest.approx([100, 100, 120, 120])
        assert found["totals"]["residual_value_recovered"] == pytest.approx(60)
        assert found["series"]["input_vat"][9] == 13

    def test_intangible_and_deferred_assets_are_amortised_apart(self) -> None:
        found = project(
            investment__intangible_assets=100, investment__deferred_assets=50,
            depreciation__intangible_years=20, depreciation__deferred_years=5,
        )  # fmt: skip
        assert found["series"]["amortisation"][2:9] == pytest.approx([15] * 5 + [5] * 2)
        assert found["totals"]["fixed_asset_value"] == 850


class TestGrants:
    def test_capital_reserve_leaves_the_asset_cost(self) -> None:
        found = project(grants=[{"amounts": [100, 100]}])
        assert found["totals"]["fixed_asset_value"] == 1000
        assert found["series"]["equity_cf"][:2] == [-400, -400]
        assert found["totals"]["equity_incl_grants_as_equity"] == 800

    def test_a_grant_can_reduce_the_asset_cost(self) -> None:
        found = project(grants=[{"amounts": [100, 100], "reduces_asset_cost": True}])
        assert found["totals"]["fixed_asset_value"] == 800
        assert found["series"]["depreciation"][2] == 80
        assert found["checks"]["balance_sheet_max_abs_error"] < 1e-9

    def test_an_injected_grant_is_an_outflow_of_capital(self) -> None:
        found = project(grants=[{"amounts": [100, 100], "counts_as_equity": True}])
        assert found["series"]["equity_cf"][:2] == [-500, -500]
        assert found["series"]["equity"][:2] == [400, 400]
        assert found["totals"]["equity_incl_grants_as_equity"] == 1000

    def test_central_money_moves_the_rest_of_the_investment(self) -> None:
        grants = [{"amounts": [100, 100], "level": "central"}, {"amounts": [50, 50], "level": "city"}]
        fiscal = project(grants=grants)["fiscal"]
        assert fiscal["central_leverage"] == pytest.approx((1000 - 200) / 200)
        assert fiscal["fiscal_outlay_total"] == 300
        assert fiscal["fiscal_cost"] == pytest.approx(150 / 1.05 + 150 / 1.05**2)

    def test_government_equity_is_a_fiscal_cost_too(self) -> None:
        sponsors = [{"kind": "government", "share": 0.4}, {"kind": "private", "share": 0.6}]
        assert project(sponsors=sponsors)["fiscal"]["fiscal_outlay_total"] == pytest.approx(400)


class TestWorkingCapital:
    def test_loan_interest_on_the_balance_of_the_year_and_recovery_at_the_end(self) -> None:
        found = project(
            working_capital={
                "full_capacity_amount": 100, "ramp": [0.5, 1.0], "equity_share": 0.3, "loan_rate": 0.04,
            }
        )  # fmt: skip
        assert found["series"]["interest_expense"][2:4] == pytest.approx([1.4, 2.8])
        assert found["series"]["equity"][2:5] == pytest.approx([15, 15, 0])
        plain = project()["series"]
        gain = found["series"]["project_cf_pre_tax"][-1] - plain["project_cf_pre_tax"][-1]
        assert gain == pytest.approx(100)
        tax = found["series"]["income_tax"][-1]
        assert found["series"]["equity_cf"][-1] == pytest.approx(200 + 100 - 70 - 2.8 - tax)


class TestIncomeTax:
    def test_three_free_three_half_counts_from_the_first_revenue(self) -> None:
        stream = {"annual_amount": 300, "start_operation_year": 2}
        found = series("income_tax", income_tax={"rate": 0.25, "holiday": "three_free_three_half"},
                       operating_costs=[], revenue_streams=[stream])  # fmt: skip
        assert found[2:6] == [0] * 4
        assert found[6:9] == pytest.approx([25] * 3)
        assert found[9:] == pytest.approx([50] * 3)

    def test_only_the_eligible_share_is_exempt(self) -> None:
        tax = {"rate": 0.25, "holiday": "two_free_three_half", "eligible_share": 0.6}
        assert series("income_tax", income_tax=tax)[2:8] == pytest.approx([10, 10, 17.5, 17.5, 17.5, 25])

    def test_a_loss_expires_after_its_years(self) -> None:
        stream = {"schedule": [0, 200, 200, 200, 200]}
        for years, taxed in ((0, [0, 25, 25, 25]), (1, [0, 0, 25, 25]), (2, [0, 0, 0, 25])):
            tax = {"rate": 0.25, "loss_carry_forward_years": years}
            found = series("income_tax", income_tax=tax, operating_costs=[{"schedule": [100]}],
                           revenue_streams=[stream], depreciation__fixed_asset_years=10)  # fmt: skip
            assert found[2:6] == pytest.approx(taxed), years

    def test_non_taxable_income_is_left_out_of_the_base(self) -> None:
        subsidy = {"annual_amount": 60, "taxable": False}
        assert series("income_tax", operating_subsidies=[subsidy])[2] == pytest.approx(25)
        assert series("income_tax", operating_subsidies=[subsidy | {"taxable": True}])[2] == pytest.approx(40)

    def test_refund_may_be_left_untaxed(self) -> None:
        streams = [{"annual_amount": 300, "vat_rate": 0.06, "vat_refund_rate": 1.0}]
        taxed = series("income_tax", revenue_streams=streams)[2]
        free = series("income_tax", revenue_streams=streams, income_tax={"rate": 0.25, "vat_refund_taxable": False})[2]
        assert taxed - free == pytest.approx(18 * 0.25)


class TestIndicators:
    def test_break_even_of_the_normal_year(self) -> None:
        costs = [{"annual_amount": 60, "type": "variable"}, {"annual_amount": 40, "type": "fixed"}]
        found = project(operating_costs=costs)["indicators"]
        assert found["bep_capacity"] == pytest.approx((40 + 100) / (300 - 60))

    def test_zero_discount_rate_makes_the_value_the_plain_sum(self) -> None:
        found = project(discount_rate=0)
        assert found["indicators"]["project_npv_pre_tax"] == pytest.approx(1000)
        assert found["indicators"]["payback_static_pre_tax"] == found["indicators"]["payback_dynamic_pre_tax"] == 7

    def test_llcr_weighs_the_rates_of_several_debts(self) -> None:
        debts = [loan(draws=[100, 100], annual_rate=0.02), loan(draws=[150, 150], annual_rate=0.07)]
        found = project(debts=debts, income_tax__rate=0)
        rate = (200 * 0.02 + 300 * 0.07) / 500
        assert found["indicators"]["llcr"] == pytest.approx(sum(200 / (1 + rate) ** k for k in range(1, 6)) / 500)
        assert found["indicators"]["plcr"] == pytest.approx(sum(200 / (1 + rate) ** k for k in range(1, 11)) / 500)
