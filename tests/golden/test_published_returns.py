"""What real announcements let one check, and, row by row, why the rest cannot be reproduced.

No announcement carries all inputs of a case. Three kinds of arithmetic can be checked on the full model: the share of
capital, sources against uses with construction interest, and whether rate of return and payback belong together.
"""

import csv
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from scipy.optimize import brentq

from finance_builders import case, loan
from registry.finance.cases import evaluate_case

with (Path(__file__).parents[1] / "data/finance/published-returns.csv").open(encoding="utf-8") as file:
    ROWS = list(csv.DictReader(file))
WITHIN = 0.006
"""Rate implied by the payback of a level flow against the published one: taxes and ageing make real flows fall."""


def rows(check: str) -> list[Any]:
    return [pytest.param(row, id=row["project"]) for row in ROWS if row["reproduces"] == check]


def number(row: dict[str, str], name: str) -> float:
    return float(row[name])


def result(**changes: Any) -> dict[str, Any]:
    return evaluate_case({"kind": "project", "inputs": case(**changes)})


def test_every_row_is_checked_or_says_what_it_lacks() -> None:
    assert len(ROWS) == 31
    assert Counter(row["reproduces"] for row in ROWS) == {
        "": 24, "capital_share": 3, "rate_from_payback": 3, "sources_uses": 1,
    }  # fmt: skip
    assert all(row["cannot_reproduce_because"] for row in ROWS)


@pytest.mark.parametrize("row", rows("capital_share"))
def test_capital_over_total_investment_is_the_published_share(row: dict[str, str]) -> None:
    total, equity = number(row, "total_investment"), number(row, "equity")
    debt = loan(
        draws=[total - equity], repayment={"method": "bullet", "first_repayment_year": 11, "repayment_years": 1}
    )
    found = result(
        timeline={"construction_years": 1, "operation_years": 10}, investment__engineering_cost=total,
        investment__spending_profile=[1], debts=[debt | {"annual_rate": 0}],
    )  # fmt: skip
    assert found["fiscal"]["capital_ratio"] * 100 == pytest.approx(number(row, "capital_ratio_pct"), abs=0.04)


@pytest.mark.parametrize("row", rows("sources_uses"))
def test_loan_and_capital_pay_for_works_and_the_interest_published(row: dict[str, str]) -> None:
    total, interest = number(row, "total_investment"), number(row, "construction_interest")
    draws = [number(row, "loan") / 2] * 2

    def priced(rate: float) -> dict[str, Any]:
        return result(investment__engineering_cost=total - interest, debts=[loan(draws=draws, annual_rate=rate)])

    rate = brentq(lambda guess: priced(guess)["totals"]["idc_total"] - interest, 0.01, 0.1)
    found = priced(rate)
    assert 0.049 <= rate <= 0.0649, "between the benchmark lending rate of its time and a third above it"
    assert found["totals"]["total_investment"] == pytest.approx(total)
    assert found["totals"]["equity_total"] == pytest.approx(number(row, "equity"))


@pytest.mark.parametrize("row", rows("rate_from_payback"))
def test_the_published_rate_belongs_to_the_published_payback(row: dict[str, str]) -> None:
    build = int(row["build_years"] or row["assumed_build_years"])
    run = int(row["operate_years"] or row["assumed_operate_years"])
    total = float(row["total_investment"] or 1)
    net = total / (number(row, "payback_years") - build)
    streams = [{"annual_amount": net}]
    if row["yearly_10k_kwh"]:
        streams = _power_sales(row, net)
    found = result(
        timeline={"construction_years": build, "operation_years": run}, investment__engineering_cost=total,
        investment__spending_profile=[1 / build] * build, revenue_streams=streams, operating_costs=[],
        income_tax__rate=0, normal_operation_year=1,
    )["indicators"]  # fmt: skip
    assert found["payback_static_post_tax"] == pytest.approx(number(row, "payback_years"))
    published = number(row, "firr_pct") / 100
    assert published <= found["project_irr_post_tax"]["value"] <= published + WITHIN


def _power_sales(row: dict[str, str], net: float) -> list[dict[str, Any]]:
    """Return the flow left of sales at two prices; what the first years do not leave is taken as cost in all years."""
    years, volume = int(row["price_first_years"]), number(row, "yearly_10k_kwh") / 1.17
    cost = volume * number(row, "price_first_yuan") - net
    assert 0.01 <= cost / number(row, "total_investment") <= 0.03, "a usual yearly cost and tax of a plant of its time"
    later = volume * number(row, "price_later_yuan") - cost
    return [
        {"annual_amount": net, "end_operation_year": years},
        {"annual_amount": later, "start_operation_year": years + 1},
    ]
