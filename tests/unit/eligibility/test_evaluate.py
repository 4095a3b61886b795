"""Screening: verdicts by fold, versions by date, transition clauses, places."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from registry.eligibility.checked import Packs
from registry.eligibility.evaluate import CHUNK_ROWS, rule_counts, screen
from registry.eligibility.rows import fact_row, row_tables
from registry.errors import NotFound

GOOD: dict[str, Any] = {
    "capital_ratio": 0.3,
    "construction_status": "not_started",
    "document_d02": True,
    "has_implementation_plan": False,
    "cef_entry_months_ago": 10,
    "implementation_mode": "ppp",
    "city_code": "330500",
    "loan_approval_date": "2025-01-01",
}
OLD, NEW = date(2024, 6, 1), date(2026, 1, 1)


def verdicts(sample: Packs, *changes: dict[str, Any], as_of: date = OLD) -> list[tuple[Any, ...]]:
    rows = [fact_row({**GOOD, **change}, sample.vocabulary) for change in changes]
    found = screen(sample, row_tables(list(rows), sample.vocabulary), as_of=as_of)
    return found.select("version", "verdict", "n_fail", "n_unknown", "n_judgement", "n_warn").rows()


class TestAVerdict:
    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            ({}, ("v1", "eligible", 0, 0, 0, 0)),
            ({"capital_ratio": 0.19}, ("v1", "ineligible", 1, 0, 0, 0)),
            ({"capital_ratio": None}, ("v1", "insufficient", 0, 1, 0, 0)),
            ({"has_implementation_plan": True}, ("v1", "judgement", 0, 0, 1, 0)),
            ({"has_implementation_plan": None}, ("v1", "insufficient", 0, 1, 0, 0)),
            ({"cef_entry_months_ago": 36}, ("v1", "eligible", 0, 0, 0, 1)),
            ({"construction_status": None}, ("v1", "insufficient", 0, 1, 0, 0)),
            (
                {"capital_ratio": 0.1, "document_d02": None, "has_implementation_plan": True},
                ("v1", "ineligible", 1, 1, 1, 0),
            ),
        ],
    )
    def test_is_the_fold_of_the_blocking_rules(
        self, sample: Packs, change: dict[str, Any], expected: tuple[Any, ...]
    ) -> None:
        assert verdicts(sample, change) == [expected]

    def test_is_settled_by_either_side_of_an_or(self, sample: Packs) -> None:
        small, unknown = {"document_d02": None, "total_investment": 99}, {"document_d02": None, "total_investment": 100}
        assert [row[1] for row in verdicts(sample, small, unknown)] == ["eligible", "insufficient"]

    def test_follows_the_value_in_force_on_the_governing_date(self, sample: Packs) -> None:
        change = {"capital_ratio": 0.2}
        assert verdicts(sample, change, as_of=date(2022, 12, 31))[0][1] == "ineligible"
        assert verdicts(sample, change, as_of=date(2023, 1, 1))[0][1] == "eligible"

    def test_follows_the_version_in_force_on_the_governing_date(self, sample: Packs) -> None:
        change = {"implementation_mode": "eod"}
        assert verdicts(sample, change, as_of=date(2024, 12, 31))[0][:2] == ("v1", "eligible")
        assert verdicts(sample, change, as_of=date(2025, 1, 1))[0][:2] == ("v2", "ineligible")

    def test_is_absent_before_the_first_version(self, sample: Packs) -> None:
        assert verdicts(sample, {}, as_of=date(2020, 12, 31)) == []


class TestATransitionClause:
    def test_keeps_the_old_version_where_it_holds(self, sample: Packs) -> None:
        change = {"implementation_mode": "eod", "loan_approval_date": "2024-06-30"}
        assert verdicts(sample, change, as_of=NEW)[0][:2] == ("v1", "eligible")
        change["loan_approval_date"] = "2024-07-01"
        assert verdicts(sample, change, as_of=NEW)[0][:2] == ("v2", "ineligible")

    def test_that_cannot_be_decided_leaves_the_verdict_open_where_the_versions_differ(self, sample: Packs) -> None:
        change = {"implementation_mode": "eod", "loan_approval_date": None}
        assert verdicts(sample, change, as_of=NEW)[0][:4] == ("v2", "insufficient", 1, 1)

    def test_that_cannot_be_decided_does_not_matter_where_the_versions_agree(self, sample: Packs) -> None:
        assert verdicts(sample, {"loan_approval_date": None}, as_of=NEW)[0][:4] == ("v2", "eligible", 0, 0)


class TestAPlace:
    def test_limits_a_rule_to_its_own_projects(self, sample: Packs) -> None:
        here, there, nowhere = {"city_code": "370102"}, {"city_code": "330500"}, {"city_code": None}
        found = [row[1] for row in verdicts(sample, here, there, nowhere, as_of=NEW)]
        assert found == ["insufficient", "eligible", "insufficient"]


class TestTheTable:
    def test_names_projects_by_row_or_by_the_key_given(self, sample: Packs) -> None:
        facts = pl.DataFrame({"code": ["B", "A"], "capital_ratio": [0.3, 0.1]})
        assert screen(sample, facts, as_of=OLD)["row"].to_list() == [0, 1]
        assert screen(sample, facts, as_of=OLD, key="code")["code"].to_list() == ["B", "A"]

    def test_judges_every_row_of_several_chunks(self, sample: Packs) -> None:
        count = CHUNK_ROWS + 7
        ratios = pl.int_range(count, eager=True) % 2 * 0.3
        found = screen(sample, pl.DataFrame({"capital_ratio": ratios}), as_of=OLD)
        assert found.height == count
        assert found["row"].to_list() == list(range(count))
        assert found.filter(pl.col("verdict") == "ineligible").height == (count + 1) // 2

    def test_of_nothing_is_empty(self, sample: Packs) -> None:
        assert screen(sample, pl.DataFrame({"capital_ratio": []}), as_of=OLD).height == 0

    def test_refuses_a_pack_nobody_knows(self, sample: Packs) -> None:
        with pytest.raises(NotFound):
            screen(sample, pl.DataFrame({"capital_ratio": [1.0]}), as_of=OLD, libraries=["nowhere"])

    def test_takes_choices_as_text_or_as_enum(self, sample: Packs) -> None:
        texts = pl.DataFrame({"construction_status": ["not_started", "under_construction", None, "no such state"]})
        enums = texts.cast({"construction_status": sample.vocabulary["construction_status"].dtype}, strict=False)
        assert screen(sample, texts, as_of=OLD).equals(screen(sample, enums, as_of=OLD))


def test_rule_counts_say_what_fails_most(sample: Packs) -> None:
    facts = pl.DataFrame({"capital_ratio": [0.1, 0.15, 0.3, None]})
    counts = {row["rule"]: row for row in rule_counts(sample, facts, as_of=OLD).to_dicts()}
    floor = counts["capital-floor"]
    assert (floor["fail"], floor["pass"], floor["unknown"]) == (2, 1, 1)
    assert counts["minimum-size"]["unknown"] == 4
