"""What polars makes of a checked predicate: SQL's three answers, exact at the threshold."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from registry.eligibility.derived import project_vocabulary
from registry.eligibility.predicates import parse_predicate
from registry.eligibility.rows import fact_row, row_table
from registry.eligibility.trees import bind, sql, to_polars
from registry.eligibility.typecheck import ParameterType

VOCABULARY = project_vocabulary()
PARAMETERS: dict[str, frozenset[ParameterType]] = {
    "floor": frozenset({"number"}),
    "funds": frozenset({"text_list"}),
    "since": frozenset({"date"}),
    "empty": frozenset({"unverified"}),
}
VALUES: dict[str, Any] = {"floor": 0.2, "funds": ["air", "water"], "since": date(2025, 10, 1), "empty": None}


def answer(text: str, **facts: Any) -> bool | None:
    predicate, flaws = parse_predicate(text, VOCABULARY, PARAMETERS)
    assert predicate, flaws
    tree = bind(predicate.tree, {name: VALUES[name] for name in predicate.parameters})
    table = row_table(fact_row(facts, VOCABULARY, strict=True), VOCABULARY)
    known = VOCABULARY.table(table, predicate.facts, as_of=date(2026, 1, 1))
    value = known.select(to_polars(tree)).item()
    assert value is None or isinstance(value, bool)
    return value


class TestAPredicate:
    @pytest.mark.parametrize(("ratio", "expected"), [(0.2, True), (0.1999999, False), (0.21, True), (None, None)])
    def test_answers_at_and_around_its_threshold(self, ratio: float | None, expected: bool | None) -> None:
        assert answer("capital_ratio >= :floor", capital_ratio=ratio) is expected

    def test_keeps_the_precedence_its_parentheses_state(self) -> None:
        text = "NOT (has_hidden_debt OR has_monitoring_plan)"
        assert answer(text, has_hidden_debt=False, has_monitoring_plan=True) is False
        assert answer(text, has_hidden_debt=False, has_monitoring_plan=False) is True

    @pytest.mark.parametrize(
        ("debt", "income", "expected"),
        [(True, None, False), (None, True, None), (False, None, None), (None, False, False), (False, True, True)],
    )
    def test_folds_what_is_not_known_as_sql_does(
        self, debt: bool | None, income: bool | None, expected: bool | None
    ) -> None:
        assert answer(
            "NOT has_hidden_debt AND has_monitoring_plan", has_hidden_debt=debt, has_monitoring_plan=income
        ) is (expected)

    def test_reads_a_list_parameter_beside_plain_values(self) -> None:
        text = "central_fund IN ('soil', :funds)"
        assert answer(text, central_fund="soil") is True
        assert answer(text, central_fund="water") is True
        assert answer(text, central_fund="rural") is False
        assert answer(text) is None

    def test_answers_unknown_over_a_value_nobody_could_verify(self) -> None:
        assert answer("total_investment >= :empty", total_investment=10**6) is None
        assert answer("total_investment >= :empty OR has_monitoring_plan", has_monitoring_plan=True) is True

    def test_compares_dates_with_dates_and_intervals(self) -> None:
        assert answer("loan_approval_date_first_day >= :since", loan_approval_date="2025-10-01") is True
        assert answer("loan_approval_date_last_day < :since", loan_approval_date="2025-09") is True
        assert answer("loan_approval_date_last_day < :since", loan_approval_date="2025") is False
        text = "central_funds_filing_date_last_day <= central_funds_received_date_first_day + INTERVAL '4 months'"
        received = "2025-10-31"  # four months on is the last day of February
        assert answer(text, central_funds_received_date=received, central_funds_filing_date="2026-02-28") is True
        assert answer(text, central_funds_received_date=received, central_funds_filing_date="2026-03-01") is False

    def test_adds_amounts_without_binary_noise(self) -> None:
        # 0.1 + 0.2 is 0.30000000000000004 in binary.
        text = "project_capital >= funding_city + funding_provincial"
        assert answer(text, project_capital=0.3, funding_city="0.1", funding_provincial="0.2") is True
        assert answer(text, project_capital="0.299999", funding_city="0.1", funding_provincial="0.2") is False

    def test_counts_months_beyond_eight_bits(self) -> None:
        # April is 4 * 100 + 16 = 416, which does not fit the 8 bits polars keeps a month in.
        text = "EXTRACT(MONTH FROM cef_entry_date_first_day) * 100 + EXTRACT(DAY FROM cef_entry_date_first_day) <= 415"
        assert answer(text, cef_entry_date="2026-04-15") is True
        assert answer(text, cef_entry_date="2026-04-16") is False

    def test_takes_between_as_two_thresholds(self) -> None:
        predicate, _ = parse_predicate("construction_progress_ratio BETWEEN 0.1 AND :floor", VOCABULARY, PARAMETERS)
        assert predicate is not None
        assert sql(bind(predicate.tree, VALUES)) == (
            "(construction_progress_ratio >= 0.1 AND construction_progress_ratio <= 0.2)"
        )

    def test_lists_the_facts_and_parameters_it_reads(self) -> None:
        predicate, _ = parse_predicate("region = 'west' AND capital_ratio >= :floor", VOCABULARY, PARAMETERS)
        assert predicate is not None
        assert (predicate.facts, predicate.parameters) == (("capital_ratio", "region"), ("floor",))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("capital_ratio > (SELECT MAX(x) FROM t)", "sub-query"),
        ("EXISTS (SELECT 1)", "sub-query"),
        ("capital_ratio IN (SELECT 1)", "sub-query"),
        ("capital_ratio > :floor /* or else */", "comment"),
        ("capital_ratio > :floor -- or else", "comment"),
        ("capital_ratio > :floor; SELECT 1", "syntax"),
        ("GREATEST(capital_ratio, 1) > :floor", "hides-unknown"),
        ("has_hidden_debt IS TRUE", "hides-unknown"),
        ("has_hidden_debt IS NOT DISTINCT FROM TRUE", "hides-unknown"),
        ("capital_ratio = NULL", "hides-unknown"),
        ("NULLIF(capital_ratio, 0) > 1", "hides-unknown"),
        ("read_csv(city_code) > 1", "unknown-function"),
        ("CAST(city_code AS INT) > 1", "not-allowed"),
        ("project.capital_ratio > 1", "unknown-fact"),
        ("capital_ratio / 0 > 1", "division"),
        ("city_code || 'x' = 'y'", "not-allowed"),
        ("capital_ratio > ALL(1)", "unknown-function"),
        ("governing_date > DATE '2025-02-30'", "type-mismatch"),
        ("governing_date + INTERVAL '1 fortnight' > governing_date", "not-allowed"),
        ("x" * 5000, "too-long"),
        ("", "syntax"),
        ("'unclosed", "syntax"),
    ],
)
def test_what_is_not_a_plain_condition_is_refused(text: str, code: str) -> None:
    predicate, flaws = parse_predicate(text, VOCABULARY, PARAMETERS)
    assert predicate is None
    assert code in [flaw.code for flaw in flaws]


def test_an_expression_of_polars_never_sees_the_text_of_a_pack() -> None:
    predicate, _ = parse_predicate("city_code = 'x'' OR 1=1 --'", VOCABULARY, PARAMETERS)
    assert predicate is not None
    table = pl.DataFrame({"city_code": ["330500", "x' OR 1=1 --"]})
    assert table.select(to_polars(predicate.tree)).to_series().to_list() == [False, True]
