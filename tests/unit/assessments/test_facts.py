import pytest

from builders import dossier
from registry.assessments.facts import facts_of

CITY = {"source": "city", "year": 2026, "amount": "3000", "status": "secured"}
BOND = {"source": "special_bond", "year": 2026, "amount": "5000", "status": "planned"}


class TestFundingFacts:
    def test_leave_a_source_unknown_while_the_plan_is_not_whole(self) -> None:
        facts = facts_of(dossier(total_investment="8001", funding_lines=[CITY, BOND]), {})
        assert facts["funding_city"] == 3000
        assert facts["funding_central_fund"] is None

    def test_are_zero_for_sources_without_a_line_once_the_plan_is_whole(self) -> None:
        facts = facts_of(dossier(total_investment="8000.5", funding_lines=[CITY, BOND]), {})
        assert facts["funding_central_fund"] == 0

    def test_add_up_lines_of_one_source(self) -> None:
        facts = facts_of(dossier(funding_lines=[CITY, {**CITY, "year": 2027, "amount": "0.000001"}]), {})
        assert facts["funding_city"] == pytest.approx(3000.000001, abs=1e-9)

    def test_are_unknown_where_one_line_has_no_amount(self) -> None:
        facts = facts_of(dossier(funding_lines=[CITY, {"source": "city", "status": "planned"}]), {})
        assert facts["funding_city"] is None

    def test_are_unknown_where_no_lines_or_no_total_were_entered(self) -> None:
        assert facts_of(dossier(funding_lines=[]), {})["funding_city"] is None
        assert facts_of(dossier(total_investment=None), {})["funding_central_fund"] is None


class TestDocumentFacts:
    def test_tell_there_from_not_there_from_nobody_said(self) -> None:
        entries = [{"checklist_code": "D02", "is_available": True}, {"checklist_code": "D03", "is_available": False}]
        facts = facts_of(dossier(documents=entries), {})
        assert (facts["document_d02"], facts["document_d03"], facts["document_d04"]) == (True, False, None)

    def test_are_true_when_one_of_several_entries_is(self) -> None:
        entries = [{"checklist_code": "D02", "is_available": value} for value in (False, True, None)]
        assert facts_of(dossier(documents=entries), {})["document_d02"] is True


class TestRecordFacts:
    def test_are_unknown_until_something_was_entered(self) -> None:
        facts = facts_of(dossier(), {})
        assert (facts["has_performance_goals"], facts["component_count"], facts["has_quantified_benefit"]) == (
            None,
            None,
            None,
        )

    def test_count_what_was_entered(self) -> None:
        project = dossier(
            performance_goals=[{"indicator": "收集率"}],
            components=[{"name": "管网"}, {"name": "厂站"}],
            benefits=[{"indicator": "COD", "value": None}, {"indicator": "氨氮", "value": 1.5}],
        )
        facts = facts_of(project, {})
        assert (facts["has_performance_goals"], facts["component_count"], facts["has_quantified_benefit"]) == (
            True,
            2,
            True,
        )
