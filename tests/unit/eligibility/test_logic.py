"""Contradictions and tautologies that sqlglot's simplifier does not see."""

import pytest

from registry.eligibility.derived import project_vocabulary
from registry.eligibility.logic import can_be
from registry.eligibility.predicates import parse_predicate

VOCABULARY = project_vocabulary()


def possible(text: str, *, wanted: bool) -> bool:
    predicate, flaws = parse_predicate(text, VOCABULARY, {})
    assert predicate, flaws
    return can_be(predicate.tree, {}, VOCABULARY, wanted=wanted)


@pytest.mark.parametrize(
    "text",
    [
        "capital_ratio < 3 AND capital_ratio > 5",
        "capital_ratio > 3 AND capital_ratio < 3",
        "capital_ratio >= 3 AND capital_ratio < 3",
        "capital_ratio = 3 AND capital_ratio <> 3",
        "NOT (capital_ratio < 3 OR capital_ratio >= 3)",
        "2 * capital_ratio > 6 AND capital_ratio <= 3",
        "total_investment > project_capital AND project_capital > total_investment",
        "project_capital - total_investment > 1 AND total_investment - project_capital > -1",
        "component_count > 3 AND component_count < 4",
        "component_count IN (1, 2) AND component_count NOT IN (1, 2)",
        "component_count IN (1, 2) AND component_count > 2",
        "region = 'east' AND region = 'west'",
        "region NOT IN ('east', 'west', 'central', 'northeast')",
        "has_hidden_debt AND NOT has_hidden_debt",
        "has_hidden_debt = TRUE AND has_hidden_debt = FALSE",
        "governing_date < DATE '2025-01-01' AND governing_date >= DATE '2025-01-01'",
        "city_code LIKE '37%' AND NOT city_code LIKE '37%'",
        "capital_ratio BETWEEN 5 AND 3",
        "(region = 'east' OR region = 'west') AND region = 'central'",
    ],
)
def test_a_contradiction_can_never_be_true(text: str) -> None:
    assert not possible(text, wanted=True)
    assert possible(text, wanted=False)


@pytest.mark.parametrize(
    "text",
    [
        "capital_ratio >= 3 OR capital_ratio < 3",
        "capital_ratio > 3 OR capital_ratio < 5",
        "capital_ratio <> 3 OR capital_ratio = 3",
        "has_hidden_debt OR NOT has_hidden_debt",
        "region IN ('east', 'west', 'central', 'northeast')",
        "total_investment >= project_capital OR project_capital > total_investment",
    ],
)
def test_a_tautology_can_never_be_false(text: str) -> None:
    assert not possible(text, wanted=False)
    assert possible(text, wanted=True)


@pytest.mark.parametrize(
    "text",
    [
        "capital_ratio >= 3 AND capital_ratio <= 3",
        "capital_ratio > 3 OR capital_ratio < 3",
        "component_count > 3 AND component_count < 5",
        "capital_ratio > 3 AND capital_ratio < 4",
        "project_capital > 3 AND bank_loan < 3",
        "region <> 'east' AND region <> 'west'",
        "ABS(finance_fnpv_post_tax) > 3 AND finance_fnpv_post_tax < 3",
        "city_code = '330500' OR city_code LIKE '37%'",
        "cef_entry_date_first_day + INTERVAL '4 months' < governing_date",
    ],
)
def test_a_condition_that_can_go_either_way_is_left_alone(text: str) -> None:
    assert possible(text, wanted=True)
    assert possible(text, wanted=False)
