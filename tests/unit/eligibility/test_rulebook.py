"""The rule book: clause left, rule right, in words."""

import json
from datetime import date

import pytest

from registry.eligibility.checked import Packs
from registry.eligibility.rulebook import RuleEntry, rulebook
from registry.errors import NotFound


def entry(sample: Packs, rule: str, day: date = date(2024, 6, 1)) -> RuleEntry:
    book = rulebook(sample["sample"], day, vocabulary=sample.vocabulary)
    return next(one for one in book.rules if one.rule == rule)


class TestAnEntry:
    def test_says_the_rule_in_words_with_the_value_of_the_day(self, sample: Packs) -> None:
        assert entry(sample, "capital-floor").requires_zh == "资本金比例不小于0.2"
        assert entry(sample, "capital-floor").requires_en == "Capital ratio is at least 0.2"
        assert entry(sample, "capital-floor", date(2022, 1, 1)).requires_zh == "资本金比例不小于0.25"

    def test_keeps_and_or_apart(self, sample: Packs) -> None:
        assert entry(sample, "progress-ceiling").applies_zh == "建设状态为在建"
        assert entry(sample, "progress-ceiling").requires_zh == "工程形象进度不小于0，且工程形象进度不大于0.5"
        assert "，或总投资小于100" in entry(sample, "approval-or-small").requires_zh

    def test_asks_the_question_of_a_judgement(self, sample: Packs) -> None:
        assert entry(sample, "depth-of-plan").requires_zh == "实施方案是否达到可研深度？"

    def test_says_that_a_threshold_is_not_verified(self, sample: Packs) -> None:
        assert entry(sample, "minimum-size").requires_zh == "门槛待核实"

    def test_stands_beside_its_clause_and_cases(self, sample: Packs) -> None:
        floor = entry(sample, "capital-floor")
        assert (floor.document, floor.article, floor.confidence) == ("示例〔2021〕1号", "第三条", "text")
        assert "恰在下限 → pass" in floor.cases


def test_the_book_carries_dated_values_and_the_reading(sample: Packs) -> None:
    book = rulebook(sample["sample"], date(2024, 6, 1), vocabulary=sample.vocabulary)
    values = {one.name: (one.value, one.from_date) for one in book.parameters}
    assert values["capital_floor"] == (0.2, date(2023, 1, 1))
    assert values["minimum_size"] == (None, date(2021, 1, 1))
    assert "含专项债" in book.reading
    json.dumps(book.as_dict())


def test_there_is_no_book_before_the_first_version(sample: Packs) -> None:
    with pytest.raises(NotFound):
        rulebook(sample["sample"], date(2020, 1, 1), vocabulary=sample.vocabulary)
