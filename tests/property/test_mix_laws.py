"""Laws every funding mix obeys, whatever the figures."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mix_builders import CITY, EQUITY, LOAN, plain_case, plain_request
from registry.portfolio.mix import Mix, NoMix, optimise_mix
from registry.portfolio.sources import MixRequest
from registry.projects.financials import FinancialCase
from registry.settings import HOME


@st.composite
def requests(draw: st.DrawFn) -> MixRequest:
    """Two building years, a taxed project, and caps that sometimes leave no way."""
    amount = st.integers(0, 900).map(Decimal)
    case = plain_case(
        timeline={"construction_years": 2, "operation_years": 12},
        income_tax={"rate": draw(st.sampled_from([0, 0.15, 0.25]))},
        investment=plain_case().model_dump()["investment"] | {"spending_profile": [0.4, 0.6]},
        revenue_streams=[{"name": "服务费", "annual_amount": draw(st.integers(40, 260))}],
    )
    loan = replace(
        LOAN,
        rate=draw(st.sampled_from([0.02, 0.035, 0.05])),
        method=draw(st.sampled_from(["equal_principal", "level_payment"])),
        first_repayment_year=draw(st.integers(3, 5)),
        repayment_years=draw(st.integers(5, 9)),
        interest_in_construction=draw(st.sampled_from(["capitalised", "paid"])),
    )
    city = replace(CITY, total_share_cap=draw(st.sampled_from([None, 0.3, 0.6])))
    return plain_request(
        case=case,
        sources=(city, loan, replace(EQUITY, cap=draw(amount))),
        capital_floor=draw(st.sampled_from([None, 0.2, 0.4])),
        dscr_floor=draw(st.sampled_from([1.0, 1.2, 1.3, 1.5])),
        budgets={"city": {1: draw(amount), 2: draw(amount)}},
    )


@settings(max_examples=60, deadline=None)
@given(requests())
def test_the_model_finds_what_the_program_promised(request: MixRequest) -> None:
    answer = optimise_mix(request)
    if isinstance(answer, NoMix):
        return
    raised = {line.key: line.total for line in answer.lines}
    totals = answer.verified["totals"]
    if raised["loan"]:
        assert answer.dscr_verified == pytest.approx(answer.dscr_promised, abs=1e-5)
        assert request.dscr_floor is not None
        assert answer.dscr_verified is not None
        assert answer.dscr_verified >= request.dscr_floor - 1e-9
    assert totals["total_investment"] == pytest.approx(float(answer.total_investment), abs=1e-3)
    assert totals["equity_total"] == pytest.approx(float(raised["equity"]), abs=2e-3)
    assert answer.capital_ratio >= (request.capital_floor or 0) - 1e-6
    for year, budget in request.budgets["city"].items():
        assert answer.lines[0].amounts[year - 1] <= budget + Decimal("0.00001")
    assert answer.verified["checks"]["sources_minus_uses"] == pytest.approx(0, abs=1e-3)


@settings(max_examples=30, deadline=None)
@given(requests())
def test_easing_a_binding_limit_saves_what_was_said(request: MixRequest) -> None:
    # Without tax the program is the whole truth, and a small step moves along the price.
    request = replace(request, case=request.case.model_copy(update={"income_tax": plain_case().income_tax}))
    answer = optimise_mix(request)
    if isinstance(answer, NoMix):
        return
    held = next((each for each in answer.bindings if each.limit.key == "equity.cap"), None)
    if held is None:
        return
    step = Decimal("0.01")
    city, loan, equity = request.sources
    assert equity.cap is not None
    eased = optimise_mix(replace(request, sources=(city, loan, replace(equity, cap=equity.cap + step))))
    assert isinstance(eased, Mix)
    assert float(answer.fiscal_cost - eased.fiscal_cost) <= held.worth * float(step) + 1e-4


@settings(max_examples=30, deadline=None)
@given(requests())
def test_no_way_out_is_told_only_where_there_is_none(request: MixRequest) -> None:
    answer = optimise_mix(request)
    if isinstance(answer, Mix):
        return
    wide = replace(
        request,
        sources=(replace(request.sources[0], total_share_cap=None, budget=None), *request.sources[1:]),
        budgets={},
        capital_floor=None,
    )
    assert isinstance(optimise_mix(wide), Mix)
    assert answer.ways
    assert len({len(way) for way in answer.ways}) == 1


def test_the_promise_holds_on_a_whole_sewage_project() -> None:
    # Two building years, tax holiday, VAT refund, working-capital loan: everything the plain project has not.
    document = json.loads((HOME / "tests/golden/finance/G1-sewage-network-plant.json").read_text(encoding="utf-8"))
    inputs = {name: value for name, value in document["inputs"].items() if name in FinancialCase.model_fields}
    bond = replace(
        LOAN, key="bond", zh="专项债券", rate=0.025, cap=Decimal(8000), debt_kind="special_bond", method="bullet",
        first_repayment_year=22, repayment_years=1, interest_in_construction="paid",
    )  # fmt: skip
    request = MixRequest(
        FinancialCase.model_validate(inputs),
        (
            replace(CITY, key="central", zh="中央资金", budget=None, total_share_cap=0.3),
            bond,
            replace(LOAN, rate=0.039, first_repayment_year=4, repayment_years=16),
            replace(EQUITY, cap=Decimal(12000)),
        ),
        capital_floor=0.2,
        dscr_floor=1.2,
        bond_coverage_floor=1.2,
    )
    answer = optimise_mix(request)
    assert isinstance(answer, Mix)
    assert answer.dscr_verified == pytest.approx(1.2, abs=1e-6)
    assert answer.dscr_promised == pytest.approx(answer.dscr_verified, abs=1e-7)
    assert {each.limit.key for each in answer.bindings} == {"dscr_floor", "equity.cap"}
