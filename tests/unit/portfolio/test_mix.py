"""The plain project: 1000 to finance, 100 a year to serve debt with, a tenth of the loan due each year."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from mix_builders import CITY, EQUITY, LOAN, plain_case, plain_request
from registry.errors import InvalidInput
from registry.portfolio.answers import frontier_table, mix_as_dict, mix_table
from registry.portfolio.mix import Mix, NoMix, frontier, optimise_mix
from registry.portfolio.program import figure
from registry.portfolio.sources import MixRequest, findings_on


def solved(request: MixRequest) -> Mix:
    answer = optimise_mix(request)
    assert isinstance(answer, Mix)
    return answer


def refused(request: MixRequest) -> NoMix:
    answer = optimise_mix(request)
    assert isinstance(answer, NoMix)
    return answer


def totals(mix: Mix) -> Mapping[str, float]:
    return {line.key: float(line.total) for line in mix.lines}


class TestTheBestMix:
    def test_borrows_what_the_income_carries_and_asks_the_city_for_the_rest(self) -> None:
        # 100 / 1.25 = 80 a year serves a loan of 800; equity gives its 150, the city 50.
        mix = solved(plain_request())
        assert totals(mix) == pytest.approx({"city": 50, "loan": 800, "equity": 150}, abs=1e-3)
        assert float(mix.fiscal_cost) == pytest.approx(50, abs=1e-3)
        assert mix.total_investment == 1000

    def test_has_the_coverage_it_promises(self) -> None:
        mix = solved(plain_request())
        assert mix.dscr_verified == pytest.approx(1.25, abs=1e-6)
        assert mix.dscr_promised == pytest.approx(mix.dscr_verified, abs=1e-7)
        assert mix.dscr_verified is not None
        assert mix.dscr_verified >= 1.25

    def test_keeps_its_promise_when_interest_lowers_the_tax(self) -> None:
        # Taxed at a quarter with a loan at 5 %, what is left for debt depends on the loan itself.
        loan = replace(LOAN, rate=0.05)
        case = plain_case(income_tax={"rate": 0.25}, depreciation={"fixed_asset_years": 20, "residual_rate": 0})
        mix = solved(plain_request(case=case, sources=(CITY, loan, EQUITY), budgets={"city": {1: Decimal(900)}}))
        assert sum(mix.verified["series"]["income_tax"]) > 1
        assert mix.dscr_promised == pytest.approx(mix.dscr_verified, abs=1e-7)
        assert mix.dscr_verified == pytest.approx(1.25, abs=1e-6)

    def test_says_what_binds_and_what_easing_it_buys(self) -> None:
        held = {each.limit.key: each for each in solved(plain_request()).bindings}
        # One more of equity saves one of fiscal money. Coverage 1.15 would carry 100 / 1.15 x 10 = 870, the slope at
        # 1.25 is 100 / 1.25^2 x 10 = 640 for a whole, 64 for a tenth.
        assert held["equity.cap"].worth == pytest.approx(1)
        assert held["dscr_floor"].worth == pytest.approx(64, rel=1e-6)
        assert "budget.city.1" not in held
        assert (
            held["dscr_floor"].message_zh == "“偿债备付率下限”已用足（1.250 倍）：每降低 0.1 倍，财政成本约减少 64 万元"
        )

    def test_says_that_easing_buys_nothing_where_nothing_is_left_to_save(self) -> None:
        # A loan of 800 and 200 of equity are just enough: less of either would cost the city, more of it saves nobody.
        mix = solved(plain_request(sources=(CITY, LOAN, replace(EQUITY, cap=Decimal(200)))))
        assert float(mix.fiscal_cost) == pytest.approx(0, abs=1e-3)
        assert {each.limit.key for each in mix.bindings} == {"dscr_floor", "equity.cap"}
        assert [each.worth for each in mix.bindings] == [0, 0]
        assert all(each.message_zh.endswith("放宽它没有好处") for each in mix.bindings)

    def test_buys_what_a_rerun_with_one_more_unit_finds(self) -> None:
        # With tax the program holds the tax still while the floor moves, so that price is an estimate, told as such.
        taxed = plain_case(income_tax={"rate": 0.25}, depreciation={"fixed_asset_years": 20, "residual_rate": 0})
        request = plain_request(case=taxed, sources=(CITY, replace(LOAN, rate=0.05), EQUITY))
        request = replace(request, budgets={"city": {1: Decimal(900)}})
        best = solved(request)
        held = {each.limit.key: each.worth for each in best.bindings}
        richer = replace(request, sources=(*request.sources[:2], replace(EQUITY, cap=Decimal(151))))
        assert float(best.fiscal_cost - solved(richer).fiscal_cost) == pytest.approx(held["equity.cap"], rel=1e-4)
        looser = solved(replace(request, dscr_floor=1.249))
        assert float(best.fiscal_cost - looser.fiscal_cost) * 100 == pytest.approx(held["dscr_floor"], rel=0.1)
        assert held["dscr_floor"] > 1

    def test_prefers_the_cheaper_of_two_loans_among_equals(self) -> None:
        dear = replace(LOAN, key="dear", rate=0.04)
        mix = solved(plain_request(sources=(CITY, dear, replace(LOAN, rate=0.02), EQUITY), dscr_floor=None))
        assert totals(mix)["dear"] == 0
        assert totals(mix)["loan"] > 0

    def test_keeps_the_capital_floor_and_the_share_cap(self) -> None:
        # At least 300 of capital with equity up to 500; at most 5 % from the city.
        sources = (replace(CITY, total_share_cap=0.05), LOAN, replace(EQUITY, cap=Decimal(500)))
        mix = solved(plain_request(sources=sources, capital_floor=0.3, dscr_floor=None, objective="cost_of_capital"))
        assert totals(mix)["city"] <= 50 + 1e-6
        assert mix.capital_ratio == pytest.approx(0.3, abs=1e-6)

    def test_counts_bonds_as_capital_only_where_the_source_says_so(self) -> None:
        bond = replace(LOAN, key="bond", zh="专项债券", debt_kind="special_bond", cap=Decimal(200))
        request = plain_request(sources=(CITY, bond, LOAN, EQUITY), capital_floor=0.3)
        assert isinstance(optimise_mix(request), NoMix)
        as_capital = replace(bond, counts_as_capital=True)
        mix = solved(plain_request(sources=(CITY, as_capital, LOAN, EQUITY), capital_floor=0.3))
        assert totals(mix)["bond"] >= 150 - 1e-6

    def test_keeps_the_coverage_of_special_bonds(self) -> None:
        # Income 1000 over ten years at 2.5 times carries 400 of principal.
        bond = replace(LOAN, key="bond", zh="专项债券", debt_kind="special_bond")
        mix = solved(
            plain_request(sources=(replace(CITY, budget=None), bond, EQUITY), bond_coverage_floor=2.5, budgets={})
        )
        assert totals(mix)["bond"] == pytest.approx(400, abs=1e-3)
        assert mix.verified["indicators"]["special_bond_coverage"] == pytest.approx(2.5, abs=1e-4)

    def test_earns_the_owners_most_when_asked_to(self) -> None:
        free = replace(plain_request(), objective="capital_irr", budgets={"city": {1: Decimal(100)}})
        most = solved(free).verified["indicators"]["equity_irr"]["value"]
        least = solved(replace(free, objective="fiscal_cost")).verified["indicators"]["equity_irr"]["value"]
        # The owners put in 1000 - 800 - 100 = 100 and keep 20 a year: the rate at which ten years of 20 are worth 100.
        assert most == pytest.approx(0.1509841, abs=1e-5)
        assert least < most


@pytest.mark.parametrize(
    ("worth", "text"),
    [(53_960.4, "53,960"), (64.0, "64"), (1.00004, "1"), (0.1, "0.1"), (0.000012345, "0.00001234"), (1234.5, "1,234")],
)
def test_a_worth_is_told_to_four_digits_without_an_exponent(worth: float, text: str) -> None:
    assert figure(worth) == text


class TestNoMix:
    def test_names_each_smallest_set_of_limits_to_ease(self) -> None:
        # 800 + 150 + at most 20: 30 short. Any of three limits closes it.
        answer = refused(plain_request(budgets={"city": {1: Decimal(20)}}))
        said = {way[0].limit.key: way[0] for way in answer.ways}
        assert all(len(way) == 1 for way in answer.ways)
        assert said["equity.cap"].needed == pytest.approx(180, abs=1e-3)
        assert said["budget.city.1"].needed == pytest.approx(50, abs=1e-3)
        assert said["dscr_floor"].needed == pytest.approx(1000 / 830, abs=1e-4)
        assert "将“项目资本金上限”由 150.00 万元 提高到 180.00 万元" in [zh for zh, _ in answer.messages()]

    def test_needs_two_limits_when_one_is_not_enough(self) -> None:
        # Nothing may be borrowed and capital must be 90 %: the equity cap alone closes both, the budget alone neither.
        request = plain_request(
            sources=(replace(CITY, cap=Decimal(20)), replace(LOAN, cap=Decimal(0)), EQUITY), capital_floor=0.99
        )
        (way,) = refused(request).ways
        assert {each.limit.key for each in way} == {"equity.cap"}
        both = replace(
            request,
            sources=(request.sources[0], request.sources[1], replace(EQUITY, budget="own")),
            budgets={"city": {1: Decimal(400)}, "own": {1: Decimal(10)}},
        )
        (way,) = refused(both).ways
        assert {each.limit.key for each in way} == {"equity.cap", "budget.own.1"}

    def test_is_feasible_once_the_advice_is_followed(self) -> None:
        answer = refused(plain_request(budgets={"city": {1: Decimal(20)}}))
        needed = next(way[0].needed for way in answer.ways if way[0].limit.key == "budget.city.1")
        assert isinstance(optimise_mix(plain_request(budgets={"city": {1: Decimal(f"{needed + 1e-4:.6f}")}})), Mix)

    def test_never_advises_what_the_negative_list_forbids(self) -> None:
        banned = replace(LOAN, refusal=("列入负面清单", "on the negative list"))
        answer = refused(plain_request(sources=(CITY, banned, EQUITY)))
        eased = {each.limit.key for way in answer.ways for each in way}
        assert eased == {"budget.city.1", "equity.cap"}
        zh, en = answer.messages()[-1]
        assert zh == "政策性银行贷款不得使用：列入负面清单"
        assert en == "Policy bank loan may not be used: on the negative list"

    def test_asks_for_another_source_when_easing_cannot_help(self) -> None:
        banned = replace(LOAN, refusal=("列入负面清单", "on the negative list"))
        answer = refused(plain_request(sources=(banned,), budgets={}, capital_floor=None, dscr_floor=None))
        assert answer.ways == ()
        assert answer.messages()[0][0] == "放宽任何限制都无法筹足资金：请增加资金来源"


class TestBadInput:
    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"sources": (replace(CITY, cap=Decimal(-1)), LOAN, EQUITY)}, "negative-amount"),
            ({"sources": (replace(CITY, cap=Decimal(1), least=Decimal(2)), LOAN, EQUITY)}, "conflicting-caps"),
            ({"sources": (CITY, CITY, LOAN, EQUITY)}, "repeated-source"),
            ({"sources": (), "budgets": {}}, "no-sources"),
            ({"sources": (CITY, replace(LOAN, method="sculpted_dscr"), EQUITY)}, "unsupported-method"),
            ({"sources": (CITY, replace(LOAN, repayment_years=None), EQUITY)}, "missing"),
            ({"sources": (replace(CITY, budget="county"), LOAN, EQUITY)}, "unknown-budget"),
            ({"budgets": {"city": {0: Decimal(1)}}}, "year-out-of-range"),
            ({"budgets": {"city": {2: Decimal(1)}}}, "year-out-of-range"),
            ({"capital_floor": 20.0}, "out-of-range"),
        ],
    )
    def test_is_named(self, changes: dict[str, Any], code: str) -> None:
        with pytest.raises(InvalidInput) as caught:
            optimise_mix(plain_request(**changes))
        assert code in {finding.code for finding in caught.value.findings}

    def test_of_an_unknown_total_is_refused_by_the_model(self) -> None:
        case = plain_case(investment={"engineering_cost": None})
        with pytest.raises(InvalidInput) as caught:
            optimise_mix(plain_request(case=case))
        assert any(finding.path.startswith("investment") for finding in caught.value.findings)

    def test_warns_of_a_budget_nobody_uses(self) -> None:
        request = plain_request(budgets={"city": {1: Decimal(400)}, "county": {1: Decimal(1)}})
        assert [finding.code for finding in findings_on(request)] == ["unused-budget"]
        assert [remark.code for remark in solved(request).remarks] == ["unused-budget"]

    def test_of_a_zero_budget_is_a_limit_like_any_other(self) -> None:
        answer = refused(plain_request(budgets={"city": {1: Decimal(0)}}))
        assert "budget.city.1" in {way[0].limit.key for way in answer.ways}


class TestFrontier:
    def test_pays_more_for_more_coverage_until_nothing_is_left(self) -> None:
        # Fiscal cost at floor f: 850 - 1000 / f, and the city has 400: the last floor is 1000 / 450 = 2.22.
        points = frontier(plain_request(), [1.25, 2.5, 2.0, 1.6])
        assert [point.dscr_floor for point in points] == [1.25, 1.6, 2.0]
        assert [float(point.mix.fiscal_cost) for point in points] == pytest.approx([50, 225, 350], abs=1e-3)
        table = frontier_table(points)
        assert table.frame["capital_ratio"].to_list() == pytest.approx([0.15, 0.15, 0.15], abs=1e-6)

    def test_reads_as_a_table(self) -> None:
        table = mix_table(solved(plain_request()))
        assert table.headings()[:2] == ["资金来源", "第 1 年（万元）"]
        assert [row[0] for row in table.rows()] == ["市级财政资金", "政策性银行贷款", "项目资本金"]

    def test_goes_over_the_wire_in_decimal_text(self) -> None:
        said = mix_as_dict(optimise_mix(plain_request()))
        assert said["status"] == "optimal"
        # The floor is met by a hair, so the loan is some thousandths of a fen under 800.
        assert Decimal(said["sources"][1]["total"]) == pytest.approx(Decimal(800), abs=Decimal("0.001"))
        refusal = mix_as_dict(optimise_mix(plain_request(budgets={"city": {1: Decimal(20)}})))
        assert refusal["status"] == "infeasible"
        assert {way[0]["limit"] for way in refusal["ways"]} == {"equity.cap", "budget.city.1", "dscr_floor"}
