"""What cannot be calculated is refused with path and reason; what has no answer says so."""

import json
from typing import Any

import pytest

from finance_builders import case, loan
from registry.errors import InvalidInput
from registry.finance.cases import evaluate_case


def refused(document: dict[str, Any]) -> dict[str, str]:
    """Return code by path of the findings that refuse the case."""
    with pytest.raises(InvalidInput) as caught:
        evaluate_case({"kind": "project", "inputs": document})
    assert all(finding.message_zh and finding.message_en for finding in caught.value.findings)
    return {finding.path: finding.code for finding in caught.value.findings}


def result(document: dict[str, Any]) -> dict[str, Any]:
    return evaluate_case({"kind": "project", "inputs": document})


def codes(found: dict[str, Any]) -> set[str]:
    return {finding["code"] for finding in found["findings"]}


class TestRefuses:
    @pytest.mark.parametrize(
        ("changes", "path", "code"),
        [
            ({"timeline__construction_years": -2}, "timeline.construction_years", "out-of-range"),
            ({"timeline__operation_years": 0}, "timeline.operation_years", "out-of-range"),
            ({"timeline__operation_years": 1_000_000}, "timeline.operation_years", "out-of-range"),
            ({"timeline__construction_years": 30, "timeline__operation_years": 31}, "timeline", "too-long"),
            ({"discount_rate": 5}, "discount_rate", "out-of-range"),
            ({"discount_rate": -0.01}, "discount_rate", "out-of-range"),
            ({"investment__spending_profile": [0.5, 0.6]}, "investment.spending_profile", "shares-not-one"),
            ({"investment__spending_profile": [1.0]}, "investment.spending_profile", "wrong-length"),
            ({"investment__engineering_cost": 0}, "investment", "zero-investment"),
            ({"investment__engineering_cost": -1}, "investment.engineering_cost", "out-of-range"),
            ({"investment__deductible_input_vat": 1001}, "investment", "parts-exceed-total"),
            ({"depreciation__fixed_asset_years": 0}, "depreciation.fixed_asset_years", "out-of-range"),
            ({"working_capital__equity_share": 0.3}, "working_capital.loan_rate", "missing"),
            ({"income_tax__rate": 25}, "income_tax.rate", "out-of-range"),
            ({"normal_operation_year": 11}, "normal_operation_year", "out-of-range"),
            ({"grants": [{"amounts": [1, 2, 3]}]}, "grants[0].amounts", "wrong-length"),
            ({"debts": [loan(draws=[200, 100, 100])]}, "debts[0].draws", "wrong-length"),
            ({"debts": [loan(annual_rate=4.9)]}, "debts[0].annual_rate", "out-of-range"),
            ({"debts": [loan(repayment=None)]}, "debts[0].repayment", "missing"),
            ({"revenue_streams": [{"name": "x"}]}, "revenue_streams[0]", "amount-basis"),
            ({"revenue_streams": [{"annual_amount": 1, "schedule": [1]}]}, "revenue_streams[0]", "amount-basis"),
            ({"revenue_streams": [{"quantity_10k": 1}]}, "revenue_streams[0].unit_price_yuan", "missing"),
            ({"revenue_streams": [{"schedule": [1] * 11}]}, "revenue_streams[0].schedule", "wrong-length"),
            ({"revenue_streams": None}, "revenue_streams", "missing"),
            ({"timeline": None}, "timeline", "missing"),
        ],
    )
    def test_with_path_and_code(self, changes: dict[str, Any], path: str, code: str) -> None:
        assert refused(case(**changes)).get(path) == code

    @pytest.mark.parametrize("value", [True, "three", "NaN", "Infinity", [1], {}, 10**400, -(10**400)])
    @pytest.mark.parametrize("path", ["discount_rate", "timeline__operation_years", "investment__engineering_cost"])
    def test_what_is_no_number(self, path: str, value: object) -> None:
        assert refused(case(**{path: value})).get(path.replace("__", ".")) in {"invalid-value", "out-of-range"}

    @pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e999"])
    def test_what_json_readers_let_through(self, text: str) -> None:
        document = json.loads(json.dumps(case()).replace('"discount_rate": 0.05', f'"discount_rate": {text}'))
        assert refused(document) == {"discount_rate": "invalid-value"}

    def test_a_key_nobody_knows_by_its_path(self) -> None:
        assert refused(case(debts=[loan(grace_years=2)])) == {"debts[0].grace_years": "unknown-input"}

    def test_all_flaws_at_once(self) -> None:
        found = refused(case(discount_rate=2, income_tax__rate=3, debts=[loan(annual_rate=9)]))
        assert set(found) == {"discount_rate", "income_tax.rate", "debts[0].annual_rate"}

    def test_principal_before_operation(self) -> None:
        terms = {"method": "bullet", "first_repayment_year": 2, "repayment_years": 1}
        assert "debts[0].repayment.first_repayment_year" in refused(case(debts=[loan(repayment=terms)]))

    def test_more_money_than_the_year_spends(self) -> None:
        assert refused(case(grants=[{"amounts": [600, 100]}])) == {"funding.year[1]": "over-funded"}

    def test_a_debt_that_no_cash_flow_can_repay_by_sculpting(self) -> None:
        terms = {"method": "sculpted_dscr", "first_repayment_year": 3, "repayment_years": 5}
        document = case(debts=[loan(repayment=terms)], revenue_streams=[{"annual_amount": 50}])
        assert refused(document) == {"debts[0].repayment.method": "no-sculpting"}

    def test_two_debts_that_both_live_on_what_is_left(self) -> None:
        terms = {"first_repayment_year": 3, "repayment_years": 5}
        both = [loan(draws=[50, 50], repayment=terms | {"method": m}) for m in ("sculpted_dscr", "max_capacity")]
        assert refused(case(debts=both)) == {"debts[0].repayment.method": "unsupported-combination"}

    @pytest.mark.parametrize("document", [None, [], "project", {}, {"kind": "projects"}, {"kind": ["project"]}])
    def test_a_document_that_is_no_case(self, document: Any) -> None:
        with pytest.raises(InvalidInput) as caught:
            evaluate_case(document)
        assert caught.value.findings[0].code == "unknown-kind"

    @pytest.mark.parametrize("inputs", [None, [], "x", 3])
    @pytest.mark.parametrize("kind", ["project", "loan", "cash_flow", "ratio", "monte_carlo_linear"])
    def test_inputs_that_are_no_object(self, kind: str, inputs: object) -> None:
        with pytest.raises(InvalidInput):
            evaluate_case({"kind": kind, "inputs": inputs})


