"""The explanation under a verdict: clause, found, required, distance, what is missing, who decided."""

import json
from datetime import date
from typing import Any

import msgspec
import pytest

from registry.eligibility.checked import Packs
from registry.eligibility.explain import assess
from registry.eligibility.model import Judgement
from registry.eligibility.reasons import Atom, Group
from registry.eligibility.rows import InvalidRow
from registry.eligibility.verdicts import LibraryVerdict

OLD, NEW = date(2024, 6, 1), date(2026, 1, 1)
GOOD: dict[str, Any] = {
    "capital_ratio": 0.3,
    "construction_status": "not_started",
    "document_d02": True,
    "has_implementation_plan": True,
    "city_code": "330500",
}


def judged(sample: Packs, *given: Judgement, as_of: date = OLD, **change: Any) -> LibraryVerdict:
    (verdict,) = assess(sample, {**GOOD, **change}, as_of=as_of, judgements=given)
    return verdict


def decision(*, answer: bool = True, version: str = "v1", day: int = 1) -> Judgement:
    return Judgement(
        pack="sample",
        version=version,
        rule="depth-of-plan",
        answer=answer,
        person="王工",
        reason="已核对章节",
        decided_on=date(2024, 5, day),
    )


class TestAReason:
    def test_gives_found_required_and_distance(self, sample: Packs) -> None:
        answer = judged(sample, capital_ratio=0.15).answer("capital-floor")
        reason = answer.reason
        assert isinstance(reason, Atom)
        assert (answer.status, reason.operator, reason.required, reason.distance) == ("fail", ">=", 0.2, -0.05)
        assert [(fact.name, fact.zh, fact.value) for fact in reason.found] == [("capital_ratio", "资本金比例", 0.15)]
        assert (answer.document, answer.article, answer.remedy_zh) == ("示例〔2021〕1号", "第三条", "增加资本金。")

    def test_is_a_tree_down_to_each_comparison(self, sample: Packs) -> None:
        reason = judged(sample, document_d02=None, total_investment="120.5").answer("approval-or-small").reason
        assert isinstance(reason, Group)
        document, size = reason.children
        assert isinstance(document, Atom)
        assert isinstance(size, Atom)
        assert (reason.operator, reason.holds, document.holds, size.holds) == ("any", None, None, False)
        assert (size.found[0].value, size.distance, size.unit) == ("120.5", 20.5, "万元")

    def test_reads_choices_and_yes_no_aloud(self, sample: Packs) -> None:
        applies = judged(sample, construction_status="under_construction").answer("progress-ceiling").applies
        assert isinstance(applies, Atom)
        assert applies.found[0].value_zh == "在建"

    def test_counts_the_distance_of_dates_in_days(self, sample: Packs) -> None:
        clause = judged(sample, as_of=NEW, loan_approval_date="2024-07-11").transitions[0]
        assert isinstance(clause.reason, Atom)
        assert (clause.holds, clause.reason.distance, clause.reason.unit) == (False, 10.0, "天")


class TestWhatIsMissing:
    def test_names_the_fields_a_person_would_fill_in(self, sample: Packs) -> None:
        missing = judged(sample, capital_ratio=None, total_investment=1000).answer("capital-floor").missing
        assert [fact.name for fact in missing] == ["capital_ratio"]
        assert missing[0].fields == ("project_capital", "special_bond_total", "bond_as_capital")

    def test_passes_over_what_is_already_settled(self, sample: Packs) -> None:
        answer = judged(sample, document_d02=None, total_investment=120).answer("approval-or-small")
        assert [fact.name for fact in answer.missing] == ["document_d02"]

    def test_says_when_a_threshold_was_never_verified(self, sample: Packs) -> None:
        answer = judged(sample, total_investment=120).answer("minimum-size")
        assert (answer.status, answer.is_unverified, answer.missing) == ("unknown", True, ())
        assert [value.name for value in answer.unverified_values] == ["minimum_size"]

    def test_is_the_condition_when_nobody_knows_whether_the_rule_applies(self, sample: Packs) -> None:
        answer = judged(sample, construction_status=None).answer("progress-ceiling")
        assert (answer.status, [fact.name for fact in answer.missing]) == ("unknown", ["construction_status"])

    def test_is_the_place_for_a_rule_of_a_place(self, sample: Packs) -> None:
        answer = judged(sample, as_of=NEW, city_code=None).answer("coastal-standard")
        assert (answer.status, [fact.name for fact in answer.missing]) == ("unknown", ["city_code"])


class TestAJudgement:
    def test_is_asked_with_the_facts_before_the_person(self, sample: Packs) -> None:
        verdict = judged(sample, total_investment=1000)
        answer = verdict.answer("depth-of-plan")
        assert (verdict.verdict, answer.status) == ("judgement", "judgement")
        assert answer.question is not None
        assert [(fact.name, fact.value) for fact in answer.shown] == [
            ("has_implementation_plan", True),
            ("total_investment", "1000"),
        ]

    @pytest.mark.parametrize(("met", "expected"), [(True, "eligible"), (False, "ineligible")])
    def test_settles_the_rule_and_stays_named(self, sample: Packs, met: bool, expected: str) -> None:
        verdict = judged(sample, decision(answer=met))
        assert verdict.verdict == expected
        given = verdict.answer("depth-of-plan").judgement
        assert given is not None
        assert (given.person, given.reason) == ("王工", "已核对章节")

    def test_counts_only_under_the_version_it_was_given_for(self, sample: Packs) -> None:
        verdict = judged(sample, decision(version="v0"))
        assert verdict.verdict == "judgement"
        assert [given.version for given in verdict.judgements_not_carried] == ["v0"]

    def test_given_again_replaces_the_earlier_one(self, sample: Packs) -> None:
        assert judged(sample, decision(answer=False, day=3), decision(day=2)).verdict == "ineligible"


class TestAVerdict:
    def test_is_the_same_bytes_for_the_same_input(self, sample: Packs) -> None:
        texts = {json.dumps(judged(sample, capital_ratio=0.1).as_dict(), ensure_ascii=False) for _ in range(3)}
        assert len(texts) == 1

    def test_survives_the_way_through_json(self, sample: Packs) -> None:
        verdict = judged(sample, decision(), as_of=NEW, capital_ratio=0.1)
        assert msgspec.json.decode(msgspec.json.encode(verdict), type=LibraryVerdict) == verdict

    def test_refuses_a_fact_of_another_type(self, sample: Packs) -> None:
        with pytest.raises(InvalidRow, match="capital_ratio"):
            judged(sample, capital_ratio="much")

    def test_keeps_an_old_version_where_the_transition_clause_holds(self, sample: Packs) -> None:
        verdict = judged(sample, as_of=NEW, loan_approval_date="2024-06-30")
        assert (verdict.version, verdict.document) == ("v1", "示例〔2021〕1号")

    def test_lists_first_what_settles_most_rules(self, sample: Packs) -> None:
        verdict = judged(sample, as_of=NEW, implementation_mode="eod")
        assert verdict.verdict == "insufficient"
        assert [fact.name for fact in verdict.missing] == ["loan_approval_date_last_day"]
        assert verdict.missing[0].fields == ("loan_approval_date",)
