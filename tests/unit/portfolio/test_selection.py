"""Three projects of benefit 6, 5 and 4 that cost 60, 50 and 40 of central money, the first also from a bond."""

from decimal import Decimal
from typing import Any

import pytest

from registry.errors import InvalidInput
from registry.portfolio.answers import selection_as_dict, selection_table
from registry.portfolio.choices import Quota, SelectionRequest, findings_on
from registry.portfolio.selection import NoSelection, Selection, select_projects
from selection_builders import request


def three(**changes: Any) -> SelectionRequest:
    return request(
        [(1, "grant", 6.0, "east"), (1, "bond", 5.5, "east"), (2, "grant", 5.0, "east"), (3, "grant", 4.0, "west")],
        [
            (1, "grant", "central_fund", 2026, 60),
            (1, "bond", "central_fund", 2026, 10),
            (1, "bond", "special_bond", 2027, 50),
            (2, "grant", "central_fund", 2026, 50),
            (3, "grant", "central_fund", 2026, 40),
        ],
        **{"budgets": {("central_fund", 2026): Decimal(100)}, **changes},
    )


def chosen(asked: SelectionRequest) -> list[tuple[int, str]]:
    answer = select_projects(asked)
    assert isinstance(answer, Selection)
    return answer.chosen.select("project_id", "mix").rows()


class TestTheBestChoice:
    def test_takes_the_mix_that_leaves_room_for_the_others(self) -> None:
        # 10 + 50 + 40 = 100 of central money with the bond mix: benefit 14.5, against 6 + 4 = 10 with the grant.
        answer = select_projects(three())
        assert isinstance(answer, Selection)
        assert answer.chosen.select("project_id", "mix").rows() == [(1, "bond"), (2, "grant"), (3, "grant")]
        assert answer.chosen["amount_fen"].to_list() == [60_000_000, 50_000_000, 40_000_000]
        assert (answer.value, answer.is_proven) == (14.5, True)
        assert answer.gap <= 1e-6

    def test_never_takes_two_mixes_of_one_project(self) -> None:
        assert chosen(three(budgets={})) == [(1, "grant"), (2, "grant"), (3, "grant")]

    def test_keeps_budgets_of_a_year_and_of_all_years(self) -> None:
        assert chosen(three(budgets={("special_bond", None): Decimal(49), ("central_fund", None): Decimal(100)})) == [
            (1, "grant"),
            (3, "grant"),
        ]

    def test_keeps_a_budget_to_the_fen(self) -> None:
        budgets = {("central_fund", 2026): Decimal("99.999999")}
        answer = select_projects(three(budgets=budgets))
        assert isinstance(answer, Selection)
        assert answer.value == 10.5

    def test_keeps_quotas_of_projects_and_of_money(self) -> None:
        assert chosen(three(quotas=(Quota("region", "east", most=Decimal(1)),))) == [(1, "grant"), (3, "grant")]
        least = Quota("region", "west", least=Decimal(40), measure="money")
        assert (3, "grant") in chosen(three(budgets={("central_fund", 2026): Decimal(50)}, quotas=(least,)))

    def test_follows_dependencies_and_either_or(self) -> None:
        assert chosen(three(either_or=((1, 2),))) == [(1, "grant"), (3, "grant")]
        assert chosen(three(budgets={("central_fund", 2026): Decimal(55)}, depends_on=((1, 3), (2, 3)))) == [
            (1, "bond"),
            (3, "grant"),
        ]

    def test_counts_projects_when_asked_to(self) -> None:
        asked = three(objective="projects")
        answer = select_projects(asked)
        assert isinstance(answer, Selection)
        assert answer.value == 3

    def test_says_what_one_more_of_a_budget_would_buy(self) -> None:
        answer = select_projects(three(budgets={("central_fund", 2026): Decimal(90)}))
        assert isinstance(answer, Selection)
        (held,) = [each for each in answer.bindings if each.limit.key == "budget.central_fund.2026"]
        # The last project counts 4 for 40: a tenth for one.
        assert held.worth == pytest.approx(0.1)
        assert held.message_zh == (
            "“中央生态环境资金 2026 年预算”起限制作用（90.00 万元，所选为 60.00 万元）：每提高 1 万元，效益约增加 0.1"
        )


class TestNoChoice:
    def test_names_the_limit_to_ease_and_how_far(self) -> None:
        answer = select_projects(three(required=(2, 3), budgets={("central_fund", 2026): Decimal(70)}))
        assert isinstance(answer, NoSelection)
        said = {way[0].limit.key: way[0].needed for way in answer.ways}
        assert said["budget.central_fund.2026"] == pytest.approx(90, abs=1e-6)
        assert "将“中央生态环境资金 2026 年预算”由 70.00 万元 提高到 90.00 万元" in [zh for zh, _ in answer.messages()]

    def test_blames_nobody_for_logic_that_contradicts_itself(self) -> None:
        answer = select_projects(three(required=(1, 2), either_or=((1, 2),), budgets={}))
        assert isinstance(answer, NoSelection)
        assert {way[0].limit.key for way in answer.ways} == {"required.1", "required.2"}

    def test_of_a_zero_budget_chooses_what_needs_none_of_it(self) -> None:
        assert chosen(three(budgets={("central_fund", 2026): Decimal(0)})) == []


class TestBadInput:
    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"budgets": {("central_fund", 2026): Decimal(-1)}}, "negative-amount"),
            ({"quotas": (Quota("colour", "red", most=Decimal(1)),)}, "unknown-column"),
            ({"quotas": (Quota("region", "east", least=Decimal(2), most=Decimal(1)),)}, "conflicting-caps"),
            ({"required": (9,)}, "unknown-project"),
            ({"depends_on": ((1, 9),)}, "unknown-project"),
        ],
    )
    def test_is_named(self, changes: dict[str, Any], code: str) -> None:
        with pytest.raises(InvalidInput) as caught:
            select_projects(three(**changes))
        assert [finding.code for finding in caught.value.findings] == [code]

    def test_leaves_out_what_is_not_known_and_says_so(self) -> None:
        asked = request(
            [
                (1, "grant", 6.0, "east"),
                (2, "grant", None, "east"),
                (3, "grant", 4.0, "west"),
                (4, "grant", 1.0, "west"),
            ],
            [(1, "grant", "city", 2026, 1), (2, "grant", "city", 2026, 1), (3, "grant", "city", 2026, None)],
        )
        assert chosen(asked) == [(1, "grant")]
        (finding,) = findings_on(asked)
        assert (finding.code, finding.value, finding.severity) == ("left-out", "3", "warning")

    def test_warns_of_a_budget_nobody_draws_on(self) -> None:
        codes = [finding.code for finding in findings_on(three(budgets={("green_bond", 2026): Decimal(1)}))]
        assert codes == ["unused-budget"]


class TestTheAnswer:
    def test_goes_over_the_wire(self) -> None:
        said = selection_as_dict(select_projects(three()))
        assert (said["status"], said["value"]) == ("optimal", 14.5)
        assert said["chosen"][0] == {"project_id": 1, "mix": "bond", "benefit": 5.5, "amount": "60"}
        refusal = selection_as_dict(select_projects(three(required=(1, 2), either_or=((1, 2),), budgets={})))
        assert refusal["status"] == "infeasible"
        assert refusal["messages"]

    def test_reads_as_a_table(self) -> None:
        answer = select_projects(three())
        assert isinstance(answer, Selection)
        assert next(selection_table(answer).rows()) == (1, "bond", 5.5, Decimal(60))