class TestStates:
    def test_no_revenue_no_rate_and_why(self) -> None:
        found = result(case(revenue_streams=[]))
        assert found["indicators"]["project_irr_post_tax"] == {"value": None, "status": "none", "all": []}
        reasons = [finding["message"] for finding in found["findings"] if finding["code"] == "irr-none"]
        assert any("现金流无符号变化" in reason for reason in reasons)

    def test_all_grant_has_no_equity_and_no_return_on_it(self) -> None:
        found = result(case(grants=[{"amounts": [500, 500]}]))
        assert found["totals"]["equity_total"] == 0
        assert found["indicators"]["roe"] is None
        assert found["indicators"]["equity_irr"]["status"] == "none"

    def test_debt_longer_than_operation_leaves_a_balance_that_is_named(self) -> None:
        terms = {"method": "equal_principal", "first_repayment_year": 3, "repayment_years": 20}
        found = result(case(debts=[loan(repayment=terms)]))
        assert found["totals"]["debt_at_end_of_horizon"] == pytest.approx(200)
        assert {"longer-than-operation", "unpaid-debt"} <= codes(found)

    def test_a_bond_that_matures_after_the_horizon_is_left_unpaid_and_named(self) -> None:
        bond = loan(kind="special_bond", repayment={"method": "bullet", "first_repayment_year": 30,
                                                    "repayment_years": 1})  # fmt: skip
        found = result(case(debts=[bond]))
        assert found["totals"]["debt_at_end_of_horizon"] == 400
        assert found["per_debt"][0]["interest"][2:] == pytest.approx([20] * 10)
        assert {"longer-than-operation", "unpaid-debt"} <= codes(found)

    def test_a_sculpted_debt_longer_than_operation_is_repaid_within_it(self) -> None:
        terms = {"method": "sculpted_dscr", "first_repayment_year": 3, "repayment_years": 20}
        found = result(case(debts=[loan(repayment=terms)]))
        assert found["totals"]["debt_at_end_of_horizon"] == pytest.approx(0, abs=1e-6)
        assert found["series"]["dscr"][2:] == pytest.approx([found["indicators"]["sculpted_dscr"]] * 10)
        assert "longer-than-operation" in codes(found)

    def test_a_factor_on_a_schedule_is_not_applied_and_that_is_said(self) -> None:
        found = result(case(revenue_streams=[{"schedule": [40, 60], "ramp": [0.5], "escalation_rate": 0.02}]))
        assert found["series"]["revenue"][2:5] == [40, 60, 0]
        paths = {finding["path"] for finding in found["findings"] if finding["code"] == "not-used"}
        assert paths == {"revenue_streams[0].ramp", "revenue_streams[0].escalation_rate"}

    def test_a_shortage_of_cash_with_year_and_amount(self) -> None:
        terms = {"method": "bullet", "first_repayment_year": 4, "repayment_years": 1}
        found = result(case(debts=[loan(repayment=terms)], revenue_streams=[{"annual_amount": 150}]))
        assert found["indicators"]["cumulative_surplus_min"] < 0
        assert "cash-shortage" in codes(found)
