"""Debt service against figures worked by hand and against numpy-financial."""

from typing import Any

import numpy_financial as npf
import pytest

from finance_builders import case, loan
from registry.errors import InvalidInput
from registry.finance.cases import evaluate_case


def terms(method: str, first: int = 3, years: int | None = 5, **more: Any) -> dict[str, Any]:
    return {"method": method, "first_repayment_year": first, "repayment_years": years} | more


def served(**changes: Any) -> dict[str, Any]:
    return evaluate_case({"kind": "loan", "inputs": loan(**changes)})


def project(*debts: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return evaluate_case({"kind": "project", "inputs": case(debts=list(debts), **changes)})


class TestConstructionInterest:
    def test_half_of_the_draw_bears_interest_and_paid_interest_does_not_compound(self) -> None:
        found = served(draws=[600, 400, 200], annual_rate=0.1, repayment=None)
        assert found["construction_interest"] == pytest.approx([30, 80, 110])
        assert found["debt_at_end_of_construction"] == 1200

    def test_a_draw_at_the_start_of_the_year_bears_a_full_year(self) -> None:
        found = served(
            draws=[600, 400], annual_rate=0.08, construction_interest="capitalised", draw_interest_fraction=1,
            repayment=terms("level_payment", years=3),
        )  # fmt: skip
        assert found["debt_service"] == pytest.approx([439.19] * 3, abs=0.005)

    def test_compounding_within_the_year_makes_the_rate_effective(self) -> None:
        found = served(draws=[1000], annual_rate=0.12, compounding_periods_per_year=12, draw_interest_fraction=1,
                       repayment=None)  # fmt: skip
        assert found["construction_interest_total"] == pytest.approx(126.825030)

    def test_a_rate_step_applies_from_its_project_year(self) -> None:
        found = served(rate_steps=[{"from_year": 4, "annual_rate": 0.03}], repayment=terms("bullet", 7, 1))
        assert found["interest"] == pytest.approx([20, 12, 12, 12, 12])


class TestRepayment:
    def test_equal_principal(self) -> None:
        found = served()
        assert found["principal"] == [80] * 5
        assert found["interest"] == pytest.approx([20, 16, 12, 8, 4])

    def test_level_payment_agrees_with_numpy_financial(self) -> None:
        found = served(repayment=terms("level_payment"))
        assert found["principal"] == pytest.approx([-npf.ppmt(0.05, j, 5, 400) for j in range(1, 6)])
        assert sum(found["principal"]) == 400

    def test_level_payment_without_interest_is_equal_principal(self) -> None:
        assert served(annual_rate=0, repayment=terms("level_payment"))["principal"] == [80] * 5

    def test_level_payment_after_a_rate_step_is_level_again_at_the_new_rate(self) -> None:
        found = served(rate_steps=[{"from_year": 5, "annual_rate": 0.08}], repayment=terms("level_payment"))
        service = found["debt_service"]
        left = 400 - sum(found["principal"][:2])
        assert service[0] == pytest.approx(service[1])
        assert service[2:] == pytest.approx([-npf.pmt(0.08, 3, left)] * 3)

    def test_agreed_shares(self) -> None:
        found = served(repayment=terms("custom", years=3, principal_shares=[0.2, 0.3, 0.5]))
        assert found["principal"] == pytest.approx([80, 120, 200])

    def test_bullet_pays_in_the_last_repayment_year(self) -> None:
        assert served(repayment=terms("bullet", 4, 3))["principal"] == [0, 0, 0, 400]

    def test_grace_pays_interest_only(self) -> None:
        found = served(repayment=terms("equal_principal", 5, 2))
        assert found["principal"] == [0, 0, 200, 200]
        assert found["interest"] == pytest.approx([20, 20, 20, 10])

    def test_a_method_that_needs_a_project_is_refused_for_a_bare_loan(self) -> None:
        with pytest.raises(InvalidInput) as caught:
            served(repayment=terms("max_capacity"))
        assert caught.value.findings[0].path == "repayment.method"


class TestCashDrivenRepayment:
    def test_max_capacity_pays_what_net_profit_and_depreciation_leave(self) -> None:
        found = project(loan(repayment=terms("max_capacity", years=None)))
        debt, series = found["per_debt"][0], found["series"]
        assert series["income_tax"][2] == pytest.approx((300 - 100 - 102 - 20) * 0.25)
        assert debt["principal"][2] == pytest.approx(300 - 100 - 20 - 19.5)
        assert debt["closing_balance"][2] == pytest.approx(400 - 160.5)
        assert debt["closing_balance"][-1] == 0
        assert debt["principal"][5:] == [0] * 7

    def test_max_capacity_pays_after_the_scheduled_debt(self) -> None:
        scheduled = loan(draws=[100, 100], repayment=terms("equal_principal", 3, 10))
        found = project(loan(draws=[100, 100], repayment=terms("max_capacity", years=None)), scheduled)
        assert found["per_debt"][1]["principal"][2] == 20
        assert found["per_debt"][0]["principal"][2] == pytest.approx(300 - 100 - 20 - 19.5 - 20)

    def test_sculpted_dscr_is_the_same_every_year_and_leaves_nothing(self) -> None:
        found = project(loan(repayment=terms("sculpted_dscr", years=6)))
        level = found["indicators"]["sculpted_dscr"]
        assert found["series"]["dscr"][2:8] == pytest.approx([level] * 6, rel=1e-9)
        assert found["per_debt"][0]["closing_balance"][7] == pytest.approx(0, abs=1e-6)
        assert level > 1
        value = sum(cf / level / 1.05**k for k, cf in enumerate(_cfads(found)[:6], start=1))
        assert value == pytest.approx(400)

    def test_bond_and_loan_are_covered_apart_and_together(self) -> None:
        bond = loan(kind="special_bond", draws=[100, 100], repayment=terms("bullet", 12, 1))
        found = project(bond, loan(draws=[100, 100]))
        income = sum(_cfads(found))
        indicators = found["indicators"]
        assert indicators["special_bond_coverage"] == pytest.approx(income / (200 + 10 * 10 + 2.5 + 7.5))
        both = (200 + 100 + 10) + (200 + 10 + 8 + 6 + 4 + 2 + 10)
        assert indicators["total_debt_coverage"] == pytest.approx(income / both)


def _cfads(found: dict[str, Any]) -> list[float]:
    series = found["series"]
    return [ebitda - tax for ebitda, tax in zip(series["ebitda"], series["income_tax"], strict=True)][2:]
