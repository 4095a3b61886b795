"""The calculated side of a financing plan: exact sums, types of return, bundles, coverage, debt, scenarios."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import dossier
from finance_builders import case
from plan_builders import expected, facts, plan_document, priced_dossier
from registry.errors import InvalidInput
from registry.programme.financing_plan.figures import figures_of
from registry.programme.financing_plan.needs import plan_findings
from registry.programme.financing_plan.reading import read_plan_document
from registry.projects.financials import FinancialCase
from registry.projects.lines import FUNDING_SOURCES, FUNDING_STATUS

LINES = st.lists(
    st.fixed_dictionaries(
        {
            "source": st.sampled_from(list(FUNDING_SOURCES)),
            "year": st.none() | st.integers(2025, 2032),
            "amount": st.none() | st.integers(0, 10**15).map(lambda fen: f"{Decimal(fen) / 10**6:f}"),
            "status": st.sampled_from(list(FUNDING_STATUS)),
        }
    ),
    max_size=12,
)


def codes_of(plan: Any, figures: Any) -> list[str]:
    return [finding.code for finding in plan_findings(plan, figures)]


class TestFunding:
    @given(first=LINES, second=LINES)
    def test_sums_are_exact_and_unknown_amounts_are_counted_beside_them(self, first: Any, second: Any) -> None:
        given_facts = facts(A=dossier(funding_lines=first), B=dossier(funding_lines=second))
        funding = figures_of(plan_document("A", "B"), given_facts).base.funding
        lines = [*first, *second]
        for year in {line["year"] for line in lines}:
            for status in FUNDING_STATUS:
                chosen = [line["amount"] for line in lines if (line["year"], line["status"]) == (year, status)]
                found = funding.in_year(year, status=status)
                assert Fraction(found.amount) == sum(Fraction(text) for text in chosen if text is not None)
                assert found.unknown == chosen.count(None)
        for source in FUNDING_SOURCES:
            texts = [line["amount"] for line in lines if line["source"] == source]
            assert Fraction(funding.of(source=source).amount) == sum(Fraction(text) for text in texts if text)
        assert funding.of().unknown == sum(line["amount"] is None for line in lines)

    def test_what_no_line_accounts_for_is_known_only_where_everything_is(self) -> None:
        line = {"source": "city", "year": 2027, "amount": "30.5", "status": "planned"}
        known = dossier(total_investment="100", funding_lines=[line])
        vague = dossier(total_investment="100", funding_lines=[line, {**line, "amount": None}])
        over = dossier(total_investment="20", funding_lines=[line])
        plan = plan_document("A", "B", "C", "D")
        figures = figures_of(plan, facts(A=known, B=vague, C=over, D=dossier(total_investment=None)))
        funding = figures.base.funding
        assert (funding.without_source.amount, funding.without_source.unknown) == (Decimal("69.5"), 2)
        assert (funding.investment.amount, funding.investment.unknown) == (Decimal(220), 1)
        assert funding.over_stated == ("C",)
        assert {"no-source", "over-stated", "investment-unknown", "amount-unknown"} <= set(codes_of(plan, figures))

    def test_projects_not_open_to_the_reader_are_counted_and_in_no_sum(self) -> None:
        plan = plan_document("A", "B")
        figures = figures_of(plan, facts(A=dossier(total_investment="100")))
        assert (figures.hidden, figures.base.n_projects) == (1, 1)
        assert figures.base.funding.investment.amount == 100
        assert "hidden-projects" in codes_of(plan, figures)


class TestReturns:
    @pytest.mark.parametrize(("name", "kind"), [("G1", "full"), ("G2", "partial"), ("G3", "full"), ("G4", "none")])
    def test_follow_the_published_net_present_value_and_revenue(self, name: str, kind: str) -> None:
        (line,) = figures_of(plan_document("A"), facts(A=priced_dossier(name))).projects
        assert line.priced.return_type == kind
        assert line.priced.npv == pytest.approx(expected(name)["indicators"]["project_npv_post_tax"])

    def test_are_unknown_without_a_case_and_partial_on_operating_subsidy(self) -> None:
        case = priced_dossier("G3").financials
        assert case is not None
        subsidy = case.model_validate({**case.model_dump(mode="json"), "operating_subsidies": [{"annual_amount": 10}]})
        figures = figures_of(
            plan_document("A", "B"),
            facts(A=dossier(), B=priced_dossier("G3").model_copy(update={"financials": subsidy})),
        )
        assert [line.priced.return_type for line in figures.projects] == ["unknown", "partial"]

    def test_routes_name_libraries_and_leave_requirements_out(self) -> None:
        (line,) = figures_of(plan_document("A"), facts(A=dossier())).projects
        assert [verdict.pack for verdict in line.facts.open_libraries] == ["central-eco-fund"]


class TestBundles:
    STARTS = {"G1": 2027, "G3": 2028, "G4": 2027}

    def bundle(self, *cases: str) -> Any:
        bundles = [{"name": "厂网河", "members": list(cases)}]
        dossiers = {name: priced_dossier(name, str(self.STARTS[name])) for name in cases}
        return figures_of(plan_document(*cases, bundles=bundles), facts(**dossiers)).base.bundles[0]

    def by_year(self, *cases: str) -> dict[int, list[float]]:
        """The published flows laid on the calendar by hand."""
        found: dict[int, list[float]] = {}
        for name in cases:
            for place, value in enumerate(expected(name)["series"]["financial_plan_net"]):
                found.setdefault(self.STARTS[name] + place, []).append(value)
        return dict(sorted(found.items()))

    @pytest.mark.parametrize("cases", [("G1", "G3", "G4"), ("G4",), ("G3", "G4")])
    def test_balance_as_the_published_flows_do_year_by_year(self, cases: tuple[str, ...]) -> None:
        tested, cash, short = self.bundle(*cases), 0.0, 0.0
        flows = self.by_year(*cases)
        assert [year.year for year in tested.years] == list(flows)
        for year, values in zip(tested.years, flows.values(), strict=True):
            gains, losses = sum(v for v in values if v > 0), -sum(v for v in values if v < 0)
            cash += gains - losses
            short += max(0.0, -cash)
            assert year.uncovered == pytest.approx(max(0.0, -cash), abs=1e-5)
            assert year.transferred == pytest.approx(min(gains, losses), abs=1e-5)
            cash = max(0.0, cash)
            assert year.closing_cash == pytest.approx(cash, abs=1e-5)
        assert tested.uncovered == pytest.approx(short, abs=1e-4)
        assert tested.is_balanced == (short <= 1e-4)

    def test_a_river_that_earns_nothing_is_carried_by_the_plant_and_not_by_itself(self) -> None:
        river_case = case(revenue_streams=[], operating_costs=[{"annual_amount": 40, "type": "fixed"}])
        plant, river = (
            dossier(construction_start=start, financials=FinancialCase.model_validate(money))
            for start, money in (("2027", case()), ("2028", river_case))
        )
        bundles = [{"name": "厂和河", "members": ["P", "R"]}, {"name": "只有河", "members": ["R"]}]
        figures = figures_of(plan_document("P", "R", bundles=bundles), facts(P=plant, R=river))
        both, alone = figures.base.bundles
        assert (both.is_balanced, both.feeds, both.uncovered) == (True, ("P",), 0)
        # Ten years of 40 from 2030 on: two years of construction from 2028.
        assert {year.year: year.uncovered for year in alone.years if year.uncovered} == dict.fromkeys(
            range(2030, 2040), 40
        )
        assert (alone.is_balanced, alone.uncovered) == (False, 400)
        assert {year.year: year.transferred for year in both.years}[2030] == 40

    def test_say_unknown_when_a_members_money_or_start_is_unknown(self) -> None:
        plan = plan_document("A", "B", bundles=[{"name": "组合", "members": ["A", "B"]}])
        figures = figures_of(plan, facts(A=priced_dossier("G1"), B=priced_dossier("G3", None)))
        (tested,) = figures.base.bundles
        assert (tested.is_balanced, tested.unknown, tested.years) == (None, ("B",), ())
        assert {"balance-unknown", "no-start"} <= set(codes_of(plan, figures))


class TestCoverage:
    def test_adds_what_is_available_and_owed_on_the_same_calendar_years(self) -> None:
        given_facts = facts(A=priced_dossier("G1", "2027"), B=priced_dossier("G3", "2028"), C=priced_dossier("G4"))
        cover = figures_of(plan_document("A", "B", "C"), given_facts).base.coverage
        first, second = expected("G1")["series"], expected("G3")["series"]
        found = {year.year: year for year in cover.years}
        for year in range(2030, 2040):
            a, b = year - 2027, year - 2028
            got = first["ebitda"][a] - first["income_tax"][a] + second["ebitda"][b] - second["income_tax"][b]
            owed = sum(s["debt_principal_paid"][p] + s["interest_expense"][p] for s, p in ((first, a), (second, b)))
            assert found[year].available == pytest.approx(got, abs=1e-4)
            assert found[year].owed == pytest.approx(owed, abs=1e-4)
        assert cover.lowest is not None
        assert cover.lowest.ratio == min(year.ratio for year in cover.years if year.ratio is not None)
        assert cover.below_one == ("A", "B")

    def test_without_debt_there_is_none(self) -> None:
        cover = figures_of(plan_document("A"), facts(A=priced_dossier("G4"))).base.coverage
        assert (cover.years, cover.lowest, cover.unknown) == ((), None, ())


class TestDebtSafety:
    BONDS = [{"source": "special_bond", "year": 2027, "amount": "600", "status": "planned"},
             {"source": "special_bond", "year": 2026, "amount": "50", "status": "secured"}]  # fmt: skip

    def told(self, **stated: Any) -> tuple[list[str], Any]:
        plan = plan_document("A", debt_safety=stated)
        figures = figures_of(plan, facts(A=dossier(funding_lines=self.BONDS)))
        return codes_of(plan, figures), figures.debt

    def test_of_an_empty_statement_everything_is_unknown_and_the_declaration_is_demanded(self) -> None:
        codes, debt = self.told()
        assert codes.count("unknown") == 6
        assert "hidden-debt-unstated" in codes
        assert (debt.room, debt.debt_to_revenue, debt.service_to_revenue) == (None, None, None)

    @pytest.mark.parametrize(
        ("limit", "code"), [("1600", None), ("1599.99", "bonds-above-room"), ("900", "above-limit")]
    )
    def test_compares_the_plans_bonds_with_the_room_under_the_limit(self, limit: str, code: str | None) -> None:
        codes, debt = self.told(own_debt="1000", debt_limit=limit, adds_hidden_debt=False)
        assert [each for each in codes if each in ("bonds-above-room", "above-limit")] == ([code] if code else [])
        assert debt.planned_bonds == 600
        assert debt.room == Decimal(limit) - 1000

    def test_new_hidden_debt_is_an_error_and_a_ratio_needs_every_part(self) -> None:
        codes, debt = self.told(own_debt="900", hidden_debt="100", general_revenue="400", adds_hidden_debt=True)
        assert "adds-hidden-debt" in codes
        assert debt.debt_to_revenue is None
        _, debt = self.told(own_debt="900", hidden_debt="100", general_revenue="400", fund_revenue="100")
        assert debt.debt_to_revenue == 2


class TestScenarios:
    def figures(self, *scenarios: dict[str, Any], **parts: Any) -> Any:
        plan = plan_document("A", "B", scenarios=list(scenarios), **parts)
        return figures_of(plan, facts(A=priced_dossier("G1"), B=priced_dossier("G3")))

    def test_that_change_nothing_equal_the_plan(self) -> None:
        figures = self.figures({"name": "照旧"})
        (same,) = figures.scenarios
        assert (same.npv, same.funding, same.coverage) == (
            figures.base.npv,
            figures.base.funding,
            figures.base.coverage,
        )

    def test_with_higher_rates_cost_the_lenders_interest_and_no_more_investment(self) -> None:
        figures = self.figures({"name": "加息", "rate_shift": 0.01}, {"name": "减收", "revenue_change": -0.2})
        dearer, poorer = figures.scenarios
        assert dearer.coverage.lowest.ratio < figures.base.coverage.lowest.ratio
        assert poorer.npv < figures.base.npv
        assert dearer.funding == figures.base.funding

    def test_leave_projects_out_of_every_figure(self) -> None:
        figures = self.figures({"name": "缓建", "left_out": ["A"]})
        (less,) = figures.scenarios
        assert less.n_projects == 1
        assert less.npv == pytest.approx(expected("G3")["indicators"]["project_npv_post_tax"])

    def test_replace_the_money_of_a_source_and_year_and_nothing_else(self) -> None:
        lines = [
            {"source": "city", "year": 2027, "amount": "10", "status": "planned"},
            {"source": "city", "year": 2028, "amount": "5", "status": "planned"},
        ]
        amounts = [{"scenario": "省级", "code": "A", "source": "city", "year": 2027, "amount": "3.000001"}]
        plan = plan_document("A", scenarios=[{"name": "省级"}], scenario_amounts=amounts)
        figures = figures_of(plan, facts(A=dossier(funding_lines=lines)))
        assert figures.base.funding.of(source="city").amount == 15
        assert figures.scenarios[0].funding.of(source="city").amount == Decimal("8.000001")


class TestADocument:
    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"start_year": 2031, "end_year": 2027}, "years-reversed"),
            ({"projects": [{"code": "A"}, {"code": "A"}]}, "named-twice"),
            ({"bundles": [{"name": "组合", "members": ["Z"]}]}, "not-in-plan"),
            ({"bank_matches": [{"bank": "行", "code": "Z"}]}, "not-in-plan"),
            ({"scenario_amounts": [{"scenario": "无", "code": "A", "source": "city"}]}, "not-in-plan"),
            ({"projects": [{"code": "A", "role": "main"}]}, "not-in-list"),
            ({"situation": "坏\u0000字"}, "control-character"),
            ({"debt_safety": {"own_debt": "-1"}}, "greater-than-equal"),
            ({"colour": "green"}, "unknown-field"),
        ],
    )
    def test_that_cannot_be_meant_is_refused_with_its_reason(self, changes: dict[str, Any], code: str) -> None:
        document = {"projects": [{"code": "A"}], **changes}
        with pytest.raises(InvalidInput) as caught:
            read_plan_document(document)
        assert code in [finding.code for finding in caught.value.findings]

    def test_takes_codes_as_people_write_them_and_drops_what_only_signing_writes(self) -> None:
        plan = read_plan_document(
            {
                "projects": [{"code": "A", "revision": 4, "assessment": 9}, {"code": "B"}],
                "bundles": [{"name": "组合", "members": "A、B"}],
                "fixed_on": "2026-01-01",
            }
        )
        assert plan.bundles[0].members == ["A", "B"]
        assert (plan.projects[0].revision, plan.projects[0].assessment, plan.fixed_on) == (None, None, None)
